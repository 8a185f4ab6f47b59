"""What the answers about a job mean: pure (facts: salesforce.md §4.1, §4.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importer.model.errors import Exit, TargetError
from importer.model.outcome import Again, Created, Rejected, RowOutcome, Unknown, Updated
from importer.model.record_id import full_id
from importer.targets.json_body import decode
from importer.targets.salesforce.answers import RECORD_ID, ServerError, is_crowded, of_errors, read_errors
from importer.targets.salesforce.codes import Meaning
from importer.transport.delivery import Answered

OPEN, UPLOADED, COMPLETE, FAILED, ABORTED = "Open", "UploadComplete", "JobComplete", "Failed", "Aborted"
ENDED = frozenset({COMPLETE, FAILED, ABORTED})
PURGED = "Purged"
"""Our word for a job that the org does not have any more: jobs and results are kept for 7 days."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the org describes it; ``processed`` includes the failed, None where it does not say."""

    id: str
    state: str
    processed: int | None = None
    error: str = ""


def read_job(answer: Answered, purpose: str, where: str, *, known: bool) -> Job:
    """Return the job in an answer. Raises TargetError for anything else.

    ``known``: the job was there before; the org has purged it when it does not find it now.
    """
    document = decode(answer.body)
    if answer.status == 404 and known:
        return Job("", PURGED)
    if answer.status not in (200, 201) or not isinstance(document, Mapping) or not document.get("id"):
        raise refused(answer, purpose, where)
    return Job(
        str(document["id"]),
        str(document.get("state", "")),
        _count(document.get("numberRecordsProcessed")),
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


def successful(record_id: str, *, changes: bool) -> RowOutcome:
    """Return what a line of ``successfulResults`` with this ``sf__Id`` says; ``sf__Created`` is ignored."""
    if not RECORD_ID.fullmatch(record_id):
        return Unknown("the job says success but gives no id")
    return Updated(full_id(record_id)) if changes else Created(full_id(record_id))


def failed(text: str, match: str | None, taught: Mapping[str, Meaning]) -> RowOutcome:
    """Return what a line of ``failedResults`` says; ``text`` is ``CODE:message:field1, field2 --``.

    What triggers could not do for all rows of a chunk together may be done for fewer: such a row goes by
    another path.
    """
    error = read_error(text)
    if not error.code:
        return Unknown("the job says failure without a reason")
    outcome = of_errors((error,), match, None, taught)
    crowded = isinstance(outcome, Rejected) and is_crowded(error.text)
    return Again(error.code, error.text, whole_run=False) if crowded else outcome


def read_error(text: str) -> ServerError:
    """Return the error in ``sf__Error``: the message may hold colons itself, the fields end with ``--``."""
    code, _, rest = text.strip().partition(":")
    if not rest.endswith("--"):
        return ServerError(code.strip(), rest.strip(), ())
    message, _, named = rest.removesuffix("--").rpartition(":")
    names = tuple(name.strip() for name in named.split(",") if name.strip())
    return ServerError(code.strip(), message.strip(), names)


UNPROCESSED = Again("UNPROCESSED", "the job ended before this row", whole_run=False)


def columns_of(header: Sequence[str], uploaded: Sequence[str]) -> list[int] | None:
    """Return where the uploaded columns stand in a result file, None when one is missing."""
    places = {name.casefold(): place for place, name in enumerate(header)}
    found = [places.get(name.casefold()) for name in uploaded]
    return [place for place in found if place is not None] if None not in found else None
