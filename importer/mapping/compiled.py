"""A mapping that is fitted to one file: rows in, drafts or problems out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from importer.mapping.block import Block, Fixed, lacking, refused_places
from importer.mapping.cells import RefusedError
from importer.mapping.columnwise import OfColumns
from importer.mapping.conditions import Holds
from importer.mapping.identity import Place
from importer.mapping.rule import OMIT, Write, WriteReference
from importer.mapping.templates import Render
from importer.model.draft import Draft, Drafted, Reference, Value
from importer.model.problem import SEVERAL, Problem, problem
from importer.model.row import Cell, Row

CELL_PROBLEMS = frozenset(["ERROR_CELL", "NO_CACHED_VALUE", "LOST_DIGITS", "LOOKS_PADDED", "NO_SUCH_DATE"])
"""Problems that readers find in one cell; in a column that the mapping does not use they stop no row."""


@dataclass(frozen=True, slots=True)
class Writer:
    """How one property gets its value; its problems are shown at the ``column`` of this index, if any.

    ``of_columns`` does for many rows what ``write`` does for one. ``made_of`` are the columns of a template:
    its text as a whole is shown at all of them. ``always``: no condition decides how the value is made.
    """

    property: str
    column: int | None
    write: Write
    of_columns: OfColumns
    made_of: tuple[int, ...] = ()
    always: bool = True


@dataclass(frozen=True, slots=True)
class Referrer:
    """How one property gets its value where that may be a reference to another record."""

    property: str
    column: int | None
    write: WriteReference
    made_of: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Needed:
    """A property that must have a value: the column that feeds it, and the problem's code without a value."""

    property: str
    column: int | None
    code: str


Refusal = tuple[Writer | Referrer, RefusedError]


@dataclass(frozen=True, slots=True)
class Compiled:
    """The functions of a mapping for one header, and what is to be said about the fit.

    ``columns`` is the header, ``used`` the indices of the columns that the mapping reads, ``unused_columns``
    the names of the others, ``notes`` sentences for the person, ``feeds`` property → column that feeds it.
    ``source`` is the mapping's own source. ``looks_up`` says that drafts have references, ``imported`` names
    the sources whose imported records they refer to. ``create_only`` and ``update_only`` are those of drafts.
    """

    columns: tuple[str, ...]
    used: tuple[int, ...]
    unused_columns: tuple[str, ...]
    notes: tuple[str, ...]
    feeds: Mapping[str, str]
    source: str
    looks_up: bool
    imported: frozenset[str]
    create_only: frozenset[str]
    update_only: frozenset[str]
    _writers: tuple[Writer, ...]
    _writes: tuple[tuple[str, Write], ...]
    _of_columns: tuple[tuple[str, OfColumns], ...]
    _of_references: tuple[tuple[str, OfColumns], ...]
    _of_context: tuple[tuple[str, OfColumns], ...]
    _referrers: tuple[Referrer, ...]
    _filter: Holds | None
    _left_out: Problem | None
    _mapped: tuple[int, ...]
    _needed: tuple[Needed, ...]
    _context: tuple[tuple[str, Render], ...]
    _padded: frozenset[str]
    _is_blank: Callable[[Cell], bool]
    _key: Callable[[Row, Sequence[Cell]], tuple[str, ...] | Problem] | None
    _keys: Callable[[Sequence[Row]], Sequence[tuple[str, ...]] | None] | None
    _content: Callable[[Sequence[Cell]], bytes]
    _mark: Callable[[Sequence[Cell]], bytes]
    _place: Place

    @property
    def properties(self) -> tuple[str, ...]:
        """All properties that a draft may have."""
        names = [writer.property for writer in self._writers]
        names += [referrer.property for referrer in self._referrers]
        return tuple(dict.fromkeys(names))

    @property
    def own_parents(self) -> bool:
        """Whether rows may refer to records that rows of the same source become."""
        return self.source in self.imported

    @property
    def constants(self) -> Mapping[str, Value]:
        """The properties that get the same value in every row, with it."""
        given = {w.property: w.write(()) for w in self._writers if w.column is None and w.always}
        return {name: value for name, value in given.items() if value is not OMIT}

    def draft(self, row: Row) -> Drafted:
        """Return the draft of ``row``, or all of its problems in the order of the columns.

        The problem of the key is among them. A row with ``faults`` is not mapped: they are returned.
        ``row`` must not be blank.
        """
        if row.problems and (faults := self.faults(row)):
            return faults
        cells = self._cells(row)
        if self._filter is not None and (out := self._filtered(row, cells)):
            return out
        is_blank = self._is_blank
        for index in self._mapped:
            if not is_blank(cells[index]):
                break
        else:
            return (problem("NO_VALUES"),)
        values: dict[str, Value] = {}
        refusals: list[Refusal] = []
        try:
            for name, write in self._writes:
                value = write(cells)
                if value is not OMIT:
                    values[name] = value
        except RefusedError:
            refusals = self._refusals(cells, values)
        references = self._references(cells, values, refusals) if self._referrers else {}
        options = self._options(cells, refusals) if self._context else {}
        key = self._key(row, cells) if self._key else None
        if refusals or isinstance(key, Problem) or self._lacks(values, references):
            return self._problems(row, key, {**values, **dict.fromkeys(references, "")}, refusals)
        return Draft(row.number, values, options, self.feeds, references, self.create_only, self.update_only)

    def block(self, rows: Sequence[Row]) -> Block | None:
        """Return what ``rows`` become, mapped together.

        None where one of them is blank, misshapen, left out, or not as wide as the header: then each is to be
        mapped by itself.
        """
        cells = [row.cells for row in rows]
        if set(map(len, cells)) != {len(self.columns)} or not all(map(self.takes, rows)):
            return None
        columns = list(zip(*cells, strict=True))
        values, referred, context = (
            {name: of_columns(columns) for name, of_columns in each}
            for each in (self._of_columns, self._of_references, self._of_context)
        )
        odd = refused_places((*values.values(), *referred.values(), *context.values()))
        for needed in self._needed:
            odd |= lacking(values.get(needed.property) or referred.get(needed.property), len(rows))
        is_blank, mapped = self._is_blank, self._mapped
        if not mapped or any(map(is_blank, columns[mapped[0]])):
            odd |= {at for at, line in enumerate(cells) if all(is_blank(line[index]) for index in mapped)}
        odd |= {at for at, key in enumerate(self.keys(rows)) if isinstance(key, Problem)}
        fixed = Fixed(self.feeds, self.create_only, self.update_only, bool(self._context))
        return Block(rows, values, referred, context, frozenset(odd), fixed)

    def _refusals(self, cells: Sequence[Cell], values: dict[str, Value]) -> list[Refusal]:
        """Return all refusals of a row that has one, and put what is not refused into ``values``."""
        refusals: list[Refusal] = []
        for writer in self._writers:
            try:
                value = writer.write(cells)
            except RefusedError as refused:
                refusals.append((writer, refused))
            else:
                if value is not OMIT:
                    values[writer.property] = value
        return refusals

    def takes(self, row: Row) -> bool:
        """Say whether ``row`` has an identity: it is not blank, misshapen, or left out by ``when``."""
        if row.blank or (row.problems and self.faults(row)):
            return False
        return self._filter is None or self.filtered(row) is None

    def filtered(self, row: Row) -> Problem | None:
        """Return why the mapping's ``when`` leaves ``row`` out, None where it does not, or cannot be known.

        Ask before anything else is done with a row that is neither blank nor misshapen: a row that is left
        out has no identity and no draft.
        """
        if self._filter is None:
            return None
        found = self._filtered(row, self._cells(row))
        return found[0] if found and found[0] is self._left_out else None

    def _filtered(self, row: Row, cells: Sequence[Cell]) -> tuple[Problem, ...]:
        """Return the problem that ``row`` is left out, or those for which that cannot be known."""
        assert self._filter is not None and self._left_out is not None
        try:
            return () if self._filter(cells) else (self._left_out,)
        except RefusedError as refused:
            failures = [self._placed(row, refused.column, code, names) for code, names in refused.failures]
            return tuple(found for _, found in failures)

    def faults(self, row: Row) -> tuple[Problem, ...]:
        """Return the problems that ``row`` was read with, as far as they matter to this mapping.

        Left out are those of cells that it does not use (a failed formula in a column that is not imported),
        and numbers that only look padded where the rules pad them or read them as numbers.
        """
        return tuple(found for found in row.problems if self._matters(found))

    def key(self, row: Row) -> tuple[str, ...] | Problem | None:
        """Return the key of ``row`` (design §4, Identity), the problem with it, or None without a key."""
        return self._key(row, self._cells(row)) if self._key else None

    def keys(self, rows: Sequence[Row]) -> list[tuple[str, ...] | Problem | None]:
        """Return what ``key`` returns for each row."""
        if self._keys is not None and (found := self._keys(rows)) is not None:
            return list(found)
        return list(map(self.key, rows))

    def mark(self, row: Row) -> bytes:
        """Return bytes that are equal for those rows of one file that are equal in every used cell."""
        return self._mark(self._cells(row))

    def marks(self, rows: Sequence[Row]) -> list[bytes]:
        """Return what ``mark`` returns for each row."""
        return [self._mark(self._cells(row)) for row in rows]

    def content(self, row: Row) -> bytes:
        """Return the bytes that stand for the cells of ``row`` that the mapping uses, for a keyed digest."""
        return self._content(self._cells(row))

    def _cells(self, row: Row) -> Sequence[Cell]:
        missing = len(self.columns) - len(row.cells)
        return row.cells if missing <= 0 else (*row.cells, *[None] * missing)

    def _matters(self, found: Problem) -> bool:
        if found.code not in CELL_PROBLEMS or found.column is None:
            return True
        if found.column in self.unused_columns:
            return False
        return not (found.code == "LOOKS_PADDED" and found.column in self._padded)

    def _references(
        self, cells: Sequence[Cell], values: dict[str, Value], refusals: list[Refusal]
    ) -> dict[str, Reference]:
        """Return the references of a row; what a look-up gives for a blank cell goes into ``values``."""
        references: dict[str, Reference] = {}
        for referrer in self._referrers:
            try:
                value = referrer.write(cells)
            except RefusedError as refused:
                refusals.append((referrer, refused))
            else:
                if isinstance(value, Reference):
                    references[referrer.property] = value
                elif value is not OMIT:
                    values[referrer.property] = value
        return references

    def _options(self, cells: Sequence[Cell], refusals: list[Refusal]) -> dict[str, object]:
        texts: dict[str, str] = {}
        for name, render in self._context:
            try:
                text = render(cells)
            except RefusedError as refused:
                refusals.append((Referrer(name, refused.column, lambda _: None), refused))
            else:
                if text is not None:
                    texts[name] = text
        return {"client_context": texts}

    def _lacks(self, values: Mapping[str, Value], references: Mapping[str, Reference]) -> bool:
        """Say whether a property that every record needs has no value."""
        for needed in self._needed:
            if values.get(needed.property) is None and needed.property not in references:
                return True
        return False

    def _problems(
        self,
        row: Row,
        key: tuple[str, ...] | Problem | None,
        values: Mapping[str, Value],
        refusals: Sequence[Refusal],
    ) -> tuple[Problem, ...]:
        found: list[tuple[int, Problem]] = []
        if isinstance(key, Problem):
            found.append((self._index(key.column), key))
        refused_properties = {writer.property for writer, _ in refusals}
        for writer, refused in refusals:
            column = writer.column if refused.column is None else refused.column
            for code, names in refused.failures:
                names = {"property": writer.property, **names}
                index, placed = self._placed(row, column, code, names)
                if refused.column is None and len(writer.made_of) > 1:
                    placed = self._made_of(row, writer.made_of, placed)
                found.append((index, placed))
        for needed in self._needed:
            absent = values.get(needed.property) is None and needed.property not in refused_properties
            if absent and not (needed.code == "BLANK_KEY" and isinstance(key, Problem)):
                found.append(self._placed(row, needed.column, needed.code, {"property": needed.property}))
        found.sort(key=lambda item: item[0])
        return tuple(dict.fromkeys(item for _, item in found))

    def _index(self, column: str | None) -> int:
        return len(self.columns) if column is None else self.columns.index(column)

    def _made_of(self, row: Row, made_of: Sequence[int], found: Problem) -> Problem:
        """Return a problem of a text that was made of several cells: none of them is at fault alone."""
        cells = dict.fromkeys(self._place(row.number, index) for index in made_of)
        columns = SEVERAL.join(self.columns[index] for index in made_of)
        return replace(found, column=columns, cell=SEVERAL.join(cells))

    def _placed(
        self, row: Row, column: int | None, code: str, names: Mapping[str, Any]
    ) -> tuple[int, Problem]:
        if column is None:
            return len(self.columns), problem(code, **names)
        place = self._place(row.number, column)
        return column, problem(code, column=self.columns[column], cell=place, **names)
