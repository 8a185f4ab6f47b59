"""The resources below ``/jobs/ingest`` (facts §4.1): create, upload, close, ask, results, abort, delete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from importer.simulator.http import Call, Reply
from importer.simulator.ids import long_id
from importer.simulator.salesforce.bulk.content import line
from importer.simulator.salesforce.bulk.jobs import (
    ABORTED,
    COMPLETE,
    DELIMITERS,
    ENDED,
    FAILED,
    OPEN,
    UPLOADED,
    Job,
    Jobs,
    info,
)
from importer.simulator.salesforce.bulk.work import Work, unprocessed
from importer.simulator.salesforce.errors import RefusalError, not_found, refused
from importer.simulator.salesforce.org import ASSIGNMENT_RULE, find_object
from importer.simulator.salesforce.sobjects import body
from importer.simulator.salesforce.values import read_json
from importer.simulator.world import World

MULTIPART_LIMIT = 100_000
"""Characters of a job that is created, uploaded and closed in one request."""
MOST_LISTED = 1_000
_OPERATIONS = {"insert", "update", "upsert", "delete", "hardDelete"}
_CHUNK = 65_536
_RESULTS = {"successfulResults": ("saved", "sf__Created"), "failedResults": ("failed", "sf__Error")}


class Ingest:
    """Handlers of the ingest jobs of one org."""

    def __init__(self) -> None:
        self._jobs: Jobs | None = None
        self.work: Work | None = None

    def start(self, world: World) -> None:
        """Open the jobs of a store, and go on with those at work."""
        self._jobs = Jobs(world)
        self.work = Work(world, self._jobs)
        self.work.resume()

    @property
    def _all(self) -> tuple[Jobs, Work]:
        assert self._jobs and self.work, "the org is started before it answers"
        return self._jobs, self.work

    def create(self, world: World, call: Call) -> Reply:
        """``POST /jobs/ingest``: the settings as JSON, or settings and content as two parts of a form."""
        jobs, work = self._all
        kind = call.headers.get("Content-Type", "")
        if not kind.lower().startswith("multipart/form-data"):
            content, _ = body(call)
            job = jobs.create(_settings(world, content), call.user, float(call.args["version"]))
            return Reply.json(200, info(job, counters=False))
        parts = _form(kind, call.body)
        settings = _settings(world, read_json(parts.get("job", b""))[0])
        if len(parts.get("content", b"").decode("utf-8", "replace")) > MULTIPART_LIMIT:
            raise refused("LIMIT_EXCEEDED", f"the content has more than {MULTIPART_LIMIT} characters")
        job = jobs.create(settings, call.user, float(call.args["version"]))
        jobs.content(job).write_bytes(parts.get("content", b""))
        job.uploaded = True
        self._close(job, call)
        work.begin(job)
        return Reply.json(200, info(job, counters=False))

    def upload(self, world: World, call: Call) -> Reply:
        """``PUT /jobs/ingest/{id}/batches``: the whole content, once."""
        jobs, _ = self._all
        job = self._job(call)
        if "csv" not in call.headers.get("Content-Type", "").lower():
            message = "Content-Type header specified in HTTP request is not supported: "
            message += call.headers.get("Content-Type", "none")
            raise refused("UNSUPPORTED_MEDIA_TYPE", message, status=415)
        if job.state != OPEN:
            raise _wrong_state(job)
        if job.uploaded:
            message = (
                f"Found multiple contents for job: {job.id}, make sure you only do 'PUT' once on a given Job"
            )
            raise refused("INVALIDBATCH", message)
        if not call.file:
            message = f"The upload is larger than {world.behaviour.bulk_upload_limit} bytes"
            raise refused("LIMIT_EXCEEDED", message)
        call.file.replace(jobs.content(job))
        job.uploaded = True
        jobs.keep(job)
        return Reply(201)

    def change(self, world: World, call: Call) -> Reply:
        """``PATCH /jobs/ingest/{id}``: close it for work (UploadComplete), or abort it."""
        del world
        jobs, work = self._all
        job = self._job(call)
        state = body(call)[0].get("state")
        if state == ABORTED and job.state not in ENDED:
            job.state = ABORTED
            jobs.keep(job)
        elif state == UPLOADED and job.state == OPEN:
            if not job.uploaded:
                raise refused("INVALIDJOBSTATE", f"Nothing was uploaded to job {job.id}")
            self._close(job, call)
            work.begin(job)
        else:
            raise _wrong_state(job)
        return Reply.json(200, info(job, counters=False))

    def _close(self, job: Job, call: Call) -> None:
        job.state, job.faults = UPLOADED, tuple(sorted(call.faults))
        self._all[0].keep(job)

    def read(self, world: World, call: Call) -> Reply:
        """``GET /jobs/ingest/{id}``: state and counters."""
        del world
        return Reply.json(200, info(self._job(call), counters=True))

    def remove(self, world: World, call: Call) -> Reply:
        """``DELETE /jobs/ingest/{id}``"""
        del world
        job = self._job(call)
        if job.state not in {UPLOADED, *ENDED}:
            raise _wrong_state(job)
        self._all[1].remove(job)
        return Reply(204)

    def list(self, world: World, call: Call) -> Reply:
        """``GET /jobs/ingest``: newest last, in pages of 1,000 (fewer under the setting ``page_size``)."""
        jobs, _ = self._all
        found = [job for id_ in list(jobs.all) if (job := jobs.find(id_))]
        if call.query.get("jobType", "V2Ingest") not in {"V2Ingest", "All"}:
            found = []
        start, size = call.query.get("queryLocator", "0"), max(1, min(MOST_LISTED, world.behaviour.page_size))
        if not start.isdigit():
            raise refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        end = int(start) + size
        content: dict[str, Any] = {
            "done": end >= len(found),
            "records": [info(job, counters=False) for job in found[int(start) : end]],
            "nextRecordsUrl": None,
        }
        if not content["done"]:
            base = f"/services/data/v{call.args['version']}/jobs/ingest"
            content["nextRecordsUrl"] = f"{base}?jobType=V2Ingest&queryLocator={end}"
        return Reply.json(200, content)

    def results(self, name: str) -> Callable[[World, Call], Reply]:
        """Return the handler of ``successfulResults`` or ``failedResults``, whose lines are shuffled."""
        kind, second = _RESULTS[name]

        def handle(world: World, call: Call) -> Reply:
            del world
            job = self._ended(call)
            count = job.saved_lines if kind == "saved" else job.failed_lines
            header = line(job.delimiter, "sf__Id", second, *job.columns)

            def lines() -> Iterator[str]:
                yield header
                yield from self._all[0].lines(job, kind, count)

            return Reply(200, headers={"Content-Type": "text/csv"}, chunks=lambda: _gathered(lines()))

        return handle

    def unprocessed(self, world: World, call: Call) -> Reply:
        """``GET …/unprocessedrecords``: what was uploaded and never looked at."""
        del world
        job = self._ended(call)
        jobs = self._all[0]
        return Reply(200, headers={"Content-Type": "text/csv"}, chunks=lambda: unprocessed(jobs, job))

    def _job(self, call: Call) -> Job:
        job = self._all[0].find(long_id(call.args["id"]) or "")
        if not job:
            raise not_found()
        return job

    def _ended(self, call: Call) -> Job:
        job = self._job(call)
        if job.state not in {COMPLETE, FAILED, ABORTED}:
            raise _wrong_state(job)
        return job


def _gathered(lines: Iterator[str]) -> Iterator[bytes]:
    """Join lines to pieces worth sending."""
    piece: list[str] = []
    size = 0
    for each in lines:
        piece.append(each)
        size += len(each)
        if size > _CHUNK:
            yield "".join(piece).encode()
            piece, size = [], 0
    yield "".join(piece).encode()


def _wrong_state(job: Job) -> RefusalError:
    return refused("INVALIDJOBSTATE", f"Job {job.id} is in the state {job.state}")


def _settings(world: World, content: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a new job with their defaults. Raises RefusalError."""
    operation, name = str(content.get("operation")), str(content.get("object", ""))
    if operation not in _OPERATIONS:
        raise refused("INVALIDJOB", f"Unknown operation: {operation}")
    if operation == "hardDelete":
        raise refused("FEATURENOTENABLED", "hardDelete is not enabled for this user")
    sobject = find_object(world, name)
    settings = {
        "operation": operation,
        "object": sobject.name,
        "columnDelimiter": str(content.get("columnDelimiter", "COMMA")),
        "lineEnding": str(content.get("lineEnding", "LF")),
    }
    if settings["columnDelimiter"] not in DELIMITERS or settings["lineEnding"] not in {"LF", "CRLF"}:
        raise refused("INVALIDJOB", "columnDelimiter or lineEnding is unknown")
    if str(content.get("contentType", "CSV")) != "CSV":
        raise refused("INVALIDJOB", f"Invalid contentType: {content['contentType']}")
    if operation == "upsert":
        field = sobject.find(str(content.get("externalIdFieldName", "")))
        if not field or not (field.keyed or field.type == "id"):
            message = "External ID was blank or is no external id field: "
            raise refused("INVALIDJOB", message + str(content.get("externalIdFieldName")))
        settings["externalIdFieldName"] = field.name
    if rule := content.get("assignmentRuleId"):
        if long_id(str(rule)) != ASSIGNMENT_RULE:
            raise refused("INVALID_ASSIGNMENT_RULE", f"no such assignment rule: {rule}")
        settings["assignmentRuleId"] = str(rule)
    return settings


def _form(content_type: str, content: bytes) -> dict[str, bytes]:
    """Return the parts of a multipart form by name."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + content)
    return {
        str(part.get_param("name", header="content-disposition")): bytes(part.get_payload(decode=True) or b"")
        for part in message.walk()
        if not part.is_multipart()
    }
