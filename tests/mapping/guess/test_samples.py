"""Drafts for published exports of case systems, against the simulator's schema."""

import pytest

from importer.mapping import compile_mapping, parse_mapping
from importer.mapping.guess.matching import obstacle
from importer.model.draft import Draft
from importer.model.row import ReadOptions
from importer.preflight.against_schema import against_schema
from importer.readers import open_source
from tests.docs.pages import ROOT
from tests.mapping.guess.samples import ANSWERS, DATA, FEW, case_schema, claim_schema, guessed, score


def test_every_sample_has_answers():
    """The answers are for the files that are there, and for columns that these files have."""
    present = {path.relative_to(DATA).as_posix() for path in DATA.rglob("*.csv")}
    assert present == set(ANSWERS)
    for name, answers in ANSWERS.items():
        columns = open_source(DATA / name, ReadOptions()).shape.columns
        assert set(answers) <= set(columns), name


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_person_would_map_is_mapped(name):
    """No column is mapped otherwise than a person would, none that matters is left, and the file fits."""
    found = guessed(DATA / name)
    mapping = parse_mapping(found.text, "draft.yaml")
    source = open_source(DATA / name, ReadOptions())
    shape = source.shape
    result = score(mapping, shape.columns, ANSWERS[name])
    assert (result.wrong, result.left) == ((), ()), result
    assert [finding for finding in against_schema(mapping, case_schema()) if finding.severity == "stop"] == []
    compiled = compile_mapping(mapping, shape.columns, case_schema(), {}, place=lambda row, column: "")
    drafts = [compiled.draft(row) for row in source.rows() if not row.blank]
    codes = {problem.code for each in drafts if not isinstance(each, Draft) for problem in each}
    assert codes <= {"UNKNOWN_VALUE"}, codes  # what the draft leaves open, and nothing else
    assert mapping.match == "Legacy_Id__c" and len(mapping.key) == 1


@pytest.mark.parametrize("name", FEW)
def test_a_draft_is_the_same_each_time(name):
    """The same file and schema give the same text, byte by byte."""
    assert guessed(DATA / name).text == guessed(DATA / name).text


@pytest.mark.parametrize("name", FEW[-1:])
def test_low_confidence_is_more_and_never_less(name):
    """What is mapped at the default confidence is mapped at a lower one, and a higher one maps no more."""
    low, usual, high = (
        {(rule.column.name, rule.property.name) for rule in guessed(DATA / name, confidence=c).draft.rules}
        for c in (75, 80, 95)
    )
    assert high <= usual and {column for column, _ in usual} <= {column for column, _ in low}


def test_claims_for_ibm():
    """The sample of claims, in German in part: all 18 columns, with the values of the choice lists."""
    found = guessed(ROOT / "samples" / "collision-claims.csv", claim_schema())
    mapping = parse_mapping(found.text, "draft.yaml")
    by_hand = parse_mapping((ROOT / "mappings" / "collision-claims.yaml").read_text(encoding="utf-8"), "m")
    assert {(rule.column, rule.to) for rule in mapping.rules} == {
        (rule.column, rule.to) for rule in by_hand.rules
    }
    drafted, written = ({rule.column: rule for rule in each.rules} for each in (mapping, by_hand))
    for column in ("Region", "Channel", "Status", "Parts", "Injured"):
        assert dict(drafted[column].values or {}) == dict(written[column].values or {}), column
    for column in ("Reported", "Damage (EUR)", "Estimates", "Witnesses", "Parts"):
        one, two = drafted[column], written[column]
        assert (one.formats, one.decimal, one.thousands, one.split) == (
            two.formats,
            two.decimal,
            two.thousands,
            two.split,
        )
    assert mapping.key == ("Claim",)
    assert [f for f in against_schema(mapping, claim_schema()) if f.severity == "stop"] == []


def test_a_case_type_with_a_required_property_that_nothing_feeds():
    """The draft says what is required, in the file and as a value; it invents nothing."""
    found = guessed(DATA / "jira/issue.csv", claim_schema("AUTO_GlassClaim"))
    assert [each.name for each in found.draft.required] == ["AUTO_ClaimTitle"] or (
        "AUTO_ClaimTitle" in {rule.property.name for rule in found.draft.rules}
    )


def test_values_veto_names():
    """A column called like a property is not mapped to it when its cells cannot be its values."""
    found = guessed(DATA / "sf-data-cloud-workshop/Case.csv")
    reasons = {left.column.name: left.why for left in found.draft.left}
    assert "ids of this system" in reasons["ContactId"]
    assert reasons["ClosedDate"] == "ClosedDate cannot be written"
    boston = guessed(DATA / "boston311/boston311-100.csv")
    why = {left.column.name: left for left in boston.draft.left}
    assert why["subject"].property == "Subject" and "case_title" in why["subject"].why
    assert obstacle(why["type"].column, case_schema().properties["Type"]) is not None
