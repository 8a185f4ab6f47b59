"""Mapping files of Data Loader as mapping files of ours: what is kept, and every loss is said."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.mapping import parse_mapping
from importer.mapping.sdl import Converted, convert
from importer.model.errors import MappingError

DATA = Path(__file__).parents[2] / "data" / "csv" / "dataloader"
FILES = sorted(DATA.glob("*.sdl"))
ONLY_IDS = {"ID", "Id"}


def converted(text: str | bytes, record_type: str = "Case") -> Converted:
    data = text if isinstance(text, bytes) else text.encode("iso-8859-1")
    return convert(data, "in.sdl", record_type, "schema.json")


def said(found: Converted) -> str:
    return "\n".join(point.text for point in found.points if point.line)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_published_files(path):
    """Each converts to a mapping that loads, with the loss in the file too; files of ids alone are refused."""
    lines = [
        line for line in path.read_text(encoding="iso-8859-1").splitlines() if line.strip()[:1] not in "#!"
    ]
    if {line.partition("=")[0] for line in lines} <= ONLY_IDS:
        with pytest.raises(MappingError, match="maps no column"):
            convert(path.read_bytes(), path.name, "Account", "schema.json")
        return
    found = convert(path.read_bytes(), path.name, "Account", "schema.json")
    mapping = parse_mapping(found.text, "m")
    assert len(list(mapping.written())) == found.written
    comments = " ".join(line.lstrip("# ") for line in found.text.splitlines() if line.startswith("#"))
    for point in found.points:
        assert " ".join(point.text.split())[:60] in " ".join(comments.split()), point


KEPT = [
    ("A=Subject", {"A": ["Subject"]}, {}, {}),
    ("Account\\ Ref=Account\\:Account-Ext_Id__c", {"Account Ref": ["AccountId"]}, {}, {}),
    ("A=Subject, Description", {"A": ["Subject", "Description"]}, {}, {}),
    ('A=Subject\n"Web"=Origin', {"A": ["Subject"]}, {"Origin": ("Web",)}, {}),
    (
        'A=Subject\n"Some\\ Text"=Reason, Type',
        {"A": ["Subject"]},
        {"Reason": ("Some Text",), "Type": ("Some Text",)},
        {},
    ),
    ('A=Subject\n"{x}"=Origin', {"A": ["Subject"]}, {"Origin": ("{x}",)}, {}),
    ("A=Subject\nB,C=Description", {"A": ["Subject"]}, {}, {"Description": ("B", "C")}),
    ("Stra\\u00dfe=Subject", {"Straße": ["Subject"]}, {}, {}),
]


@pytest.mark.parametrize(("text", "columns", "constants", "templates"), KEPT)
def test_what_is_kept(text, columns, constants, templates):
    """Columns, constants, one column for several properties, several columns for one."""
    mapping = parse_mapping(converted(text).text, "m")
    rules: dict[str, list[str]] = {}
    for rule in mapping.rules:
        rules.setdefault(rule.column, []).append(rule.to)
    assert rules == columns
    assert {each.name: each.parts for each in mapping.constants} == constants
    assert {each.name: each.columns for each in mapping.templates} == templates


LOST = [
    ("A=Subject\nINTERNAL=", '"INTERNAL" is not mapped'),
    ('A=Subject\n"New York"=City', "is a broken constant"),
    ('A=Subject\n""=Origin', 'An empty constant gives "Origin" no value'),
    ("A=Subject\n=Origin", "The left side is empty"),
    ("A=Subject\nId=Id", '"Id" is given by the server'),
    ("A=Subject\na=Reason", "stands in line 2 again; the last one counts"),
    ('A=Subject\n"x"=Subject\nB=Reason', "a constant wins over a column"),
    ('"x"=Subject\nA=Subject\nB=Reason', "a constant wins over a column"),
    ("A=Subject\nB=subject", "both write subject"),
    ("A=Subject\nB=Foo:Ext__c", "does not say to which object Foo leads"),
    ("A=Subject\nB=Parent:Ext__c", "that the look-up leads to Case is assumed"),
    ("A=Subject\nB=a.b", "is no API name"),
    ("A=Subject\nB,C=Description", "Data Loader does so for text only"),
    ("A=Subject\nB,C=Account:Account-X__c", "joins columns for a look-up"),
    ("A=Subject\nB{,C=Description", "braces"),
]


@pytest.mark.parametrize(("text", "sentence"), LOST)
def test_what_is_lost_is_said(text, sentence):
    """Each loss with its line, and the rest still loads."""
    found = converted(text)
    assert sentence in said(found)
    parse_mapping(found.text, "m")


def test_look_ups():
    """Both forms, columns and constants, and custom relationships."""
    text = 'A=Account:Account-No__c\nB=Region__r:Region__c-Code__c\n"q"=Owner:Group-Name\nC=Contact:Email'
    mapping = parse_mapping(converted(text).text, "m")
    found = {part.writes: (part.lookup.object, part.lookup.by) for part in mapping.parts() if part.lookup}
    assert found == {
        "AccountId": ("Account", "No__c"),
        "Region__c": ("Region__c", "Code__c"),
        "OwnerId": ("Group", "Name"),
        "ContactId": ("Contact", "Email"),
    }


def test_an_export_is_doubted():
    """A comment that says that Salesforce stands on the left is taken up."""
    found = converted("# query from salesforce (left)\nName=account_name")
    assert "the other way round" in found.points[0].text


def test_encodings():
    """ISO-8859-1 as Data Loader reads it; UTF-8 where it is that, and said."""
    assert "Größe: Subject" in converted("Größe=Subject").text
    found = converted("Größe=Subject".encode())
    assert "Größe: Subject" in found.text and "is UTF-8" in found.points[0].text


@given(
    st.lists(
        st.sampled_from(["A", '"', "\\", " ", ":", "=", ",", "\n", "é", "{", "#", "Id", "__r", "-", "\x07"]),
        max_size=40,
    )
)
def test_anything_loads_or_is_refused(pieces):
    """No text gives a mapping that does not load."""
    try:
        found = converted("A1=Subject\n" + "".join(pieces))
    except MappingError:
        return
    parse_mapping(found.text, "m")
