"""The draft as a mapping file: YAML with the reasons, the doubts and what is left as comments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from importer.mapping.faults import quoted
from importer.mapping.formats import readable
from importer.mapping.guess.drafting import DraftMapping, DraftRule, Left
from importer.mapping.guess.profile import FEW, Column, Profile
from importer.mapping.guess.readings import DateReading
from importer.mapping.patterns import is_pattern
from importer.mapping.spec import SALESFORCE, TargetName
from importer.mapping.yaml_text import comment, flattened, scalar, value
from importer.model.row import ReadOptions

_TYPED = frozenset({"date", "datetime", "number", "integer", "boolean", "email", "phone"})
EXAMPLE_ZONE = "Europe/Zurich"


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the rules. ``editor`` is the path of the schema for editors, as the file sees it.

    ``basis`` says in words which schema was used. ``timezone`` is where times without an offset were written,
    None where nobody has said so.
    """

    file: str
    target: TargetName
    record_type: str
    source: str
    editor: str
    basis: str
    object_store: str | None = None
    timezone: str | None = None
    read: ReadOptions = field(default_factory=ReadOptions)


def page(heading: Heading, profile: Profile, drafted: DraftMapping) -> str:
    """Return the text of the mapping file."""
    lines = [*_head(heading, profile), *_key(drafted), *_read(heading.read), "", "columns:"]
    if not drafted.rules:
        lines[-1] = "columns: {}"
        lines += comment("No column is like a property. Write a rule for each column that matters.")
    for rule in drafted.rules:
        lines += _rule(rule, heading)
    lines += _left_over(drafted.left)
    lines += _missing(drafted, heading.record_type)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(heading: Heading, profile: Profile) -> Iterator[str]:
    yield f"# yaml-language-server: $schema={flattened(heading.editor)}"
    rows = f"{'the first ' if profile.more else ''}{profile.rows:,} row{'' if profile.rows == 1 else 's'}"
    yield from comment(
        f"Draft by case-importer guess: {heading.file}, {rows}; {heading.basis}. Read it from left to right, "
        "column to property; each line says how sure it is and why. Change what is wrong, then run "
        "case-importer check: it shows what the draft leaves open."
    )
    yield "version: 1"
    yield f"target: {heading.target}"
    yield f"{'object' if heading.target == SALESFORCE else 'case_type'}: {scalar(heading.record_type)}"
    if heading.object_store:
        yield f"object_store: {scalar(heading.object_store)}"
    yield f"source: {scalar(heading.source)}  # whose keys these are: one word for all files of that system"


def _key(drafted: DraftMapping) -> Iterator[str]:
    others = ", ".join(quoted(column.name, 30) for column in drafted.other_keys[:5])
    if drafted.key is not None:
        yield f"key: {scalar(drafted.key.name)}  # no repeats and no blanks in the rows looked at"
        if drafted.match is not None:
            yield f"match: {scalar(drafted.match.name)}  # unique on the server: it refuses a second record"
        if others:
            yield from comment(f"Without repeats too: {others}.")
        return
    yield from comment(
        "key: no column's name and values say that it identifies a row for good. With a key, a corrected row "
        "is known again."
    )
    if others:
        yield from comment(f"Without repeats: {others}.")


def _read(read: ReadOptions) -> Iterator[str]:
    given = {
        "sheet": scalar(read.sheet) if isinstance(read.sheet, str) else None,
        "header_row": read.header_row and str(read.header_row),
        "encoding": read.encoding and scalar(read.encoding),
        "delimiter": read.delimiter and scalar(read.delimiter),
    }
    lines = [f"  {name}: {text}" for name, text in given.items() if text]
    if lines:
        yield from ("", "read:", *lines)


def _rule(rule: DraftRule, heading: Heading) -> Iterator[str]:
    """Give the lines of a rule: the short form where nothing but the property is to be said."""
    keys = [*_type(rule, heading), *_parts(rule), *_values(rule), *_long(rule)]
    reason = f"# {rule.confidence} %: {rule.why}"
    name, to = scalar(rule.column.name), scalar(rule.property.name)
    if not keys:
        yield f"  {name}: {to}  {reason}"
        return
    yield f"  {name}:  {reason}"
    yield f"    to: {to}"
    yield from (f"    {line}" for line in keys)


def _type(rule: DraftRule, heading: Heading) -> Iterator[str]:
    column, kind = rule.column, rule.property.type
    if kind not in _TYPED:
        return
    yield f"type: {kind}"
    if kind in ("date", "datetime"):
        yield from _date(column.dates or DateReading(), kind == "datetime", heading.timezone)
        return
    numbers = rule.parts.numbers if rule.parts else column.numbers
    if kind in ("number", "integer") and numbers:
        if numbers.other:
            one, two = _signs(numbers.decimal, numbers.thousands), _signs(*numbers.other)
            yield from comment(f"The numbers can be read in two ways, with {one}, or with {two}: say which.")
            return
        if numbers.decimal != ".":
            yield f"decimal: {scalar(numbers.decimal)}"
        if numbers.thousands:
            yield f"thousands: {scalar(numbers.thousands)}"


def _signs(decimal: str, thousands: str | None) -> str:
    apart = f' and "{thousands}" between thousands' if thousands else " and nothing between thousands"
    return f'decimal: "{decimal}"{apart}'


def _date(reading: DateReading, moment: bool, timezone: str | None) -> Iterator[str]:
    if reading.other:
        yield from comment(
            "The dates can be read in two ways, day or month first; keep the line that is right:"
        )
        yield f"# format: {_listed(reading.formats)}  # {' or '.join(map(readable, reading.formats))}"
        yield f"# format: {_listed(reading.other)}  # {' or '.join(map(readable, reading.other))}"
    elif reading.formats or (reading.days and not moment):
        yield f"format: {_listed(reading.formats or reading.days)}"
    if not moment:
        if reading.time:
            yield "# of a date and time only the day is kept, as it is written"
        return
    if timezone:
        yield f"timezone: {scalar(timezone)}"
    elif reading.offset != "all":
        yield f"# timezone: {EXAMPLE_ZONE}  # the cells do not say their zone: rows stay behind without this"


def _listed(formats: tuple[str, ...]) -> str:
    written = [scalar(form) for form in formats]
    return written[0] if len(written) == 1 else f"[{', '.join(written)}]"


def _parts(rule: DraftRule) -> Iterator[str]:
    if rule.parts:
        yield f"split: {scalar(rule.parts.sign)}"
    elif rule.property.multiple and len(rule.column.parts) > 1:
        signs = " or ".join(f'"{each.sign}"' for each in rule.column.parts)
        yield f"# split: ?  # several values in a cell may be parted by {signs}"
    if rule.column.padded or rule.parts:
        yield "do: [trim]"


def _values(rule: DraftRule) -> Iterator[str]:
    """Give the value map; where no value is known, of the choices themselves: unknown values stay behind."""
    drafted = rule.values
    if drafted is None:
        return
    yield "values:"
    known = [(text, to, sure) for text, to, sure in drafted.known if not is_pattern(text)]
    if known:
        yield from (
            f"  {scalar(text)}: {value(to)}{'' if sure else '  # review: the nearest choice'}"
            for text, to, sure in known
        )
    elif rule.property.choices:
        yield from (
            f"  {scalar(choice.value)}: {value(choice.value)}"
            for choice in rule.property.choices[:FEW]
            if choice.value and not is_pattern(choice.value)
        )
    else:
        yield from ('  "yes": "true"', '  "no": "false"')
    for text, _to, _sure in drafted.known:
        if is_pattern(text):
            yield f"  # {scalar(text)}: ?  # between slashes it would be a pattern"
    for text, count in drafted.unknown:
        yield f"  # {scalar(text)}: ?  # {count:,} row{'' if count == 1 else 's'}"
    shown = ", ".join(_choice(choice.value, choice.label) for choice in rule.property.choices[:FEW])
    if drafted.unknown and shown:
        yield from comment(f"Choices of {rule.property.name}: {shown}.", "  ", 106)


def _choice(stored: str, label: str) -> str:
    return quoted(stored) if stored == label else f"{quoted(stored)} ({flattened(label)})"


def _long(rule: DraftRule) -> Iterator[str]:
    length = rule.property.length
    if length and rule.column.longest > length and rule.values is None and not rule.parts:
        longest = (
            f"the longest text has {rule.column.longest:,} characters, {rule.property.name} takes {length:,}"
        )
        yield f"# truncate: {length}  # {longest}"


def _left_over(left: tuple[Left, ...]) -> Iterator[str]:
    if not left:
        return
    yield ""
    yield from comment("Columns without a rule:")
    blank = [found for found in left if found.column.blank and found.property is None]
    for found in left:
        if found in blank:
            continue
        facts = _facts(found.column)
        line = f"{scalar(flattened(found.column.name))}{f': {found.property}' if found.property else ''}"
        reason = f"{facts}; {found.why}" if found.why and found.why != "blank" else facts
        yield f"#   {line}  # {reason}"
    if blank:
        names = ", ".join(flattened(found.column.name) for found in blank)
        yield from comment(f"Blank in every row looked at: {names}.")


def _facts(column: Column) -> str:
    if column.blank:
        return column.kind
    distinct = "all different" if column.unique else f"{column.distinct:,} different"
    distinct = "all the same" if column.distinct == 1 < column.filled else distinct
    blank = column.rows - column.filled
    return f"{column.kind}, {distinct}{f', {blank:,} blank' if blank else ''}"


def _missing(drafted: DraftMapping, record_type: str) -> Iterator[str]:
    for found in drafted.required:
        yield ""
        yield from comment(
            f"Required, and no column is like it: {found.name} ({found.type}, {quoted(found.label)}). A run "
            "does not begin before a rule, or a constant, gives it a value:"
        )
        yield "# constants:"
        yield f"#   {scalar(found.name)}: ?"
    if drafted.unwritten:
        yield ""
        names = ", ".join(each.name for each in drafted.unwritten)
        yield from comment(f"Properties of {record_type} that no rule writes: {names}.")
