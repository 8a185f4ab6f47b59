"""Every row of a file mapped and looked at, its problems grouped by column and cause."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from importer.journal.identity import Identities, Identity, Known, Repeated
from importer.mapping.block import Block, together
from importer.mapping.cells import any_text
from importer.mapping.compiled import Compiled
from importer.model.advice import KeyValue, Severity
from importer.model.draft import Draft
from importer.model.problem import CATALOGUE, Problem, problem
from importer.model.row import Row, Shape
from importer.preflight.against_schema import not_listed
from importer.preflight.finding import NOTES, Finding
from importer.preflight.watching import DISTINCT, Place, Watch

CELLS = 5
"""Places that a finding names."""
VALUES = 1000
"""Distinct values that a finding lists."""
SAMPLE = 1000
"""Keys that are looked up under other sources, drawn evenly with a fixed seed, as a run does."""


SAID = {
    "BLANK_ROW": "The rows are blank.",
    "SAME_ROW": "Equal in every used cell to an earlier row of the file; sent once.",
    "KNOWN": "Imported already; not sent again.",
}


@dataclass(slots=True)
class Group:
    """The rows with one problem in one column."""

    count: int = 0
    cells: list[str] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)
    message: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with its draft, where it would be sent, else with its problems; its ``key`` in the ledger."""

    row: Row
    draft: Draft | None
    problems: tuple[Problem, ...] = ()
    key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that follow each other, ``rows`` of them.

    Those that ``stay`` behind, the keys in the ledger of all that have one, the numbers of the rows that
    would be ``sent``, and each property's values in those.
    """

    rows: int
    stay: Sequence[Judged]
    keys: Sequence[bytes]
    sent: Sequence[int]
    values: Mapping[str, Sequence[object]]


@dataclass(frozen=True, slots=True)
class Judge:
    """What decides about each row: the mapping, its identity in the file, the ledger, the watch.

    ``known`` tells whether the ledger has a key already.
    """

    compiled: Compiled
    identities: Identities
    known: Callable[[bytes], bool]
    watch: Watch

    def judged(self, rows: Iterable[Row]) -> Iterator[Judged]:
        """Give every row with what would become of it, in the file's order."""
        for row in rows:
            aside = self._aside(row)
            yield aside if aside is not None else self._judged(row, self.identities.of(row))

    def parts(self, rows: Iterable[Row]) -> Iterator[Part]:
        """Give every row, many at a time, with what ``judged`` says of them; the watch has counted them."""
        for some in together(rows):
            taken = list(filter(self.compiled.takes, some))
            block = self.compiled.block(taken) if taken else None
            yield self._one_by_one(some) if block is None else self._part(some, block)

    def _aside(self, row: Row) -> Judged | None:
        """Return a row that has no identity: it is blank, misshapen, or left out."""
        if row.blank:
            return Judged(row, None, (problem("BLANK_ROW"),))
        if row.problems and (faults := self.compiled.faults(row)):
            return Judged(row, None, faults)
        left_out = self.compiled.filtered(row)
        return None if left_out is None else Judged(row, None, (left_out,))

    def _judged(self, row: Row, identity: Identity) -> Judged:
        if isinstance(identity, Repeated):
            return Judged(row, None, (problem("SAME_ROW", first=identity.first),))
        drafted = self.compiled.draft(row)
        found = () if isinstance(drafted, Draft) else drafted
        if isinstance(identity, Problem):
            return Judged(row, None, found if identity in found else (identity, *found))
        if found or not isinstance(drafted, Draft):
            return Judged(row, None, found)
        if self.known(identity.key):
            return _known(row, identity.key)
        more = self.watch.problems(drafted)
        return Judged(row, None, more, identity.key) if more else Judged(row, drafted, (), identity.key)

    def _one_by_one(self, rows: Sequence[Row]) -> Part:
        judged = list(self.judged(rows))
        drafts = [each.draft for each in judged if each.draft is not None]
        for draft in drafts:
            self.watch.count(draft)
        names = dict.fromkeys(name for draft in drafts for name in draft.values)
        values = {name: [draft.values.get(name) for draft in drafts] for name in names}
        keys = [each.key for each in judged if each.key is not None]
        stay = [each for each in judged if each.draft is None]
        return Part(len(rows), stay, keys, [draft.row for draft in drafts], values)

    def _part(self, rows: Sequence[Row], block: Block) -> Part:
        identities, looked = self.identities.of_each(block.rows), self.watch.looking(block)
        stay = {} if len(block.rows) == len(rows) else {row.number: self._aside(row) for row in rows}
        keys: list[bytes] = []
        sent: list[int] = []
        odd, known = block.odd, self.known
        for at, (row, identity) in enumerate(zip(block.rows, identities, strict=True)):
            if at in odd or not isinstance(identity, Known):
                judged = stay[row.number] = self._judged(row, identity)
                keys += [judged.key] if judged.key is not None else []
                continue
            keys.append(identity.key)
            if known(identity.key):
                stay[row.number] = _known(row, identity.key)
            elif looked is not None and (more := looked(at)):
                stay[row.number] = Judged(row, None, more, identity.key)
            else:
                sent.append(at)
        numbers = [block.rows[at].number for at in sent]
        values = block.given(sent)
        self.watch.count_all(numbers, values, tuple(block.referred))
        # In the file's order: rows aside were entered first, and keep their places.
        return Part(len(rows), [each for each in stay.values() if each is not None], keys, numbers, values)


def _known(row: Row, key: bytes) -> Judged:
    return Judged(row, None, (Problem("KNOWN", SAID["KNOWN"]),), key)


@dataclass(frozen=True, slots=True)
class RowsChecked:
    """What came out of looking at every row.

    ``rows`` there are, ``to_send`` would be sent, ``sample`` are keys of the ledger's form, ``keys`` the
    values of the match property with the rows that carry them (as many as were asked for), ``more_keys`` how
    many were left out.
    """

    rows: int
    to_send: int
    findings: tuple[Finding, ...]
    sample: tuple[bytes, ...] = ()
    keys: Mapping[KeyValue, int] = field(default_factory=dict)
    more_keys: int = 0


def check_rows(
    judge: Judge,
    rows: Iterable[Row],
    shape: Shape,
    place: Place,
    match: str | None,
    most_keys: int,
) -> RowsChecked:
    """Judge every row and return what stops some of them.

    ``place`` names a cell as a person sees it; values of the property ``match`` are kept for ``most_keys``
    rows.
    """
    groups: dict[tuple[str, str | None], Group] = {}
    columns = {name: index for index, name in reversed(list(enumerate(shape.columns)))}
    keys: dict[KeyValue, int] = {}
    sample = _Sample()
    count = to_send = more = 0
    for part in judge.parts(rows):
        count += part.rows
        sample.take(part.keys)
        for judged in part.stay:
            for found in judged.problems:
                group = groups.setdefault((found.code, found.column), Group())
                _add(group, found, judged.row, columns, place)
        to_send += len(part.sent)
        if match is not None and most_keys:
            for number, value in zip(part.sent, part.values.get(match) or repeat(None), strict=False):
                if len(keys) >= most_keys:
                    more += 1
                elif isinstance(value, KeyValue) and not isinstance(value, bool):
                    keys[value] = number
    findings = [*(_finding(*key, group) for key, group in groups.items()), *_strange(judge.watch)]
    return RowsChecked(count, to_send, tuple(findings), tuple(sample.keys), keys, more)


class _Sample:
    """Keys drawn evenly from a stream of unknown length (reservoir), the same for the same file."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self._seen = 0
        self._drawn = random.Random(0)

    def take(self, keys: Iterable[bytes]) -> None:
        """Take each of ``keys`` or let it pass."""
        for key in keys:
            self._seen += 1
            if len(self.keys) < SAMPLE:
                self.keys.append(key)
            elif (place := int(self._drawn.random() * self._seen)) < SAMPLE:
                self.keys[place] = key


def _add(group: Group, found: Problem, row: Row, columns: Mapping[str, int], place: Place) -> None:
    group.count += 1
    group.message = group.message or found.message
    if len(group.cells) < CELLS:
        group.cells.append(found.cell or place(row.number, found.column))
    if found.column is not None and not row.problems:
        index = columns.get(found.column, len(row.cells))
        value = any_text(row.cells[index]) if index < len(row.cells) else ""
        if value in group.values or len(group.values) < DISTINCT:
            group.values[value] += 1


def _finding(code: str, column: str | None, group: Group) -> Finding:
    kind = CATALOGUE.get(code)
    message = group.message
    if code in SAID:
        message = SAID[code] if group.count > 1 or code == "KNOWN" else message
    elif code == "FILTERED" and kind is not None:
        message = f"{kind.title}. {message}"  # the same for all rows
    elif kind is not None and group.count > 1:
        # One sentence that fits all rows; the value of the first is an example of it.
        message = f"{kind.title}. For example: {message}"
    severity: Severity = "note" if code in NOTES else "rows"
    values = tuple(group.values.most_common(VALUES))
    return Finding(code, severity, message, "", column, group.count, tuple(group.cells), values)


def _strange(watch: Watch) -> Iterator[Finding]:
    """Give the warnings for values outside a list that the server does not insist on."""
    for strange in watch.strange:
        if strange.count:
            said = not_listed(strange.found, "")
            yield Finding(
                said.code,
                said.severity,
                said.message,
                said.remedy,
                strange.column,
                strange.count,
                tuple(strange.cells),
                tuple(strange.values.most_common(VALUES)),
            )


def grouped(findings: Sequence[Finding]) -> list[Finding]:
    """Return ``findings`` in the order in which a person wants them: the gravest first, then by rows."""
    order = {"stop": 0, "rows": 1, "warning": 2, "note": 3}
    return sorted(findings, key=lambda finding: (order[finding.severity], -finding.count))
