"""What a target offers before anything is sent: its paths with their limits, and the room it has left."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Offer:
    """One path of a target, as far as a plan needs to know it.

    ``from_rows``: from how many rows on it is worth it. ``call_rows`` and ``call_bytes`` are what one call
    carries. A path of jobs has ``job_calls`` (calls of one job, however many rows it has), ``job_rows`` and
    ``job_bytes`` (what one job takes) instead. ``calls_left`` and ``calls_most`` are today's calls for us and
    for everybody, ``rows_left`` today's rows of this path; None where nothing is known. ``updates``: it can
    look records up and change them. ``waves``: rows may point to parents in the same file.
    ``row_seconds`` and ``job_seconds`` are guesses of the server's time, stated where the offer is made.
    ``opening`` are the calls besides the rows': sign-in, the system's name, its limits, the schema.
    """

    name: str
    from_rows: int = 0
    call_rows: int = 1
    call_bytes: int | None = None
    job_calls: int = 0
    job_rows: int | None = None
    job_bytes: int | None = None
    calls_left: int | None = None
    calls_most: int | None = None
    rows_left: int | None = None
    updates: bool = True
    waves: bool = True
    row_seconds: float = 0.0
    job_seconds: float = 0.0
    opening: int = 4


@dataclass(frozen=True, slots=True)
class Storage:
    """The room for records, in bytes: what is ``left`` of ``most``, and what one ``record`` takes."""

    left: int
    most: int
    record: int
