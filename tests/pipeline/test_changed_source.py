"""A file that changes under a run: stopped, nothing of the new bytes is sent, and nothing is done twice afterwards."""

from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import pytest

from importer.api.importing import REAL_DISK, Disk
from importer.journal.states import State
from importer.model.errors import Exit, SourceError
from importer.model.events import Event, RowSettled, RunEnded, RunStarted
from importer.pipeline.control import Control
from importer.results.files import Files, open_new
from tests.pipeline.conftest import Open
from tests.stage import CASE, HEADER, Stage, as_csv

ROWS = 130
SLOWLY = 'rate = "5000/s"\nconcurrency = 2\n'


def table() -> str:
    """Rows that are read in several blocks."""
    return as_csv([[*row, "x" * 1200] for row in CASE.rows(ROWS)], (*HEADER, "Notes"))


def grow(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("K-999,text edited,1,a@example.com,\n")


def edit(path: Path) -> None:
    """Other values of the same length, in the last rows, by a program that writes in place."""
    with path.open("r+b") as file:
        whole = file.read()
        at = whole.index(b"text 120")
        file.seek(at)
        file.write(whole[at:].replace(b"text 1", b"edited"))


def exchange(path: Path) -> None:
    """Another file under the same name, as editors and exports save."""
    new = path.with_name("new.csv")
    new.write_text(as_csv([["K-1", "text edited", "1", "a@example.com", ""]], (*HEADER, "Notes")), "utf-8")
    new.replace(path)


def remove(path: Path) -> None:
    path.unlink()


CHANGES: list[Callable[[Path], None]] = [grow, edit, exchange, remove]
MOMENTS = ["before sending", "while sending", "after sending", "while writing"]


def at_moment(moment: str, change: Callable[[], None]) -> tuple[Callable[[Event, Control], None], Disk]:
    """Return what has ``change`` done once at the moment: a listener, and a disk."""
    events = {"before sending": RunStarted, "while sending": RowSettled, "after sending": RunEnded}
    done: list[bool] = []

    def once() -> None:
        if not done:
            done.append(True)
            change()

    def during(event: Event, _control: Control) -> None:
        if moment in events and isinstance(event, events[moment]):
            once()

    def open_and_change(path: Path, encoding: str) -> TextIO:
        stream = open_new(path, encoding)
        once()
        return stream

    return during, Disk(files=Files(open=open_and_change)) if moment == "while writing" else REAL_DISK


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_changed_file_stops_the_run(
    open_kind: Open, moment: str, change: Callable[[Path], None]
) -> None:
    """Exit 1 with the reason; what was sent is known; with the old file back the run goes on to its end."""
    stage = await open_kind(CASE)
    stage.extra = SLOWLY
    path = stage.write(table())
    whole = path.read_bytes()
    during, disk = at_moment(moment, lambda: change(path))
    error = await stage.refused(path, during=during, disk=disk)
    assert isinstance(error, SourceError) and error.exit is Exit.CANNOT_RUN and error.remedy
    assert (
        error.code == ("FILE_MISSING" if change is remove else "SOURCE_CHANGED")
        and path.name in error.message
    )
    assert "edited" not in " ".join(stage.texts()), "bytes of another file were sent"
    known(stage)
    assert not [each.name for each in stage.folder.iterdir() if ".results" in each.name]
    sent = stage.creates()
    assert (sent == 0) == (moment == "before sending")
    if moment != "before sending":
        assert "What was sent until then is in the journal" in error.remedy
    path.unlink(missing_ok=True)
    path.write_bytes(whole)
    ended = await stage.run(path)
    assert ended.exit is Exit.DONE and ended.counts == {"created": ROWS}
    assert len(stage.records()) == ROWS == len(set(stage.texts())) == stage.creates()


def known(stage: Stage) -> None:
    """Every record on the server is in the journal, and the run is one that goes on."""
    with stage.journal() as journal:
        [run] = journal.runs()
        created = {entry.record_id for entry in journal.entries(run.n) if entry.state is State.CREATED}
        assert {record["id"] for record in stage.records()} == created
        assert not run.finished and run.exit == Exit.CANNOT_RUN and run.ended is not None


@pytest.mark.parametrize("keyed", [True, False])
async def test_the_new_file_may_be_run_instead(open_kind: Open, keyed: bool) -> None:
    """Grown in mid-run and let be: what was sent is known there, the rest is made, nothing twice."""
    stage = await open_kind(CASE, keyed=keyed)
    stage.extra = SLOWLY
    path = stage.write(table())
    during, disk = at_moment("while sending", lambda: grow(path))
    await stage.refused(path, during=during, disk=disk)
    sent = len(stage.records())
    ended = await stage.run(path)
    assert 0 < sent < ROWS and ended.counts == {"exists": sent, "created": ROWS + 1 - sent}
    assert len(stage.records()) == ROWS + 1 == len(set(stage.texts()))
