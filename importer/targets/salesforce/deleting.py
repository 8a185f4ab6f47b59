"""Deleting records into the recycle bin, up to 200 a request (facts: salesforce.md §2, §3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from importer.model.outcome import Deleted, DeleteOutcome, Gone, Refusal, Rejected, Unknown
from importer.model.record_id import full_id
from importer.targets.delivering import JSON, create
from importer.targets.json_body import decode
from importer.targets.salesforce.answers import ServerError, of_errors, of_whole, read_create, read_errors
from importer.targets.salesforce.codes import Meaning
from importer.targets.salesforce.limits import Budget
from importer.transport.delivery import Answered, Request, Sender

ROWS = 200
"""Records of one request (RG:resources_composite_sobjects_collections_delete)."""
WHAT_DELETION_DOES = (
    "Deleting puts the records into the recycle bin of the org, from where they can be restored for a while, "
    "together with the comments, mails and tasks that hang on them. What was sent or done because of "
    "them (mails, flows, triggers, other systems) is not undone, and their numbers are not given again."
)
"""For the confirmation."""
NOT_THERE = frozenset({"NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"})
"""Codes for an id that names no record which the user can see: it may be gone, or hidden."""
REMAINS = (
    "The org refuses to delete it. Does the user have the right Delete on the object, and on the record?"
)
"""What a person should know about a refusal; the code says which."""


class Deleter:
    """Deletes records of one sObject. ``base`` is the path of the API version."""

    def __init__(
        self, sender: Sender, base: str, sobject: str, budget: Budget, taught: Mapping[str, Meaning]
    ) -> None:
        self._sender = sender
        self._base = base
        self._sobject = sobject
        self._budget = budget
        self._taught = taught

    async def delete(self, records: Sequence[str]) -> list[DeleteOutcome]:
        """Delete records, a single one by its own resource; return the outcome of each in their order."""
        if not self._budget.enter():
            return [self._budget.stop()] * len(records)
        try:
            found = await create(self._sender, self._request(records))
        finally:
            self._budget.leave()
        if isinstance(found, Answered):
            return read_deletes(found, records, self._taught)
        return [found] * len(records)

    def _request(self, records: Sequence[str]) -> Request:
        if len(records) == 1:
            path = f"{self._base}/sobjects/{quote(self._sobject)}/{quote(records[0], safe='')}"
        else:
            ids = quote(",".join(records), safe=",")
            path = f"{self._base}/composite/sobjects?ids={ids}&allOrNone=false"
        return Request("DELETE", path, headers=JSON, purpose=f"delete {len(records)} {self._sobject}")


def read_deletes(
    answer: Answered, records: Sequence[str], taught: Mapping[str, Meaning]
) -> list[DeleteOutcome]:
    """Return what ``answer`` says of each of ``records``. Pure.

    A single delete is answered 204; several are answered 200 with a list in their order, and ``success``
    alone is trusted.
    """
    document = decode(answer.body)
    if len(records) == 1 and answer.status == 204:
        return [Deleted(records[0])]
    if answer.status == 200 and isinstance(document, list) and len(document) == len(records) > 1:
        return [_member(member, record, taught) for member, record in zip(document, records, strict=True)]
    if answer.status in (200, 201, 204):
        return [Unknown("the answer does not tell of each record")] * len(records)
    errors = read_errors(document)
    if len(records) == 1 and errors:
        return [_of_errors(errors, records[0], taught, answer)]
    whole = read_create(answer, None, taught)
    return [of_whole(whole, errors) if len(records) > 1 else whole] * len(records)


def _member(member: object, record: str, taught: Mapping[str, Meaning]) -> DeleteOutcome:
    if not isinstance(member, Mapping):
        return Unknown("the answer does not tell of each record")
    if member.get("success") is True:
        shown = member.get("id")
        if isinstance(shown, str) and full_id(shown) != full_id(record):
            return Unknown("the answer tells of another record")
        return Deleted(record)
    return _of_errors(read_errors(member), record, taught, None)


def _of_errors(
    errors: tuple[ServerError, ...], record: str, taught: Mapping[str, Meaning], answer: Answered | None
) -> DeleteOutcome:
    """What was deleted before is gone; an id that is not found may be hidden from the user: that is asked."""
    codes = {error.code for error in errors}
    if codes == {"ENTITY_IS_DELETED"}:
        return Gone(record)
    if codes & NOT_THERE:
        return Unknown("the org does not find the record")
    found = of_errors(errors, None, answer, taught)
    if isinstance(found, Rejected):
        return Rejected(tuple(Refusal(each.code, "", (), REMAINS) for each in found.refusals))
    return found
