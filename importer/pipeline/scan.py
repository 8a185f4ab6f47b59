"""The first pass over a file: how many rows, and whose keys (design §3)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from importer.journal.identity import ledger_key
from importer.mapping.compiled import Compiled
from importer.model.errors import Exit, ImporterError
from importer.model.problem import Problem
from importer.readers import Source

GLANCE = 4096
"""Rows between two looks at whether a person has interrupted."""
SAMPLE = 1000
"""Keys that are looked up under other sources; enough to tell "mostly known" from "hardly"."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What the first pass found: data rows (blank ones between them included), and a sample of keys."""

    rows: int
    keys: tuple[bytes, ...]


def scan(
    source: Source,
    compiled: Compiled,
    digest: Callable[[bytes], bytes],
    stopped: Callable[[], Exit | None],
    *,
    fold_case: bool,
) -> Scan:
    """Walk the whole source once. Raises SourceError for what refuses a whole file.

    The sample is drawn evenly (reservoir) with a fixed seed, so that the same file gives the same answer.
    ``stopped`` is asked now and then; the exit code that it gives ends the scan, as an ImporterError.
    """
    drawn = random.Random(0)
    keys: list[bytes] = []
    rows = keyed = 0
    for row in source.rows():
        rows += 1
        if rows % GLANCE == 0 and (code := stopped()) is not None:
            raise ImporterError("INTERRUPTED", "Interrupted before anything was sent.", exit=code)
        if not compiled.takes(row):
            continue
        keyed += 1
        place = len(keys) if len(keys) < SAMPLE else int(drawn.random() * keyed)
        if place >= SAMPLE:
            continue
        key = compiled.key(row)
        if isinstance(key, Problem):
            continue
        if key is None:
            found = b"c" + digest(compiled.content(row)) + bytes(4)
        else:
            found = ledger_key(key, fold_case=fold_case)
        keys[place : place + 1] = [found]
    source.check_unchanged()
    return Scan(rows, tuple(keys))
