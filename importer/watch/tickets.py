"""Files that were taken: each lies in a folder of its own in ``working``, with a slip that says what it is.

The slip is what a watcher that was killed is continued by. It says one of two things: *taken* (import the
file and give it back) or *landing* (it was imported; finish moving it to where the slip says). Both may be
done twice.
"""

from __future__ import annotations

import glob
import json
import os
import secrets
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from importer.watch.arrivals import Sighting
from importer.watch.folders import Folders, write_text
from importer.watch.names import given_name, is_left_alone, note_name, numbered

SLIP = ".ticket"
"""Files with a dot are never taken: no file in work is called so."""


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a file goes when it was imported: paths below the root, with ``/``.

    ``place`` is done or failed; ``results`` and ``note`` are empty where there is none. ``run`` is the run,
    ``exit`` its exit code, ``counts`` its rows by status, ``words`` one sentence for people.
    """

    place: str
    source: str
    results: str
    note: str
    note_text: str
    results_from: str
    run: str
    exit: int
    rows: int
    counts: dict[str, int]
    words: str
    at: float


@dataclass(frozen=True, slots=True)
class Ticket:
    """A file in work. ``name`` is the one it had in the inbox; ``taken`` in seconds since 1970."""

    folder: Path
    name: str
    sub: str
    mapping: Path
    taken: float
    landing: Landing | None = None

    @property
    def id(self) -> str:
        """The name of the ticket: when it was taken, and something random."""
        return self.folder.name

    @property
    def file(self) -> Path:
        """Where the file lies while it is in work."""
        return self.folder / given_name(self.name)


def take(folders: Folders, seen: Sighting, mapping: Path, now: float) -> Ticket | None:
    """Move a file out of the inbox in one step; None when it has gone or is no plain file any more.

    Raises OSError: on Windows a file that is open elsewhere cannot be moved.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    ticket = Ticket(
        folders.working / f"{stamp}-{secrets.token_hex(3)}", seen.path.name, seen.sub, mapping, now
    )
    ticket.folder.mkdir()
    try:
        write_slip(ticket)
        seen.path.rename(ticket.file)
    except OSError as error:
        remove(ticket)
        if isinstance(error, FileNotFoundError):
            return None
        raise
    if ticket.file.is_symlink() or not ticket.file.is_file():  # it was exchanged behind our back
        back = next(p for name in numbered(seen.path.name) if not (p := seen.path.with_name(name)).exists())
        ticket.file.rename(back)
        remove(ticket)
        return None
    return ticket


def write_slip(ticket: Ticket) -> None:
    """Write the ticket's slip so that it is whole whenever the process dies. Raises OSError.

    It need not outlive a power cut: a file without one goes back to the inbox; the journal knows its rows.
    """
    said = asdict(ticket) | {"folder": ticket.id, "mapping": str(ticket.mapping)}
    new = ticket.folder / f"{SLIP}.new"
    new.write_text(json.dumps(said), encoding="utf-8")
    new.replace(ticket.folder / SLIP)


def left_over(folders: Folders) -> list[Ticket]:
    """Return the tickets that a watcher before this one has left, oldest first. Raises OSError.

    A folder without a readable slip goes: it died before its file came, or its disk did; a file in it is put
    back into the inbox.
    """
    found = []
    for folder in sorted(path for path in folders.working.iterdir() if path.is_dir()):
        try:
            said = json.loads((folder / SLIP).read_text(encoding="utf-8"))
            landing = Landing(**said["landing"]) if said["landing"] else None
            mapping, taken = Path(said["mapping"]), float(said["taken"])
            ticket = Ticket(folder, said["name"], said["sub"], mapping, taken, landing)
        except (OSError, ValueError, KeyError, TypeError):
            _give_back(folder, folders.inbox)
            continue
        if ticket.landing is None and not ticket.file.exists():
            remove(ticket)
        else:
            found.append(ticket)
    return found


def landed(ticket: Ticket, folders: Folders, landing: Landing, date: str) -> Ticket:
    """Choose where the file goes, with names that are free there, and write that on the slip. Raises OSError.

    ``landing`` says the rest; its ``results_from`` is the path of the results in work, or empty.
    """
    folder = folders.landing(landing.place, date)
    folder.mkdir(parents=True, exist_ok=True)
    taken = {name.casefold() for name in os.listdir(folder)}  # noqa: PTH208 (names, not paths)
    results = Path(landing.results_from) if landing.results_from else None
    for name in numbered(ticket.file.name):
        source = folder / name
        result = folder / f"{source.stem}.results{results.suffix}" if results else None
        note = folder / f"{source.name}.note.txt" if landing.note_text else None
        if not any(each.name.casefold() in taken for each in (source, result, note) if each is not None):
            break
    chosen = replace(
        landing,
        source=_below(folders.root, source),
        results=_below(folders.root, result),
        note=_below(folders.root, note),
    )
    with_landing = replace(ticket, landing=chosen)
    write_slip(with_landing)
    return with_landing


def move(ticket: Ticket, folders: Folders) -> None:
    """Move what the slip says to where it says; what is there already stays. Raises OSError."""
    landing = ticket.landing
    assert landing is not None
    if landing.results:
        _move(Path(landing.results_from), folders.root / landing.results)
    if landing.note:
        (folders.root / landing.note).parent.mkdir(parents=True, exist_ok=True)
        write_text(folders.root / landing.note, landing.note_text)
    _move(ticket.file, folders.root / landing.source)


def remove(ticket: Ticket) -> None:
    """Remove the ticket's folder with its note, and results that later ones have replaced; the slip last."""
    for path in ticket.folder.glob(f"{glob.escape(ticket.file.stem)}.results*"):
        path.unlink(missing_ok=True)
    names = (note_name(ticket.name), f".{note_name(ticket.name)}.new", f"{SLIP}.new", SLIP)
    for path in (ticket.folder / name for name in names):
        path.unlink(missing_ok=True)
    _remove_if_empty(ticket.folder)


def _move(old: Path, new: Path) -> None:
    if old.exists():
        new.parent.mkdir(parents=True, exist_ok=True)
        old.rename(new)


def _below(root: Path, path: Path | None) -> str:
    return "" if path is None else path.relative_to(root).as_posix()


def _give_back(folder: Path, inbox: Path) -> None:
    files = [path for path in folder.iterdir() if path.is_file() and not is_left_alone(path.name)]
    for path in sorted(files, key=lambda path: len(path.name)):
        if path.stem.endswith(".results") and any(
            path.name.startswith(each.stem) for each in files if each != path
        ):
            path.unlink()  # a view of the journal, which is written again
            continue
        path.rename(next(p for name in numbered(path.name) if not (p := inbox / name).exists()))
    _remove_if_empty(folder)


def _remove_if_empty(folder: Path) -> None:
    try:
        left: Iterable[Path] = list(folder.iterdir())
        for path in left:
            if path.name.startswith("."):
                path.unlink()
        folder.rmdir()
    except OSError:
        return  # something lies there that is not ours: a person decides
