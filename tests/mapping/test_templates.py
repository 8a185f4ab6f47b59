"""Templates, constants, variables, and the transforms that they share with rules."""

import datetime as dt

import pytest

from importer.mapping import MappingFaultsError
from importer.mapping.transforms import TRANSFORMS, read_step, steps_function
from importer.model.draft import Draft
from importer.model.schema import Property
from tests.mapping.fitting import IBM_HEAD, fit, outcome, problems_of, row, schema_of, told, values_of

TEMPLATES = [
    # template                      A           B        text, or "omitted"
    ("[{A}] {B}", "1", "two", "[1] two"),
    ("{A}{B}", "1", "two", "1two"),
    ("{ A } / {B|trim}", "1", " two ", "1 / two"),
    ("{A}", " raw ", "x", " raw "),
    ("[{A}] {B}", "", "two", "[] two"),
    ("[{A}] {B}", " ", "two", "[] two"),
    ("[{A}] {B}", "-", "two", "[] two"),
    ("[{A}] end", "", "x", "omitted"),
    ("[{A|digits}]", "abc", "x", "omitted"),
    ("{{A}} {A} }}{{", "1", "x", "{A} 1 }{"),
    ("{A|pad:5|upper}", "42", "x", "00042"),
    ("{A|trim|lower|title}", " ANN ", "x", "Ann"),
    ("{A}", "{B}", "x", "{B}"),
    ("{A}", "{$q}", "x", "{$q}"),
    ("{A} {$q}", "1", "x", "1 Support"),
    ("{A}", 12.0, "x", "12"),
    ("{A}", dt.date(2024, 5, 31), "x", "2024-05-31"),
    ("{a}", "case", "x", "case"),
]


@pytest.mark.parametrize(("template", "a", "b", "expected"), TEMPLATES)
def test_templates(template, a, b, expected):
    """A template is filled from the raw cells of its columns, and from nothing else."""
    text = 'read: {blank_cells: ["-"]}\nvariables: {q: Support}\ncolumns: {X: X}\n'
    text += f'templates: {{P: "{template}"}}\n'
    assert values_of(fit(text, ["A", "B", "X"]), a, b, "x").get("P", "omitted") == expected


def test_a_template_has_the_type_and_limits_of_its_property():
    """With a schema the text becomes what the property takes, or a problem of all columns it was made of."""
    schema = schema_of(
        Property("N", "integer"), Property("T", "text", length=4), Property("M", "text", multiple=True)
    )
    text = 'columns: {X: X}\ntemplates: {N: "{A}{B}", T: "{A}-{B}", M: "{A}"}\n'
    compiled = fit(text, ["A", "B", "X"], schema)
    assert values_of(compiled, "1", "2", "x") == {"X": "x", "N": 12, "T": "1-2", "M": ("1",)}
    assert [found[:2] for found in problems_of(compiled, "1", "b23", "x")] == [
        ("BAD_NUMBER", "A, B"),
        ("TOO_LONG", "A, B"),
    ]


def test_a_problem_of_a_template_names_all_of_its_columns():
    """What is too long is the text of several columns: it is shown at all of them."""
    schema = schema_of(Property("T", "text", length=4), Property("U", "text", length=4))
    text = 'columns: {X: X}\ntemplates: {T: "{A}-{B|trim}{A}", U: "{A}"}\n'
    drafted = fit(text, ["A", "B", "X"], schema).draft(row("long", "er", "x"))
    assert not isinstance(drafted, Draft)
    (found,) = drafted
    assert (found.code, found.column, found.cell) == ("TOO_LONG", "A, B", "A2, B2")


def test_a_filter_that_does_not_fit_names_its_column():
    """pad on what is no number is a problem of the column that it was put on."""
    compiled = fit('columns: {X: X}\ntemplates: {P: "{A}-{B|pad:5}"}', ["A", "B", "X"])
    ((code, column, message),) = problems_of(compiled, "1", "x1", "x")
    assert (code, column) == ("BAD_TRANSFORM", "B")
    assert message.startswith('pad cannot be applied to "x1".')


def test_constants_and_variables():
    """The connection's variables win over the mapping's; braces are doubled."""
    text = "variables: {queue: Support, team: A}\ncolumns: {X: X}\n"
    text += "constants: {O: '{$queue}/{$team} {{x}}', Q: {value: omit}}\n"
    compiled = fit(text, ["X"], variables={"queue": "EMEA", "other": "unused"})
    assert values_of(compiled, "x") == {"X": "x", "O": "EMEA/A {x}", "Q": "omit"}


def test_constants_are_of_the_propertys_type():
    """With a schema a constant is checked and converted once; a wrong one stops with its place."""
    schema = schema_of(
        Property("B", "boolean"),
        Property("D", "date"),
        Property("M", "text", multiple=True),
        Property("O", "text"),
    )
    text = "columns: {X: X}\nconstants: {B: yes, D: 2024-05-31, M: a, o: b}\n"
    values = values_of(fit(text, ["X"], schema), "x")
    assert values == {"X": "x", "B": True, "D": dt.date(2024, 5, 31), "M": ("a",), "O": "b"}
    with pytest.raises(MappingFaultsError) as caught:
        fit("columns: {X: X}\nconstants:\n  B: maybe\n  D: 31/05/2024\n", ["X"], schema)
    assert told(caught.value) == [
        'm.yaml:5:3: constant "B": "maybe" is neither true/yes/y/1 nor false/no/n/0',
        'm.yaml:6:3: constant "D": "31/05/2024" is not a date in the form 2024-05-31 (ISO 8601)',
    ]


def test_undefined_and_empty_variables():
    """A variable that nobody defines, and one that leaves a constant empty, stop with their places."""
    text = "variables: {queue: ''}\ncolumns: {X: X}\nconstants:\n  A: '{$qeue}'\n  B: '{$queue}'\n"
    text += "templates: {C: '{X}{$team}'}\n"
    with pytest.raises(MappingFaultsError) as caught:
        fit(text, ["X"])
    assert told(caught.value) == [
        'm.yaml:6:3: variable "qeue" is not defined; did you mean "queue"?',
        'm.yaml:7:3: constant "B" is empty; remove it, or give its variable a text',
        'm.yaml:8:13: variable "team" is not defined; write it under variables here or in the connection',
    ]


def test_client_context_goes_with_each_row():
    """IBM's client context is filled per row; what is blank is left out."""
    text = 'columns: {A: P}\noptions: {client_context: {caller: Web, ref: "{B}"}, return_updates: true}\n'
    compiled = fit(text, ["A", "B"], head=IBM_HEAD)
    assert compiled.draft(row("a", "T1")).options == {"client_context": {"caller": "Web", "ref": "T1"}}
    assert compiled.draft(row("a", "")).options == {"client_context": {"caller": "Web"}}
    assert compiled.used == (0, 1)


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_transforms_do_what_their_example_says(transform):
    """The example in the reference is true."""
    parameters = {"pad": "5", "replace": {"from": "/", "to": "-"}}
    raw = {transform.name: parameters[transform.name]} if transform.parameters else transform.name
    before, after = transform.example
    function = steps_function([read_step(raw)])
    assert function is not None
    assert function(before) == after


DO = [
    ("do: [{pad: 5}]", "42", "00042"),
    ("do: [{pad: 5}]", 42, "00042"),
    ("do: [{pad: 5}]", 42.0, "00042"),
    ("do: [{pad: 2}]", "12345", "12345"),
    ("do: [{pad: 5}]", "-42", ["BAD_TRANSFORM"]),
    ("do: [{pad: 5}]", "4 2", ["BAD_TRANSFORM"]),
    ("do: [digits, {pad: 5}]", "4 2", "00042"),
    ("do: [trim, upper, {replace: {from: ' ', to: _}}]", " a b ", "A_B"),
    ("do: [{replace: {from: ., to: ','}}]", "1.2.3", "1,2,3"),
    ("do: [collapse]", "a \n\t b", "a b"),
    ("do: [title]", "jean-luc o'NEIL", "Jean-Luc O'neil"),
    ("do: [lower]", "ÄB", "äb"),
    ("do: []", " x ", " x "),
]


@pytest.mark.parametrize(("rule", "cell", "expected"), DO)
def test_do(rule, cell, expected):
    """Transforms are done in order, on the text of the cell."""
    assert outcome(rule, cell) == expected
