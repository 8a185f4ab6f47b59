"""What the rows of a file belong to, as the file and the journal know it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from importer.journal.identity import Keys
from importer.journal.journal import Journal
from importer.journal.states import HAS_RECORD
from importer.mapping.compiled import Compiled
from importer.model.draft import Lookup
from importer.model.row import Shape
from importer.model.target import System
from importer.preflight.families import Families


@contextmanager
def families_of(
    compiled: Compiled, keys: Keys, shape: Shape, journal: Journal, system: System | None
) -> Iterator[Families | None]:
    """Give what the rows of a file belong to; None where they belong to no imported ones.

    ``system`` is None where nobody was asked: the journal of this machine is not the run's then.
    """
    if not compiled.imported:
        yield None
        return
    ledger = partial(_imported, journal, system.id) if system is not None else None
    families = Families(compiled, fold=keys.fold_case, ledger=ledger, name=shape.row_name)
    try:
        yield families
    finally:
        families.close()


def _imported(journal: Journal, system: str, lookup: Lookup) -> bool:
    line = journal.imported(system, lookup.object, lookup.value)
    return line is not None and line.state in HAS_RECORD and line.record_id is not None
