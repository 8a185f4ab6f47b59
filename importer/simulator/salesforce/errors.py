"""Salesforce's error bodies: a list, each entry with a message, a code and perhaps fields (facts §2, §7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from importer.simulator.http import Reply


@dataclass(frozen=True, slots=True)
class Failure:
    """One reason for a refusal."""

    code: str
    message: str
    fields: tuple[str, ...] | None = None

    def single(self) -> dict[str, Any]:
        """The entry of a single-record body (collections say ``statusCode`` in place of ``errorCode``)."""
        entry: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            entry["fields"] = list(self.fields)
        return entry

    def row(self) -> dict[str, Any]:
        """The entry of one record among many: ``statusCode``, and always a list of fields (facts §3.1)."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields or ())}


class RefusalError(Exception):
    """A record, or a whole request, is refused. ``more`` is added to the first entry of the body."""

    def __init__(
        self, failures: Sequence[Failure], status: int = 400, more: dict[str, Any] | None = None
    ) -> None:
        super().__init__(failures[0].code)
        self.failures = failures
        self.status = status
        self.more = more

    def reply(self) -> Reply:
        """Return the answer that says so."""
        body = [failure.single() for failure in self.failures]
        if self.more:
            body[0] |= self.more
        return Reply.json(self.status, body)


class UnreadableError(RefusalError):
    """A record that the reader of requests cannot take: an unknown field, or a value of the wrong kind.

    Among many records it may refuse the whole request (the switch ``poison``; facts §3.1 and §13).
    """


def refused(
    code: str, message: str, fields: tuple[str, ...] | None = None, *, status: int = 400
) -> RefusalError:
    """Return a refusal for one reason."""
    return RefusalError([Failure(code, message, fields)], status)


def not_found(message: str = "The requested resource does not exist") -> RefusalError:
    """Return the refusal of an object or record that is not there."""
    return refused("NOT_FOUND", message, status=404)
