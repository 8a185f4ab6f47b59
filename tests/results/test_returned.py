"""Results files that come back, as people treat them: sorted, cut, added to, saved by a spreadsheet. Nothing twice.

The mapping has no key: rows are known by nothing but their contents and what the file says of them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from importer.journal.states import State
from importer.model.errors import Exit
from importer.pipeline.job import Ended
from tests.stage import CASE, CLAIM, Stage

Open = Callable[..., Awaitable[Stage]]
Row = dict[str, str]
RESULT = "import_"


@pytest.fixture(params=["salesforce", "ibm"])
async def stage(request: pytest.FixtureRequest, open_kind: Open) -> Stage:
    """A stage without a key."""
    return await open_kind(CASE if request.param == "salesforce" else CLAIM, keyed=False)


def write(stage: Stage, lines: list[Row], name: str = "back.results.csv") -> Path:
    """Write lines as a person saves them."""
    out = io.StringIO()
    writer = csv.DictWriter(out, lines[0].keys(), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(lines)
    path = stage.folder / name
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    return path


def own(line: Row) -> Row:
    """The line as a new row: its result columns cleared."""
    return {name: "" if name.startswith(RESULT) else cell for name, cell in line.items()}


def statuses(stage: Stage, ended: Ended) -> list[str]:
    return [line["import_status"] for line in stage.lines(ended)]


def codes(stage: Stage, ended: Ended) -> list[str]:
    return [line["import_code"] for line in stage.lines(ended)]


async def first_run(stage: Stage) -> tuple[Path, Ended, list[Row]]:
    """Rows 2, 3 and 5 created (2 and 3 are equal), row 4 invalid for its mail, row 6 for its amount."""
    rows = stage.kind.rows(5)
    rows[1] = rows[0]
    rows[2][3] = "bad"
    rows[4][2] = "much"
    source = stage.write(rows)
    ended = await stage.run(source)
    lines = stage.lines(ended)
    assert statuses(stage, ended) == ["created", "created", "invalid", "created", "invalid"]
    return source, ended, lines


NOBODY = "003000000000000AAA"
"""The id of a contact that is not there: the server refuses the row."""


def contacts(stage: Stage, more: str = "") -> Path:
    """A mapping that takes the column No for the id of a contact."""
    return stage.mapping(stage.kind.mapping.replace("No: Legacy_State__c", "No: ContactId"), more)


async def test_as_it_was(stage: Stage) -> None:
    """A results file as it was sends nothing, tells each row's id, and says why the others stayed."""
    _source, _ended, lines = await first_run(stage)
    again = await stage.run(write(stage, lines))
    assert again.counts == {"exists": 3, "invalid": 2} and stage.creates() == 3
    told = stage.lines(again)
    assert [line["import_id"] for line in told] == [line["import_id"] for line in lines]
    assert codes(stage, again)[2] == "BAD_EMAIL" and "bad" in told[2]["import_message"]
    assert again.exit == Exit.ROWS_FAILED


async def test_sorted_cut_corrected_and_added_to(stage: Stage) -> None:
    """Each line stays the row it was, equal rows too; corrected and added lines go, once."""
    _source, _ended, lines = await first_run(stage)
    lines[2]["Mail"] = "good@example.com"
    added = own(lines[0])
    back = write(stage, [added, lines[4], lines[2], lines[1]])
    ended = await stage.run(back)
    # Row 2 is no line of the file any more: what is equal to it, and says nothing of itself, is it.
    assert statuses(stage, ended) == ["exists", "invalid", "created", "exists"]
    told = stage.lines(ended)
    assert [told[0]["import_id"], told[3]["import_id"]] == [lines[0]["import_id"], lines[1]["import_id"]]
    assert len(stage.records()) == stage.creates() == 4
    again = await stage.run(back)
    assert again.counts == ended.counts and stage.creates() == 4


async def test_an_added_line_equal_to_one_of_the_file_is_a_record_of_its_own(stage: Stage) -> None:
    """Two lines for rows 2 and 3, and a third one like them before, between or behind: one new record."""
    _source, _ended, lines = await first_run(stage)
    for place in (0, 1, 5):
        before = stage.creates()
        added = own(lines[0])
        back = [*lines[:place], added, *lines[place:]]
        ended = await stage.run(write(stage, back, f"added{place}.csv"))
        assert statuses(stage, ended)[place] == ("created" if place == 0 else "exists"), place
        assert stage.creates() - before == (place == 0)


async def test_lines_with_cleared_columns_are_known_by_their_contents(stage: Stage) -> None:
    """A person clears the result columns of imported rows: they are known, whatever their order."""
    _source, _ended, lines = await first_run(stage)
    back = [own(lines[3]), own(lines[1]), lines[0]]
    ended = await stage.run(write(stage, back))
    assert ended.counts == {"exists": 3} and stage.creates() == 3
    assert sorted(line["import_id"] for line in stage.lines(ended)) == sorted(
        lines[at]["import_id"] for at in (0, 1, 3)
    )


async def test_what_was_corrected_in_the_results_is_not_sent_from_the_input(stage: Stage) -> None:
    """The row went from the results file with other cells; the input, mapped anew, must not send it too."""
    source, _ended, lines = await first_run(stage)
    lines[2]["Mail"] = "good@example.com"
    second = await stage.run(write(stage, lines))
    assert second.counts == {"exists": 3, "created": 1, "invalid": 1}
    looser = stage.mapping().read_text("utf-8").replace(", type: email", "")
    mapping = stage.mapping(looser)
    third = await stage.run(source, mapping=mapping, retry_failed=True)
    assert third.counts == {"created": 3, "exists": 1, "invalid": 1}, third.counts
    assert stage.lines(third)[2]["import_id"] == stage.lines(second)[2]["import_id"]
    assert len(stage.records()) == 4


async def test_results_of_results(stage: Stage) -> None:
    """A line of the results of a results file is the same row still, whichever of the files went first."""
    source, _ended, lines = await first_run(stage)
    second = await stage.run(write(stage, lines))
    twice = stage.lines(second)
    lines[2]["Mail"] = "good@example.com"
    third = await stage.run(write(stage, lines, "third.csv"))
    assert third.counts == {"exists": 3, "created": 1, "invalid": 1}
    twice[2]["Mail"] = "other@example.com"
    twice[4]["Amount"] = "5"
    fourth = await stage.run(write(stage, twice, "fourth.csv"))
    assert fourth.counts == {"exists": 4, "created": 1} and len(stage.records()) == 5
    assert stage.lines(fourth)[2]["import_id"] == stage.lines(third)[2]["import_id"]
    fifth = await stage.run(source, retry_failed=True)
    assert fifth.counts == {"created": 3, "exists": 2} and len(stage.records()) == 5


async def test_a_copied_line_is_not_the_row_twice(stage: Stage) -> None:
    """A person copies a line for a new row and leaves its result columns: told, not guessed."""
    _source, _ended, lines = await first_run(stage)
    copy = {**lines[0], "Text": "text copied"}
    ended = await stage.run(write(stage, [*lines[:2], copy]))
    assert statuses(stage, ended) == ["exists", "exists", "invalid"]
    assert codes(stage, ended)[2] == "LINE_TWICE" and stage.creates() == 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"import_row": "99"}, "LINE_UNCLEAR"),
        ({"import_row": "?"}, "LINE_UNCLEAR"),
        ({"import_run": ""}, "LINE_UNCLEAR"),
        ({"import_row": ""}, "LINE_UNCLEAR"),
        ({"import_run": "", "import_row": "", "Text": "text new"}, "FOREIGN_RESULT"),
    ],
)
async def test_lines_that_are_not_clear_stay(open_kind: Open, change: Row, code: str) -> None:
    """A line that names no row, or only half of one, is not guessed about."""
    stage = await open_kind(CASE, keyed=False)
    _source, _ended, lines = await first_run(stage)
    ended = await stage.run(write(stage, [{**lines[0], **change}]))
    assert codes(stage, ended) == [code] and ended.counts == {"invalid": 1} and stage.creates() == 3


async def test_another_id_is_told_and_not_taken(stage: Stage) -> None:
    """The journal's id wins, and the line says that the file had another one."""
    _source, _ended, lines = await first_run(stage)
    swapped = [{**lines[0], "import_id": lines[1]["import_id"]}, {**lines[1], "import_id": ""}]
    ended = await stage.run(write(stage, swapped))
    assert ended.counts == {"exists": 2}
    told = stage.lines(ended)
    assert [line["import_id"] for line in told] == [lines[0]["import_id"], lines[1]["import_id"]]
    assert codes(stage, ended) == ["ID_DIFFERS", "KNOWN"]
    assert lines[1]["import_id"] in told[0]["import_message"]


async def test_rejected_rows_go_when_their_cells_differ(open_kind: Open) -> None:
    """As they were they stay rejected; with other cells, or --retry-failed, they go."""
    stage = await open_kind(CASE, keyed=False)
    rows = [[NOBODY, *row[1:]] for row in stage.kind.rows(3)]
    first = await stage.run(stage.write(rows), mapping=contacts(stage))
    lines = stage.lines(first)
    assert first.counts == {"rejected": 3} and stage.creates() == 3
    lines[1]["import_message"] = "looked at"
    again = await stage.run(write(stage, lines), mapping=contacts(stage))
    assert again.counts == {"rejected": 3} and stage.creates() == 3 and again.exit == Exit.ROWS_FAILED
    assert codes(stage, again)[1].endswith(" | UNCHANGED")
    lines[1]["No"] = ""
    third = await stage.run(write(stage, lines[1:], "third.csv"), mapping=contacts(stage))
    assert third.counts == {"created": 1, "rejected": 1} and stage.creates() == 4
    fourth = await stage.run(stage.folder / "back.results.csv", mapping=contacts(stage), retry_failed=True)
    assert fourth.counts == {"exists": 1, "rejected": 2} and stage.creates() == 6
    assert len(stage.records()) == 1


async def test_changes_of_a_spreadsheet_are_no_changes(open_kind: Open) -> None:
    """Saved again: numbers in another form, bytes in another encoding, another separator."""
    stage = await open_kind(CASE, keyed=False)
    rows = [[NOBODY, "text é", "8.00", "a@example.com"], ["", "text 2", "3.50", "bad"]]
    lines = stage.lines(await stage.run(stage.write(rows), mapping=contacts(stage)))
    assert [line["import_status"] for line in lines] == ["rejected", "invalid"]
    for line, amount in zip(lines, ("8", "3.5"), strict=True):
        line["Amount"] = amount
        line["import_row"] = line["import_row"] + ".0"
    out = io.StringIO()
    writer = csv.DictWriter(out, lines[0].keys(), delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(lines)
    back = stage.folder / "saved.csv"
    back.write_bytes(out.getvalue().encode("cp1252"))
    mapping = contacts(stage, 'read: {encoding: cp1252, delimiter: ","}\n')
    ended = await stage.run(back, mapping=mapping)
    assert ended.counts == {"rejected": 1, "invalid": 1} and stage.creates() == 1


async def test_not_sent_rows_go_from_the_results_and_then_not_from_the_input(stage: Stage) -> None:
    """A trial's results are imported: the rest goes; the input then has nothing left to do."""
    source = stage.write(stage.kind.rows(4))
    trial = await stage.run(source, first=2)
    lines = stage.lines(trial)
    lines[3]["Text"] = "text changed"
    ended = await stage.run(write(stage, lines[::-1]))
    assert ended.counts == {"exists": 2, "created": 2}
    rest = await stage.run(source)
    assert rest.counts == {"created": 2, "exists": 2} and len(stage.records()) == 4
    assert [line["import_id"] for line in stage.lines(rest)] == [
        line["import_id"] for line in stage.lines(ended)[::-1]
    ]


async def test_doubts_are_settled_before_a_line_goes(open_kind: Open) -> None:
    """An answer was lost, the results file comes back: the server is asked, and nothing is sent twice."""
    stage = await open_kind(CASE, "lose_after_commit=at:2", keyed=False)
    stage.extra = 'rate = "5000/s"\nconcurrency = 1\nsettle_by_content = false\n'
    first = await stage.run(stage.write(stage.kind.rows(3)))
    lines = stage.lines(first)
    assert [line["import_status"] for line in lines] == ["created", "in_doubt", "created"]
    unasked = await stage.run(write(stage, lines))
    assert unasked.counts == {"exists": 2, "in_doubt": 1} and unasked.exit == Exit.IN_DOUBT
    assert (
        codes(stage, unasked)[1] == "DOUBT_ELSEWHERE"
        and first.run in stage.lines(unasked)[1]["import_message"]
    )
    edited = [{**line} for line in lines]
    edited[1]["Text"] = "text other"
    stage.extra = 'rate = "5000/s"\nconcurrency = 1\nsettle_after = "1s"\n'
    held = await stage.run(write(stage, edited, "edited.csv"))
    assert held.counts == {"exists": 2, "in_doubt": 1}, "what was sent cannot be asked about by other cells"
    asked = await stage.run(write(stage, lines, "asked.csv"))
    assert asked.counts == {"exists": 3} and len(stage.records()) == 3
    with stage.journal() as journal:
        assert journal.counts(journal.run(first.run).n)[State.CREATED] == 3


async def test_a_fault_of_reading_is_mended_in_its_own_cell_only(open_kind: Open) -> None:
    """An error cell comes back as its text: the row stays until this very cell is another one."""
    import openpyxl

    stage = await open_kind(CASE, keyed=False)
    book = openpyxl.Workbook()
    book.active.append(["No", "Text", "Amount", "Mail"])
    book.active.append(["K-1", "#N/A", 1, "a@example.com"])
    book.active["B2"].data_type = "e"
    book.active.append(["K-2", "text 2", 2, "b@example.com"])
    source = stage.folder / "in.xlsx"
    book.save(source)
    first = await stage.run(source)
    assert first.counts == {"invalid": 1, "created": 1} and first.results is not None
    for name, cell, value, expected in (
        ("a.xlsx", "D2", "other@example.com", {"invalid": 1, "exists": 1}),
        ("b.xlsx", "B2", "text mended", {"created": 1, "exists": 1}),
    ):
        book = openpyxl.load_workbook(first.results)
        book.active[cell] = value
        book.save(stage.folder / name)
        ended = await stage.run(stage.folder / name, retry_failed=True)
        assert ended.counts == expected, name
    assert len(stage.records()) == 2


async def test_a_workbook_of_results_that_was_sorted_and_saved(open_kind: Open) -> None:
    """The same for workbooks, saved with typed cells; a text file's results may come back as a workbook."""
    import openpyxl

    stage = await open_kind(CLAIM, keyed=False)
    _source, _ended, lines = await first_run(stage)
    book = openpyxl.Workbook()
    book.active.append(list(lines[0]))
    for line in reversed(lines):
        typed = {**line, "import_row": int(line["import_row"])}
        if line["Amount"] != "much":
            typed["Amount"] = float(line["Amount"])
        book.active.append(list(typed.values()))
    book.active["D4"] = "good@example.com"
    book.active.append(["K-9", "text 9", 9, "nine@example.com"])
    back = stage.folder / "back.xlsx"
    book.save(back)
    ended = await stage.run(back)
    assert ended.counts == {"exists": 3, "created": 2, "invalid": 1} and len(stage.records()) == 5
    results = stage.folder / "back.results.xlsx"
    again = await stage.run(results)
    assert again.counts == {"exists": 5, "invalid": 1} and len(stage.records()) == 5


async def test_results_of_another_system_are_refused(open_kind: Open) -> None:
    """A rehearsal's results do not tell what the other system has."""
    stage = await open_kind(CASE, keyed=False)
    first = await stage.run(stage.write(stage.kind.rows(1)))
    assert first.results is not None
    mapping = stage.mapping(stage.kind.mapping.replace("target: salesforce", "target: salesforce\nobject: Contact")
                            .replace("Text: Subject", "Text: LastName").replace("{to: Amount__c, type: number}", "Title")
                            .replace("SuppliedEmail", "Email").replace("Legacy_State__c", "Department"))  # fmt: skip
    error = await stage.refused(first.results, mapping=mapping)
    assert error.code == "OTHER_SYSTEM" and "Case" in error.message


async def test_with_a_key_lines_stay_their_rows(open_kind: Open) -> None:
    """A created row whose key was changed in the file is that row still; the key's own rules hold for what goes."""
    stage = await open_kind(CASE)
    rows = stage.kind.rows(3)
    rows[1][3], rows[2] = "bad", ["K-1", "text else", "1", "z@example.com"]
    lines = stage.lines(await stage.run(stage.write(rows)))
    assert [line["import_status"] for line in lines] == ["created", "invalid", "invalid"]
    assert lines[2]["import_code"] == "DUPLICATE_KEY"
    sorted_only = await stage.run(write(stage, lines[::-1]))
    assert sorted_only.counts == {"exists": 1, "invalid": 2} and len(stage.records()) == 1
    lines[0]["No"] = "K-7"
    lines[1]["Mail"] = "good@example.com"
    lines[2]["No"] = "K-3"
    ended = await stage.run(write(stage, lines, "keys.csv"))
    assert ended.counts == {"exists": 1, "created": 2} and len(stage.records()) == 3
