"""Rows that are recognised together are recognised as one by one."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.journal.identity import Identities, Keys, Known, Repeated, ledger_key
from importer.model.problem import Problem
from importer.model.row import Row
from tests.mapping.fitting import fit

KEYED = fit("key: No\ncolumns: {No: Subject, Text: Description}\n", ["No", "Text"])
BY_CONTENT = fit("columns: {No: Subject, Text: Description}\n", ["No", "Text"])
CELLS = st.sampled_from(
    ["", " ", "1", "01", "a", "A ", "é", "e\u0301", 1, 1.0, True, None, "x\x1fy", 'q"', "\\"]
)
LINES = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=30)


@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("compiled", [KEYED, BY_CONTENT], ids=["key", "content"])
def test_of_each_is_of_one_by_one(compiled, fold):
    """Known, repeated, with a key twice, without a key: asked for in parts of any size, the answers are the same."""

    def identities() -> Identities:
        keys = Keys("s", "b", fold_case=fold, column="No")
        return Identities(compiled, lambda data: hashlib.sha256(data).digest()[:16], keys, "00", str)

    seen = set()

    @settings(deadline=None)
    @given(LINES, st.integers(1, 7))
    def check(lines, size):
        rows = [Row(number, cells) for number, cells in enumerate(lines, start=2)]
        one, each = identities(), identities()
        expected = [one.of(row) for row in rows]
        parts = [rows[at : at + size] for at in range(0, len(rows), size)]
        assert [found for part in parts for found in each.of_each(part)] == expected
        seen.update(map(type, expected))
        one.close()
        each.close()

    check()
    assert seen == ({Known, Repeated, Problem} if compiled is KEYED else {Known})


@given(st.text())
def test_a_ledger_key_is_json(text):
    """The short way to a key of one part writes what the long way writes: ledgers keep it for good."""
    import json

    if text.isprintable() or text.isascii():
        expected = json.dumps([text], ensure_ascii=False, separators=(",", ":")).encode()
        assert ledger_key((text,), fold_case=False) == b"k" + expected
