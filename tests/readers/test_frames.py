"""What the process that parses says to this one: rows of any length fit, and no frame grows without bound."""

from __future__ import annotations

import io
import json

import pytest

from importer.readers.books import frames
from importer.readers.books.limits import FRAME_BYTES, ROWS_BYTES, RefusedError, rows_bytes

CELL = 32_767
"""The longest text that Excel keeps in a cell."""


def test_long_texts_make_small_batches() -> None:
    """Descriptions as long as Excel allows, in a script that JSON writes with six bytes a sign, come across whole."""
    rows = [[number, [number, *["\N{CJK UNIFIED IDEOGRAPH-4E2D}" * CELL] * 4]] for number in range(2, 22)]
    stream = io.BytesIO()
    batches = frames.Batches(stream)
    for row in rows:
        batches.add(row)
    batches.flush()
    stream.seek(0)
    bodies = [body for _, body in frames.read(stream)]
    assert [row for body in bodies for row in json.loads(body)] == rows
    assert max(map(len, bodies)) < FRAME_BYTES / 8


def test_a_row_beyond_all_bounds_is_refused() -> None:
    """A row that the other side would not take is refused by name; it is no crash."""
    batches = frames.Batches(io.BytesIO())
    with pytest.raises(RefusedError) as caught:
        batches.add([1, ["x" * 999_999] * 68])
    assert caught.value.code == "WORKBOOK_TOO_LARGE"
    assert "a row of more than 64 MiB" in caught.value.message


@pytest.mark.parametrize(
    ("stream", "error"),
    [
        (b"R\0\0\1\0half", frames.CutError),
        (b"R\0", frames.CutError),
        (b"R\xff\xff\xff\xffx", frames.FrameError),
    ],
)
def test_what_is_no_frame(stream: bytes, error: type[Exception]) -> None:
    """A stream that ends early may be told by how its process ended; one that talks nonsense may not."""
    with pytest.raises(error):
        list(frames.read(io.BytesIO(stream)))


@pytest.mark.parametrize(
    ("size", "limit"), [(0, 1 << 30), (1 << 20, 1 << 30), (4 << 20, 4000 << 20), (1 << 30, ROWS_BYTES)]
)
def test_rows_are_limited_by_their_file(size: int, limit: int) -> None:
    """A small file fills no disk, however often its cells share one long text."""
    assert rows_bytes(size) == limit
