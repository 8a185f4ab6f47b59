"""Notes beside files that wait, so that people without a terminal know what for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from importer.watch.folders import has_mark, write_text
from importer.watch.names import NOTE, note_name

HEAD = "This file waits."


class Notes:
    """Writes and removes them; remembers what was said, so that nothing is said twice."""

    def __init__(self) -> None:
        self._said: dict[Path, str] = {}

    def text(self, file: Path) -> str:
        """Return why ``file`` waits, as far as that was said."""
        return self._said.get(file, "")

    def is_new(self, about: Path, why: str) -> bool:
        """Return whether this was not the last thing said about a path, and remember that it is."""
        before, self._said[about] = self._said.get(about), why
        return before != why

    def write(self, file: Path, why: str) -> bool:
        """Write why ``file`` waits beside it; return whether that is news. A full disk does not matter."""
        if not self.is_new(file, why):
            return False
        note = file.with_name(note_name(file.name))
        with suppress(OSError):
            if not note.exists() or has_mark(note, HEAD):
                write_text(note, f"{HEAD}\n\n{why}\n")
        return True

    def keep(self, inbox: Path, subs: Iterable[str], waiting: Collection[Path]) -> None:
        """Remove the notes of files that wait no longer; nobody's own file is touched. Raises OSError."""
        for gone in [path for path in self._said if inbox in path.parents and path not in waiting]:
            del self._said[gone]
        needed = {path.with_name(note_name(path.name)) for path in waiting}
        for folder in (inbox, *(inbox / sub for sub in subs)):
            for note in folder.glob(f"*{NOTE}") if folder.is_dir() else ():
                if note not in needed and has_mark(note, HEAD):
                    note.unlink(missing_ok=True)
