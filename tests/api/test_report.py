"""The report of a run: what it says is what the journal says, for every target and way of sending."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from importer.api.reporting import report
from importer.api.verdicts import resolve_row
from importer.journal.database import FILE_NAME
from importer.journal.journal import Journal
from importer.journal.states import State
from importer.model.errors import Exit, ImporterError, JournalError
from importer.model.problem import Problem
from importer.pipeline.control import Control
from tests.journal.conftest import add_run, begin
from tests.pipeline.conftest import KINDS, Open, open_kind
from tests.report_reading import Report, column, read_report, whole
from tests.stage import CASE, CLAIM, Stage

__all__ = ["open_kind"]
STEP = "What stood in the way"
WHY = "Failed rows by cause and column, most first"
LEGS = "Each leg, from its first request to its last"


def reported(stage: Stage, run: str, *, with_values: bool = False, output: Path | None = None) -> Report:
    with stage.journal() as journal:
        path, _no_values = report(journal, run, output, with_values=with_values)
    return read_report(path)


def by_status(found: Report) -> dict[str, int]:
    [rows] = [rows for caption, rows in found.tables.items() if caption.endswith("by status")]
    return dict(zip(column(rows, "Status"), map(whole, column(rows, rows[0][1])), strict=True))


def line(found: Report, what: str) -> str:
    return next(row[1] for row in found.tables[STEP] if row[0] == what)


@pytest.mark.parametrize("kind", KINDS)
async def test_its_numbers_are_the_journals(open_kind: Open, kind: str) -> None:
    """Counts, causes, the sums over time, requests, the plan: on both targets and every way of sending."""
    stage = await open_kind(KINDS[kind])
    rows = stage.kind.rows(24)
    for place in (3, 9, 15):
        rows[place][3] = "SECRET-CONTENT no mail"
    rows[9][0] = ""
    ended = await stage.run(stage.write(rows))
    found = reported(stage, ended.run)
    with stage.journal() as journal:
        run = journal.run(ended.run)
        [leg] = journal.legs(run.n)
        figures = journal.figures(run)
    assert by_status(found) == {"created": 21, "invalid": 3} == ended.counts
    assert found.headline == "21 of 24 rows are in; 3 failed."
    causes = found.tables[WHY]
    assert [(row[1], row[2], row[3]) for row in causes[1:]] == [
        ("Mail", "invalid", "2"),
        ("No", "invalid", "1"),
    ]
    assert "BAD_EMAIL" in causes[1][0] and causes[1][4] == "rows 5, 17" and causes[2][4] == "row 11"
    last = found.tables["Rows at rest, summed up"][-1]
    assert [whole(text) for text in last[1:]] == [21, 3, 24]
    by_time = found.tables["Requests by time of work"]
    assert sum(map(whole, column(by_time, "Requests"))) == sum(each.calls for each in figures.stretches) > 0
    assert f"Requests{leg.calls}" in found.text
    [planned] = found.tables[LEGS][1:]
    assert [whole(planned[1]), whole(planned[3])] == [24, leg.calls]
    assert planned[2] == ("–" if leg.plan_calls is None else str(leg.plan_calls))
    assert "SECRET" not in found.text and "K-1" not in found.text


async def test_slow_downs_repeats_and_lost_answers_are_told(open_kind: Open) -> None:
    """What stood in the way, as counted; the bands of the charts show when."""
    stage = await open_kind(CASE, "http_429=every:9,retry_after=0.05,lose_after_commit=every:10")
    ended = await stage.run(stage.write(stage.kind.rows(40)))
    found = reported(stage, ended.run)
    with stage.journal() as journal:
        figures = journal.figures(journal.run(ended.run))
    sums = {
        name: sum(getattr(each, name) for each in figures.stretches) for name in ("pauses", "lost", "cleared")
    }
    assert line(found, "Slow-downs asked for by the server") == str(sums["pauses"]) != "0"
    assert line(found, "Requests whose answer was lost") == str(sums["lost"]) != "0"
    assert line(found, "Rows settled by asking the server") == str(sums["cleared"]) != "0"
    again = sum(count for attempts, count in figures.attempts.items() if attempts > 1)
    assert line(found, "Rows sent more than once") == str(again) != "0"
    assert "slow" in found.drawings["rate-chart"] and "slow" in found.drawings["latency-chart"]
    assert {"median", "p95"} <= set(found.drawings["latency-chart"])


async def test_a_run_of_two_legs_and_while_it_runs(open_kind: Open) -> None:
    """The first leg is reported from within, then as interrupted; the second continues on the same axis."""
    stage = await open_kind(CASE, "latency=5ms")
    path = stage.write(stage.kind.rows(30))
    seen: list[Report] = []

    def stop(_event: object, control: Control) -> None:
        if len(stage.settled()) == 10:
            with stage.journal() as journal:
                [run] = journal.runs()
            seen.append(reported(stage, run.id, output=stage.folder / "during.html"))
            control.stop(Exit.INTERRUPTED, "interrupted", "")

    first = await stage.run(path, during=stop)
    during = seen[0]
    assert "not ended: it is running" in during.text and by_status(during)["created"] >= 10
    assert sum(by_status(during).values()) == 30
    half = reported(stage, first.run)
    assert "interrupted" in half.text and by_status(half) == {
        k.replace("_", " "): v for k, v in first.counts.items()
    }
    second = await stage.run(path)
    full = reported(stage, second.run)
    assert full.headline == "All 30 rows are in." and "2 legs, one behind the other" in full.text
    assert column(full.tables[LEGS], "Leg") == ["1", "2"] and "break" in full.drawings["progress-chart"]
    assert sorted(p.name for p in stage.folder.glob("*.html")) == ["during.html", "in.report.html"]


async def test_rows_in_doubt_and_what_people_said(open_kind: Open) -> None:
    """Doubts are named with the commands that settle them; verdicts with who gave them."""
    stage = await open_kind(CLAIM, "lose_after_commit=at:3+5")
    ended = await stage.run(stage.write(stage.kind.rows(8)))
    assert ended.counts["in_doubt"] == 2
    with stage.journal() as journal:
        rows = sorted(journal.doubts(journal.run(ended.run).n))
    found = reported(stage, ended.run)
    assert f"Rows {rows[0]}, {rows[1]}." in found.text and "2 rows in doubt" in found.headings
    assert f"case-importer resolve {ended.run} FILE" in found.text
    with stage.journal() as journal:
        resolve_row(journal, ended.run, rows[0], "A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081")
        resolve_row(journal, ended.run, rows[1], None)
    found = reported(stage, ended.run)
    assert column(found.tables["What people said of rows"], "Verdict") == ["is", "absent"]
    assert by_status(found) == {"created": 7, "not sent": 1}
    assert line(found, "Rows settled by a person") == "2"


async def test_values_only_when_asked_for_and_only_of_the_same_file(open_kind: Open) -> None:
    """P7: with --with-values examples show their cells, escaped; when the file has changed or is gone, it is said."""
    stage = await open_kind(CASE)
    rows = stage.kind.rows(4)
    rows[1][3] = 'SECRET <script>alert("1")</script> & more'
    path = stage.write(rows)
    ended = await stage.run(path)
    shown = reported(stage, ended.run, with_values=True)
    assert 'SECRET <script>alert("1")</script> & more' in shown.tables[WHY][1][4]
    assert "shows values of the rows" in shown.text and "text 1" not in shown.text
    plain = reported(stage, ended.run)
    assert "SECRET" not in plain.text and "holds no contents of rows" in plain.text
    path.write_text(path.read_text("utf-8").replace("text 4", "text 5"), encoding="utf-8")
    changed = reported(stage, ended.run, with_values=True)
    assert "SECRET" not in changed.text and "No values are shown" in changed.text
    assert "its contents have changed" in changed.text and "holds no contents of rows" in changed.text
    path.unlink()
    gone = reported(stage, ended.run, with_values=True)
    assert "No values are shown" in gone.text and by_status(gone) == {"created": 3, "invalid": 1}


async def test_names_that_look_like_html(open_kind: Open) -> None:
    """Columns, files and the server's words are text on the page, whatever they hold."""
    stage = await open_kind(CASE)
    text = stage.kind.mapping.replace("  Mail:", '  "<b>&Mail":')
    path = stage.write("No,Text,Amount,<b>&Mail\nK-1,text 1,1,nothing\n", "a <i> & b.csv")
    ended = await stage.run(path, mapping=stage.mapping(text))
    found = reported(stage, ended.run)
    assert found.tables[WHY][1][1] == "<b>&Mail" and "a <i> & b.csv" in found.text


async def test_where_it_goes(open_kind: Open, tmp_path: Path) -> None:
    """Beside the input or -o; its own run's report is replaced, whatever else is there is kept."""
    stage = await open_kind(CASE)
    ended = await stage.run(stage.write(stage.kind.rows(2)))
    other = await stage.run(stage.write(stage.kind.rows(1, 50), "other.csv"))
    target = stage.folder / "page.html"
    with stage.journal() as journal:
        assert report(journal, ended.run, None, with_values=False)[0] == stage.folder / "in.report.html"
        assert report(journal, ended.run, target, with_values=False)[0] == target
        assert report(journal, ended.run, target, with_values=False)[0] == target
        assert report(journal, other.run, target, with_values=False)[0].name == "page-2.html"
        (tmp_path / "mine.html").write_text("<p>mine</p>", encoding="utf-8")
        for wanted, code in (
            (tmp_path / "mine.html", "REPORT_TAKEN"),
            (stage.folder / "in.csv", "REPORT_FORMAT"),
            (tmp_path / "no" / "page.html", "REPORT_FOLDER"),
        ):
            with pytest.raises(ImporterError) as caught:
                report(journal, ended.run, wanted, with_values=False)
            assert caught.value.code == code and caught.value.remedy
        with pytest.raises(JournalError):
            report(journal, "20200101-000000", target, with_values=False)
    assert (tmp_path / "mine.html").read_text("utf-8") == "<p>mine</p>"
    assert not list(tmp_path.rglob("*.part"))


async def test_a_run_that_sent_nothing(open_kind: Open) -> None:
    """Only wrong rows; a file with a header alone; everything known: each has a page that says so."""
    stage = await open_kind(CASE)
    rows = stage.kind.rows(3)
    wrong = await stage.run(stage.write([[*row[:3], "nothing"] for row in rows], "wrong.csv"))
    assert reported(stage, wrong.run).headline == "0 of 3 rows are in; 3 failed."
    empty = await stage.run(stage.write([], "empty.csv"))
    assert reported(stage, empty.run).headline == "The file has no rows."
    await stage.run(stage.write(rows))
    known = await stage.run(stage.write([*reversed(rows)], "again.csv"))
    assert by_status(reported(stage, known.run)) == {"exists": 3}


async def test_a_journal_from_before_and_a_leg_that_was_killed(open_kind: Open) -> None:
    """Without stretches, plan and end the rest is told, and what is not known is said."""
    stage = await open_kind(CASE)
    ended = await stage.run(stage.write(stage.kind.rows(5)))
    db = sqlite3.connect(stage.state / FILE_NAME, isolation_level=None)
    db.execute("DELETE FROM stretch")
    db.execute("UPDATE leg SET plan_rows = NULL, ended = NULL, exit = NULL, calls = 0")
    db.execute("UPDATE run SET ended = NULL, exit = NULL, finished = 0")
    db.close()
    found = reported(stage, ended.run)
    assert "fared is not known" in found.text and line(found, "Requests whose answer was lost") == "–"
    assert "Plan against actual" not in found.headings
    assert found.headline == "All 5 rows are in." and "Rows over time" in found.headings


async def test_many_rows_make_no_larger_page(tmp_path: Path) -> None:
    """5,000 rows with 20 causes: the page stays below 120 kB and is made from counts."""
    with Journal(tmp_path / "state") as journal:
        run = add_run(journal)
        leg = begin(journal, run)
        kinds = [Problem(f"CODE_{n}", "Refused.", f"Column {n}") for n in range(20)]
        written = [leg.record(row, State.INVALID, (kinds[row % 20],)) for row in range(2, 5002)]
        await asyncio.gather(*written)
        path, _no_values = report(journal, run.id, tmp_path / "page.html", with_values=False)
    found = read_report(path)
    assert len(found.tables[WHY]) == 21 and set(column(found.tables[WHY], "Rows")) == {"250"}
    assert path.stat().st_size < 120_000
