"""``mapping from-sdl``: a mapping file of Data Loader, read and converted."""

from __future__ import annotations

from pathlib import Path

from importer.api.schemas import editor_path
from importer.mapping.sdl import Converted, convert
from importer.model.errors import MappingError

LARGEST = 4 * 1024 * 1024
"""Bytes; a mapping of ours may be as large."""


def convert_sdl(path: Path, record_type: str, output: Path | None) -> Converted:
    """Return ``path`` as a mapping, to be written to ``output`` (None: printed). Raises MappingError."""
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise MappingError("SDL_UNREADABLE", f"{path} cannot be read: {reason}.", "Check the path.") from None
    if len(data) > LARGEST or b"\0" in data:
        raise MappingError(
            "SDL_UNREADABLE", f"{path} is no mapping file of Data Loader.", "Name the .sdl file."
        )
    return convert(data, path.name, record_type, editor_path(output))
