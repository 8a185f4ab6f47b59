"""What an org is asked, and what it advises, before a load."""

from __future__ import annotations

import pytest

from importer.model.advice import Intent
from importer.targets.salesforce.advice import CLOSED, old_open, without_asking
from importer.targets.salesforce.describe import read_schema
from importer.targets.salesforce.offers import read_storage
from tests.preflight.looking import describe, field


@pytest.mark.parametrize(
    ("old", "says"),
    [
        ({}, None),
        ({"Closed": 5}, None),
        ({"Closed": 5, "New": 2, "": 1}, "3 rows make open cases"),
    ],
)
def test_old_open_cases(old: dict[str, int], says: str | None):
    """Only old cases that are not closed are warned about, with their number."""
    found = old_open(Intent(9, frozenset(), old=old), CLOSED)
    assert [says in advice.message for advice in found] == ([] if says is None else [True])


@pytest.mark.parametrize(
    ("writes", "production", "codes"),
    [
        ({"Subject"}, True, []),
        ({"CreatedDate"}, False, ["AUDIT_FIELDS"]),
        ({"SuppliedEmail"}, True, ["MAY_MAIL"]),
        ({"SuppliedEmail"}, False, []),
        ({"ContactId", "LastModifiedDate"}, True, ["AUDIT_FIELDS", "MAY_MAIL"]),
    ],
)
def test_known_without_asking(writes: set[str], production: bool, codes: list[str]):
    """Audit fields are noted; mail is warned about in production, where a row names somebody."""
    found = without_asking(Intent(1, frozenset(writes)), production=production)
    assert [advice.code for advice in found] == codes


def test_record_types_and_limits_of_a_describe():
    """Record types with their availability; whole numbers by digits; ids by the kinds of record they are for."""
    schema = read_schema(
        describe(
            field("RecordTypeId", "reference", length=18, referenceTo=["RecordType"]),
            field("Count", "int", digits=8, precision=0),
            field("OwnerId", "reference", referenceTo=["Group", "User"]),
            field("Mixed__c", "reference", referenceTo=["User", "Thing__c"]),
            field("Comments", "textarea", length=4000, byteLength=4000),
            field("Description", "textarea", length=32000, byteLength=96000),
        )
    )
    assert [(found.name, found.available) for found in schema.variants] == [
        ("Support", True),
        ("Internal", False),
    ]
    assert schema.variant == "RecordTypeId"
    found = schema.properties
    assert (found["Count"].precision, found["Count"].scale) == (8, 0)
    assert (found["OwnerId"].prefixes, found["Mixed__c"].prefixes) == (("00G", "005"), ())
    assert (found["Comments"].in_bytes, found["Description"].in_bytes) == (True, False)
    other = read_schema({**describe(field("RecordTypeId")), "recordTypeInfos": []})
    assert other.digest != schema.digest


def test_storage():
    """Data storage in bytes; nothing where the user may not read the limits."""
    found = read_storage({"DataStorageMB": {"Max": 10, "Remaining": 4}})
    assert found is not None and (found.left, found.most, found.record) == (4 << 20, 10 << 20, 2048)
    assert read_storage(None) is None and read_storage({}) is None
