"""Evidence outside the database of what was sent: it tells a journal that has lost its newest part."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from importer.journal.lock import FOLDER, file_name
from importer.model.errors import JournalError


class Witness:
    """Keeps, for one system, which journal its last send was written to and the number of that send.

    SQLite cannot know that ``journal.db-wal`` was deleted after a crash, or that an older copy was put back:
    what is left is a whole database, only an older one. Rows that were sent since would be sent again. The
    witness is written after each intent is durable and before its request leaves, and never waited for.
    """

    def __init__(self, state: Path, system: str, journal: str) -> None:
        self._path = state / FOLDER / f"{file_name(system)}.sent"
        self._journal = journal
        self._file: io.FileIO | None = None

    def note(self, send: int) -> None:
        """Remember that ``send`` is durable. What cannot be written is only missed as evidence."""
        with contextlib.suppress(OSError):
            if self._file is None:
                self._path.touch(mode=0o600)
                self._file = io.FileIO(self._path, "r+")
            self._file.seek(0)
            self._file.write(f"{self._journal} {send:020}".encode("ascii"))

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def check(self, newest: int, path: Path, name: str) -> None:
        """Raise JournalError when ``newest``, the last send in the journal at ``path``, is not the last."""
        journal, send = self._read()
        if journal != self._journal or send <= newest:
            return
        raise JournalError(
            "JOURNAL_BEHIND",
            f"The journal {path} has lost its newest part: send {send} into {name} was written to it, and "
            f"the last it has is {newest}. Its file {path.name}-wal was removed after a crash, or an older "
            "copy was put back.",
            f"Put back {path.name}-wal, or the newest copy. If there is none: rows sent since then are not "
            "known and would be sent again, unless match names a unique property. Compare with the system, "
            f"then delete {self._path} and run the command again.",
        )

    def is_of_another_journal(self) -> bool:
        """Return whether the last send into the system was written to another journal."""
        journal, _send = self._read()
        return journal not in ("", self._journal)

    def _read(self) -> tuple[str, int]:
        try:
            journal, send = self._path.read_text(encoding="ascii").split()
            return journal, int(send)
        except (OSError, ValueError):
            return "", 0
