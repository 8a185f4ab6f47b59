"""The work of a job between requests: its rows in chunks of 200, until it is complete, failed or aborted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from importer.simulator.salesforce.actions import (
    delete_row,
    insert_row,
    repeated_keys,
    update_row,
    upsert_row,
)
from importer.simulator.salesforce.bulk.columns import Column, fields_of, read_header
from importer.simulator.salesforce.bulk.content import JobError, RowError, Scan, line, scan, split, values
from importer.simulator.salesforce.bulk.jobs import COMPLETE, FAILED, UPLOADED, WORKING, Job, Jobs
from importer.simulator.salesforce.errors import Failure, RefusalError, UnreadableError
from importer.simulator.salesforce.org import find_object
from importer.simulator.salesforce.records import Terms
from importer.simulator.salesforce.rows import Outcome, Row, parents_of, save_rows
from importer.simulator.salesforce.schema import SObject
from importer.simulator.store import Fields
from importer.simulator.world import World

CHUNK = 200
"""Rows that are saved together and that a trigger sees together (facts §4.4)."""
_NO_CSV = "INVALID_ROW"


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a job does with its rows."""

    sobject: SObject
    columns: list[Column]
    terms: Terms
    key: str | None
    stop_at: int | None


class Work:
    """Works on the jobs of one org, one task each."""

    def __init__(self, world: World, jobs: Jobs) -> None:
        self._world = world
        self._jobs = jobs
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.batches = 0
        """Internal batches that count towards the day's allocation."""

    def resume(self) -> None:
        """Go on with the jobs that were at work when the simulator ended."""
        for job in self._jobs.all.values():
            if job.state in {UPLOADED, WORKING}:
                self.begin(job)

    def begin(self, job: Job) -> None:
        """Start working on a job that is closed."""
        task = asyncio.get_running_loop().create_task(self._run(job))
        self._tasks[job.id] = task
        task.add_done_callback(lambda _task: self._tasks.pop(job.id, None))

    async def stop(self) -> None:
        """End all work between two chunks; jobs stay as they are."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def remove(self, job: Job) -> None:
        """End the work on a job and forget it."""
        if task := self._tasks.get(job.id):
            task.cancel()
        self._jobs.remove(job)

    def clear(self) -> None:
        """End all work and forget all jobs."""
        for job in list(self._jobs.all.values()):
            self.remove(job)
        self.batches = 0

    async def _run(self, job: Job) -> None:
        try:
            if job.state == UPLOADED:
                await asyncio.sleep(self._world.behaviour.bulk_queue)
            if job.state not in {UPLOADED, WORKING}:
                return
            path, ending = self._jobs.content(job), job.settings["lineEnding"]
            found = await asyncio.to_thread(scan, path, job.delimiter, ending)
            if job.state == UPLOADED:
                job.state, job.columns, job.offset = WORKING, found.columns, found.start
                self._jobs.keep(job)
            await self._save_all(job, self._plan(job, found))
        except JobError as error:
            if job.state in {UPLOADED, WORKING}:
                job.state, job.error = FAILED, str(error)
                self._jobs.keep(job)

    def _plan(self, job: Job, found: Scan) -> _Plan:
        operation = job.settings["operation"]
        sobject = find_object(self._world, job.settings["object"])
        columns = read_header(self._world, sobject, found.columns, operation)
        default = "TRUE" if self._world.behaviour.bulk_assignment else "FALSE"
        assign = job.settings.get("assignmentRuleId") or default
        terms = Terms(job.user, assign, faults=frozenset(job.faults))
        stop_at = found.rows // 2 if "job_fails" in job.faults else None
        return _Plan(sobject, columns, terms, job.settings.get("externalIdFieldName"), stop_at)

    async def _save_all(self, job: Job, plan: _Plan) -> None:
        with self._jobs.content(job).open("rb") as stream:
            stream.seek(job.offset)
            records = split(stream)
            while chunk := list(islice(records, _size(self._world, job, plan))):
                await asyncio.sleep(self._world.behaviour.bulk_row_time * len(chunk))
                if job.state != WORKING:
                    return
                self._save_chunk(job, plan, chunk)
        if plan.stop_at is not None:
            raise JobError("TooManyLockFailure : Too many lock failures, the job was stopped")
        job.state = COMPLETE
        self._jobs.keep(job)

    def _save_chunk(self, job: Job, plan: _Plan, chunk: list[bytes]) -> None:
        """Save a chunk, its result lines and the job's progress in one transaction."""
        begun = time.perf_counter()
        present = [record for record in chunk if record.strip()]
        with self._world.store.saving():
            if self._in_the_days_allocation(job) and present:
                rows = [_Parsed(self._world, plan, record, job.delimiter) for record in present]
                outcomes = self._save_rows(job, plan, rows)
                self._keep_lines(job, plan, rows, outcomes)
            job.row += len(present)
            job.offset += sum(map(len, chunk))
            job.milliseconds += round((time.perf_counter() - begun) * 1000)
            self._jobs.keep(job)

    def _in_the_days_allocation(self, job: Job) -> bool:
        """Count the internal batch that begins here. Rows beyond the day's batches get no result (§4.2)."""
        if job.row % self._world.behaviour.bulk_batch == 0:
            self.batches += 1
        return self.batches <= self._world.behaviour.bulk_daily_batches

    def _save_rows(self, job: Job, plan: _Plan, rows: list[_Parsed]) -> list[Outcome]:
        operation, field = job.settings["operation"], None
        repeated: frozenset[str] = frozenset()
        if operation == "upsert":
            field = plan.sobject.find(str(plan.key))
            assert field
            repeated = repeated_keys(field, (row.fields for row in rows))
        actions = {
            "insert": partial(insert_row, self._world, plan.sobject),
            "update": partial(update_row, self._world, plan.sobject),
            "upsert": field and partial(upsert_row, self._world, plan.sobject, field, False, repeated),
        }
        action = actions.get(operation)

        def save(row: _Parsed, terms: Terms) -> Outcome:
            if row.failures:
                return Outcome(failures=row.failures)
            try:
                if not action:
                    return delete_row(self._world, str(row.fields.get("Id", "")), terms)
                return action(row.fields, "", terms)
            except UnreadableError as refusal:
                raise RefusalError([_unreadable(failure) for failure in refusal.failures]) from None

        wanted = [Row(parents_of(row.fields), partial(save, row)) for row in rows]
        return save_rows(self._world, wanted, plan.terms, frozenset(), before=job.row)

    def _keep_lines(self, job: Job, plan: _Plan, rows: list[_Parsed], outcomes: list[Outcome]) -> None:
        saved, failed = [], []
        missing = "results_missing" in job.faults
        for place, (row, outcome) in enumerate(zip(rows, outcomes, strict=True), job.row + 1):
            job.processed += 1
            job.failed += bool(outcome.failures)
            if missing and place in self._world.behaviour.fault_rows:
                continue
            if outcome.failures:
                id_ = self._known_id(plan, row)
                failed.append(line(job.delimiter, id_, error(outcome.failures), *row.values))
            else:
                created = "true" if job.settings["operation"] == "insert" or outcome.created else "false"
                saved.append(line(job.delimiter, str(outcome.id), created, *row.values))
        self._jobs.add_lines(job, "saved", job.saved_lines, saved)
        self._jobs.add_lines(job, "failed", job.failed_lines, failed)
        job.saved_lines += len(saved)
        job.failed_lines += len(failed)

    def _known_id(self, plan: _Plan, row: _Parsed) -> str:
        """Return the id in a failed row: that of the record an update or upsert met (facts §4.2)."""
        if row.fields.get("Id"):
            return str(row.fields["Id"])
        field = plan.sobject.find(plan.key) if plan.key else None
        if not field or not row.fields.get(field.name):
            return ""
        found = self._world.store.find(plan.sobject.name, field.name, field.fold(str(row.fields[field.name])))
        return found[0] if len(found) == 1 else ""


class _Parsed:
    """One row of an upload: its values as they came, the fields they stand for, or why it cannot be read."""

    __slots__ = ("failures", "fields", "values")

    def __init__(self, world: World, plan: _Plan, record: bytes, delimiter: str) -> None:
        self.values: list[str] = [""] * len(plan.columns)
        self.fields: Fields = {}
        self.failures: tuple[Failure, ...] = ()
        try:
            found = values(record, delimiter)
            if len(found) != len(plan.columns):
                raise RowError(f"The row has {len(found)} values, the header has {len(plan.columns)}")
            self.values = found
            self.fields = fields_of(world, plan.columns, found)
        except RowError as refusal:
            self.failures = (Failure(_NO_CSV, str(refusal)),)
        except RefusalError as refusal:
            self.failures = tuple(refusal.failures)


def _size(world: World, job: Job, plan: _Plan) -> int:
    """Return how many rows the next chunk takes; no chunk crosses the end of an internal batch."""
    batch = world.behaviour.bulk_batch
    size = min(CHUNK, batch - job.row % batch)
    return size if plan.stop_at is None else min(size, plan.stop_at - job.row)


def _unreadable(failure: Failure) -> Failure:
    """In a row of CSV a value of the wrong kind is the row's own fault."""
    if failure.code == "JSON_PARSER_ERROR":
        return replace(
            failure, code="INVALID_TYPE_ON_FIELD_IN_RECORD", message=failure.message.partition(" or ")[0]
        )
    return failure


def error(failures: tuple[Failure, ...]) -> str:
    """Return ``sf__Error``: ``CODE:message:field1, field2 --`` of the first reason (facts §4.2)."""
    first = failures[0]
    fields = ", ".join(first.fields) + " " if first.fields else ""
    return f"{first.code}:{first.message}:{fields}--"


def unprocessed(jobs: Jobs, job: Job) -> Iterator[bytes]:
    """Give the header and the rows that were never looked at, as they were uploaded."""
    if not job.uploaded:
        return
    with jobs.content(job).open("rb") as stream:
        header = next(split(stream), b"")
        yield header
        stream.seek(max(job.offset, len(header)))
        while part := stream.read(65_536):
            yield part
