"""Has a file finished arriving? A polling scan: file events miss what others write on network shares."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from importer.watch.names import is_left_alone, lock_names

Kind = Literal["file", "folder", "link", "other"]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a look at the inbox shows of one name. ``sub``: name of the sub-folder it lies in, or empty.

    ``state`` changes when the file does: size, time of change, identity on the disk. ``open_in`` is the
    program whose lock file lies beside it.
    """

    path: Path
    sub: str
    kind: Kind
    state: tuple[int, int, int] = (0, 0, 0)
    open_in: str = ""


def look(inbox: Path, *, deep: bool) -> list[Sighting]:
    """Return what lies in the inbox and, if ``deep``, in its sub-folders, one level down. Raises OSError."""
    found = list(_look(inbox, ""))
    for each in [s for s in found if s.kind == "folder"] if deep else []:
        found.remove(each)
        try:
            found += (s for s in _look(each.path, each.path.name))
        except OSError:
            found.append(each)  # it cannot be looked into: it waits, with a note
    return found


def _look(folder: Path, sub: str) -> Iterator[Sighting]:
    with os.scandir(folder) as entries:
        there = {entry.name: entry for entry in entries}
    for name, entry in there.items():
        if is_left_alone(name):
            continue
        try:
            found = entry.stat(follow_symlinks=False)
            kind = _kind(found.st_mode, is_junction=getattr(entry, "is_junction", bool)())
        except OSError:
            continue  # it has just gone, or cannot even be looked at: next time
        state = (found.st_size, found.st_mtime_ns, found.st_ino)
        yield Sighting(folder / name, sub, kind, state, _opened_in(name, there))


def _kind(mode: int, *, is_junction: bool) -> Kind:
    if stat.S_ISLNK(mode) or is_junction:
        return "link"
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "other"


def _opened_in(name: str, there: Iterable[str]) -> str:
    for lock in lock_names(name):
        if lock in there:
            return "LibreOffice" if lock.startswith(".~lock.") else "Excel"
    return ""


@dataclass(slots=True)
class Arrivals:
    """Remembers since when each file has been as it is."""

    quiet: float
    _since: dict[Path, tuple[tuple[int, int, int], float]] = field(default_factory=dict)

    def settled(self, sightings: Iterable[Sighting], now: float) -> dict[Path, float]:
        """Return since when those files have not changed that have not for ``quiet`` seconds.

        Its own clock counts, not the files': copies keep old times, and other machines' clocks differ.
        """
        before, self._since, found = self._since, {}, {}
        for each in sightings:
            state, since = before.get(each.path, (each.state, now))
            if state != each.state:
                state, since = each.state, now
            self._since[each.path] = (state, since)
            if now - since >= self.quiet:
                found[each.path] = since
        return found

    def save(self, path: Path, inbox: Path) -> None:
        """Write what is remembered, for the next watcher. Raises OSError."""
        known = [[str(p.relative_to(inbox)), *found] for p, found in self._since.items()]
        new = path.with_suffix(".new")
        new.write_text(json.dumps(known), encoding="utf-8")
        new.replace(path)

    def load(self, path: Path, inbox: Path, now: float) -> None:
        """Take over what the watcher before has seen; nothing where that cannot be read."""
        try:
            for name, state, since in json.loads(path.read_text(encoding="utf-8")):
                size, changed, identity = map(int, state)
                self._since[inbox / name] = ((size, changed, identity), min(float(since), now))
        except (OSError, ValueError, TypeError):
            self._since.clear()
