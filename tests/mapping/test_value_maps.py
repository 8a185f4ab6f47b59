"""Value maps with patterns, value maps by name, and those of included files."""

import pytest

from importer.mapping import MappingFaultsError, load_mapping, parse_mapping
from importer.mapping.included import MAX_FILES, from_texts
from importer.model.schema import Choice, Property
from tests.mapping.fitting import HEAD, fit, outcome, problems_of, schema_of, values_of

MAP = 'values: {P10: Ten, "/^P[12]/": High, "/^P/": Low, "/": slash, "//": two, plain: "/x/"}'
PATTERNS = [
    (MAP, "P1", "High"),
    (MAP, "P10", "Ten"),
    (MAP, "P11", "High"),
    (MAP, "P3", "Low"),
    (MAP, "p1", ["UNKNOWN_VALUE"]),
    (MAP, "xP1", ["UNKNOWN_VALUE"]),
    (MAP, "/", "slash"),
    (MAP, "//", "two"),
    (MAP, "plain", "/x/"),
    (MAP + ", otherwise: None", "q", "None"),
    (MAP + ", otherwise: keep", "q", "q"),
    (MAP + ", do: [trim, upper]", " p2 ", "High"),
    ('values: {"/^j/": "1", "/^n/": "0"}, type: boolean, otherwise: keep', "nein", False),
    ('values: {"/^j/": 1, "/^n/": 0}, type: integer, otherwise: 7', "nein", 0),
    (MAP + ', split: ";"', "P1;P3", ("High", "Low")),
    (MAP, 12, ["UNKNOWN_VALUE"]),
    ('values: {"/^1/": one}', 12, "one"),
]


@pytest.mark.parametrize(("rule", "cell", "expected"), PATTERNS)
def test_patterns_in_value_maps(rule, cell, expected):
    """The exact text goes before patterns, and the first pattern that fits wins."""
    assert outcome(rule, cell) == expected


def test_what_a_pattern_leads_to_is_checked():
    """A value that is no choice is a problem of the rows whose text fits the pattern."""
    found = Property("P", "text", restricted=True, choices=(Choice("High", "High"),))
    rule = 'values: {"/^P1/": High, "/^P2/": Hihg}'
    assert outcome(rule, "P1", found) == "High"
    assert outcome(rule, "P2", found) == ["NOT_A_CHOICE"]


def test_patterns_are_no_suggestions():
    """Of an unknown text the nearest text of the map is named, never a pattern."""
    compiled = fit('columns: {A: {to: P, values: {"/^nwe$/": x, newer: New}}}', ["A"])
    ((_, _, message),) = problems_of(compiled, "nwer")
    assert 'Did you mean "newer"?' in message


def digest(rules: str) -> str:
    """Return the digest of a mapping."""
    return parse_mapping(f"{HEAD}{rules}", "m.yaml").digest


def test_the_order_of_patterns_is_part_of_the_mapping():
    """Moving a pattern may change what rows become; moving a text never does."""
    one = digest('columns: {A: {to: P, values: {a: x, "/^b/": y, "/^b./": z}}}')
    assert one == digest('columns: {A: {to: P, values: {"/^b/": y, "/^b./": z, a: x}}}')
    assert one != digest('columns: {A: {to: P, values: {a: x, "/^b./": z, "/^b/": y}}}')


NAMED = """value_maps:
  prio: {P1: High, P2: Low}
columns:
  A: {to: P, values: prio}
  B: {to: Q, values: prio, otherwise: keep}
"""


def test_a_map_for_several_rules():
    """A map is written once and named by each rule; it is the same as writing it out."""
    assert values_of(fit(NAMED, ["A", "B"]), "P1", "P9") == {"P": "High", "Q": "P9"}
    spelt = "columns: {A: {to: P, values: {P2: Low, P1: High}}, B: {to: Q, values: {P1: High, P2: Low}, otherwise: keep}}"
    assert digest(NAMED) == digest(spelt)


def folder(tmp_path, **files):
    """Write files; ``__`` in a name is a folder."""
    for name, text in files.items():
        path = tmp_path / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "m.yaml"


MAIN = (
    HEAD
    + "include: [shared/prio.yaml, shared/state.yaml]\ncolumns: {A: {to: P, values: prio}, B: {to: Q, values: state}}\n"
)
PRIO = "value_maps:\n  prio: {P1: High}\n"
STATE = "include: deep/more.yaml\nvalue_maps: {state: {open: New}}\n"


def test_included_maps(tmp_path):
    """Maps come from files beside the mapping, those from others; paths begin at the file that names them."""
    path = folder(
        tmp_path, m=MAIN, shared__prio=PRIO, shared__state=STATE, shared__deep__more=PRIO.replace("prio", "x")
    )
    mapping = load_mapping(path)
    assert [dict(rule.values or {}) for rule in mapping.rules] == [{"P1": "High"}, {"open": "New"}]
    assert list(mapping.included) == ["shared/prio.yaml", "shared/state.yaml", "shared/deep/more.yaml"]


def test_the_digest_covers_included_files(tmp_path):
    """A changed entry of a shared map is a changed mapping; what no rule names is not."""
    path = folder(
        tmp_path, m=MAIN, shared__prio=PRIO, shared__state=STATE, shared__deep__more="value_maps: {x: {a: b}}"
    )
    before = load_mapping(path).digest
    folder(tmp_path, shared__deep__more="value_maps: {x: {a: c}}")
    assert load_mapping(path).digest == before
    folder(tmp_path, shared__prio=PRIO.replace("High", "Higher"))
    assert load_mapping(path).digest != before


def test_a_mapping_is_whole_without_its_files(tmp_path):
    """What was included is kept with the mapping, so that a run can be looked at when the files have changed."""
    path = folder(
        tmp_path, m=MAIN, shared__prio=PRIO, shared__state=STATE, shared__deep__more="value_maps: {}"
    )
    mapping = load_mapping(path)
    again = parse_mapping(mapping.text, str(path), from_texts(mapping.included))
    assert again.digest == mapping.digest


def faults_of(path):
    """Return the first lines of the faults of a mapping file, paths from its folder."""
    with pytest.raises(MappingFaultsError) as caught:
        load_mapping(path)
    return [str(fault).splitlines()[0].replace(f"{path.parent}/", "") for fault in caught.value.faults]


REFUSED = {
    "there is no such file": "none.yaml",
    "it lies outside the mapping's folder": "../prio.yaml",
    "it lies outside the mapping's folder ": "shared/../../prio.yaml",
    "it lies outside the mapping's folder; write a path from there": "/etc/passwd",
    "a path has / between folders, and no drive": "C:/prio.yaml",
    "a path has / between folders, and no drive ": "shared\\prio.yaml",
    "it would include itself (m.yaml → m.yaml)": "m.yaml",
}


@pytest.mark.parametrize(("reason", "path"), REFUSED.items())
def test_files_that_cannot_be_included(tmp_path, reason, path):
    """Only files inside the mapping's folder are read, and each refusal says why, at its place."""
    text = f"{HEAD}include: '{path}'\ncolumns: {{A: {{to: P, values: prio}}}}\n"
    main = folder(tmp_path / "maps", m=text, shared__prio=PRIO)
    folder(tmp_path, prio=PRIO)
    assert faults_of(main) == [f'm.yaml:3:10: "{path}" cannot be included: {reason.strip()}']


def test_links_out_of_the_folder_are_refused(tmp_path):
    """A link is followed only inside the folder."""
    outside = folder(tmp_path, prio=PRIO)
    main = folder(tmp_path / "maps", m=f"{HEAD}include: prio.yaml\ncolumns: {{A: B}}\n")
    (main.parent / "prio.yaml").symlink_to(outside.parent / "prio.yaml")
    assert faults_of(main) == [
        'm.yaml:3:10: "prio.yaml" cannot be included: it lies outside the mapping\'s folder'
    ]


def test_files_that_include_each_other(tmp_path):
    """A circle is named in full; a file that two others include is read once."""
    main = folder(
        tmp_path,
        m=f"{HEAD}include: [a.yaml, b.yaml]\ncolumns: {{A: {{to: P, values: prio}}}}\n",
        a="include: c.yaml\nvalue_maps: {x: {a: b}}\n",
        b="include: c.yaml\nvalue_maps: {y: {a: b}}\n",
        c=PRIO,
    )
    assert load_mapping(main).rules[0].values == {"P1": "High"}
    folder(tmp_path, c="include: a.yaml\n" + PRIO)
    assert faults_of(main) == [
        'c.yaml:1:10: "a.yaml" cannot be included: it would include itself (m.yaml → a.yaml → c.yaml → a.yaml)'
    ]


def test_faults_of_included_files(tmp_path):
    """All faults of all files are told at once, each in its own file, those of the mapping first."""
    main = folder(
        tmp_path,
        m=f"{HEAD}include: [a.yaml, b.yaml, c.yaml]\ncolumns: {{A: {{to: P, valeus: prio}}, B: {{to: Q, values: nmae}}}}\n",
        a='value_maps:\n  prio: {P1: High, "/(/": x, P1: Low, n: null}\n',
        b="columns: {A: B}\nvalue_maps: {prio: {a: b}}\n",
        c="just a text",
    )
    assert faults_of(main) == [
        'm.yaml:4:22: unknown key "valeus"; did you mean "values"?',
        "a.yaml:2:20: a ( has no partner; write \\( for the sign itself",
        'a.yaml:2:30: "P1" stands here for the second time; first in line 2',
        'a.yaml:2:42: "null" would be sent as that text; if it is meant, write {value: null}',
        'b.yaml:1:1: unknown key "columns"; known here: include, value_maps',
        'b.yaml:2:14: value map "prio" stands in a.yaml line 2 too; keep one of them',
        'c.yaml:1:1: a file of value maps begins with the line "value_maps:"',
    ]


def test_names_of_maps_that_are_not_there():
    """The nearest name is told."""
    with pytest.raises(MappingFaultsError) as caught:
        parse_mapping(
            f"{HEAD}value_maps: {{priority: {{a: b}}}}\ncolumns: {{A: {{to: P, values: priorty}}, B: {{to: Q, values: zzz}}}}",
            "m.yaml",
        )
    assert [fault.message for fault in caught.value.faults] == [
        'there is no value map "priorty"; did you mean "priority"?',
        'there is no value map "zzz"; write it under value_maps',
    ]


def test_a_text_includes_nothing():
    """Only a file has a folder to read from; and files are counted."""
    with pytest.raises(MappingFaultsError, match="only a mapping that is a file can include others"):
        parse_mapping(f"{HEAD}include: a.yaml\ncolumns: {{A: B}}", "m.yaml")
    texts = {f"{n}.yaml": "value_maps: {}" for n in range(MAX_FILES + 1)}
    with pytest.raises(MappingFaultsError, match=f"a mapping includes at most {MAX_FILES} files"):
        parse_mapping(f"{HEAD}include: [{', '.join(texts)}]\ncolumns: {{A: B}}", "m.yaml", from_texts(texts))


def test_a_large_included_file_is_refused(tmp_path):
    """An included file is as limited as a mapping."""
    main = folder(tmp_path, m=f"{HEAD}include: a.yaml\ncolumns: {{A: B}}\n", a="# " + "x" * (4 * 1024**2))
    assert faults_of(main) == ["a.yaml:1:1: the file is larger than 4 MB; a mapping is smaller"]


def test_choices_and_a_shared_map():
    """A shared map is checked against the schema of each rule that names it."""
    restricted = Property("P", "text", restricted=True, choices=(Choice("High", "High"),))
    compiled = fit(NAMED, ["A", "B"], schema_of(restricted, Property("Q", "text")))
    assert [each[:2] for each in problems_of(compiled, "P2", "P2")] == [("NOT_A_CHOICE", "A")]
