"""Whatever check passes, the server accepts; whatever the server refuses, check had found.

Random schemas in the simulated org, random rows, real HTTP. ``CHECK_EXAMPLES=500`` for a long campaign.
"""

from __future__ import annotations

import asyncio
import csv
import os
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.api.checking import check
from importer.api.peeking import Look, peek
from importer.simulator.ibm.schema import CASE_TYPES, Property
from importer.simulator.salesforce.org import API_USER, objects
from importer.simulator.salesforce.schema import Field
from importer.simulator.world import World
from tests.stage import CASE, CLAIM, Kind, Stage, as_csv, open_stage

EXAMPLES = int(os.environ.get("CHECK_EXAMPLES", "15"))
pytestmark = pytest.mark.timeout(120 * max(1, EXAMPLES // 15))
TALLY: Counter[str] = Counter()
CHOICES = ("Low", "High", "a b", "Ä")

WORDS = st.sampled_from(
    ["", " ", "a", "Low", "low", "High", "a b", "Ä", "äöü€", "\U0001f600\U0001f600", "x" * 11, "x" * 41, "Low|High",
     "Low|Low", "a|b|c", "=1+1", "null", "7", "Tab\tin", "two\nlines", ";", "a;b"]
)  # fmt: skip
NUMBERS = st.sampled_from(
    ["", "0", "-1", "9", "99", "100", "999", "1000", "9.9", "9.99", "9.999", "-99.95", "1e3", "1,5", "x", "12.0",
     "2147483647", "2147483648", "0.1", "1900", "2101", "1000000", "1000000.01"]
)  # fmt: skip
MAILS = st.sampled_from(
    ["", "a@b.ch", "a@b.c", "a.b+c@sub.example.com", "a@b", "a@b,c.ch", "<a@b.ch>", "a@b.ch;c@d.ch", "ä@b.ch",
     "a@@b.ch", f"{'x' * 30}@example.com"]
)  # fmt: skip
DATES = st.sampled_from(
    [
        "",
        "2024-02-29",
        "2023-02-29",
        "0001-01-01",
        "9999-12-31",
        "1752-12-31",
        "1753-01-01",
        "31.12.2024",
        "x",
    ]
)
MOMENTS = st.sampled_from(
    ["", "2024-05-31T14:30:00+02:00", "2024-05-31T14:30:00.123456Z", "1752-12-31T23:59:59Z", "2024-05-31",
     "1753-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "24:00", "x"]
)  # fmt: skip
BOOLEANS = st.sampled_from(["", "yes", "NO", "1", "true", "maybe"])
GUIDS = st.sampled_from(
    ["", "{12345678-1234-1234-1234-123456789ABC}", "12345678-1234-1234-1234-123456789abc", "x"]
)
IDS = st.sampled_from(["", API_USER, API_USER[:15], "0010Y00000AbCdE", "0050Y00000AbCdEXXX", "x"])
VALUES = {
    "email": MAILS, "phone": st.sampled_from(["", "123", "+41 44 619 37 14", "12", "1" * 41]), "date": DATES,
    "datetime": MOMENTS, "boolean": BOOLEANS, "double": NUMBERS, "float": NUMBERS, "reference": IDS, "id": GUIDS,
    "int": st.sampled_from(["", "0", "7", "-8", "99", "1000", "99999", "2147483647", "12.0", "1.5", "x"]),
    "integer": st.sampled_from(["1899", "1900", "2100", "2101", "2147483648", "1999.0", "1999.5", "x"]),
    "multipicklist": st.sampled_from(["Low|High", "a|b|c", "Low|Low", "Low", "|", "a;b|c"]),
    "textarea": st.sampled_from(["äöü€", "äö", "x" * 11, "a\nb", "a"]),
    "distinct": st.sampled_from(["FB|FB", "FB|RB", "FB", "XX", "|"]),
}  # fmt: skip


GOOD = {
    "email": "a@b.ch", "phone": "123", "date": "2024-02-29", "datetime": "2024-05-31T14:30:00+02:00",
    "boolean": "yes", "double": "0", "int": "7", "integer": "1999", "float": "9.5", "reference": API_USER,
    "id": "{12345678-1234-1234-1234-123456789ABC}",
    "distinct": "FB",
}  # fmt: skip


GOOD_FOR_EACH = 12


def values_of(kind: str, words: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Values of a kind: good ones but for one in thirteen, or no row would ever pass."""
    good = st.just(GOOD.get(kind, "a"))
    return st.one_of(*[good] * GOOD_FOR_EACH, VALUES.get(kind, words))


KINDS = (
    "string", "string", "textarea", "picklist", "picklist", "multipicklist", "email", "phone", "double", "int",
    "boolean", "date", "datetime", "reference",
)  # fmt: skip


@st.composite
def fields(draw: st.DrawFn, number: int, kind: str) -> Field:
    """A field of a kind, as narrow as its values are likely to be too wide."""
    # Of a field with this name the org counts bytes (facts §5.1).
    name = "Comments" if kind == "textarea" and draw(st.booleans()) else f"F{number}__c"
    flags = draw(st.sampled_from(["CUN", "CUN", "CU", "CUND"])) if kind != "boolean" else "CUD"
    found = Field(name, kind, 0, flags, name)
    match kind:
        case "string":
            marks = draw(st.sampled_from([(), ("unique",), ("unique", "external", "lookup", "sensitive")]))
            return replace(found, length=draw(st.sampled_from([1, 10])), marks=frozenset(marks))
        case "textarea" | "multipicklist":
            choices = CHOICES if kind == "multipicklist" else ()
            return replace(found, length=draw(st.sampled_from([2, 3, 6, 40])), choices=choices)
        case "email" | "phone":
            return replace(found, length=draw(st.sampled_from([12, 40])))
        case "picklist":
            marks = draw(st.sampled_from([(), ("restricted",)]))
            return replace(found, length=40, choices=("a", *CHOICES), marks=frozenset(marks))
        case "double":
            precision = draw(st.integers(1, 8))
            return replace(found, precision=precision, scale=draw(st.integers(0, precision)))
        case "int":
            return replace(found, precision=draw(st.integers(1, 9)))
        case "reference":
            return replace(found, length=18, refers=("User",), relation=f"F{number}__r")
    return found


@st.composite
def salesforce_loads(draw: st.DrawFn) -> tuple[list[Field], list[list[str]]]:
    """Fields of an object, and rows for a mapping that has one column for each."""
    made = [draw(fields(number, kind)) for number, kind in enumerate(KINDS)]
    rows = [list(row) for row in draw(rows_of([values_of(field.type, WORDS) for field in made]))]
    for place, field in enumerate(made):
        for letter, row in zip(ascii_lowercase, rows, strict=False):
            if "unique" in field.marks and row[place] == "a":
                row[place] = letter
    return made, rows


def rows_of(cells: list[st.SearchStrategy[str]]) -> st.SearchStrategy[list[tuple[str, ...]]]:
    return st.lists(st.tuples(*cells), min_size=4, max_size=20)


CLAIMABLE = [
    p for p in CASE_TYPES["AUTO_CollisionClaim"].properties.values()
    if p.updatability != "readonly" and p.type != "object"
]  # fmt: skip


@st.composite
def ibm_loads(draw: st.DrawFn) -> tuple[list[Property], list[list[str]]]:
    """All properties of the case type that can be set, and rows for them."""
    return CLAIMABLE, [list(row) for row in draw(rows_of([_claim_values(p) for p in CLAIMABLE]))]


def _claim_values(p: Property) -> st.SearchStrategy[str]:
    if p.distinct:
        return values_of("distinct", WORDS)
    if p.choices:
        good = st.just(p.choices[0][1])
        return st.one_of(*[good] * GOOD_FOR_EACH, st.sampled_from(["0", "N", "WEB", "", "XX", "n"]))
    if p.minimum is not None and p.type != "datetime":
        return st.one_of(*[st.just(str(p.minimum))] * GOOD_FOR_EACH, VALUES[p.type])
    return values_of(p.type, WORDS)


def remade(world: World, made: list[Field]) -> None:
    """Give the simulated org these fields for a case, beside those of the system."""
    known = objects(world)
    system = {name: field for name, field in known["case"].fields.items() if not field.createable}
    known["case"] = replace(known["case"], fields={**system, **{field.name: field for field in made}})


async def checked_and_sent(
    kind: Kind, head: str, rules: list[str], rows: list[list[str]], made: list[Field]
) -> None:
    """Check the rows by the schema, then send them all: what passed the check is created."""
    with tempfile.TemporaryDirectory(prefix="case-importer-") as name:
        folder = Path(name)
        stage: Stage = await open_stage(folder, kind, keyed=False)
        try:
            if made:
                remade(stage.running.world, made)
            mapping = stage.mapping(f"version: 1\n{head}source: s\nkey: none\ncolumns:\n" + "".join(rules))
            path = stage.write(as_csv(rows, [f"C{n}" for n in range(len(rules))]))
            options = stage.options(mapping=mapping)
            copy = folder / "copy.csv"
            async with peek(Look(mapping, options.where)) as peeked:
                checked = await check(peeked, path, output=copy)
            assert not checked.stops, checked.findings
            with copy.open(encoding="utf-8", newline="") as stream:
                found = {line["import_row"]: line["import_code"] for line in csv.DictReader(stream)}
            sent = {line["import_row"]: line for line in stage.lines(await stage.run(path, mapping=mapping))}
            assert found.keys() == sent.keys()
            for row, codes in found.items():
                TALLY["found" if codes else "passed"] += 1
                status = sent[row]["import_status"]
                assert codes or status == "created", (status, sent[row])
            assert checked.to_send == sum(not codes for codes in found.values())
        finally:
            await stage.running.stop()


campaign = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=EXAMPLES <= 15,
)


@pytest.fixture(autouse=True)
def secret(monkeypatch_module: pytest.MonkeyPatch) -> None:
    monkeypatch_module.setenv("STAGE_SECRET", "s3cret-of-the-stage")


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@given(salesforce_loads())
@campaign
def test_what_check_passes_salesforce_accepts(load: tuple[list[Field], list[list[str]]]):
    """Any fields, any rows."""
    made, rows = load
    rules = [
        f'  C{n}: {{to: {field.name}, timezone: UTC, type: datetime}}\n' if field.type == "datetime"
        else f'  C{n}: {{to: {field.name}, split: "|"}}\n' if field.type == "multipicklist"
        else f"  C{n}: {field.name}\n"
        for n, field in enumerate(made)
    ]  # fmt: skip
    asyncio.run(checked_and_sent(CASE, "target: salesforce\n", rules, rows, made))


@given(ibm_loads())
@campaign
def test_what_check_passes_ibm_accepts(load: tuple[list[Property], list[list[str]]]):
    """Any properties of the case type, any rows."""
    made, rows = load
    rules = [
        f"  C{n}: {{to: {p.name}, timezone: UTC, type: datetime}}\n" if p.type == "datetime"
        else f'  C{n}: {{to: {p.name}, split: "|"}}\n' if p.multi
        else f"  C{n}: {p.name}\n"
        for n, p in enumerate(made)
    ]  # fmt: skip
    head = "target: ibm-case-manager\ncase_type: AUTO_CollisionClaim\nobject_store: ATOSME\n"
    asyncio.run(checked_and_sent(CLAIM, head, rules, rows, []))


def test_the_campaign_had_both_kinds_of_rows():
    """It would say nothing if all rows passed, or none."""
    if not TALLY:
        pytest.skip("the campaigns ran in another process")
    assert TALLY["passed"] > 10 and TALLY["found"] > 10, TALLY
