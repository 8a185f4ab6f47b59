"""``--via auto`` through whole runs: the path that the numbers say, told before it is taken and kept with the leg."""

from dataclasses import replace

import pytest

from importer.api.checking import check
from importer.api.options import Where
from importer.api.peeking import Look, peek
from tests.pipeline.conftest import Open
from tests.stage import CASE, CLAIM, Stage

AUTO = replace(CASE, name="auto", via="auto")
PARENTS = "  Above: {to: ParentId, lookup: {imported: stage, by: key, none: omit}}\n"


def leg_of(stage: Stage, run: str) -> tuple[str, str]:
    with stage.journal() as journal:
        found = journal.run(run)
        last = journal.legs(found.n)[-1]
    return last.path, last.reason


@pytest.mark.parametrize(("rows", "path", "most"), [(49, "single", 49), (50, "collections", 1)])
async def test_a_run_goes_by_the_path_of_the_plan(open_kind: Open, rows: int, path: str, most: int):
    """From 50 rows on several go in one request; the plan is told, and its numbers stay with the leg."""
    stage = await open_kind(AUTO)
    ended = await stage.run(stage.write(stage.kind.rows(rows)))
    assert ended.counts == {"created": rows}
    taken, reason = leg_of(stage, ended.run)
    assert taken == path
    assert reason.startswith(f"{rows} rows take {most} call") and "bulk 16" in reason
    assert f"Plan: {rows} rows by {path} ({reason})" in stage.notices()
    assert ended.calls < most + 10


async def test_a_trial_is_planned_for_its_rows(open_kind: Open):
    """--first 3 of 60 rows goes row by row; the rest, as told, by collections."""
    stage = await open_kind(AUTO)
    path = stage.write(stage.kind.rows(60))
    trial = await stage.run(path, first=3)
    assert leg_of(stage, trial.run)[0] == "single"
    whole = await stage.run(path)
    assert leg_of(stage, whole.run)[0] == "collections" and len(stage.records()) == 60


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("", "bulk"),
        ("options: {assignment_rule: on}\n", "collections"),
        ("on_match: update\n", "collections"),
        (PARENTS, "collections"),
    ],
)
async def test_what_forbids_jobs(open_kind: Open, more: str, path: str):
    """2,000 rows go by a job unless the mapping's options, updates, or parents in the same file forbid it."""
    stage = await open_kind(AUTO)
    rows = [[*row, ""] for row in stage.kind.rows(2_000)]
    lines = "\n".join(",".join(row) for row in [["No", "Text", "Amount", "Mail", "Above"], *rows])
    file = stage.write(lines + "\n")
    options = stage.options(mapping=stage.mapping(more=more))
    async with peek(Look(options.mapping, Where("stage", options.where.connections, stage.state))) as peeked:
        checked = await check(peeked, file)
    assert checked.plan.path == path, checked.plan.reason


async def test_a_path_that_is_not_there(open_kind: Open):
    """IBM has one path; another one is refused with the names of those that there are."""
    stage = await open_kind(CLAIM)
    refused = await stage.refused(stage.write(stage.kind.rows(1)), via="bulk")
    assert refused.code == "NO_SUCH_PATH" and "auto, single" in refused.remedy


async def test_a_plan_and_a_question_only_where_something_is_sent(open_kind: Open) -> None:
    """A file that was imported before: nothing to do, and neither a plan nor a question before that."""
    stage = await open_kind(CASE, "production=on")
    path = stage.write(stage.kind.rows(1001))
    asked: list[str] = []

    def yes(question: str) -> bool:
        asked.append(question)
        return True

    first = await stage.run(path, ask=yes, via="bulk")
    assert first.counts == {"created": 1001} and len(asked) == 1 and "Plan: 1,001 rows" in stage.notices()
    stage.events.clear()
    again = await stage.run(path, ask=yes, via="bulk")
    assert again.earlier.startswith("Nothing to do") and len(asked) == 1 and "Plan:" not in stage.notices()
