"""What the target's schema allows: found before anything is sent."""

from decimal import Decimal

import pytest

from importer.mapping import MappingFaultsError
from importer.model.schema import Choice, Property
from tests.mapping.fitting import fit, outcome, problems_of, schema_of, told, values_of

CHOICES = (Choice("High", "High"), Choice("N", "North"))
TEXT = Property("P", "text", length=5)
LIST = Property("P", "text", choices=CHOICES, restricted=True)
OPEN = Property("P", "text", choices=CHOICES)
MANY = Property("P", "text", choices=CHOICES, restricted=True, multiple=True)
SHORT_LIST = Property("P", "text", choices=CHOICES, restricted=True, length=5)
NUMBERED = Property("P", "number", choices=(Choice("1.0", "one"), Choice("2", "two")), restricted=True)
RANGE = Property("P", "integer", minimum=Decimal(0), maximum=Decimal(10))
MONEY = Property("P", "number", precision=6, scale=2)
WHOLE = Property("P", "integer", precision=3)
SINGLE = Property("P", "text")

TWINS = (Choice("1", "Open"), Choice("2", "Closed"), Choice("3", "Closed"), Choice("Open", "Reopened"))
LABELLED = Property("P", "text", choices=TWINS, restricted=True, by_label=True)
LOOSE = Property("P", "text", choices=TWINS, by_label=True)
BYTES = Property("P", "text", length=4, in_bytes=True)
LABELS = Property("P", "text", choices=TWINS, restricted=True, by_label=True, multiple=True)
COUNTED = Property(
    "P", "integer", choices=(Choice("1", "one"), Choice("2", "two")), restricted=True, by_label=True
)

LIMITS = [
    # property, rule, cell, value or codes
    (TEXT, "", "12345", "12345"),
    (TEXT, "", "123456", ["TOO_LONG"]),
    (TEXT, "", "😀" * 5, "😀" * 5),
    (TEXT, "", 123456, ["TOO_LONG"]),
    (TEXT, "truncate: 5", "123456", "12345"),
    (TEXT, "truncate: 6", "123456", ["TOO_LONG"]),
    (TEXT, "values: {a: much too long}", "a", ["TOO_LONG"]),
    (Property("P", "email", length=10), "", "ann@example.com", ["TOO_LONG"]),
    (LIST, "", "High", "High"),
    (LIST, "", "high", ["NOT_A_CHOICE"]),
    (LIST, "", "North", ["NOT_A_CHOICE"]),
    (LIST, "values: {P1: High, P2: Hihg}", "P1", "High"),
    (LIST, "values: {P1: High, P2: Hihg}", "P2", ["NOT_A_CHOICE"]),
    (LIST, "values: {P1: High}, otherwise: Nothing", "P2", ["NOT_A_CHOICE"]),
    (OPEN, "", "anything", "anything"),
    (SHORT_LIST, "", "no choice, and long", ["TOO_LONG", "NOT_A_CHOICE"]),
    (NUMBERED, "", "1", 1),
    (NUMBERED, "", "2.0", 2),
    (NUMBERED, "", "3", ["NOT_A_CHOICE"]),
    (NUMBERED, "", 10**59, ["NOT_A_CHOICE"]),
    pytest.param(NUMBERED, "", 10**5000, ["BAD_NUMBER"], id="a number of 5,000 digits"),
    (RANGE, "", "0", 0),
    (RANGE, "", "10", 10),
    (RANGE, "", "-1", ["OUT_OF_RANGE"]),
    (RANGE, "", "11", ["OUT_OF_RANGE"]),
    (MONEY, "", "9999.99", Decimal("9999.99")),
    (MONEY, "", "-9999.99", Decimal("-9999.99")),
    (MONEY, "", "10000", ["TOO_MANY_DIGITS"]),
    (MONEY, "", "0.001", ["TOO_MANY_DIGITS"]),
    (MONEY, "", "10000.5", ["TOO_MANY_DIGITS"]),
    (MONEY, "", "-10000.5", ["TOO_MANY_DIGITS"]),
    (MONEY, "", "-9999.99", Decimal("-9999.99")),
    (MONEY, "", "0.01", Decimal("0.01")),
    (MONEY, "", "9999.999999999999999999999999999999", ["TOO_MANY_DIGITS"]),
    (MONEY, "", "0.010", Decimal("0.01")),
    (WHOLE, "", "999", 999),
    (WHOLE, "", "1000", ["TOO_MANY_DIGITS"]),
    (MANY, 'split: "|"', "High|N", ("High", "N")),
    (MANY, 'split: "|"', "High|x|y", ["NOT_A_CHOICE", "NOT_A_CHOICE"]),
    (MANY, "", "High", ("High",)),
    (MANY, "default: N", "", ("N",)),
    # labels in place of values, where the connection says so
    (LABELLED, "", "Reopened", "Open"),
    (LABELLED, "", "Open", "Open"),
    (LABELLED, "", "1", "1"),
    (LABELLED, "", "Closed", ["NOT_A_CHOICE"]),
    (LABELLED, "", "reopened", ["NOT_A_CHOICE"]),
    (LABELLED, "values: {x: Reopened}", "x", "Open"),
    (LABELLED, "default: Reopened", "", "Open"),
    (LABELS, 'split: "|"', "Reopened|2", ("Open", "2")),
    (LOOSE, "", "Reopened", "Open"),
    (LOOSE, "", "Other", "Other"),
    # a length in bytes of UTF-8
    (BYTES, "", "äö", "äö"),
    (BYTES, "", "äöx", ["TOO_MANY_BYTES"]),
    (COUNTED, "", "two", 2),
    (COUNTED, "", 1, 1),
    (COUNTED, "", "three", ["BAD_NUMBER"]),
    (SINGLE, 'split: "|"', "a|b", ["NOT_SINGLE"]),
    (SINGLE, 'split: "|"', "", "omitted"),
    # a rule whose type is not the property's is preflight's to tell: here it must only not break
    (RANGE, "type: text", "abc", "abc"),
    (TEXT, "type: integer", "1234567", 1234567),
    (LIST, "type: boolean", "yes", True),
    (MONEY, "type: boolean", "yes", True),
]


@pytest.mark.parametrize(("found", "rule", "cell", "expected"), LIMITS)
def test_limits(found, rule, cell, expected):
    """A value within the limits of its property passes, another is a problem."""
    value = outcome(rule, cell, found)
    assert value == expected
    assert type(value) is type(expected)


MESSAGES = [
    (TEXT, "123456", "The text has 6 characters; P takes 5. Shorten it. In the mapping: truncate cuts it."),
    (LIST, "hig", '"hig" is not a choice of P. Did you mean "High"?'),
    (LIST, "North", '"North" is not a choice of P. Did you mean "N"?'),
    (LIST, "quite another", '"quite another" is not a choice of P. Correct the cell'),
    (RANGE, "11", "11 is greater than 10, the limit of P."),
    (RANGE, "-1", "-1 is less than 0, the limit of P."),
    (MONEY, "0.001", "0.001 has more digits than P takes (4 before and 2 after the decimal sign)."),
    (WHOLE, "1000", "1000 has more digits than P takes (3, none after the decimal sign)."),
]


@pytest.mark.parametrize(("found", "cell", "expected"), MESSAGES)
def test_messages(found, cell, expected):
    """The message names the property, the limit and, for choices, the nearest one."""
    ((_, _, message),) = problems_of(fit("columns: {C: P}", ["C"], schema_of(found)), cell)
    assert message.startswith(expected)


def test_a_default_that_the_schema_does_not_take_is_a_fault():
    """What can be known from the mapping alone stops before the first row."""
    with pytest.raises(MappingFaultsError) as caught:
        fit("columns:\n  C: {to: P, default: Hihg}\n", ["C"], schema_of(LIST))
    assert told(caught.value)[0] == (
        'm.yaml:4:14: default of "C": "Hihg" is not a choice of P. Did you mean "High"?; '
        "a default is final: dates are in ISO 8601, numbers have a ."
    )


def test_a_value_that_is_never_of_the_type_is_a_fault():
    """A value map that leads to no value of the property's type stops before the first row."""
    with pytest.raises(MappingFaultsError, match=r'm\.yaml:4:14: values of "C": "x" is not a number'):
        fit("columns:\n  C: {to: P, values: {a: x}}\n", ["C"], schema_of(RANGE))


@pytest.mark.parametrize(
    ("rule", "key", "kind"),
    [
        ("format: '%d/%m/%Y'", "format", "text"),
        ("decimal: ','", "decimal", "text"),
        ("truncate: 5", "truncate", "date"),
    ],
)
def test_keys_that_the_propertys_type_does_not_use_are_faults(rule, key, kind):
    """A key of a rule without a type must be of use for the property's own type."""
    with pytest.raises(MappingFaultsError, match=f"{key} is of no use: P is of the type {kind}"):
        fit(f"columns: {{C: {{to: P, {rule}}}}}", ["C"], schema_of(Property("P", kind)))


def test_required_properties_need_a_value():
    """A required property without a value is a problem of its column, unless that has one already."""
    schema = schema_of(
        Property("A", "text", required=True),
        Property("B", "integer", required=True),
        Property("C", "text", required=True),
        Property("D", "text", required=True, writable=False),
    )
    compiled = fit("columns: {One: a, Two: B, Three: E}\nconstants: {C: x}", ["One", "Two", "Three"], schema)
    assert [found[:2] for found in problems_of(compiled, "", "", "x")] == [
        ("REQUIRED", "One"),
        ("REQUIRED", "Two"),
    ]
    assert [found[:2] for found in problems_of(compiled, "", "x", "x")] == [
        ("REQUIRED", "One"),
        ("BAD_NUMBER", "Two"),
    ]
    assert values_of(compiled, "a", "1", "") == {"A": "a", "B": 1, "C": "x"}
    without = fit("columns: {One: A, Two: B}", ["One", "Two"], schema)
    assert [found[:2] for found in problems_of(without, "a", "1")] == [("REQUIRED", None)]
    null = fit("columns: {One: {to: A, blank: null}, Two: B}\nconstants: {C: x}", ["One", "Two"], schema)
    assert [found[:2] for found in problems_of(null, "", "1")] == [("REQUIRED", "One")]
