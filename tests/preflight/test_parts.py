"""``check`` looks at many rows at a time, and says of each what it would say of it alone."""

from __future__ import annotations

import datetime as dt
import hashlib
import random

from importer.journal.identity import Identities, Keys
from importer.mapping.block import MOST_CHARACTERS, TOGETHER, together
from importer.model.advice import Asks
from importer.model.problem import Problem
from importer.model.row import Row
from importer.model.schema import Choice, Property
from importer.preflight.rows import Judge
from importer.preflight.watching import Watch
from tests.mapping.fitting import fit, schema_of

SCHEMA = schema_of(
    Property("Subject", "text", length=20),
    Property("Code", "text", unique=True, length=9),
    Property("State", "text", choices=(Choice("a", "A"),)),
    Property("Tags", "text", multiple=True, distinct=True, joined=";", length=8),
    Property("Opened", "datetime"),
    Property("OwnerId", "id", references=("User",)),
)
MAPPING = """key: No
when: {column: State, is_not: out}
columns:
  No: Subject
  Code: Code
  State: State
  Tags: {to: Tags, split: "|"}
  Opened: {to: Opened, timezone: UTC}
  Owner: {to: OwnerId, lookup: {object: User, by: Name}}
"""
COLUMNS = ("No", "Code", "State", "Tags", "Opened", "Owner")
COMPILED = fit(MAPPING, COLUMNS, SCHEMA)
NOW = dt.datetime(2026, 1, 9, tzinfo=dt.UTC)


def judge() -> Judge:
    """Return what judges one pass; every ninth key is known already."""
    asks = Asks(frozenset({"State"}), "Opened", "State")
    place = lambda row, column: f"{column}{row}"  # noqa: E731
    watch = Watch(COMPILED.feeds, SCHEMA, asks, place, match=None, key_is_sent=False, now=NOW)
    digest = lambda data: hashlib.sha256(data).digest()[:16]  # noqa: E731
    return Judge(
        COMPILED, Identities(COMPILED, digest, Keys("s", "b"), "00"), lambda key: key[-3:-2] == b"9", watch
    )


def line(chance: random.Random, number: int) -> Row:
    """Return a row that has, once in a while, something to tell."""
    one = chance.random() < 0.004
    cells = (
        chance.choice(["", "x" * 30, "7"]) if one else f"{number}{chance.randrange(8)}",
        "same" if chance.random() < 0.002 else f"c{number}",
        chance.choice(["a", "a", "b"]) if chance.random() > 0.01 else "out",
        "p|p" if chance.random() < 0.004 else chance.choice(["", "p|q", "one|two|three" if one else "r"]),
        "soon" if one else chance.choice(["2026-01-08 12:00", "2025-12-01 00:00", ""]),
    )
    cells += (chance.choice(["Ada", "Grace", ""]),)
    if chance.random() < 0.003:
        return Row(number, ("",) * 6, (), blank=True)
    return Row(number, cells, (Problem("TOO_FEW_CELLS", "Ragged."),) if chance.random() < 0.003 else ())


def test_parts_say_what_single_rows_say():
    """Blank, ragged, left out, repeated, known, refused and watched rows among others: all is as one by one."""
    chance = random.Random(seed := random.randrange(1 << 30))
    print("seed", seed)
    rows = [line(chance, number) for number in range(2, 2 + 5 * TOGETHER)]
    single, joint = judge(), judge()
    expected = list(single.judged(rows))
    for each in expected:
        if each.draft is not None:
            single.watch.count(each.draft)
    parts = list(joint.parts(rows))
    assert sum(part.rows for part in parts) == len(rows)
    assert [each for part in parts for each in part.stay] == [each for each in expected if each.draft is None]
    assert [key for part in parts for key in part.keys] == [each.key for each in expected if each.key]
    drafts = [each.draft for each in expected if each.draft is not None]
    assert [number for part in parts for number in part.sent] == [draft.row for draft in drafts]
    states = [value for part in parts for value in part.values["State"]]
    assert states == [draft.values.get("State") for draft in drafts]
    assert (joint.watch.strange, joint.watch.old) == (single.watch.strange, single.watch.old)
    assert list(joint.watch.references.items()) == list(single.watch.references.items())
    assert list(joint.watch.asked["State"].items()) == list(single.watch.asked["State"].items())
    assert len({found.code for each in expected for found in each.problems}) > 5


def test_parts_are_small():
    """However long the rows are, those that are held together stay few: memory does not grow with them."""
    long = (Row(number, ("x" * (MOST_CHARACTERS // 10), None, 5)) for number in range(200))
    assert [len(part) for part in together(long)] == [20] * 10
    short = (Row(number, ("x",)) for number in range(TOGETHER + 1))
    assert [len(part) for part in together(short)] == [TOGETHER, 1]
