"""Which path the rows of a run take (design §7, ``--via``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from importer.model.errors import Exit, ImporterError
from importer.model.target import JobPath, Path, Target
from importer.pipeline.job import Job
from importer.preflight.plan import Load, Plan
from importer.preflight.plan import choose as chosen_plan

BESIDE_JOBS = "collections"
"""The path of the rows that a job cannot carry."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The path of a run: ``jobs`` first, where there are any, then ``path``; and the plan that took it."""

    path: Path
    jobs: JobPath[Any] | None
    plan: Plan

    @property
    def name(self) -> str:
        """What the path is called."""
        return self.plan.path

    @property
    def reason(self) -> str:
        """Why this path, with the numbers that decided."""
        return self.plan.reason


def check_via(target: Target, via: str) -> None:
    """Raise ImporterError where rows cannot go by ``via``: a path's name, or ``auto``."""
    names = [offer.name for offer in target.offers()]
    if via == "auto" or via in names:
        return
    why = "there is no such path here"
    if via == "bulk":
        jobs = target.jobs()
        why = "this target has no jobs" if jobs is None or not jobs.objection else jobs.objection
    others = ", ".join(["auto", *names])
    raise ImporterError("NO_SUCH_PATH", f"--via {via}: {why}.", f"Use one of: {others}.", exit=Exit.USAGE)


def choose(job: Job, target: Target, rows: int) -> Chosen:
    """Return the path for the ``rows`` of the file of ``job``: the one told, or by numbers.

    How many of them are known already turns out only while they are sent: the plan is for all of them. The
    caller has asked ``check_via``.
    """
    plan = chosen_plan(load_of(job, rows), target.offers(), job.via, job.tempo)
    jobs = target.jobs()
    if jobs is None or plan.path != jobs.name:
        return Chosen(target.path(plan.path), None, plan)
    return Chosen(target.path(BESIDE_JOBS), jobs, plan)


def load_of(job: Job, rows: int) -> Load:
    """Return what there is to send of a file with ``rows`` rows; of a trial, its first rows."""
    count = rows if job.options.first is None else min(rows, job.options.first)
    shape = job.source.shape
    size = shape.size * count // rows if rows and shape.kind == "text" else 0
    return Load(count, size, updates=job.on_match == "update", parents=job.compiled.own_parents)
