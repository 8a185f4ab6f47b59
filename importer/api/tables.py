"""What a caller of the library may hand over as a source, and how it becomes one: paths and tables."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from importer.mapping.spec import MappingFile
from importer.model.errors import MappingError, SourceError
from importer.readers.table import Spool, TableSource

if TYPE_CHECKING:
    import pandas

AnySource: TypeAlias = "str | os.PathLike[str] | Iterable[Mapping[str, Any]] | pandas.DataFrame"
"""A path, or a table: one dict for each row, or a pandas DataFrame."""

BREATH = 256
"""Rows after which the event loop gets a turn while a table is spooled."""


def path_of(source: AnySource) -> Path | None:
    """Return the path that ``source`` is, None for a table."""
    return Path(source) if isinstance(source, str | os.PathLike) else None


def check_table(source: object, name: str | None, mapping: MappingFile) -> str:
    """Return the table's name. Raises SourceError without one, MappingError without a key.

    Without a name two tables would be one run, without a key nothing would tell their rows apart for good.
    """
    if isinstance(source, Mapping | bytes) or not isinstance(source, Iterable):
        raise TypeError(
            f"a source is a path, an iterable of dicts or a DataFrame, not a {type(source).__name__}"
        )
    if not name or not name.strip():
        raise SourceError(
            "NO_NAME",
            "A table has no name by which the same run could be continued.",
            "Say name=…, the same whenever the same rows are handed over again.",
        )
    if not mapping.key:
        raise MappingError(
            "NO_KEY",
            f"{mapping.name} names no key, and the rows of a table are known by nothing else.",
            "Say key: COLUMN in the mapping, the column that identifies a row for good.",
        )
    return name


@asynccontextmanager
async def spooled(source: AnySource, name: str, mapping: MappingFile) -> AsyncIterator[TableSource]:
    """Write the rows of a table to a private file that is removed at the end, and give it as a source.

    The rows are drawn in the event loop's thread, which is the caller's. Raises SourceError, and whatever
    the caller's iterable raises.
    """
    spool = _spool_for(source, name)
    try:
        for count, _ in enumerate(_taking(source, spool), 1):
            if count % BREATH == 0:
                await asyncio.sleep(0)
        # No rows, no columns: those that the mapping uses, or it would not fit to nothing.
        yield spool.source(tuple(_columns_of(mapping)))
    finally:
        spool.close()


def _spool_for(source: Any, name: str) -> Spool:
    return Spool(name, list(source.columns)) if _is_frame(source) else Spool(name)


def _taking(source: Any, spool: Spool) -> Iterator[None]:
    """Put the rows of ``source`` into ``spool``, one a step."""
    if _is_frame(source):
        for cells in source.itertuples(index=False, name=None):
            spool.add_cells(cells)
            yield
    else:
        for row in source:
            spool.add(row)
            yield


def _is_frame(source: object) -> bool:
    """Say whether ``source`` is a DataFrame, without importing pandas: who hands one over has done so."""
    bases = type(source).__mro__
    return any(base.__name__ == "DataFrame" and base.__module__.startswith("pandas") for base in bases)


def _columns_of(mapping: MappingFile) -> Iterator[str]:
    texts = (*mapping.templates, *mapping.client_context)
    names = (
        *mapping.key,
        *(rule.column for rule in mapping.rules),
        *(c for text in texts for c in text.columns),
    )
    yield from dict.fromkeys(names)
