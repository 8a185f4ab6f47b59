"""What keeps a quiet file from being taken, whatever is in it."""

from __future__ import annotations

import os
from pathlib import Path

from importer.watch.arrivals import Sighting
from importer.watch.choosing import Waits


def why_not_taken(seen: Sighting) -> Waits | None:
    """Return why the file has to wait; None when it need not."""
    if seen.kind == "link":
        return Waits("It is a link, and links are not followed. Put the file itself here.")
    if seen.kind == "folder":
        return Waits("It is a folder, and folders are not looked into. Put the files in it here.")
    if seen.kind == "other":
        return Waits("It is no file that can be read.")
    if seen.open_in:
        return Waits(
            f"It is open in {seen.open_in}. Close it there. If nobody has it open, delete the hidden lock "
            "file beside it.",
            passing=True,
        )
    locked = _locked(seen.path)
    return None if locked is None else Waits(locked, passing=True)


def _locked(path: Path) -> str | None:
    """Return why the file cannot be opened, or is locked by another program."""
    try:
        with path.open("rb") as stream:
            if os.name == "posix":
                import fcntl

                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None  # taking it says so
    except BlockingIOError:
        return "Another program has locked it. Close it there."
    except PermissionError:
        return "It cannot be opened: it is open in another program, or case-importer may not read it."
    except OSError as error:
        return None if error.errno is None else f"It cannot be opened: {error.strerror}."
    return None
