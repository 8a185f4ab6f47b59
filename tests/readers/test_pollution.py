"""Awkward files by the hundred: a row that is given without a problem is a true one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from importer.model.errors import SourceError
from tests.readers.pollution import POLLUTERS, Polluter
from tests.readers.reading import opened, write

SEEDS = 20
"""Of each way to spoil a file; 500 were looked at when this was written."""


@pytest.mark.parametrize("polluter", POLLUTERS, ids=lambda polluter: polluter.__name__)
def test_never_a_wrong_row(polluter: Polluter, tmp_path: Path) -> None:
    """Whatever was done to a file: right rows, problems of rows, or a refusal; never a wrong row."""
    for seed in range(SEEDS):
        case = polluter(random.Random(seed))
        path = write(tmp_path, case.content, case.name)
        truth = dict(case.rows)
        print(f"{polluter.__name__}, seed {seed}")
        try:
            source = opened(path, **case.options)
            found = list(source.rows())
        except SourceError as error:
            assert case.must != "read", error.message
            assert error.remedy
            continue
        assert case.must != "refused"
        assert source.shape.columns == case.columns
        good = {row.number: row.cells for row in found if not row.problems and not row.blank}
        assert not case.bad & good.keys()
        assert {line: cells for line, cells in good.items() if truth.get(line) != cells} == {}
        if case.must == "read":
            assert truth.keys() - case.bad <= good.keys()
