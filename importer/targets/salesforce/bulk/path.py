"""The bulk path: one job for many rows, which the org works on by itself (facts: salesforce.md §4.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from importer.model.draft import Draft
from importer.model.errors import Exit, TargetError
from importer.model.target import JobOutcome, JobState, Ticket
from importer.targets.delivering import read, unreachable
from importer.targets.json_body import encode
from importer.targets.salesforce.bulk import answers, lines, results
from importer.targets.salesforce.bulk.load import MOST_ROWS, SalesforceLoad
from importer.targets.salesforce.codes import Meaning
from importer.targets.salesforce.encode import CLIENT
from importer.targets.salesforce.limits import Budget
from importer.transport.delivery import Answered, NotSent, Request, Sender

SLOWEST = 50_000
"""Bytes a second at which an upload or a result may travel before it counts as lost."""
UPLOAD = {"Content-Type": "text/csv; charset=UTF-8"}
PLAIN = {"Accept": "text/csv", "Accept-Encoding": "identity"}
JSON = {"Content-Type": "application/json", "Accept": "application/json", **CLIENT}


@dataclass(frozen=True, slots=True)
class BulkPath:
    """Jobs of one sObject. ``base`` is the path of the API version, ``where`` the address for messages,
    ``options`` are the mapping's, ``taught`` the meanings of codes that the connection teaches; ``job_rows``
    as the connection says. No job is begun with calls of the day that ``budget`` keeps for others.
    """

    sender: Sender
    base: str
    where: str
    sobject: str
    match: str | None
    options: Mapping[str, object]
    taught: Mapping[str, Meaning]
    job_rows: int = MOST_ROWS
    budget: Budget | None = None
    name: str = "bulk"

    @property
    def objection(self) -> str:
        """Why the mapping's options cannot be kept by jobs; they have no headers of their own (facts §8)."""
        if str(self.options.get("assignment_rule", "off")) == "on":
            return "a bulk job runs an assignment rule only by its id, not by assignment_rule: on"
        if self.options.get("duplicates") == "allow":
            return "a bulk job cannot say duplicates: allow"
        return ""

    def carries(self, draft: Draft) -> bool:
        """Return whether a line of an upload can say exactly what ``draft`` says."""
        return lines.carries(draft)

    def load(self, columns: Sequence[str], heads: Mapping[str, str], *, changes: bool) -> SalesforceLoad:
        """Begin an upload. Raises ImporterError when the disk does not take it."""
        return SalesforceLoad(columns, heads, self.match, changes=changes)

    async def open(self, load: SalesforceLoad) -> Ticket:
        """Create a job and upload the rows; nothing is made of them yet. Raises TargetError.

        What went wrong is done anew with another job: one that is never closed makes nothing, and the org
        drops it.
        """
        if self.budget is not None and self.budget.is_spent:
            stop = self.budget.stop()
            raise TargetError(stop.code, f"{stop.reason}.", stop.remedy, exit=Exit(stop.exit))
        job = await self._job("POST", "", self._settings(load), "create a job")
        path = load.finish()
        seconds = path.stat().st_size / SLOWEST
        delivery = await self.sender.send(
            Request(
                "PUT",
                f"{self.base}/jobs/ingest/{job.id}/batches",
                headers=UPLOAD,
                purpose=f"upload {load.rows} rows",
                upload=path,
                seconds=seconds,
            )
        )
        if not isinstance(delivery, Answered):
            passing = not isinstance(delivery, NotSent) or delivery.passing
            raise unreachable(self.where, delivery.reason, passing=passing)
        if delivery.status not in (200, 201):
            raise answers.refused(delivery, f"take the upload of {load.rows} rows", self.where)
        return Ticket(job.id)

    def _settings(self, load: SalesforceLoad) -> dict[str, object]:
        settings: dict[str, object] = {
            "object": self.sobject,
            "operation": "update" if load.changes else "insert",
            "contentType": "CSV",
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
        }
        rule = str(self.options.get("assignment_rule", "off"))
        return settings if rule in ("off", "on") else {**settings, "assignmentRuleId": rule}

    async def close(self, ticket: Ticket) -> None:
        """Hand the job over: from now on records are made. Raises TargetError; may be asked again."""
        found = await self.state(ticket)
        if found.state == answers.OPEN:
            await self._job("PATCH", f"/{ticket.text}", {"state": answers.UPLOADED}, "close a job")

    async def abort(self, ticket: Ticket) -> None:
        """Give a job up that was not handed over. Raises TargetError; may be asked again."""
        found = await self.state(ticket)
        if found.state == answers.OPEN:
            await self._job("PATCH", f"/{ticket.text}", {"state": answers.ABORTED}, "give up a job")

    async def state(self, ticket: Ticket) -> JobState:
        """Ask how far a job is. Raises TargetError."""
        job = await self._job("GET", f"/{ticket.text}", None, "ask for a job")
        return JobState(
            job.state,
            handed_over=job.state not in (answers.OPEN, answers.ABORTED),
            ended=job.state in answers.ENDED,
            gone=job.state == answers.PURGED,
            done=job.processed,
            error=job.error,
        )

    async def results(self, ticket: Ticket, load: SalesforceLoad) -> None:
        """Fetch what became of the rows of a job that has ended, beside the upload. Raises TargetError."""
        for name in results.RESULTS:
            if name in load.fetched:
                continue
            path = f"{self.base}/jobs/ingest/{ticket.text}/{name}/"
            seconds = 3 * load.size / SLOWEST
            found = await read(
                self.sender, path, "results of a job", self.where, headers=PLAIN, save_to=load.folder / name,
                seconds=seconds,
            )  # fmt: skip
            if found.status == 204:
                (load.folder / name).write_bytes(b"")
            elif found.status != 200 or not results.is_result(load.folder / name, load.columns):
                raise answers.refused(found, "give the results of a job", self.where)
            load.fetched.add(name)

    def outcomes(self, state: JobState, load: SalesforceLoad) -> Iterator[JobOutcome]:
        """Give the outcome of every row of ``load`` from the fetched results, each row once.

        The job's counters decide nothing: they may be of another moment, and count the failed as processed.
        """
        return results.outcomes(load, self.match, self.taught)

    async def _job(
        self, verb: str, path: str, content: Mapping[str, object] | None, purpose: str
    ) -> answers.Job:
        body = None if content is None else encode(dict(content))
        # What changes a job is not repeated by itself: its state is asked for first.
        request = Request(
            verb, f"{self.base}/jobs/ingest{path}", body=body, headers=JSON, creates=verb != "GET",
            purpose=purpose,
        )  # fmt: skip
        delivery = await self.sender.send(request)
        if not isinstance(delivery, Answered):
            passing = not isinstance(delivery, NotSent) or delivery.passing
            raise unreachable(self.where, delivery.reason, passing=passing)
        return answers.read_job(delivery, purpose, self.where, known=bool(path))
