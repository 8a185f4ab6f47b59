"""Bulk jobs: lines of an upload, results paired with rows, errors read; pure parts as tables."""

import datetime as dt
from decimal import Decimal

import pytest

from importer.model.draft import Draft, Value
from importer.targets.salesforce.bulk.answers import read_error
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
        ("ODD:a text: without an end", "ODD", "a text: without an end", ()),
        ("ODD:a text without fields --", "ODD", "", ("a text without fields",)),
        ("ODD", "ODD", "", ()),
        ("", "", "", ()),
    ],
)  # fmt: skip
def test_errors_of_a_failed_line(text: str, code: str, message: str, fields: tuple[str, ...]) -> None:
    """The code ends at the first colon, the fields begin after the last."""
    found = read_error(text)
    assert (found.code, found.text, found.fields) == (code, message, fields)


def paired(
    key: int | None, uploaded: list[list[str]], lines: list[list[str]]
) -> tuple[list[int | None], list]:
    """Return the row of each line (the rows of the upload count from 2), and the rows that are not told."""
    pairing = Pairing(key)
    for row, found in enumerate(uploaded, start=2):
        pairing.add(found, row, line(found).encode())
    places = [pairing.claim(each) for each in lines]
    return [pairing.told(place) for place in places], list(pairing.untold())


UPLOADED = [["A", "1"], ["B", "2"], ["B", "3"], ["", "4"], ["", "4"]]


def test_lines_are_paired_by_a_key_that_one_row_alone_has() -> None:
    """Whatever else the server echoes; a repeated or blank key is told by all cells."""
    lines = [["A", "changed by the server"], ["B", "3"], ["B", "2"], ["B", "5"], ["", "4"], ["C", "1"]]
    assert paired(0, UPLOADED, lines) == ([2, 4, 3, None, 5, None], [(6, False)])


def test_a_row_that_several_lines_claim_is_told_by_none() -> None:
    """One of them is wrong, and nobody knows which."""
    rows, untold = paired(0, UPLOADED[:3], [["A", "1"], ["B", "2"], ["A", "x"], ["B", "2"]])
    assert rows == [None] * 4 and untold == [(2, True), (3, True), (4, False)]


def test_equal_rows_share_their_lines() -> None:
    """Each line is given out once; more of them than rows leave those open that are claimed again."""
    same = [["same", "cells"]]
    assert paired(None, same * 3, same * 3) == ([2, 3, 4], [])
    assert paired(None, same * 3, same * 2) == ([2, 3], [(4, False)])
    assert paired(None, same * 3, same * 4) == ([None, 3, 4, None], [(2, True)])


def test_line_ends_inside_cells_are_those_of_the_upload() -> None:
    """The org may give them back as CRLF."""
    assert paired(None, [["a\nb", "c"]], [["a\r\nb", "c"]]) == ([2], [])


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
