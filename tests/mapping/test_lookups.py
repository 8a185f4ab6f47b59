"""Look-ups and write: what a draft says of other records, and of what is written when."""

import pytest

from importer.api.prepare import _body
from importer.mapping import MappingFaultsError, parse_mapping
from importer.model.draft import Draft, Lookup, Reference
from importer.model.schema import Property
from importer.targets.json_body import encode
from tests.mapping.fitting import HEAD, IBM_HEAD, fit, problems_of, row, schema_of

ACCOUNT_ID = "001000000000001AAA"
CASE = schema_of(
    Property("AccountId", "id", length=18, references=("Account",)),
    Property("OwnerId", "id", references=("Group", "User"), required=True),
    Property("ParentId", "id", references=("Case",)),
    Property("Subject", "text", length=255),
    Property("CreatedDate", "datetime", updatable=False),
    Property("Amount__c", "number"),
    Property("Teams__c", "id", multiple=True),
)


def drafted(text, *cells, schema=None, variables=None, head=HEAD):
    """Return the draft of a row of the columns A, B, C."""
    found = fit(text, ["A", "B", "C"], schema, variables, head=head).draft(row(*cells))
    assert isinstance(found, Draft), found
    return found


BY_NUMBER = "lookup: {object: Account, by: AccountNumber}"
REFERENCES = [
    # rule of column A                                            cell       what is looked up
    (BY_NUMBER, "ACME-1", Lookup("Account", "AccountNumber", "ACME-1")),
    (BY_NUMBER, " ACME-1 ", Lookup("Account", "AccountNumber", " ACME-1 ")),
    (BY_NUMBER, 4711.0, Lookup("Account", "AccountNumber", "4711")),
    (BY_NUMBER + ", do: [trim, upper]", " acme-1 ", Lookup("Account", "AccountNumber", "ACME-1")),
    (BY_NUMBER + ", values: {Acme: ACME-1}", "Acme", Lookup("Account", "AccountNumber", "ACME-1")),
    (BY_NUMBER + ", truncate: 4", "ACME-1", Lookup("Account", "AccountNumber", "ACME")),
    (BY_NUMBER, "x" * 200, Lookup("Account", "AccountNumber", "x" * 200)),
    ("lookup: {imported: desk, by: key}", " 12 ", Lookup("desk", "key", "12", imported=True)),
    ("lookup: {imported: desk}", 12.0, Lookup("desk", "key", "12", imported=True)),
]


@pytest.mark.parametrize(("rule", "cell", "expected"), REFERENCES)
def test_a_look_up_is_by_text(rule, cell, expected):
    """The text after do and values is looked up; type and limits of the id do not concern it."""
    text = f"columns: {{A: {{to: AccountId, {rule}}}}}\nconstants: {{OwnerId: 005000000000001AAA}}\n"
    for schema in (None, CASE):
        draft = drafted(text, cell, schema=schema)
        assert draft.references == {"AccountId": Reference(expected)}
        assert draft.values == {"OwnerId": "005000000000001AAA"}
        assert draft.columns["AccountId"] == "A"


BLANKS = [
    ("", {}),
    (", blank: null", {"AccountId": None}),
    (f", default: {ACCOUNT_ID}", {"AccountId": ACCOUNT_ID}),
]


@pytest.mark.parametrize(("rule", "expected"), BLANKS)
def test_a_blank_cell_is_not_looked_up(rule, expected):
    """Blank is what blank and default say; a default is an id already."""
    draft = drafted(f"columns: {{A: {{to: AccountId, {BY_NUMBER}{rule}}}, B: Subject}}", " ", "x")
    assert draft.references == {}
    assert draft.values == {**expected, "Subject": "x"}


def test_problems_before_the_look_up():
    """A blank that is an error and an unknown text of the value map are problems as ever."""
    text = (
        f"columns: {{A: {{to: P, {BY_NUMBER}, blank: error}}, B: {{to: Q, {BY_NUMBER}, values: {{a: b}}}}}}"
    )
    found = problems_of(fit(text, ["A", "B"]), "", "x")
    assert [each[0] for each in found] == ["BLANK", "UNKNOWN_VALUE"]


def test_what_none_and_many_give():
    """Words stay words, other texts are sent instead; variables are filled in."""
    lookup = 'lookup: {object: Account, by: Name, none: "{$spare}", many: omit}'
    text = f"columns: {{A: {{to: AccountId, {lookup}}}}}"
    draft = drafted(text, "Acme", variables={"spare": ACCOUNT_ID})
    assert draft.references["AccountId"] == Reference(Lookup("Account", "Name", "Acme"), ACCOUNT_ID, "omit")


def test_a_constant_is_looked_up():
    """The constant of a connection's variable becomes a queue's id, in each row the same reference."""
    text = """columns: {A: Subject}
variables: {queue: Support}
constants:
  OwnerId: {value: "{$queue}", lookup: {object: Queue, by: DeveloperName}}
"""
    for schema in (None, CASE):
        draft = drafted(text, "a", schema=schema, variables={"queue": "Support_EMEA"})
        assert draft.references == {"OwnerId": Reference(Lookup("Queue", "DeveloperName", "Support_EMEA"))}
        assert draft.values == {"Subject": "a"}


def test_what_the_compiled_mapping_tells():
    """The run knows beforehand whether anything is looked up, in which sources, and its own."""
    text = (
        f"source: desk\ncolumns: {{A: {{to: P, {BY_NUMBER}}}, B: {{to: Q, lookup: {{imported: old}}}}, C: R}}"
    )
    compiled = fit(text, ["A", "B", "C"])
    assert (compiled.looks_up, compiled.imported, compiled.source) == (True, {"old"}, "desk")
    plain = fit("columns: {A: P}", ["A"])
    assert (plain.looks_up, plain.imported, plain.source) == (False, frozenset(), "m")


def test_look_ups_in_ibm():
    """A case refers to an imported one by its key."""
    text = "columns: {A: {to: AUTO_Parent, lookup: {imported: claims, by: key, none: omit}}}"
    draft = drafted(text, "C-1", head=IBM_HEAD)
    assert draft.references["AUTO_Parent"] == Reference(Lookup("claims", "key", "C-1", True), none="omit")


UPDATING = "key: A\nmatch: Legacy_Id__c\non_match: update\n"


def test_what_is_written_when():
    """write: create and update are told with each draft; without a schema nothing else is."""
    text = (
        UPDATING
        + """columns:
  B: {to: Status, write: create}
  C: [{to: Note__c, write: update}, CreatedDate]
constants: {Origin: {value: Web, write: create}}
templates: {Subject: {value: "{A}", write: update}}
"""
    )
    draft = drafted(text, "1", "b", "2024-05-31T10:00Z")
    assert draft.create_only == {"Status", "Origin"}
    assert draft.update_only == {"Note__c", "Subject"}
    assert draft.values["Note__c"] == "2024-05-31T10:00Z"


def test_what_the_target_takes_on_creation_only():
    """Audit fields are kept out of changes without a word in the mapping."""
    text = "columns: {A: OwnerId, B: CreatedDate}"
    draft = drafted(text, "005000000000001AAA", "2024-05-31T10:00Z", schema=CASE)
    assert (draft.create_only, draft.update_only) == ({"CreatedDate"}, frozenset())


UNFIT = [
    ("AccountId", "lookup: {object: Contact, by: Email}", '"AccountId" refers to Account, not to Contact'),
    ("OwnerId", "lookup: {object: Case, by: CaseNumber}", '"OwnerId" refers to Group, User or Queue, not to Case'),
    ("Amount__c", BY_NUMBER, '"Amount__c" is of the type number; a look-up gives the id of one record'),
    ("Teams__c", BY_NUMBER, '"Teams__c" takes several values; a look-up gives the id of one record'),
    ("OwnerId", "lookup: {object: User, by: Email, none: omit}", 'none: omit cannot be: "OwnerId" is required'),
    ("AccountId", "lookup: {object: Account, by: Name, none: Acme}", 'none of "AccountId": "Acme" is not an id of this system; it is sent as it stands'),
    ("AccountId", "lookup: {object: Account, by: Name, many: '{$x}'}", 'variable "x" is not defined; write it under variables here or in the connection'),
    ("AccountId", BY_NUMBER + ", default: Acme", 'default of "A": "Acme" is not an id of this system; a default is final: dates are in ISO 8601, numbers have a .'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "rule", "expected"), UNFIT)
def test_look_ups_that_the_schema_cannot_take(name, rule, expected):
    """What the property can never take is a fault of the mapping, before any row."""
    with pytest.raises(MappingFaultsError) as caught:
        fit(f"columns: {{A: {{to: {name}, {rule}}}}}", ["A"], CASE)
    assert [fault.message for fault in caught.value.faults] == [expected]


WRONG_TIMES = [
    ("CreatedDate", '"CreatedDate" cannot be changed in a record that exists; remove write: update'),
    ("OwnerId", '"OwnerId" is required when a record is made, so write cannot be update'),
]


@pytest.mark.parametrize(("name", "expected"), WRONG_TIMES)
def test_write_update_that_cannot_be(name, expected):
    """What can only be set on creation, or must be, takes no write: update."""
    schema = schema_of(*CASE.properties.values(), Property("Legacy_Id__c", "text"))
    with pytest.raises(MappingFaultsError) as caught:
        fit(UPDATING + f"columns: {{B: {{to: {name}, write: update}}}}", ["A", "B"], schema)
    assert [fault.message for fault in caught.value.faults] == [expected]


def test_a_required_reference_is_no_missing_value():
    """A property that gets its value by a look-up is there."""
    text = "columns: {A: {to: OwnerId, lookup: {object: User, by: Username}}}"
    compiled = fit(text, ["A", "B", "C"], CASE)
    assert isinstance(compiled.draft(row("me", "", "")), Draft)
    assert [each[0] for each in problems_of(compiled, "", "", "")] == ["NO_VALUES"]


class Body:
    """What a target makes of a draft: its values."""

    def body(self, draft):
        """Return the values as bytes."""
        return encode(dict(draft.values))


def test_a_changed_reference_is_a_change():
    """The digest of what is sent covers which record is named, so that a changed one is seen."""

    def body(by, cell):
        return _body(Body(), drafted(f"columns: {{A: {{to: P, lookup: {{object: O, by: {by}}}}}}}", cell))

    assert len({body("N", "1"), body("N", "2"), body("M", "1")}) == 3
    assert body("N", "1") == body("N", "1")


def test_the_digest_of_the_mapping_covers_look_ups():
    """Another object, property or none makes another mapping; the long form of the same does not."""

    def digest(lookup):
        return parse_mapping(f"{HEAD}columns: {{A: {{to: P, lookup: {lookup}}}}}", "m.yaml").digest

    digests = [
        digest(text)
        for text in (
            "{object: O, by: N}",
            "{object: O, by: M}",
            "{object: P, by: N}",
            "{imported: O, by: key}",
            "{object: O, by: N, none: omit}",
        )
    ]
    assert len(set(digests)) == len(digests)
    assert digest("{by: N, object: O, none: error}") == digests[0]
