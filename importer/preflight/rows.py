"""Every row of a file mapped and looked at, its problems grouped by column and cause."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from importer.journal.identity import Identities, Repeated
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
        draft, identity_of = self.compiled.draft, self.identities.of
        watch, known = self.watch, self.known
        for row in rows:
            if row.blank:
                yield Judged(row, None, (problem("BLANK_ROW"),))
                continue
            if row.problems and (faults := self.compiled.faults(row)):
                yield Judged(row, None, faults)
                continue
            if left_out := self.compiled.filtered(row):
                yield Judged(row, None, (left_out,))
                continue
            identity = identity_of(row)
            if isinstance(identity, Repeated):
                yield Judged(row, None, (problem("SAME_ROW", first=identity.first),))
                continue
            drafted = draft(row)
            found = () if isinstance(drafted, Draft) else drafted
            if isinstance(identity, Problem):
                yield Judged(row, None, found if identity in found else (identity, *found))
            elif found or not isinstance(drafted, Draft):
                yield Judged(row, None, found)
            elif known(identity.key):
                yield Judged(row, None, (Problem("KNOWN", SAID["KNOWN"]),), identity.key)
            elif more := watch.problems(drafted):
                yield Judged(row, None, more, identity.key)
            else:
                watch.count(drafted)
                yield Judged(row, drafted, (), identity.key)


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
    for judged in judge.judged(rows):
        count += 1
        if judged.key is not None:
            sample.take(judged.key)
        draft = judged.draft
        if draft is None:
            for found in judged.problems:
                _add(
                    groups.setdefault((found.code, found.column), Group()), found, judged.row, columns, place
                )
            continue
        to_send += 1
        if match is not None and most_keys:
            value = draft.values.get(match)
            if len(keys) >= most_keys:
                more += 1
            elif isinstance(value, KeyValue) and not isinstance(value, bool):
                keys[value] = judged.row.number
    findings = [*(_finding(*key, group) for key, group in groups.items()), *_strange(judge.watch)]
    return RowsChecked(count, to_send, tuple(findings), tuple(sample.keys), keys, more)


class _Sample:
    """Keys drawn evenly from a stream of unknown length (reservoir), the same for the same file."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self._seen = 0
        self._drawn = random.Random(0)

    def take(self, key: bytes) -> None:
        """Take ``key`` or let it pass."""
        self._seen += 1
        if len(self.keys) < SAMPLE:
            self.keys.append(key)
            return
        place = int(self._drawn.random() * self._seen)
        if place < SAMPLE:
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
