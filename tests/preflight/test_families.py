"""Rows that belong to other rows: rings, parents that stay behind, parents that nobody brought."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from importer.api.checking import Checked, check
from importer.api.peeking import Look, peek
from importer.preflight.finding import Finding
from tests.pipeline.conftest import Open
from tests.preflight.looking import Desk, field, found
from tests.stage import CASE, Stage, as_csv

HEADER = ("No", "Text", "Parent")
COLUMNS = (
    "  No: Legacy_Id__c\n  Text: Subject\n  Parent: {to: ParentId, lookup: {imported: test, by: key%s}}\n"
)


async def waiting(desk: Desk, rows: Sequence[Sequence[str]], more: str = "") -> list[Finding]:
    desk.schema(
        field("Legacy_Id__c", unique=True, externalId=True),
        field("Subject", length=5),
        field("ParentId", "reference", referenceTo=["Case"]),
    )
    mapping = desk.mapping(COLUMNS % more, "key: No\nmatch: Legacy_Id__c\n")
    checked = await desk.check(mapping, rows, HEADER)
    return [each for each in checked.findings if each.code in ("PARENT_MISSING", "NOT_IMPORTED")]


@pytest.mark.parametrize(
    ("rows", "lines", "why"),
    [
        ([["1", "a", "2"], ["2", "b", "1"]], ("line 2", "line 3"), "in a ring"),
        ([["1", "a", "1"]], ("line 2",), "cannot belong to itself"),
        ([["1", "a", "2"], ["2", "b", "3"], ["3", "c", "4"], ["4", "d", "2"]],
         ("line 2", "line 3", "line 4", "line 5"), "waits itself"),
        ([["1", "a", "2"], ["2", "too long", ""]], ("line 2",), "it stays behind itself"),
        ([["1", "a", "2"], ["2", "b", "3"], ["3", "too long", ""]], ("line 2", "line 3"), "waits itself"),
        ([["1", "a", "B"], ["b", "too long", ""]], ("line 2",), "it stays behind itself"),
    ],
)  # fmt: skip
async def test_rows_that_would_wait_in_vain(
    desk: Desk, rows: list[list[str]], lines: tuple[str, ...], why: str
) -> None:
    """Each is counted with its line; the parent is named, and why it gets no record."""
    [finding] = await waiting(desk, rows)
    assert (finding.code, finding.severity, finding.column) == ("PARENT_MISSING", "rows", "Parent")
    assert finding.cells == lines and finding.count == len(lines) and why in finding.message


@pytest.mark.parametrize(
    "rows",
    [
        [["3", "c", "2"], ["2", "b", "1"], ["1", "a", ""]],
        [[str(n), "a", str(n + 1)] for n in range(1, 300)] + [["300", "z", ""]],
        [["1", "a", "elsewhere"], ["2", "b", "1"]],  # without a connection: it may be there
    ],
)
async def test_families_that_can_go(desk: Desk, rows: list[list[str]]) -> None:
    """Children may stand before their parents, in long lines."""
    assert await waiting(desk, rows) == []


async def checked_by(stage: Stage, path: Path, mapping: str, **more: Any) -> Checked:
    """Check ``path`` with the stage's connection."""
    options = stage.options(mapping=stage.mapping(mapping))
    async with peek(Look(options.mapping, options.where)) as peeked:
        return await check(peeked, path, **more)


async def test_parents_that_no_file_brought(open_kind: Open, desk: Desk) -> None:
    """With a connection the ledger is asked; what belongs to such a row waits, but for none: omit."""
    stage = await open_kind(CASE)
    mapping = (
        "version: 1\ntarget: salesforce\nsource: test\nkey: No\nmatch: Legacy_Id__c\ncolumns:\n" + COLUMNS
    )
    first = stage.write(as_csv([["1", "text a", ""]], HEADER), "first.csv")
    await stage.run(first, mapping=stage.mapping(mapping % ""))
    rows = [["2", "text b", "1"], ["3", "text c", "nobody"], ["4", "text d", "3"]]
    path = stage.write(as_csv(rows, HEADER))
    checked = await checked_by(stage, path, mapping % "")
    assert found(checked, "NOT_IMPORTED").cells == ("line 3",) and checked.to_send == 1
    assert found(checked, "PARENT_MISSING").cells == ("line 4",)
    copy = stage.folder / "copy.csv"
    checked = await checked_by(stage, path, mapping % ", none: omit", output=copy)
    assert checked.to_send == 3 and "NOT_IMPORTED" not in copy.read_text("utf-8")
    await checked_by(stage, path, mapping % "", output=copy)
    assert "PARENT_MISSING" in copy.read_text("utf-8")
