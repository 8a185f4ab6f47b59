"""The drop folder on disk: its parts, what it says to people, and the lock of its watcher."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from importer.journal.lock import ProcessLock
from importer.model.errors import Exit, ImporterError
from importer.watch.names import numbered
from importer.watch.options import Names

OWN = ".watch"
"""Folder of the watcher's own: its lock, and what it did last."""
README_MARK = "What this folder is"
MARK_WITHIN = 500
"""Bytes of a page for people within which its mark stands."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things lie below ``root``, which is absolute."""

    root: Path
    names: Names

    @property
    def inbox(self) -> Path:
        """Where people put files."""
        return self.root / self.names.inbox

    @property
    def working(self) -> Path:
        """Where files lie while they are imported, each in a folder of its own."""
        return self.root / self.names.working

    @property
    def own(self) -> Path:
        """The watcher's own folder."""
        return self.root / OWN

    def landing(self, place: str, date: str) -> Path:
        """Return the folder for files that end at ``place`` (done or failed) on ``date``."""
        return self.root / (self.names.done if place == "done" else self.names.failed) / date

    def make(self) -> None:
        """Make what is missing, and the page for people. Raises ImporterError."""
        try:
            for path in (*(self.root / name for name in self.names.all()), self.own):
                path.mkdir(parents=True, exist_ok=True)
            write_text(self.page("README.txt", README_MARK), _readme(self.names))
        except OSError as error:
            raise ImporterError(
                "WATCH_FOLDER",
                f"The folder {error.filename or self.root} cannot be made or written: "
                f"{error.strerror or type(error).__name__}.",
                "Name a folder that you may write to.",
            ) from None

    def page(self, name: str, mark: str) -> Path:
        """Return where a page for people goes: ``name``, numbered where a file of somebody else has it."""
        paths = (self.root / each for each in numbered(name))
        return next(path for path in paths if not path.exists() or has_mark(path, mark, MARK_WITHIN))

    def lock(self) -> ProcessLock:
        """Return the lock that one watcher holds."""

        def held(holder: str) -> ImporterError:
            return ImporterError(
                "FOLDER_WATCHED",
                f"Another watcher is at work on {self.root}: {holder}.",
                "One watcher does for a folder. End that one first, or leave this one.",
                exit=Exit.LATER,
            )

        return ProcessLock(self.own / "lock", held)


def check_names(names: Names) -> None:
    """Raise ImporterError unless the names are four different names of folders."""
    for name in names.all():
        if not name or name in (".", "..", OWN) or set(name) & set('/\\:*?"<>|') or name != name.strip():
            raise ImporterError(
                "FOLDER_NAMES", f'"{name}" is no name for a folder.', "Give a name without slashes."
            )
    if len({name.casefold() for name in names.all()}) < len(names.all()):
        raise ImporterError(
            "FOLDER_NAMES", f"Two of {', '.join(names.all())} are the same.", "Give four different names."
        )


def has_mark(path: Path, mark: str, within: int = 0) -> bool:
    """Return whether a text begins with the words by which ours are known, or has them ``within`` bytes."""
    try:
        with path.open("rb") as stream:
            return mark.encode() in stream.read(within or len(mark.encode()))
    except OSError:
        return False


def write_text(path: Path, text: str) -> None:
    """Write a text for people in one step: whoever reads meanwhile sees the old one or the new one.

    Line ends are those of Windows, which every editor takes. Raises OSError.
    """
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\r\n")
    os.replace(new, path)  # noqa: PTH105 (Path.replace is the same; the name says what happens)


def _readme(names: Names) -> str:
    return f"""{README_MARK}

case-importer looks here for tables (.csv, .tsv, .xlsx, .xls, .ods and their like) and creates a record from
every row.

{names.inbox}
    Put your files here. Copy or save as you like: a file is taken when it has been quiet for a while
    and is open in no program. If it cannot be taken, a note beside it (NAME.waiting.txt) says why.

{names.working}
    Files that are being imported, each in a folder of its own. Leave them alone. If one waits here,
    the note beside it says what for.

{names.done}
    Files that were imported, by date, each with its results beside it: your own table with the case
    number, or the reason why there is none, for every row.

{names.failed}
    Files that could not be read, or of which no row became a case, by date, with a note that says why
    and what to do.

STATUS.html
    What was done last, with links. Open it in a browser.

Dropping the same file again is harmless: rows that were imported before are known, and nothing is
created twice. So correct the rows that failed in your own table, and drop it again. For that a row
must be known by a key column: whoever set this folder up knows whether it is.
"""
