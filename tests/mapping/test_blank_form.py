"""What the form of a mapping asks for."""

import datetime as dt

import pytest

from importer.mapping import compile_mapping, parse_mapping
from importer.mapping.blank_form import BlankForm, FormColumn, form_of
from importer.model.draft import Draft
from importer.model.errors import MappingError
from importer.model.row import Row
from tests.docs.pages import ROOT
from tests.mapping.guess.samples import case_schema, claim_schema

HEAD = "version: 1\ntarget: salesforce\n"


def form(text: str, *, schema: bool = True, head: str = HEAD) -> BlankForm:
    return form_of(parse_mapping(head + text, "m.yaml"), case_schema() if schema else None)


def only(text: str, **options: bool) -> FormColumn:
    [column] = form(text, **options).columns
    return column


COLUMNS = [
    ("A: {to: Status, values: {open: New, done: Closed}}", ("open", "done"), True),
    ("A: {to: Status, values: {open: New}, otherwise: keep}", ("open",), False),
    ('A: {to: Status, values: {open: New, "/^P/": Closed}}', ("open",), False),
    ("A: Severity__c", ("Low", "Medium", "High", "Critical"), True),
    ("A: Priority", ("High", "Medium", "Low"), False),
    ("A: {to: Is_Vip__c, type: boolean}", ("yes", "no"), False),
    ('A: {to: Tags__c, split: "|"}', (), False),
    ("A: Subject", (), False),
    ("A: [{to: Status, values: {x: New, y: Closed}}, {to: Severity__c, values: {y: Low, z: High}}]", ("y",), True),
    ("A: [{to: Status, values: {x: New}}, Legacy_State__c]", ("x",), True),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "choices", "strict"), COLUMNS)
def test_drop_downs(rule, choices, strict):
    """From value maps and choices; strict where nothing else would be taken by any rule."""
    column = only(f"columns:\n  {rule}\n")
    assert (column.choices, column.strict) == (choices, strict)


REQUIRED = [
    ("key: A\ncolumns:\n  A: Subject\n", True),
    ("columns:\n  A: {to: Subject, blank: error}\n", True),
    ("columns:\n  A: Subject\n", False),
]


@pytest.mark.parametrize(("text", "required"), REQUIRED)
def test_required(text, required):
    """The key, and what the mapping wants filled."""
    assert only(text).required is required


def test_required_by_the_target():
    """What the schema requires, unless the mapping has a default for it."""
    head = "version: 1\ntarget: ibm-case-manager\ncase_type: AUTO_CollisionClaim\n"
    for rule, required in (
        ("AUTO_ClaimDate", True),
        ('{to: AUTO_ClaimDate, default: "2024-01-01T00:00:00Z"}', False),
    ):
        mapping = parse_mapping(f"{head}columns:\n  A: {rule}\n", "m")
        assert form_of(mapping, claim_schema()).columns[0].required is required


def test_order_and_columns():
    """The key first, then the mapping's order; templates and conditions read columns too, each stands once."""
    found = form(
        'key: No\ncolumns:\n  B: Subject\n  a: Description\ntemplates:\n  Reason: "{C} {No} {A}"\n'
        "when: {column: D, is: [x]}\n"
    )
    assert [column.name for column in found.columns] == ["No", "B", "a", "C", "D"]
    assert [column.holds for column in found.columns] == ["text"] * 5


def test_kinds():
    """Dates and numbers have formats of their own, keys are text whatever they feed."""
    found = form(
        "key: K\ncolumns:\n  K: {to: Amount__c, type: number}\n  D: {to: Due_Date__c, type: date}\n"
        "  T: {to: Reported_At__c, type: datetime, timezone: UTC}\n  N: {to: Amount2__c, type: number}\n",
        schema=False,
    )
    assert [column.holds for column in found.columns] == ["text", "date", "datetime", "number"]
    assert found.columns[1].example == dt.date(2024, 5, 31)


def test_a_mapping_without_a_header():
    """It has no form: a form is known by its header."""
    with pytest.raises(MappingError, match="without a header"):
        form("read: {header: none, names: [A]}\ncolumns:\n  A: Subject\n")


@pytest.mark.parametrize(
    ("name", "schema"),
    [("support-tickets", case_schema), ("support-workbook", case_schema), ("collision-claims", claim_schema)],
)
def test_the_example_row_is_right(name, schema):
    """The examples of the samples' forms make a draft; nothing in them is a problem."""
    mapping = parse_mapping((ROOT / "mappings" / f"{name}.yaml").read_text(encoding="utf-8"), name)
    columns = form_of(mapping, schema()).columns
    variables = dict(mapping.variables)
    compiled = compile_mapping(
        mapping, tuple(each.name for each in columns), schema(), variables, place=lambda row, column: ""
    )
    drafted = compiled.draft(Row(2, tuple(each.example for each in columns)))
    assert isinstance(drafted, Draft), drafted
