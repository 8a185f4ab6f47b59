"""A run in numbers, counted in the journal; and journals that were made before these were kept."""

import sqlite3
from pathlib import Path

import pytest

from importer.journal.database import FILE_NAME
from importer.journal.figures import EXAMPLES, POINTS, Cause, Settled, Worked, width_for, worked
from importer.journal.journal import Journal
from importer.journal.migrations import MIGRATIONS
from importer.journal.records import Intent, LegEnd, LegRecord, Settlement, Stretch
from importer.journal.states import State
from importer.model.problem import Problem
from tests.journal.conftest import add_run, begin


@pytest.mark.parametrize(
    ("seconds", "width"),
    [(0, 0.1), (24, 0.1), (25, 0.2), (241, 2), (3600, 15), (86_400, 600), (365 * 86_400, 172_800)],
)
def test_points_in_time_stay_few(seconds: int, width: float) -> None:
    """However long a run was, it is looked at in at most POINTS points a round time apart."""
    assert width_for(seconds * 1000) == width * 1000
    assert seconds * 1000 <= width_for(seconds * 1000) * POINTS


async def test_causes_by_code_and_column_with_their_first_rows(journal: Journal) -> None:
    """Rows are counted once per cause, most first; examples are the first rows; other states are left out."""
    run = add_run(journal)
    leg = begin(journal, run)
    date = Problem("BAD_DATE", "Not a date.", "Opened", "line 2")
    mail = Problem("BAD_EMAIL", "Not a mail address.", "Mail", "line 2")
    for row in range(2, 10):
        await leg.record(row, State.INVALID, (date, mail) if row == 2 else (date, date))
    await leg.record(10, State.SKIPPED, (Problem("BLANK_ROW", "Blank."),))
    await leg.intend("single", [Intent(row, None, b"d") for row in (11, 12, 13)])
    refused = (Problem("FIELD_INTEGRITY", "No such contact."),)
    await leg.settle(
        [Settlement(11, State.REJECTED, problems=refused), Settlement(12, State.CREATED, "500A")]
    )
    found = journal.figures(run)
    assert found.causes == (
        Cause(State.INVALID, "BAD_DATE", "Opened", 8, tuple(range(2, 2 + EXAMPLES))),
        Cause(State.INVALID, "BAD_EMAIL", "Mail", 1, (2,)),
        Cause(State.REJECTED, "FIELD_INTEGRITY", "", 1, (11,)),
    )
    assert found.all_causes == 3 and found.doubts == (13,) and found.attempts == {1: 3}
    counts: dict[State, int] = {}
    for point in found.progress:
        counts[point.state] = counts.get(point.state, 0) + point.rows
    assert counts == {State.INVALID: 8, State.SKIPPED: 1, State.REJECTED: 1, State.CREATED: 1}


async def test_stretches_come_back_as_they_were_written(journal: Journal) -> None:
    """Numbers and counted latencies, in order of legs and time."""
    run = add_run(journal)
    leg = begin(journal, run)
    later = Stretch(9000, 10_000, 5, 1, 2, 3, 400, 500, 6, 7, {20: 3, 40: 1})
    first = Stretch(8000, 9000, 5, 0, 0, 0, 0, 0, 0, 10, {})
    await leg.stretches([later, first])
    await leg.end(LegEnd(0, True, 10, 8000, 10_000))
    assert [(s.at, s.calls, s.latencies, s.leg) for s in journal.figures(run).stretches] == [
        (8000, 5, {}, 1),
        (9000, 5, {20: 3, 40: 1}, 1),
    ]


def test_a_journal_of_the_format_before_is_brought_up_to_date(tmp_path: Path) -> None:
    """Its legs are there, without a plan; its run has no stretches, and new ones can be written."""
    db = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    for script in MIGRATIONS[:3]:
        for statement in script.split(";\n"):
            if statement.strip():
                db.execute(statement)
    db.execute("PRAGMA user_version = 3")
    db.execute("INSERT INTO setting VALUES ('salt', x'01')")
    db.execute("INSERT INTO scope VALUES (1, 'org1', 'Case', 'zendesk', 'key')")
    db.execute(
        "INSERT INTO run VALUES (1, '20260101-abcdef', 'd', '', 1, 'org1', 'Case', 1, 1, 't.csv', 10, 2, "
        "'Org', NULL, 's', NULL, 1000, 9000, 1, 0)"
    )
    db.execute(
        "INSERT INTO leg VALUES (1, 1, '0.1', 'me', 'here', 1, '[]', 'm', 's', '{}', 'u', 0.0, 'single', 'r', "
        "1000, 9000, 0, 3, 1500, 8000)"
    )
    db.execute(
        "INSERT INTO row VALUES (1, 2, 0, 'created', 1, 1, NULL, NULL, 'x', NULL, NULL, 1, 5000, NULL)"
    )
    db.close()
    with Journal(tmp_path) as journal:
        run = journal.run("20260101-abcdef")
        [leg] = journal.legs(run.n)
        assert (leg.calls, leg.last_call, leg.plan_rows, leg.plan_seconds) == (3, 8000, None, None)
        found = journal.figures(run)
        assert found.stretches == () and found.attempts == {1: 1}
        assert found.worked == (Worked(1, 1000, 9000),)
        assert found.width == 100 and found.progress == (Settled(5000, State.CREATED, 1),)
        begin(journal, run)
        assert len(journal.legs(run.n)) == 2


def leg_of(number: int, started: int, ended: int | None) -> LegRecord:
    who = ("1", "me", "here", 1, "[]", "m", "s", "{}", "u", 0.0, "single", "r")
    return LegRecord(number, *who, started, ended, None, 0, None, None)


@pytest.mark.parametrize(
    ("ended", "last", "until"),
    [(500, {1: 900}, 500), (None, {1: 400}, 400), (None, {1: 5000}, 2000), (None, {}, 100), (50, {}, 100)],
    ids=["ended", "killed", "row settled later", "nothing known", "clock went back"],
)
def test_when_a_leg_was_at_work(ended: int | None, last: dict[int, int], until: int) -> None:
    """Until it ended, or the last that is known of it; never into the next leg."""
    first, second = worked([leg_of(1, 100, ended), leg_of(2, 2000, None)], last)
    assert (first, second.since) == (Worked(1, 100, until), 2000)
