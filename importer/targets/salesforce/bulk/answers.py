"""What the answers about a job mean: pure (facts: salesforce.md §4.1, §4.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importer.model.errors import Exit, TargetError
from importer.model.outcome import Again, Created, Refusal, Rejected, RowOutcome, Unknown, Updated
from importer.targets.json_body import decode
from importer.targets.salesforce.answers import ServerError, of_errors, read_errors
from importer.targets.salesforce.codes import Meaning
from importer.transport.delivery import Answered

OPEN, UPLOADED, COMPLETE, FAILED, ABORTED = "Open", "UploadComplete", "JobComplete", "Failed", "Aborted"
ENDED = frozenset({COMPLETE, FAILED, ABORTED})
PURGED = "Purged"
"""Our word for a job that the org does not have any more: jobs and results are kept for 7 days."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the org describes it; ``processed`` includes ``failed``, None where it does not say."""

    id: str
    state: str
    processed: int | None = None
    failed: int | None = None
    error: str = ""


def read_job(answer: Answered, purpose: str, where: str) -> Job:
    """Return the job in an answer. Raises TargetError for anything else."""
    document = decode(answer.body)
    if answer.status == 404:
        return Job("", PURGED)
    if answer.status not in (200, 201) or not isinstance(document, Mapping) or not document.get("id"):
        raise refused(answer, purpose, where)
    return Job(
        str(document["id"]),
        str(document.get("state", "")),
        _count(document.get("numberRecordsProcessed")),
        _count(document.get("numberRecordsFailed")),
        str(document.get("errorMessage") or ""),
    )


def refused(answer: Answered, purpose: str, where: str) -> TargetError:
    """Return the error for a request about a job that was refused."""
    errors = read_errors(decode(answer.body))
    said = f"{errors[0].code}: {errors[0].text}" if errors else f"HTTP status {answer.status}"
    if answer.status < 300 or answer.status >= 500 or answer.status in (420, 429):
        return TargetError("UNREACHABLE", f"{where} could not {purpose} ({said}).", LATER, exit=Exit.LATER)
    limit = bool(errors) and errors[0].code in ("REQUEST_LIMIT_EXCEEDED", "EXCEEDED_QUOTA", "ExceededQuota")
    return TargetError(
        "BULK_REFUSED",
        f"{where} refused to {purpose} ({said}).",
        LATER if limit else "Use --via collections.",
        exit=Exit.LATER if limit else Exit.GUARD,
    )


LATER = "Run the same command later."


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def successful(cells: Mapping[str, str], *, changes: bool) -> RowOutcome:
    """Return what a line of ``successfulResults`` says; ``sf__Created`` is not trusted."""
    record_id = cells.get("sf__Id", "")
    if len(record_id) not in (15, 18):
        return Unknown("the job says success but gives no id")
    return Updated(record_id) if changes else Created(record_id)


def failed(text: str, match: str | None, taught: Mapping[str, Meaning]) -> RowOutcome:
    """Return what a line of ``failedResults`` says; ``text`` is ``CODE:message:field1, field2 --``."""
    return of_errors((read_error(text),), match, None, taught)


def read_error(text: str) -> ServerError:
    """Return the error in ``sf__Error``: the message may hold colons itself."""
    code, _, rest = text.partition(":")
    message, colon, named = rest.rpartition(":")
    fields = named.strip().removesuffix("--").strip()
    if not colon:
        return ServerError(code.strip(), rest.strip(), ())
    names = tuple(name.strip() for name in fields.split(",") if name.strip())
    return ServerError(code.strip(), message.strip(), names)


UNPROCESSED = Again("UNPROCESSED", "the job ended before this row", whole_run=False)


def remainder(job: Job, uploaded: int, seen: int) -> RowOutcome:
    """Return what a row without a line in any result means.

    When the job's own count of what it worked on agrees with the lines, the row was not among it. Else it may
    have been.
    """
    if job.processed is not None and job.processed <= seen <= uploaded and job.state in ENDED:
        return UNPROCESSED
    return Unknown("the job's results do not tell of this row")


def job_failure(job: Job) -> Rejected | None:
    """Return why a job failed as a whole, None when it did not; the rows it names no reason for go again."""
    if job.state != FAILED:
        return None
    code = job.error.partition(":")[0].strip() or "JOB_FAILED"
    return Rejected((Refusal(code, job.error, (), "The org gave up on the job."),))


def columns_of(header: Sequence[str], uploaded: Sequence[str]) -> list[int] | None:
    """Return where the uploaded columns stand in a result file, None when one is missing."""
    places = {name.casefold(): place for place, name in enumerate(header)}
    found = [places.get(name.casefold()) for name in uploaded]
    return [place for place in found if place is not None] if None not in found else None
