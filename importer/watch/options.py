"""What ``watch`` is asked to do, as one object."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from importer.api.options import ImportOptions


@dataclass(frozen=True, slots=True)
class Names:
    """What the four folders are called."""

    inbox: str = "inbox"
    working: str = "working"
    done: str = "done"
    failed: str = "failed"

    def all(self) -> tuple[str, ...]:
        """Return the names in the order in which a file meets them."""
        return self.inbox, self.working, self.done, self.failed


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. ``every``: between two looks at the folder; ``quiet``: for how long a file must not change.

    ``whole``: how long a quiet file that cannot be read is taken for one that is still arriving; ``retry``:
    between two tries of a file that waits for the server.
    """

    every: float = 2.0
    quiet: float = 10.0
    whole: float = 600.0
    retry: float = 300.0


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """``mappings`` is a mapping file, or a folder of them; ``once``: handle what lies there, then end.

    ``loading`` are the options of each import; its ``mapping`` is the one chosen for the file.
    """

    folder: Path
    mappings: Path
    loading: ImportOptions
    names: Names = field(default_factory=Names)
    timing: Timing = field(default_factory=Timing)
    once: bool = False
