"""Queries: literals, and all pages of an answer (facts: salesforce.md §6)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from importer.model.errors import Exit, TargetError
from importer.targets.delivering import read
from importer.targets.json_body import decode
from importer.targets.salesforce.answers import read_errors
from importer.transport.delivery import Sender

LONGEST_URI = 12_000
"""Bytes of an encoded query; the server takes 16,384 for the address and the headers together (facts §0)."""

Literal = Callable[[str], str]
"""How a value stands in a query."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def text_literal(value: str) -> str:
    """Return ``value`` as a SOQL string."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


def number_literal(value: str) -> str:
    """Return ``value``, a number in digits, as SOQL wants those: without quotes."""
    return value if _NUMBER.fullmatch(value) else text_literal(value)


def key_text(value: object) -> str:
    """Return a value by which records are told, as text; numbers alike however they are written."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return format(Decimal(str(value)).normalize(), "f")
    return "" if value is None else str(value)


def time_literal(seconds: float) -> str:
    """Return a moment (seconds since 1970) as a SOQL datetime, whole seconds."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def chunks(
    values: Iterable[str], room: int = LONGEST_URI, literal_of: Literal = text_literal
) -> Iterator[list[str]]:
    """Give ``values`` as literals in groups whose encoded length stays below ``room`` bytes."""
    group: list[str] = []
    used = 0
    for value in values:
        literal = literal_of(value)
        size = len(quote(literal)) + 3
        if group and used + size > room:
            yield group
            group, used = [], 0
        group.append(literal)
        used += size
    if group:
        yield group


class QueryError(TargetError):
    """A query was refused; ``refusal`` is the org's code, empty where its answer has none."""

    def __init__(self, refusal: str, message: str) -> None:
        super().__init__("QUERY_FAILED", message, "", exit=Exit.LATER)
        self.refusal = refusal


async def query_all(
    sender: Sender, base: str, soql: str, where: str, *, deleted: bool = False
) -> list[dict[str, Any]]:
    """Return all records of a query, page by page; with ``deleted`` those in the recycle bin too (facts §6).

    Raises TargetError when it fails, QueryError when it is refused or its answer is not whole: what it leaves
    out would count as not being there. ``base`` is the path of the API version, ``where`` the address for
    messages.
    """
    path = f"{base}/{'queryAll' if deleted else 'query'}/?q={quote(soql)}"
    records: list[dict[str, Any]] = []
    seen: set[str] = set()
    total: object = None
    while path:
        answer = await read(sender, path, "query", where)
        document = decode(answer.body)
        page = document.get("records") if isinstance(document, dict) else None
        if answer.status != 200 or not isinstance(page, list):
            raise refused_query(document, answer.status)
        records += page
        total = document["totalSize"] if total is None and "totalSize" in document else total
        path = str(document.get("nextRecordsUrl") or "")
        if path and (path in seen or not path.startswith("/services/")):  # a token must not be led elsewhere
            raise QueryError("", "The next page of a query is no new address of the API.")
        seen.add(path)
        if not path and document.get("done") is False:
            raise QueryError("", "The pages of a query end before it is done.")
    if isinstance(total, int) and len(records) < total:
        raise QueryError("", f"A query gave {len(records)} of {total} records.")
    return records


def refused_query(document: object, status: int) -> QueryError:
    """Return the error for a question that was answered with ``status`` and ``document``."""
    errors = read_errors(document)
    said = f"{errors[0].code}: {errors[0].text}" if errors else f"HTTP status {status}"
    return QueryError(errors[0].code if errors else "", f"A query was refused ({said}).")
