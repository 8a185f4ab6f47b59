"""The catalogue of problems: every entry is whole, and its texts are sentences."""

from __future__ import annotations

import string

import pytest

from importer.model.problem import CATALOGUE, Problem, ProblemKind, problem

OBJECT = '{"DEMO_First": "Ann", "DEMO_Age": 41}'
"""An example of JSON in a remedy."""


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)
def test_every_entry_is_whole(kind: ProblemKind) -> None:
    """A code, a title without a full stop, a sentence, a remedy that is one too; and what they need can be filled."""
    assert kind.code.isupper() and kind.title and not kind.title.endswith(".")
    assert kind.template.endswith((".", "}")), kind.template
    assert not kind.remedy or kind.remedy.endswith("."), kind.remedy
    names = {
        name
        for text in (kind.template, kind.remedy)
        for _, name, _, _ in string.Formatter().parse(text)
        if name
    }
    made = problem(kind.code, column="Mail", cell="line 7", **dict.fromkeys(names, "x"))
    assert "{" not in made.message.replace("[{pad: x}]", "").replace(OBJECT, "")


@pytest.mark.parametrize(
    ("cell", "column", "sentence"),
    [
        ("B7", "Mail", "B7: Wrong."),
        ("line 7", "Mail", "Line 7, column Mail: Wrong."),
        ("line 7", None, "Line 7: Wrong."),
        ("A4, B4", "No, Text", "A4, B4: Wrong."),
        (None, "Mail", "Column Mail: Wrong."),
        (None, None, "Wrong."),
    ],
)
def test_the_place_as_a_person_sees_it(cell: str | None, column: str | None, sentence: str) -> None:
    """A workbook's cell by its name, a text's by line and column."""
    assert Problem("X", "Wrong.", column, cell).sentence == sentence
