"""Which path the rows of a run take (design §7, ``--via``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from importer.model.errors import Exit, ImporterError
from importer.model.target import JobPath, Path, Target


@dataclass(frozen=True, slots=True)
class Chosen:
    """The path of a run: ``jobs`` first, where there are any, then ``path``; and why, in words."""

    path: Path
    jobs: JobPath[Any] | None
    reason: str

    @property
    def name(self) -> str:
        """What the path is called."""
        return self.path.name if self.jobs is None else self.jobs.name


def choose(target: Target, via: str) -> Chosen:
    """Return the path called ``via``. Raises ImporterError for one that this mapping cannot go by."""
    if via != "bulk":
        reason = "one request a row" if via == "auto" else "as told by --via"
        return Chosen(target.path(via), None, reason)
    jobs = target.jobs()
    if jobs is None or jobs.objection:
        why = "this target has no jobs" if jobs is None else jobs.objection
        raise ImporterError("NO_SUCH_PATH", f"--via bulk: {why}.", "Use --via auto.", exit=Exit.USAGE)
    return Chosen(target.path("collections"), jobs, "as told by --via")
