"""From a Data Loader mapping to the text of a mapping file, and what the one says that the other cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from importer.mapping.faults import quoted
from importer.mapping.sdl.parts import Field, columns_of, fields_of, is_constant
from importer.mapping.sdl.properties import Entry, PropertiesError, comments, entries
from importer.mapping.yaml_text import can_be_key, comment, fixed, scalar
from importer.model.errors import MappingError

GENERAL = (
    "The .sdl does not say which object it is for, nor whether rows are inserted, upserted or updated: check "
    "object, and for an upsert write match (the external id), on_match: update and key.",
    "Dates: Data Loader tries many forms, in the time zone of its settings. Here a rule for a date says "
    "type, format and, for times, timezone; without format only ISO 8601 is read.",
    "Blank cells are left out here, as there without Insert Null Values; with it, write blank: null.",
    "Texts that are too long are problems here; Data Loader can cut them silently. See truncate.",
    "A column that the file lacks stops a run here; Data Loader skips its line silently.",
)
"""What is different whatever the file says."""


@dataclass(frozen=True, slots=True)
class Point:
    """Something that the conversion could not keep; ``line`` of the .sdl, 0 for the file as a whole."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Converted:
    """The text of the mapping file, what was lost, and how many properties it writes."""

    text: str
    points: tuple[Point, ...]
    written: int


@dataclass(slots=True)
class _Sheet:
    """What was collected: the writers of each property, by its folded name, and the points."""

    writers: dict[str, tuple[Entry, Field]] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)

    def note(self, entry: Entry, text: str) -> None:
        self.points.append(Point(entry.line, text))


def convert(data: bytes, name: str, record_type: str, editor: str) -> Converted:
    """Convert the bytes of a Data Loader mapping called ``name``, for loads of ``record_type``.

    ``editor`` is the path of the schema for editors. Raises MappingError when it is no properties file, or
    nothing in it can be written.
    """
    sheet = _Sheet()
    text = _decoded(data, sheet)
    if any(re.search(r"salesforce.*\(left\)", line, re.IGNORECASE) for line in comments(text)):
        sheet.points.append(
            Point(0, "A comment of the file says that Salesforce stands on the left: a mapping of an export, "
                     "whose sides are the other way round. Here the left is the column.")
        )  # fmt: skip
    for entry in _last_of_each(_entries(text, name), sheet):
        _take(entry, record_type, sheet)
    if not any(not is_constant(entry.key) for entry, _found in sheet.writers.values()):
        raise MappingError(
            "SDL_EMPTY",
            "\n".join([f"{name} maps no column that a mapping could write.", *_said(sheet.points)]),
            "Name the mapping file of a load.",
        )
    sheet.points.sort(key=lambda point: point.line)
    points = (*sheet.points, *(Point(0, text) for text in GENERAL))
    lines = [*_head(name, record_type, editor, points), *_body(sheet)]
    return Converted("\n".join(lines) + "\n", points, len(sheet.writers))


def _decoded(data: bytes, sheet: _Sheet) -> str:
    """Return the text; Data Loader reads ISO-8859-1, people save UTF-8."""
    if data.startswith(b"\xef\xbb\xbf") or not data.isascii():
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return data.decode("iso-8859-1")
        sheet.points.append(
            Point(0, "The file is UTF-8 and is read as that; Data Loader reads ISO-8859-1 and misses columns "
                     "with such letters in their names.")
        )  # fmt: skip
        return text
    return data.decode("ascii")


def _entries(text: str, name: str) -> list[Entry]:
    try:
        return list(entries(text))
    except PropertiesError as error:
        raise MappingError(
            "SDL_UNREADABLE",
            f"{name}:{error.line}: {error}; it is no properties file.",
            "Save the mapping in Data Loader once more.",
        ) from None


def _last_of_each(found: list[Entry], sheet: _Sheet) -> list[Entry]:
    """Return the entries without those that a later one with the same left side replaces."""
    last: dict[str, Entry] = {}
    for entry in found:
        folded = entry.key if is_constant(entry.key) else entry.key.casefold()
        before = last.pop(folded, None)
        if before is not None:
            sheet.note(
                before, f"{quoted(before.key)} stands in line {entry.line} again; the last one counts."
            )
        last[folded] = entry
    return list(last.values())


def _take(entry: Entry, record_type: str, sheet: _Sheet) -> None:
    """Put the targets of an entry on the sheet, or note why not."""
    why = _refusal(entry)
    if why is not None:
        sheet.note(entry, why)
        return
    for found in fields_of(entry.value, record_type):
        _write(entry, found, sheet)


def _refusal(entry: Entry) -> str | None:
    """Return why an entry writes nothing; None where it does."""
    key, value = quoted(entry.key), quoted(entry.value)
    if not entry.key:
        return f"The left side is empty; {value} gets no value."
    if not entry.value:
        return f"{key} is not mapped."
    if entry.key[0] == '"' and not is_constant(entry.key):
        why = "a blank in a constant has to be written as backslash and blank, Data Loader drops the line"
        return f"{key} is a broken constant: {why}. Write it under constants."
    if is_constant(entry.key):
        empty = not entry.key[1:-1].strip()
        return f"An empty constant gives {value} no value; it is left out." if empty else None
    unusable = _unusable(entry.key)
    return f"{key} {unusable}." if unusable else None


def _unusable(key: str) -> str | None:
    """Return why the columns of a left side cannot be named in a mapping; None where they can."""
    columns = columns_of(key)
    if not columns:
        return "names no column"
    if not all(can_be_key(column) for column in columns):
        return "is too long for a mapping"
    if len(columns) > 1 and re.search(r"[{}|]", key):
        return "joins columns whose names have braces or bars, which a template cannot name"
    return None


def _write(entry: Entry, found: Field, sheet: _Sheet) -> None:
    if found.fault is not None:
        sheet.note(entry, f"{quoted(found.property)} {found.fault}; it is left out.")
        return
    if found.object and len(columns_of(entry.key)) > 1 and not is_constant(entry.key):
        sheet.note(entry, f"{quoted(entry.key)} joins columns for a look-up; it is left out.")
        return
    folded = found.property.casefold()
    before = sheet.writers.get(folded)
    if before is not None and _rival(before[0], entry, found, sheet) is before[0]:
        return
    sheet.writers[folded] = (entry, found)
    if found.assumed:
        why = "the old form of look-ups does not say it"
        sheet.note(entry, f"{found.property}: that the look-up leads to {found.object} is assumed; {why}.")
    if len(columns_of(entry.key)) > 1 and not is_constant(entry.key):
        sheet.note(
            entry,
            f"{quoted(entry.key)} joins columns for {found.property}: Data Loader does so for text only, and "
            "takes the first column otherwise. If it is one column with a comma in its name, name that one.",
        )


def _rival(before: Entry, entry: Entry, found: Field, sheet: _Sheet) -> Entry:
    """Return which of two entries for one property stays, and note what becomes of the other."""
    kept, dropped = (before, entry) if _stays(before, entry) else (entry, before)
    rule = (
        "a constant wins over a column" if is_constant(kept.key) else "one rule writes it here, the last one"
    )
    both = f"{quoted(dropped.key)} and {quoted(kept.key)} (line {kept.line}) both write {found.property}"
    sheet.note(dropped, f"{both}; {rule}.")
    return kept


def _stays(before: Entry, entry: Entry) -> bool:
    return is_constant(before.key) and not is_constant(entry.key)


def _said(points: list[Point]) -> Iterator[str]:
    yield from (f"line {point.line}: {point.text}" if point.line else point.text for point in points)


def _head(name: str, record_type: str, editor: str, points: tuple[Point, ...]) -> Iterator[str]:
    yield f"# yaml-language-server: $schema={editor}"
    yield from comment(f"Converted by case-importer mapping from-sdl: {name}. What could not be kept:")
    for said in _said(list(points)):
        first, *more = comment(f"- {said}")
        yield first
        yield from (f"#   {line[2:]}" for line in more)
    yield "version: 1"
    yield "target: salesforce"
    yield f"object: {scalar(record_type)}"
    yield "# key: ?    # the column that identifies a row for good"
    yield "# match: ?  # the unique external id that carries it in Salesforce"


def _body(sheet: _Sheet) -> Iterator[str]:
    columns: dict[str, list[Field]] = {}
    constants, templates = list[str](), list[str]()
    for entry, found in sheet.writers.values():
        to = scalar(found.property)
        if is_constant(entry.key):
            constants.append(f"  {to}: {_constant(entry.key[1:-1], found)}")
        elif len(names := columns_of(entry.key)) > 1:
            templates.append(f"  {to}: {scalar(', '.join(f'{{{name}}}' for name in names))}")
        else:
            columns.setdefault(names[0], []).append(found)
    rules = [f"  {scalar(column)}: {_rules(fields)}" for column, fields in columns.items()]
    for heading, lines in (("columns", rules), ("constants", constants), ("templates", templates)):
        if lines:
            yield from ("", f"{heading}:", *lines)


def _rules(fields: list[Field]) -> str:
    written = [
        f"{{to: {scalar(each.property)}, {_lookup(each)}}}" if each.object else scalar(each.property)
        for each in fields
    ]
    return written[0] if len(written) == 1 else f"[{', '.join(written)}]"


def _constant(text: str, found: Field) -> str:
    if not found.object:
        return fixed(text)
    return f"{{value: {scalar(text.replace('{', '{{').replace('}', '}}'))}, {_lookup(found)}}}"


def _lookup(found: Field) -> str:
    return f"lookup: {{object: {scalar(found.object or '')}, by: {scalar(found.by or '')}}}"
