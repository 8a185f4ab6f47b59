"""The file operations of writing results, in one place: a test may hand in a disk that fails."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from importer.journal.lock import sync_folder


def open_new(path: Path, encoding: str) -> TextIO:
    """Open a new text file whose line ends are written as they come. Raises OSError."""
    return path.open("x", encoding=encoding, errors="replace", newline="")


def sync_file(path: Path) -> None:
    """Make what was written to ``path`` durable. Raises OSError."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


@dataclass(frozen=True, slots=True)
class Files:
    """How files are opened, made durable, and renamed over an existing one; each raises OSError."""

    open: Callable[[Path, str], TextIO] = open_new
    sync_file: Callable[[Path], None] = sync_file
    sync_folder: Callable[[Path], None] = sync_folder
    replace: Callable[[Path, Path], None] = os.replace


FILES = Files()
