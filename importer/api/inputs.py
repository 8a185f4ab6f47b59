"""What a command names as its input: files, patterns of files, or standard input."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from importer.model.errors import ImporterError

STANDARD_INPUT = Path("-")
BLOCK_BYTES = 1 << 20
RESULTS_NAME = re.compile(r"\.(results|undo)(-\d+)?(\.|$)")


def expanded(paths: Sequence[Path]) -> list[Path]:
    """Return ``paths`` with patterns (``*.csv``) replaced by the files that they match, in order of name.

    Shells on Windows leave that to the command. A path that exists is no pattern, whatever is in its name; a
    pattern that matches no file stays, and is refused like a missing file. Each file is named once. Results
    files are left out, unless the pattern asks for them: they lie beside their inputs.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path == STANDARD_INPUT or not glob.has_magic(str(path)) or path.exists():
            found[path] = None
            continue
        for match in _matches(path) or [path]:
            found[match] = None
    return list(found)


def _matches(pattern: Path) -> list[Path]:
    asked_for = RESULTS_NAME.search(pattern.name) is not None
    files = (Path(name) for name in sorted(glob.glob(str(pattern), recursive=True)))  # noqa: PTH207 - any path
    return [file for file in files if file.is_file() and (asked_for or not RESULTS_NAME.search(file.name))]


@dataclass(slots=True)
class Spooled:
    """Standard input, written to the file ``path``; the file is removed at the end unless it is ``kept``."""

    path: Path
    kept: bool = False

    def shown(self, path: Path) -> Path:
        """Return ``-`` for the file of this spool: it is a name that nobody has given."""
        return STANDARD_INPUT if path == self.path else path

    def in_words(self, error: ImporterError) -> ImporterError:
        """Return ``error`` with the file of this spool called standard input."""
        error.message = error.message.replace(str(self.path), "standard input")
        return error


@contextmanager
def spooled(stream: BinaryIO, output: Path | None) -> Iterator[Spooled]:
    """Write ``stream`` to a private file (0600 where there are modes), which lives as long as the context.

    The file lies beside ``output``, under a name made of it, so that the same command finds the file that it
    has kept; without ``output`` among the temporary files. Raises ImporterError ``RESULTS_FOLDER`` when there
    is no such folder, ``INPUT_NOT_SPOOLED`` when the disk does not take it.
    """
    spool = Spooled(_written(stream, output))
    try:
        yield spool
    finally:
        if not spool.kept:
            with contextlib.suppress(OSError):
                spool.path.unlink()


def _written(stream: BinaryIO, output: Path | None) -> Path:
    if output is not None and not output.parent.is_dir():
        raise ImporterError(
            "RESULTS_FOLDER",
            f"The folder {output.parent} does not exist.",
            "Make it, or name another after -o.",
        )
    temporary: Path | None = None
    try:
        folder = output.parent if output is not None else None
        handle, name = tempfile.mkstemp(".stdin", f".{output.name}." if output is not None else None, folder)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(stream, file, BLOCK_BYTES)
        if output is None:
            return temporary
        return temporary.replace(output.with_name(f".{output.name}.stdin"))
    except OSError as error:
        _remove(temporary)
        raise ImporterError(
            "INPUT_NOT_SPOOLED",
            f"Standard input cannot be written to a file: {error.strerror or type(error).__name__}.",
            "Make room in the folder of the results file, or name a file instead of -.",
        ) from None
    except BaseException:
        _remove(temporary)
        raise


def _remove(temporary: Path | None) -> None:
    if temporary is not None:
        temporary.unlink(missing_ok=True)
