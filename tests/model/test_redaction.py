"""Texts without a row's values, and back."""

from hypothesis import given
from hypothesis import strategies as st

from importer.model.redaction import redact, restore
from importer.model.secret import Secret

VALUES = {"Name": "Anna Muster", "First": "Anna", "Prio": "P1", "One": "1", "Empty": ""}


def test_values_are_named_by_their_columns_longest_first() -> None:
    """A stored text says which column's value was there, not what it was."""
    text = redact("Anna Muster (P1) was refused, row 1", VALUES)
    assert text == "⟦Name⟧ (⟦Prio⟧) was refused, row 1"
    assert restore(text, VALUES) == "Anna Muster (P1) was refused, row 1"


def test_unknown_marks_stay_and_foreign_brackets_are_no_marks() -> None:
    """A server text with our brackets cannot make us print another column."""
    assert restore("⟦Other⟧", VALUES) == "⟦Other⟧"
    assert restore(redact("⟦First⟧", VALUES), VALUES) == "[[First]]"


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_redacted_texts_come_back(text: str, values: dict[str, str]) -> None:
    """Whatever the values, results show the text as the server sent it (its own ⟦⟧ aside)."""
    plain = text.replace("⟦", "[[").replace("⟧", "]]")
    names = {name.replace("⟦", "(").replace("⟧", ")") for name in values}
    if len(names) == len(values):
        values = {name: value.replace("⟦", "").replace("⟧", "") for name, value in values.items()}
        assert restore(redact(text, values), values) == plain


@given(st.text(min_size=2, alphabet="abc⟦⟧"), st.text(alphabet="abc"))
def test_no_value_survives(value: str, around: str) -> None:
    """A value of two characters or more is never left in the text between marks."""
    value = value.replace("⟦", "a").replace("⟧", "b")
    assert value not in redact(f"{around}|{value}|{around}", {"X": value})


def test_a_secret_does_not_print_itself() -> None:
    """Neither str, repr, format nor an f-string shows it."""
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {secret!s} {secret:>30}"
    assert secret.reveal() == "hunter2"
