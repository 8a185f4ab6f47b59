"""Rows that the mapping's ``when`` leaves out, and mappings made of several files, through whole runs."""

from importer.api.checking import check
from importer.api.history import past_job
from importer.api.options import Where
from importer.api.peeking import Look, peek
from importer.api.previewing import preview
from importer.model.errors import Exit
from tests.pipeline.conftest import Open
from tests.stage import CASE, Stage

WHEN = 'when: {column: Text, matches: "/[13579]$/"}\n'


async def test_rows_that_are_left_out_are_skipped(stage: Stage):
    """A filtered row makes no record, has no identity and no id, and says why; the same command does nothing."""
    rows = stage.kind.rows(6)
    rows[1][0] = rows[0][0]  # the key of row 2, in a row that is left out: no duplicate
    path = stage.write(rows)
    mapping = stage.mapping(more=WHEN)
    ended = await stage.run(path, mapping=mapping)
    lines = stage.lines(ended)
    assert ended.exit is Exit.DONE
    assert [line["import_status"] for line in lines] == ["created", "skipped"] * 3
    assert [line["import_code"] for line in lines] == ["", "FILTERED"] * 3
    assert lines[1]["import_message"] == "Rows are imported when Text fits /[13579]$/; this one is not."
    assert not lines[1]["import_id"]
    assert stage.texts() == ["text 1", "text 3", "text 5"]
    again = await stage.run(path, mapping=mapping)
    assert not again.sent
    assert len(stage.records()) == 3


async def test_a_filter_that_is_lifted_brings_the_rest(open_kind: Open):
    """Rows that were left out are imported once the mapping takes them; those that are there stay."""
    stage = await open_kind(CASE)
    path = stage.write(stage.kind.rows(4))
    await stage.run(path, mapping=stage.mapping(more=WHEN))
    stage.write([*stage.kind.rows(4), *stage.kind.rows(1, start=9)])
    ended = await stage.run(path, mapping=stage.mapping())
    assert [line["import_status"] for line in stage.lines(ended)] == [
        "exists",
        "created",
        "exists",
        *["created"] * 2,
    ]
    assert len(stage.records()) == 5


async def test_a_trial_counts_the_rows_that_the_mapping_takes(open_kind: Open):
    """--first 2 sends two rows, however many are left out before them; without it the rest goes."""
    stage = await open_kind(CASE)
    path = stage.write(stage.kind.rows(6))
    mapping = stage.mapping(more=WHEN)
    trial = await stage.run(path, mapping=mapping, first=2)
    assert [line["import_status"] for line in stage.lines(trial)] == [
        "created", "skipped", "created", "not_sent", "not_sent", "not_sent",
    ]  # fmt: skip
    whole = await stage.run(path, mapping=mapping)
    assert [line["import_status"] for line in stage.lines(whole)] == ["created", "skipped"] * 3


async def test_check_and_preview_tell_what_is_left_out(open_kind: Open):
    """check counts the rows that are left out and stops at none of them; preview says skipped."""
    stage = await open_kind(CASE)
    path = stage.write(stage.kind.rows(4))
    look = Look(stage.mapping(more=WHEN), Where(None, None, stage.state))
    async with peek(look) as peeked:
        checked = await check(peeked, path)
        shown = [each.status for each in preview(peeked, path, 4, None)]
    (found,) = [each for each in checked.findings if each.code == "FILTERED"]
    assert (found.severity, found.count) == ("note", 2)
    assert not checked.holds_back
    assert shown == ["ok", "skipped", "ok", "skipped"]


async def test_a_run_keeps_the_files_that_its_mapping_includes(open_kind: Open):
    """Its results can be made again when a shared value map has changed or gone since."""
    stage = await open_kind(CASE)
    shared = stage.folder / "shared.yaml"
    shared.write_text("value_maps: {states: {K-1: one, K-2: two}}\n", encoding="utf-8")
    more = "  No:\n    to: Legacy_State__c\n    values: states\ninclude: shared.yaml\n"
    path = stage.write(stage.kind.rows(3))
    ended = await stage.run(path, mapping=stage.mapping(more=more))
    assert [line["import_status"] for line in stage.lines(ended)] == ["created", "created", "invalid"]
    shared.unlink()
    with stage.journal() as journal:
        compiled = past_job(journal, journal.run(ended.run)).compiled
    assert compiled.feeds["Legacy_State__c"] == "No"
