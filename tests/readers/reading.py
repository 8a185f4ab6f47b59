"""Reading files in tests, in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from importer.model.errors import SourceError
from importer.model.row import ReadOptions, Row
from importer.readers import Source, open_source

DATA = Path(__file__).parent.parent / "data"


def opened(path: Path | str, **options: object) -> Source:
    """Open a file; a text names one of the test data."""
    return open_source(DATA / path, ReadOptions(**options))  # type: ignore[arg-type]


def rows(path: Path | str, **options: object) -> list[Row]:
    """Read all rows of a file."""
    return list(opened(path, **options).rows())


def cells(path: Path | str, **options: object) -> list[tuple[object, ...]]:
    """Read the cells of all rows of a file."""
    return [row.cells for row in rows(path, **options)]


def codes(path: Path | str, **options: object) -> dict[int, list[str]]:
    """Return the problem codes by row number."""
    return {row.number: [p.code for p in row.problems] for row in rows(path, **options) if row.problems}


def refusal(path: Path | str, **options: object) -> SourceError:
    """Return the error with which a file is refused, at opening or while reading."""
    with pytest.raises(SourceError) as caught:
        rows(path, **options)
    error = caught.value
    assert error.exit == 1
    assert error.remedy
    return error


def write(folder: Path, content: str | bytes, name: str = "t.csv") -> Path:
    """Write a file and return its path; text as UTF-8 with its line ends kept."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
