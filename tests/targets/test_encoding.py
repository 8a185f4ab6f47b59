"""Neutral values as each target wants them, and schemas as each target gives them."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from importer.model.draft import Document, Draft, Value
from importer.model.outcome import Unknown
from importer.model.schema import Schema
from importer.settings import Reserve
from importer.targets.ibm.casetype import read_schema as read_case_type
from importer.targets.ibm.encode import CreateOptions
from importer.targets.ibm.encode import payload as ibm_payload
from importer.targets.json_body import decode, encode
from importer.targets.salesforce.collections import CollectionsPath
from importer.targets.salesforce.describe import read_schema as read_describe
from importer.targets.salesforce.encode import Bodies, create_headers
from importer.targets.salesforce.encode import payload as salesforce_payload
from importer.targets.salesforce.limits import Budget
from importer.transport.delivery import Delivery, MaybeDelivered, Request

UTC = dt.UTC
DATA = Path(__file__).parent.parent / "data"


@pytest.mark.parametrize(
    ("value", "salesforce", "ibm"),
    [
        ("x", "x", "x"),
        (None, None, None),
        (True, True, True),
        (7, 7, 7),
        (Decimal("12.50"), Decimal("12.50"), Decimal("12.50")),
        (dt.date(2024, 5, 2), "2024-05-02", "2024-05-02T00:00:00Z"),
        (dt.datetime(2024, 5, 2, 8, tzinfo=UTC), "2024-05-02T08:00:00Z", "2024-05-02T08:00:00Z"),
        (
            dt.datetime(2024, 5, 2, 8, 0, 0, 250000, tzinfo=UTC),
            "2024-05-02T08:00:00.250Z",
            "2024-05-02T08:00:00Z",
        ),
        (("a", "b"), "a;b", ["a", "b"]),
        ((), "", []),
    ],
)
def test_values(value: Value, salesforce: object, ibm: object) -> None:
    """One neutral value, two encodings (facts: salesforce.md §0, §5.1; ibm-case-manager.md §5)."""
    draft = Draft(2, {"P": value})
    assert salesforce_payload(draft) == {"P": salesforce}
    body = ibm_payload(draft, CreateOptions("T", "S"))
    assert body["Properties"] == [{"SymbolicName": "P", "Value": ibm}]


def test_business_objects() -> None:
    """JSON of members becomes the documented form of v1; numbers keep their digits (facts §5)."""
    cell = Document('[{"DEMO_First": "Ann", "DEMO_Share": 0.10, "DEMO_Tags": ["a"]}, {"DEMO_First": null}]')
    body = ibm_payload(Draft(2, {"P": (cell,)}), CreateOptions("T", "S"))
    first = [("DEMO_First", "Ann"), ("DEMO_Share", Decimal("0.10")), ("DEMO_Tags", ["a"])]
    members = [[{"SymbolicName": n, "Value": v} for n, v in each] for each in (first, [("DEMO_First", None)])]
    assert body["Properties"] == [{"SymbolicName": "P", "Value": [{"Properties": each} for each in members]}]
    assert b'"Value":0.10' in encode(body)


@pytest.mark.parametrize(
    ("number", "text"),
    [("12345678901234567.89", "12345678901234567.89"), ("1E+3", "1000"), ("0.10", "0.10"), ("-5", "-5")],
)
def test_decimals_keep_all_digits(number: str, text: str) -> None:
    """A number leaves as it was written: no float in between, no exponent."""
    assert encode({"N": Decimal(number)}) == f'{{"N":{text}}}'.encode()


def test_json_is_what_json_says() -> None:
    """Our writer and the library's reader agree on hostile strings."""
    value = {'q"\\\n\u2028': ["\u0000\ud7ff𝄞", 1, 2.5, True, None, {"x": ("y",)}]}
    assert json.loads(encode(value)) == json.loads(json.dumps(value))
    assert decode(b"<html>") is None and decode(b"") is None and decode(b"\xff\xfe") is None


def test_a_body_is_encoded_once() -> None:
    """What is sent is what the digest was made of; another draft of the row is not taken for it."""
    bodies = Bodies()
    first, other = Draft(2, {"A": "x"}), Draft(2, {"A": "y"})
    made = bodies.of(first)
    assert made == b'{"A":"x"}' and bodies.taken(first) is made
    assert bodies.taken(first) == made, "a second attempt"
    bodies.of(first)
    assert bodies.taken(other) == b'{"A":"y"}'
    drafts = [Draft(row, {"A": row}) for row in range(2 * Bodies.MOST)]
    made_first, *_others = [bodies.of(draft) for draft in drafts]
    assert bodies.taken(drafts[0]) == made_first and bodies.taken(drafts[0]) is not made_first


async def test_records_of_a_collection() -> None:
    """Each record says what it is before its values, as one JSON document of them all."""
    sent: list[Request] = []

    class Org:
        async def send(self, request: Request) -> Delivery:
            sent.append(request)
            return MaybeDelivered("lost")

    path = CollectionsPath(Org(), "Case", "67.0", None, {}, Budget(Reserve()))
    drafts = [Draft(2, {"A": 'x"', "B": None}), Draft(3, {})]
    changes = [Draft(4, {"A": Decimal("0.50")}, record_id="500A")]

    async def note(_ticket: object) -> None: ...

    for batch in (drafts, changes):
        found = list((await path.deliver(batch, note)).values())
        assert len(found) == len(batch) and (batch is changes or isinstance(found[0], Unknown))
    made, changed = [json.loads(request.body or b"") for request in sent]
    kind = {"attributes": {"type": "Case"}}
    assert made == {"allOrNone": False, "records": [{**kind, "A": 'x"', "B": None}, kind]}
    assert changed["records"] == [{**kind, "id": "500A", "A": 0.5}] and b'"A":0.50' in (sent[1].body or b"")


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({}, "FALSE"),
        ({"assignment_rule": "on"}, "TRUE"),
        ({"assignment_rule": "01Q300000000001"}, "01Q300000000001"),
    ],
)
def test_assignment_rule(options: dict[str, object], header: str) -> None:
    """Off unless asked for: REST would run the active rule and overwrite the owner."""
    assert create_headers(options)["Sforce-Auto-Assign"] == header


def test_duplicates_header_only_when_asked_for() -> None:
    """duplicates: allow sends the duplicate-rule header."""
    assert "Sforce-Duplicate-Rule-Header" not in create_headers({})
    assert create_headers({"duplicates": "allow"})["Sforce-Duplicate-Rule-Header"] == "allowSave=true"


def test_a_real_describe_of_case_is_read() -> None:
    """The recorded describe of a real org: types, lengths, picklists, what can be set."""
    recorded = yaml.safe_load(
        (DATA / "contracts/cumulusci/describe/GET_sobjects_Case_describe.yaml").read_text("utf-8")
    )
    text = recorded["response"]["body"]["string"]
    schema = read_describe(json.loads(text) if isinstance(text, str) else text)
    assert schema.record_type == "Case"
    status, subject, number = (schema.find(name) for name in ("Status", "subject", "CaseNumber"))
    assert status is not None and subject is not None and number is not None
    assert [choice.value for choice in status.choices] == ["New", "Working", "Escalated", "Closed"]
    assert not status.restricted and status.length == 40
    assert (subject.name, subject.length, subject.type) == ("Subject", 255, "text")
    assert number.writable is False
    assert not [found.name for found in schema.properties.values() if found.required]
    assert schema.nearest("Subjekt") == "Subject"


def test_a_case_type_is_read_without_regard_to_case() -> None:
    """Facts §4.2: PascalCase and lower-camel keys, ChoiceName or DisplayName, oncreate and readonly."""
    document = {
        "properties": [
            {
                "symbolicName": "D_Region",
                "PropertyType": "string",
                "MaxLength": 8,
                "Required": True,
                "Cardinality": "single",
                "Updatability": "readwrite",
                "ChoiceList": {
                    "Choices": [{"ChoiceName": "North", "Value": "N"}, {"DisplayName": "South", "Value": "S"}]
                },
            },
            {
                "SymbolicName": "D_Nums",
                "PropertyType": "integer",
                "Cardinality": "multi",
                "MaxValue": 500,
                "MinValue": 1,
            },
            {"SymbolicName": "D_Once", "PropertyType": "float", "Updatability": "oncreate"},
            {"SymbolicName": "D_Ro", "PropertyType": "datetime", "Updatability": "readonly", "Hidden": True},
            {"SymbolicName": "D_Eds", "PropertyType": "id", "DisplayMode": "readonly"},
            {"SymbolicName": "D_Obj", "PropertyType": "object"},
            {"SymbolicName": "D_Default", "PropertyType": "string", "Required": True, "DefaultValue": "x"},
        ]
    }
    schema = read_case_type("D_Claim", document)
    region, nums, once, ro, eds, obj, default = schema.properties.values()
    assert (region.length, region.required, region.restricted) == (8, True, True)
    assert [(c.value, c.label) for c in region.choices] == [("N", "North"), ("S", "South")]
    assert (nums.multiple, nums.minimum, nums.maximum, nums.type) == (True, 1, 500, "integer")
    assert once.writable and once.type == "number"
    assert not ro.writable and ro.hidden
    assert not eds.writable
    assert obj.type == "unsupported"
    assert not default.required, "the server's default fills it"
    assert all(found.unique is None for found in schema.properties.values())


def test_a_schema_survives_the_journal() -> None:
    """Frozen schemas come back equal, decimals included."""
    schema = read_case_type(
        "T",
        {
            "Properties": [
                {"SymbolicName": "N", "PropertyType": "float", "MinValue": "0.1", "ChoiceList": None}
            ]
        },
    )
    again = Schema.from_json(schema.to_json())
    assert again == schema and again.properties["N"].minimum == Decimal("0.1")
