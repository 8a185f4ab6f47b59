"""Bulk jobs: lines of an upload, results paired with rows, errors read; pure parts as tables."""

import datetime as dt
from decimal import Decimal

import pytest

from importer.model.draft import Draft, Value
from importer.model.outcome import Again, Unknown
from importer.targets.salesforce.bulk.answers import Job, read_error, remainder
from importer.targets.salesforce.bulk.lines import carries, cells, line
from importer.targets.salesforce.bulk.load import SalesforceLoad
from importer.targets.salesforce.bulk.pairing import Pairing


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("text", "text"),
        ("  blanks stay  ", "  blanks stay  "),
        ("line\r\nend\rhere", "line\nend\nhere"),
        (None, "#N/A"),
        (True, "true"),
        (False, "false"),
        (12, "12"),
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+3"), "1000"),
        (dt.date(2024, 5, 2), "2024-05-02"),
        (dt.datetime(2024, 5, 2, 9, 10, 11, tzinfo=dt.UTC), "2024-05-02T09:10:11.000Z"),
        (("a", "b"), "a;b"),
    ],
)
def test_values_as_cells(value: Value, cell: str) -> None:
    """Each type in the form that the server takes."""
    assert cells({"F": value}, ("F", "G")) == [cell, ""]
    assert carries(Draft(2, {"F": value}))


@pytest.mark.parametrize("value", ["", "#N/A", "with\0nul", "x" * 131_073, (), ("#N/A",)])
def test_what_a_line_cannot_say(value: Value) -> None:
    """It would become null, or no value, or be refused: such a row goes by another path."""
    assert not carries(Draft(2, {"F": value}))


def test_quotes_are_doubled() -> None:
    """Every cell is quoted: blanks at its ends are its own."""
    assert line(['say "so"', " b,c ", ""]) == '"say ""so"""," b,c ",""\n'


@pytest.mark.parametrize(
    ("text", "code", "message", "fields"),
    [
        (
            "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --",
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [Name]",
            ("Name",),
        ),
        ("STRING_TOO_LONG:Subject: too long: x (max length=5):Subject, Other --", "STRING_TOO_LONG",
         "Subject: too long: x (max length=5)", ("Subject", "Other")),
        ("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--", "UNABLE_TO_LOCK_ROW",
         "unable to obtain exclusive access", ()),
        ("ODD", "ODD", "", ()),
        ("", "", "", ()),
    ],
)  # fmt: skip
def test_errors_of_a_failed_line(text: str, code: str, message: str, fields: tuple[str, ...]) -> None:
    """The code ends at the first colon, the fields begin after the last."""
    found = read_error(text)
    assert (found.code, found.text, found.fields) == (code, message, fields)


def test_lines_are_paired_by_a_key_that_one_row_alone_has() -> None:
    """Whatever else the server echoes; a repeated or blank key is told by all cells."""
    pairing = Pairing(0)
    for row, found in enumerate([["A", "1"], ["B", "2"], ["B", "3"], ["", "4"], ["", "4"]], start=2):
        pairing.add(found, row, line(found).encode())
    assert pairing.take(["A", "changed by the server"]) == 2
    assert pairing.take(["B", "3"]) == 4 and pairing.take(["B", "2"]) == 3
    assert pairing.take(["B", "5"]) is None and pairing.take(["A", "1"]) is None
    assert pairing.take(["", "4"]) == 5 and pairing.rest() == [6]


def test_equal_rows_share_their_lines() -> None:
    """Each line is given out once, and no more often than there are rows."""
    pairing = Pairing(None)
    for row in (2, 3, 4):
        pairing.add(["same", "cells"], row, line(["same", "cells"]).encode())
    assert [pairing.take(["same", "cells"]) for _ in range(4)] == [2, 3, 4, None]


@pytest.mark.parametrize(
    ("job", "kind"),
    [
        (Job("", "JobComplete", processed=8), Again),
        (Job("", "Failed", processed=8), Again),
        (Job("", "JobComplete", processed=9), Unknown),
        (Job("", "JobComplete", processed=None), Unknown),
    ],
)
def test_rows_in_no_result(job: Job, kind: type) -> None:
    """Eight lines of ten rows: when the job says that it worked on no more, the others were not sent."""
    assert isinstance(remainder(job, uploaded=10, seen=8), kind)


def test_an_upload_is_sorted_by_parent() -> None:
    """Batches of one job must not lock each other's parents; rows of a parent keep their order."""
    load = SalesforceLoad(("Subject",), {}, None, changes=False)
    try:
        for row, parent in enumerate(["B", "A", "", "B", "A"], start=2):
            load.add(Draft(row, {"Subject": f"text {row}\nüber zwei"}), frozenset({parent} - {""}))
        path = load.finish()
        assert load.finish() == path
        text = path.read_text("utf-8")
    finally:
        load.close()
    found = [part.split("\n")[0] for part in text.split('"text ')[1:]]
    assert found == ["4", "3", "6", "2", "5"] and not path.exists()
