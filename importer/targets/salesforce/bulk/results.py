"""What the fetched results of a job say of its rows (facts: salesforce.md §4.2).

Every row of the upload stands in one line of one of three files. A row that stands in none, or in several,
is not told by them: it is asked about, whatever the job's counters say.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path

from importer.model.draft import Named
from importer.model.outcome import RowOutcome, Unknown
from importer.model.target import JobOutcome
from importer.targets.salesforce.bulk import answers
from importer.targets.salesforce.bulk.load import SalesforceLoad
from importer.targets.salesforce.codes import Meaning
from importer.targets.salesforce.named import explained, gathered

SAVED, FAILED, UNPROCESSED = RESULTS = ("successfulResults", "failedResults", "unprocessedrecords")
OURS = "sf__"
"""How the columns begin that the org puts before the uploaded ones."""
MISSING = Unknown("the job's results do not tell of this row")
CONTRADICTED = Unknown("the job's results tell of this row more than once")
Line = Mapping[str, str]
"""The org's own columns of a line, by their names in small letters."""


def is_result(path: Path, columns: Sequence[str]) -> bool:
    """Return whether a file is a result of a job: a proxy's page is none. One without any line is."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        header = next(_readable(stream), None)
    return path.stat().st_size == 0 if header is None else answers.columns_of(header, columns) is not None


def outcomes(load: SalesforceLoad, match: str | None, taught: Mapping[str, Meaning]) -> Iterator[JobOutcome]:
    """Give the outcome of every row of ``load`` from the results that lie beside it, each row once."""
    pairing = load.pairing
    places, ids = array("q"), list[str]()
    for cells, line in _lines(load.folder / SAVED, load.columns):
        places.append(pairing.claim(cells))
        ids.append(_saved_id(cells, line, load))
    claims = {
        name: array("q", (pairing.claim(cells) for cells, _line in _lines(load.folder / name, load.columns)))
        for name in (FAILED, UNPROCESSED)
    }
    for place, record_id in zip(places, ids, strict=True):
        if (row := pairing.told(place)) is not None:
            yield JobOutcome(row, answers.successful(record_id, changes=load.changes), {})
    for name, claimed in claims.items():
        again = _lines(load.folder / name, load.columns)
        for place, (cells, line) in zip(claimed, again, strict=True):
            if (row := pairing.told(place)) is not None:
                yield _not_saved(row, cells, _reason(name, line, match, taught), load)
    for row, several in pairing.untold():
        yield JobOutcome(row, CONTRADICTED if several else MISSING, {})


def _saved_id(cells: Sequence[str], line: Line, load: SalesforceLoad) -> str:
    """Return the id of a saved record; nothing where the line tells of another record than was changed."""
    found = line.get("sf__id", "")
    return found if not load.changes or found[:15] == cells[0][:15] else ""


def _reason(name: str, line: Line, match: str | None, taught: Mapping[str, Meaning]) -> RowOutcome:
    if name == UNPROCESSED:
        return answers.UNPROCESSED
    return answers.failed(line.get("sf__error", ""), match, taught)


def _not_saved(row: int, cells: Sequence[str], outcome: RowOutcome, load: SalesforceLoad) -> JobOutcome:
    shown = gathered(zip(load.columns, cells, strict=True), load.heads)
    named = zip(load.columns, cells, strict=True)
    values = {load.heads[name]: Named(cell, name) for name, cell in named if name in load.heads and cell}
    return JobOutcome(row, explained(outcome, values), shown)


def _lines(path: Path, columns: Sequence[str]) -> Iterator[tuple[Sequence[str], Line]]:
    """Give the uploaded cells of each line of a result file, and the columns of the org beside them.

    A line that has not as many cells as the header is left alone: its row is asked about.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        rows = _readable(stream)
        header = next(rows, [])
        places = answers.columns_of(header, columns)
        if places is None:
            return
        names = enumerate(map(str.casefold, header))
        ours = [(place, name) for place, name in names if name.startswith(OURS)]
        wide, uploaded = len(header), _picked(places)
        for cells in rows:
            if len(cells) == wide:
                yield uploaded(cells), {name: cells[place] for place, name in ours}


def _readable(stream: Iterator[str]) -> Iterator[list[str]]:
    """Give the lines of a CSV file as far as it is one."""
    rows = csv.reader(stream)
    while True:
        try:
            yield next(rows)
        except (StopIteration, csv.Error):
            return


def _picked(places: Sequence[int]) -> Callable[[list[str]], Sequence[str]]:
    """Return the function that picks the cells at these places."""
    if list(places) == list(range(places[0], places[0] + len(places))):
        begin, end = places[0], places[-1] + 1
        return lambda cells: cells[begin:end]
    return itemgetter(*places)
