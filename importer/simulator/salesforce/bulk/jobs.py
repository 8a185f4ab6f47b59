"""Bulk jobs and where they are kept: what is known of each in the store, its upload in a file.

A job's rows are committed together with how far it has come and with its result lines, so that a simulator
that is killed goes on where it was.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from importer.simulator.ids import make_id
from importer.simulator.salesforce.values import stamp
from importer.simulator.world import World

OPEN, UPLOADED, WORKING = "Open", "UploadComplete", "InProgress"
COMPLETE, FAILED, ABORTED = "JobComplete", "Failed", "Aborted"
ENDED = frozenset({COMPLETE, FAILED, ABORTED})
KEPT_SECONDS = 7 * 86_400.0
"""Jobs and results are kept for seven days (facts §4.4)."""
_BLOCK = 2_000
"""Result lines that are shuffled together; blocks are shuffled too."""
_TABLES = (
    "CREATE TABLE IF NOT EXISTS job (id TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS job_line (job TEXT NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL, "
    "line TEXT NOT NULL, PRIMARY KEY (job, kind, n)) WITHOUT ROWID",
)


@dataclass(slots=True)
class Job:
    """One ingest job. ``settings`` are what the client asked for; ``offset`` is where in the upload the next
    row begins, ``row`` how many rows lie before it.

    ``processed`` includes the failed; the two counts of lines are smaller when results are missing.
    """

    id: str
    settings: dict[str, Any]
    user: str
    created: float
    api_version: float
    state: str = OPEN
    modified: float = 0.0
    error: str | None = None
    uploaded: bool = False
    faults: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    offset: int = 0
    row: int = 0
    processed: int = 0
    failed: int = 0
    saved_lines: int = 0
    failed_lines: int = 0
    milliseconds: int = 0

    @property
    def delimiter(self) -> str:
        """The character between columns."""
        return DELIMITERS[self.settings["columnDelimiter"]]


DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}


class Jobs:
    """All jobs of one org, in order of creation."""

    def __init__(self, world: World) -> None:
        self._world = world
        for statement in _TABLES:
            world.store.db.execute(statement)
        rows = world.store.db.execute("SELECT content FROM job ORDER BY id")
        self.all = {job.id: job for (content,) in rows for job in [_read(content)]}

    def create(self, settings: dict[str, Any], user: str, api_version: float) -> Job:
        """Make and keep a new job in the state Open."""
        now = self._world.wall()
        id_ = make_id("750", 2_000_000 + self._world.store.take("job"))
        job = Job(id_, settings, user, now, api_version, modified=now)
        self.keep(job)
        self.all[id_] = job
        return job

    def keep(self, job: Job) -> None:
        """Write a job as it is now."""
        job.modified = self._world.wall()
        with self._world.store.saving():
            values = (job.id, json.dumps(asdict(job)))
            self._world.store.db.execute("INSERT OR REPLACE INTO job VALUES (?, ?)", values)

    def find(self, id_: str) -> Job | None:
        """Return a job that is not older than seven days."""
        job = self.all.get(id_)
        return job if job and job.created > self._world.wall() - KEPT_SECONDS else None

    def content(self, job: Job) -> Path:
        """Return the path of a job's upload."""
        return self._world.folder / f"{job.id}.csv"

    def remove(self, job: Job) -> None:
        """Forget a job, its upload and its results."""
        del self.all[job.id]
        with self._world.store.saving():
            self._world.store.db.execute("DELETE FROM job WHERE id = ?", (job.id,))
            self._world.store.db.execute("DELETE FROM job_line WHERE job = ?", (job.id,))
        with suppress(OSError):
            self.content(job).unlink()

    def add_lines(self, job: Job, kind: str, first: int, lines: Sequence[str]) -> None:
        """Keep result lines of one kind (``saved`` or ``failed``), counted from ``first``."""
        rows = ((job.id, kind, first + place, line) for place, line in enumerate(lines))
        self._world.store.db.executemany("INSERT INTO job_line VALUES (?, ?, ?, ?)", rows)

    def lines(self, job: Job, kind: str, count: int) -> Iterator[str]:
        """Give the result lines of one kind in an order that is not that of the rows (facts §4.2)."""
        chance = random.Random(f"{self._world.seed}:{job.id}:{kind}")
        blocks = list(range(0, count, _BLOCK))
        chance.shuffle(blocks)
        for start in blocks:
            rows = self._world.store.db.execute(
                "SELECT line FROM job_line WHERE job = ? AND kind = ? AND n >= ? AND n < ?",
                (job.id, kind, start, start + _BLOCK),
            ).fetchall()
            chance.shuffle(rows)
            yield from (line for (line,) in rows)


def _read(content: str) -> Job:
    values = json.loads(content)
    return Job(**values | {name: tuple(values[name]) for name in ("faults", "columns")})


def info(job: Job, *, counters: bool) -> dict[str, Any]:
    """Return what the API tells of a job; counters and the error only where one job is asked for (§4.1)."""
    content = {"id": job.id} | job.settings
    content |= {
        "createdById": job.user,
        "createdDate": stamp_of(job.created),
        "systemModstamp": stamp_of(job.modified),
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": job.api_version,
        "jobType": "V2Ingest",
    }
    if not counters:
        contents = f"services/data/v{job.api_version}/jobs/ingest/{job.id}/batches"
        return content | ({"contentUrl": contents} if job.state == OPEN else {})
    content |= {
        "numberRecordsProcessed": job.processed,
        "numberRecordsFailed": job.failed,
        "retries": 0,
        "totalProcessingTime": job.milliseconds,
        "apiActiveProcessingTime": job.milliseconds,
        "apexProcessingTime": 0,
    }
    return content | ({"errorMessage": job.error} if job.error else {})


def stamp_of(seconds: float) -> str:
    """Return epoch seconds as the org prints them."""
    return stamp(dt.datetime.fromtimestamp(seconds, dt.UTC))
