"""The library of design §9: what ``from importer import …`` gives for importing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from importer.api.connection import AnyPath, Connection
from importer.api.one_import import Asked, Summary
from importer.api.options import ImportOptions
from importer.api.outcomes import Outcomes
from importer.api.tables import AnySource, path_of
from importer.mapping import load_mapping, parse_mapping
from importer.mapping.spec import MappingFile
from importer.pipeline.options import Ceiling


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping file without faults of its own: ``file`` is what it says, ``text`` what it was read from."""

    file: MappingFile
    text: str

    @classmethod
    def load(cls, path: AnyPath) -> Mapping:
        """Read the mapping file at ``path``, once. Raises MappingError with all of its faults."""
        path = Path(path)
        file = load_mapping(path)
        return cls(replace(file, path=None), path.read_text(encoding="utf-8-sig"))

    @classmethod
    def parse(cls, text: str, name: str) -> Mapping:
        """Read a mapping from its text; ``name`` stands for the file's. Raises MappingError."""
        return cls(parse_mapping(text, name), text)

    def __repr__(self) -> str:
        return f"<Mapping {self.file.name}: {self.file.record_type} in {self.file.target}>"


def import_cases(
    source: AnySource,
    mapping: Mapping,
    connection: Connection,
    *,
    journal: AnyPath | None = None,
    name: str | None = None,
    results: AnyPath | None = None,
    first: int | None = None,
    retry_failed: bool = False,
    again: bool = False,
    max_errors: int | None = None,
) -> Outcomes:
    """Import the rows of ``source`` and give what becomes of each, as it becomes durable.

    ``source`` is the path of a CSV file or workbook; or an iterable of dicts or a pandas DataFrame, for which
    the mapping must name a ``key``, and ``name`` must be the same whenever the same rows are handed over
    again. Its rows are counted from 1, and drawn once, before anything is sent.

    ``journal`` is the state folder, by default the connection's. ``results`` is the path of the results file:
    by default beside a source that is a file, and none for a table (a path gives CSV). ``first`` N rows only;
    ``retry_failed`` sends rejected and invalid rows again, ``again`` all of them as if they were not known;
    more than ``max_errors`` failed rows end the import. Nothing is asked: the call is the yes.

    The same call continues what was left, and repeats nothing. The iterator raises the ImporterError of what
    cannot run. A run that ends early (see ``Outcomes.summary``) raises nothing: its rows are ``not_sent``.
    """
    if path_of(source) is not None and name is not None:
        raise TypeError("name is for tables; a file is known by what is in it")
    options = ImportOptions(
        mapping=Path(mapping.file.name),
        output=None if results is None else Path(results),
        first=first,
        retry_failed=retry_failed,
        again=again,
        # Each row by itself: a caller who is slow, or leaves, holds back the rows that have not gone yet.
        via="single",
        max_errors=None if max_errors is None else Ceiling(count=max_errors),
        yes=True,
        arguments=("import_cases", mapping.file.name),
    )
    state = None if journal is None else Path(journal)
    return Outcomes(Asked(source, mapping.file, mapping.text, connection, state, name, options))


def import_file(
    path: AnyPath,
    mapping: Mapping,
    connection: Connection | str | None,
    *,
    journal: AnyPath | None = None,
    results: AnyPath | None = None,
) -> Summary:
    """Import the file at ``path`` and return how that ended; for callers without an event loop.

    ``connection`` is a connection's name (None: the default one), or a Connection that nobody has entered.
    Results are written beside the input unless ``results`` names a path. Raises ImporterError where nothing
    could run, RuntimeError where an event loop is running (use ``import_cases`` there). Ctrl-C, which Python
    raises here as KeyboardInterrupt, waits for what is in flight.
    """
    opened = connection if isinstance(connection, Connection) else Connection.open(connection)
    if opened.is_open or _loop_is_running():
        raise RuntimeError("import_file blocks, and an event loop is running here: use import_cases")
    return asyncio.run(_import_file(Path(path), mapping, opened, journal, results))


def _loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _import_file(
    path: Path, mapping: Mapping, connection: Connection, journal: AnyPath | None, results: AnyPath | None
) -> Summary:
    async with connection:
        outcomes = import_cases(path, mapping, connection, journal=journal, results=results)
        async for _ in outcomes:
            pass
        assert outcomes.summary is not None
        return outcomes.summary
