"""The library as callers write it: checked by mypy --strict, never run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any, assert_type

import pandas

from importer import (
    Connection,
    Exit,
    ImporterError,
    JournalError,
    Mapping,
    MappingError,
    Outcomes,
    Problem,
    RowResult,
    SettingsError,
    SourceError,
    Status,
    Summary,
    TargetError,
    import_cases,
    import_file,
)


async def as_designed() -> None:
    async with Connection.open("prod") as connection:
        async for outcome in import_cases(
            "tickets.xlsx", Mapping.load("mappings/tickets.yaml"), connection, journal="state/"
        ):
            assert_type(outcome, RowResult)
            assert_type(outcome.row, int)
            assert_type(outcome.status, Status)
            assert_type(outcome.id, str | None)
            assert_type(outcome.message, str)
            assert_type(outcome.problems, tuple[Problem, ...])


def rows() -> Iterator[dict[str, int | str | None]]:
    yield {"Ticket No": 1, "Summary": "one"}


async def every_source(mapping: Mapping, frame: pandas.DataFrame) -> None:
    opened = Connection.open(connections=Path("connections.toml"), state="state", rate="20/s", concurrency=5)
    assert_type(opened, Connection)
    async with opened as connection:
        outcomes = import_cases(Path("tickets.csv"), mapping, connection, first=10, results=Path("r.csv"))
        assert_type(outcomes, Outcomes)
        iterator: AsyncIterator[RowResult] = outcomes
        assert_type(await anext(iterator), RowResult)
        await outcomes.aclose()
        assert_type(outcomes.summary, Summary | None)
        import_cases(rows(), mapping, connection, name="rows", retry_failed=True, again=False)
        import_cases([{"a": 1.5}], mapping, connection, name="rows", max_errors=10)
        import_cases(frame, mapping, connection, name="frame", journal=None)
        import_cases(5, mapping, connection)  # type: ignore[arg-type]
        import_cases("a.csv", "mapping.yaml", connection)  # type: ignore[arg-type]
        import_cases("a.csv", mapping, "prod")  # type: ignore[arg-type]


def sync(mapping: Mapping) -> Exit:
    assert_type(Mapping.parse("version: 1", "name.yaml"), Mapping)
    try:
        summary = import_file("tickets.csv", mapping, "prod", journal=None, results="results.csv")
        import_file(Path("tickets.csv"), mapping, Connection.open("prod"))
        import_file("tickets.csv", mapping, None)
    except (SourceError, MappingError, SettingsError, TargetError, JournalError) as error:
        assert_type(error.code, str)
        assert_type(error.remedy, str)
        return error.exit
    except ImporterError as error:
        return error.exit
    assert_type(summary, Summary)
    assert_type(summary.run, str)
    assert_type(summary.rows, int)
    assert_type(summary.counts, AnyMapping[str, int])
    assert_type(summary.counts[Status.CREATED], int)
    assert_type(summary.results, Path | None)
    return summary.exit_code


def anything(value: Any) -> None:
    asyncio.run(as_designed())
    import_file(value, value, value)
