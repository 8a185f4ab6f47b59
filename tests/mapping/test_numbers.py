"""Cells → whole numbers and decimals."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.mapping.cells import RefusedError
from importer.mapping.numbers import canonical, number_converter, whole
from tests.mapping.fitting import fit, outcome, problems_of

SWISS = 'type: number, thousands: "\'"'
GERMAN = 'type: number, decimal: ",", thousands: "."'
FRENCH = 'type: number, decimal: ",", thousands: " "'

NUMBERS = [
    # rule             cell              value, or the codes of the problems
    ("type: number", "12", 12),
    ("type: number", "+12", 12),
    ("type: number", "-12", -12),
    ("type: number", "-0", 0),
    ("type: number", "007", 7),
    ("type: number", "12.50", Decimal("12.5")),
    ("type: number", ".5", Decimal("0.5")),
    ("type: number", "-.5", Decimal("-0.5")),
    ("type: number", "12.00", 12),
    ("type: number", "0.1", Decimal("0.1")),
    ("type: number", "123456789012345678.01", Decimal("123456789012345678.01")),
    ("type: number", "5.", ["BAD_NUMBER"]),
    ("type: number", "1,5", ["BAD_NUMBER"]),
    ("type: number", "1.5.2", ["BAD_NUMBER"]),
    ("type: number", "1e5", ["BAD_NUMBER"]),
    ("type: number", "5%", ["BAD_NUMBER"]),
    ("type: number", "12 ", ["BAD_NUMBER"]),
    ("type: number, do: [trim]", "12 ", 12),
    ("type: number", "--5", ["BAD_NUMBER"]),
    ("type: number", "1_000", ["BAD_NUMBER"]),
    ("type: number", "١٢", ["BAD_NUMBER"]),
    ("type: number", "NaN", ["BAD_NUMBER"]),
    ("type: number", "9" * 61, ["BAD_NUMBER"]),
    (GERMAN, "1.234.567,89", Decimal("1234567.89")),
    (GERMAN, "1234567,89", Decimal("1234567.89")),
    (GERMAN, "1.23", ["BAD_NUMBER"]),
    (GERMAN, "12.34", ["BAD_NUMBER"]),
    (GERMAN, "1.2345", ["BAD_NUMBER"]),
    (GERMAN, "1.234", 1234),
    (GERMAN, ".123,5", ["BAD_NUMBER"]),
    (FRENCH, "1 234,5", Decimal("1234.5")),
    (FRENCH, "1\u202f234,5", Decimal("1234.5")),
    (FRENCH, "1\u00a0234,5", Decimal("1234.5")),
    (SWISS, "1'234.5", Decimal("1234.5")),
    # typed cells are numbers already: decimal and thousands are for texts
    (GERMAN, 1234.5, Decimal("1234.5")),
    (GERMAN + ", do: [trim]", 1234.5, Decimal("1234.5")),
    ("type: number", 3.0, 3),
    ("type: number", 1e-7, Decimal("1E-7")),
    ("type: number", 0.1 + 0.2, Decimal("0.3")),
    ("type: number", 999999999999999.0, 999999999999999),
    ("type: number", 1e15, ["LOST_DIGITS"]),
    ("type: number", float("nan"), ["BAD_NUMBER"]),
    ("type: number", float("inf"), ["BAD_NUMBER"]),
    ("type: number", 10**18 + 1, 10**18 + 1),
    pytest.param("type: number", 10**5000, ["BAD_NUMBER"], id="a number of 5,000 digits"),
    ("type: number", True, ["BAD_NUMBER"]),
    ("type: integer", "12", 12),
    ("type: integer", "12.0", 12),
    ("type: integer", "12.5", ["BAD_INTEGER"]),
    ("type: integer", 12.5, ["BAD_INTEGER"]),
    ("type: integer", 12.0, 12),
    ("type: integer", "twelve", ["BAD_NUMBER"]),
    ("type: integer", False, ["BAD_NUMBER"]),
]


@pytest.mark.parametrize(("rule", "cell", "expected"), NUMBERS)
def test_numbers(rule, cell, expected):
    """Each cell gives the exact number, or its problem; never a rounded or guessed one."""
    found = outcome(rule, cell)
    assert found == expected
    assert type(found) is type(expected)


MESSAGES = [
    ("type: number", "1,5", '"1,5" is not a number with the decimal sign ".".'),
    (
        GERMAN,
        "1.23",
        '"1.23" is not a number with the decimal sign "," and the thousands sign ".".',
    ),
    ("type: number", " 1", '" 1" is not a number: it has blanks at its ends, which do: [trim] removes.'),
    ("type: integer", "1.5", '"1.5" is not a whole number.'),
]


@pytest.mark.parametrize(("rule", "cell", "expected"), MESSAGES)
def test_messages_say_what_was_expected(rule, cell, expected):
    """The message shows the cell and the signs that were declared."""
    compiled = fit(f"columns: {{C: {{to: P, {rule}}}}}", ["C"])
    ((_, _, message),) = problems_of(compiled, cell)
    assert message.startswith(expected)


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_every_spelling_of_a_number_is_one_number(number):
    """With thousands signs and zeros at its end a number is what it was."""
    read = number_converter(",", ".")
    text = f"{number:,.6f}".translate(str.maketrans(",.", ".,"))
    assert read(text) == number
    assert read(f"{number:.6f}".replace(".", ",")) == number
    assert canonical(f"{number:.6f}") == canonical(number) == str(whole(number))


@settings(deadline=None)
@given(st.text())
def test_no_text_breaks_the_reader(text):
    """Any text is a number or refused."""
    try:
        assert isinstance(number_converter(None, None)(text), int | Decimal)
    except RefusedError as refused:
        assert refused.failures[0][0] == "BAD_NUMBER"
