"""Results of a bulk job as a server may give them, hostile ones too: no row is told by a guess."""

import csv
import io
from collections.abc import Iterator, Sequence

import pytest

from importer.model.draft import Draft, Named
from importer.model.outcome import Again, Created, Exists, Rejected, RowOutcome, Unknown, Updated
from importer.targets.salesforce.bulk.load import SalesforceLoad
from importer.targets.salesforce.bulk.results import RESULTS, is_result, outcomes
from importer.targets.salesforce.codes import TAUGHT_NOTHING

MATCH = "Legacy_Id__c"
COLUMNS = ("Legacy_Id__c", "Subject", "Description")
ROWS = [("L-1", "A", "one\ntwo"), ("L-2", "B", 'say "so"'), ("L-3", "C", " , "), ("L-4", "D", "")]
IDS = [f"5003000000D8cu{n}AA{n}" for n in "ABCD"]
SAVED = ("sf__Id", "sf__Created", *COLUMNS)
FAILED = ("sf__Id", "sf__Error", *COLUMNS)
REFUSED = "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"


def saved(*places: int) -> list[tuple[str, ...]]:
    return [(IDS[n], "true", *ROWS[n]) for n in places]


def refused(*places: int, error: str = REFUSED, record: str = "") -> list[tuple[str, ...]]:
    return [(record, error, *ROWS[n]) for n in places]


def file(
    header: Sequence[str], lines: Sequence[Sequence[str]] = (), end: str = "\n", start: str = ""
) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([header, *lines])
    return (start + out.getvalue()).encode()


NONE = file(SAVED), file(FAILED), file(COLUMNS)
NO = Unknown("the job's results do not tell of this row")
TWICE = Unknown("the job's results tell of this row more than once")
WHOLE = [Created(IDS[0]), Created(IDS[1]), Rejected, Again]


@pytest.fixture(params=[MATCH, None], ids=["by key", "by cells"])
def load(request: pytest.FixtureRequest) -> Iterator[SalesforceLoad]:
    """An upload of four rows, numbers 2 to 5."""
    found = SalesforceLoad(COLUMNS, {}, request.param, changes=False)
    for row, values in enumerate(ROWS, start=2):
        assert found.add(Draft(row, dict(zip(COLUMNS, values, strict=True))), frozenset())
    found.finish()
    yield found
    found.close()


def read(load: SalesforceLoad, files: Sequence[bytes], match: str | None = MATCH) -> list[RowOutcome]:
    """Return the outcome of each row, in their order; each must have one."""
    for name, text in zip(RESULTS, files, strict=True):
        (load.folder / name).write_bytes(text)
    found = list(outcomes(load, match, TAUGHT_NOTHING))
    assert sorted(each.row for each in found) == list(range(2, 2 + load.rows))
    return [each.outcome for each in sorted(found, key=lambda each: each.row)]


def same(found: Sequence[RowOutcome], expected: Sequence[RowOutcome | type]) -> bool:
    pairs = zip(found, expected, strict=True)
    return all(isinstance(a, b) if isinstance(b, type) else a == b for a, b in pairs)


def reordered(header: Sequence[str], lines: Sequence[Sequence[str]]) -> bytes:
    return file(header[::-1], [line[::-1] for line in lines])


LATIN = file(SAVED, saved(0, 1)).replace(b"two", b"tw\xf6")
CASES = {
    "one line each": ((file(SAVED, saved(1, 0)), file(FAILED, refused(2)), file(COLUMNS, [ROWS[3]])), WHOLE),
    "columns in another order": (
        (reordered(SAVED, saved(1, 0)), reordered(FAILED, refused(2)), reordered(COLUMNS, [ROWS[3]])),
        WHOLE,
    ),
    "names in other letters": (
        (file([n.upper() for n in SAVED], saved(0, 1)), file([n.lower() for n in FAILED], refused(2)),
         file(COLUMNS, [ROWS[3]])),
        WHOLE,
    ),
    "CRLF, also in cells": (
        tuple(f.replace(b"\n", b"\r\n") for f in
              (file(SAVED, saved(0, 1)), file(FAILED, refused(2)), file(COLUMNS, [ROWS[3]]))),
        WHOLE,
    ),
    "a byte-order mark": (
        tuple(b"\xef\xbb\xbf" + f for f in
              (file(SAVED, saved(0, 1)), file(FAILED, refused(2)), file(COLUMNS, [ROWS[3]]))),
        WHOLE,
    ),
    "nothing at all": ((b"", b"", b""), [NO] * 4),
    "headers alone": (NONE, [NO] * 4),
    "a row is missing": ((file(SAVED, saved(0, 1, 3)), *NONE[1:]), [*map(Created, IDS[:2]), NO, Created(IDS[3])]),
    "saved twice": ((file(SAVED, saved(0, 1, 0)), *NONE[1:]), [TWICE, Created(IDS[1]), NO, NO]),
    "saved and failed": (
        (file(SAVED, saved(0, 1)), file(FAILED, refused(1, 2)), NONE[2]), [Created(IDS[0]), TWICE, Rejected, NO],
    ),
    "failed and unprocessed": (
        (file(SAVED, saved(0)), file(FAILED, refused(1, 2)), file(COLUMNS, [ROWS[2], ROWS[3]])),
        [Created(IDS[0]), Rejected, TWICE, Again],
    ),
    "a line of nobody's": (
        (file(SAVED, [*saved(0, 1), (IDS[2], "true", "L-9", "Z", "")]), file(FAILED, refused(2)), NONE[2]),
        [*map(Created, IDS[:2]), Rejected, NO],
    ),
    "saved without an id": (
        (file(SAVED, [("", "true", *ROWS[0]), ("no id of 18 letter", "true", *ROWS[1])]), *NONE[1:]),
        [Unknown, Unknown, NO, NO],
    ),
    "no column of ids": ((file(SAVED[1:], [line[1:] for line in saved(0)]), *NONE[1:]), [Unknown, NO, NO, NO]),
    "failed without a reason": ((NONE[0], file(FAILED, refused(0, error="")), NONE[2]), [Unknown, NO, NO, NO]),
    "failed with an id": ((NONE[0], file(FAILED, refused(0, record=IDS[0])), NONE[2]), [Rejected, NO, NO, NO]),
    "may have been saved": (
        (NONE[0], file(FAILED, refused(0, error="UNKNOWN_EXCEPTION:x:--")), NONE[2]), [Unknown, NO, NO, NO],
    ),
    "a cut line": ((file(SAVED, saved(0, 1))[:-22], *NONE[1:]), [Created(IDS[0]), NO, NO, NO]),
    "a field beyond all limits": (
        (file(SAVED, [*saved(0), (IDS[1], "true", "L-2", "x" * 140_000, ""), *saved(2)]), *NONE[1:]),
        [Created(IDS[0]), NO, NO, NO],
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def short_fields() -> Iterator[None]:
    """The limit of a field belongs to the process, and readers raise it: here it is as Python sets it."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES)
def test_each_row_has_the_outcome_of_its_line_or_none(
    load: SalesforceLoad, files: Sequence[bytes], expected: Sequence[RowOutcome | type]
) -> None:
    """Saved, failed and unprocessed together hold each row once; what they do not is asked about."""
    found = read(load, files)
    assert same(found, expected), found


def test_bytes_that_are_no_text_cost_a_question_where_cells_must_tell(load: SalesforceLoad) -> None:
    """The key tells whose line it is all the same."""
    found = read(load, (LATIN, *NONE[1:]))
    assert found[1] == Created(IDS[1]) and found[0] in (Created(IDS[0]), NO)


def test_what_exists_by_its_key_is_told_with_its_id(load: SalesforceLoad) -> None:
    """A repeat that the org refuses is no refusal of the row."""
    text = f"DUPLICATE_VALUE:duplicate value found: {MATCH} duplicates value on record with id: {IDS[3]}:--"
    found = read(load, (NONE[0], file(FAILED, refused(0, error=text)), NONE[2]))
    assert found[0] == Exists(IDS[3])


def test_changes_are_paired_by_their_ids_and_told_with_them() -> None:
    """A line that gives another id than was changed says nothing."""
    load = SalesforceLoad(("Subject",), {}, MATCH, changes=True)
    try:
        for row, record in enumerate(IDS[:3], start=2):
            load.add(Draft(row, {"Subject": "same"}, record_id=record), frozenset())
        load.finish()
        lines = [(IDS[0], "false", IDS[0], "same"), (IDS[3], "false", IDS[1], "same")]
        header = ("sf__Id", "sf__Created", "Id", "Subject")
        files = file(header, lines), file(("sf__Id", "sf__Error", "Id", "Subject")), file(("Id", "Subject"))
        assert same(read(load, files), [Updated(IDS[0]), Unknown, NO])
    finally:
        load.close()


def test_a_record_that_is_named_and_not_found_is_told_in_plain_words() -> None:
    """The cell of the head is shown under its property."""
    load = SalesforceLoad(("AccountId",), {"Account.Ext__c": "AccountId"}, None, changes=False)
    try:
        load.add(Draft(2, {"AccountId": Named("ACME-1", "Account.Ext__c")}), frozenset())
        load.finish()
        text = "INVALID_FIELD:Foreign key external ID: ACME-1 not found for field Ext__c in entity Account:--"
        header = ("sf__Id", "sf__Error", "AccountId", "Account.Ext__c")
        files = b"", file(header, [("", text, "", "ACME-1")]), b""
        for name, content in zip(RESULTS, files, strict=True):
            (load.folder / name).write_bytes(content)
        [found] = outcomes(load, None, TAUGHT_NOTHING)
        assert isinstance(found.outcome, Rejected) and found.shown == {"AccountId": "ACME-1"}
        assert found.outcome.refusals[0].properties == ("AccountId",)
        assert "No record has the Ext__c" in found.outcome.refusals[0].message
    finally:
        load.close()


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (file(SAVED), True),
        (file(SAVED, start="\ufeff"), True),
        (b"", True),
        (b"<html>\n<p>busy</p></html>", False),
        (b'[{"errorCode":"NOT_FOUND"}]', False),
        (file(SAVED[:-1]), False),
        (b"x" * 140_000, False),
    ],
)
def test_what_is_a_result(load: SalesforceLoad, text: bytes, good: bool) -> None:
    """A page of somebody in between is none; an empty file says nothing."""
    path = load.folder / "found"
    path.write_bytes(text)
    assert is_result(path, COLUMNS) is good
