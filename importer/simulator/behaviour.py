"""Switches and settings: how the simulated servers behave as long as no fault strikes.

Each is a field of :class:`Behaviour`; its metadata holds how its text is read and what it means. README.md
lists them (a test compares), with the facts behind each default.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from importer.simulator.options import SpecError, duration


def switch(text: str) -> bool:
    """Read ``on`` or ``off``."""
    if text not in {"on", "off"}:
        raise SpecError(f"{text!r} is neither on nor off.")
    return text == "on"


def count(text: str) -> int:
    """Read a whole number that is not negative."""
    if not text.isascii() or not text.isdigit():
        raise SpecError(f"{text!r} is not a whole number.")
    return int(text)


def positive(text: str) -> int:
    """Read a whole number above zero."""
    if not count(text):
        raise SpecError(f"{text!r} is not above zero.")
    return int(text)


def one_of(*words: str) -> Callable[[str], str]:
    """Return a reader that takes one of ``words``."""

    def read(text: str) -> str:
        if text not in words:
            raise SpecError(f"{text!r} is not one of {', '.join(words)}.")
        return text

    return read


def offset(text: str) -> float:
    """Read a duration with an optional sign, in seconds."""
    return -duration(text[1:]) if text.startswith("-") else duration(text.removeprefix("+"))


def window(text: str) -> tuple[int, float] | None:
    """Read ``30/3s`` as (30, 3.0) and ``off`` as None."""
    if text == "off":
        return None
    number, slash, span = text.partition("/")
    if not slash:
        raise SpecError(f"{text!r} is not a window; write 30/3s or off.")
    limits = count(number), duration(span)
    if not all(limits):
        raise SpecError(f"{text!r}: neither part of a window can be zero.")
    return limits


@dataclass(frozen=True, slots=True)
class Places:
    """Which records of a request are meant, counted from 1: every n-th, or spans (first and last)."""

    every: int = 1
    spans: tuple[tuple[int, int], ...] = ()

    def __contains__(self, place: int) -> bool:
        if self.spans:
            return any(first <= place <= last for first, last in self.spans)
        return place % self.every == 0


def places(text: str) -> Places:
    """Read ``all``, ``every:20`` or ``at:3+7+10-12``."""
    word, _, rest = text.partition(":")
    try:
        if word == "every" and int(rest) > 0:
            return Places(every=int(rest))
        if word == "at":
            ends = (part.partition("-") for part in rest.split("+"))
            return Places(spans=tuple((int(first), int(last or first)) for first, _, last in ends))
    except ValueError:
        pass
    if text != "all":
        raise SpecError(f"{text!r} names no records; write all, every:20 or at:3+7.")
    return Places()


def retry_after(text: str) -> str:
    """Read ``off``, seconds (``2``) or ``date:2s`` (the header then holds a date)."""
    if text != "off":
        duration(text.removeprefix("date:"))
    return text


def _setting(default: Any, read: Callable[[str], Any], about: str) -> Any:
    return field(default=default, metadata={"read": read, "about": about})


@dataclass(frozen=True, slots=True)
class Behaviour:
    """All switches and settings with their defaults; durations are in seconds."""

    # Both servers
    latency: float = _setting(0.0, duration, "time from a request's arrival to its commit")
    slow_for: float = _setting(5.0, duration, "how long the fault slow holds an answer back")
    late_by: float = _setting(0.5, duration, "how long after the drop the fault late_commit commits")
    retry_after: str = _setting("off", retry_after, "Retry-After of 429 and 503 answers: off, N, date:Ns")
    clock: float = _setting(0.0, offset, "the servers' clock minus the true one, for example -90s")
    index_lag: float = _setting(0.0, duration, "queries do not show records younger than this")
    session_life: float = _setting(7200.0, duration, "life of a token (sliding) and of a cookie (absolute)")
    concurrent_limit: int = _setting(0, count, "creates in flight beyond which the server refuses; 0: none")
    trim: bool = _setting(False, switch, "text values are stored without blanks at their ends")
    # Salesforce
    daily_limit: int = _setting(5_000_000, count, "API calls a day; beyond: 403 TotalRequests")
    production: bool = _setting(False, switch, "the org is no sandbox; taken when a store is made")
    page_size: int = _setting(2000, count, "largest page of a query answer")
    required_field: bool = _setting(False, switch, "Case.Region__c is required")
    audit_fields: bool = _setting(False, switch, "CreatedDate and its kin may be set on create")
    password_flow: bool = _setting(True, switch, "the org allows the username-password flow")
    refresh_tokens: bool = _setting(True, switch, "refresh tokens are valid")
    run_as_user: bool = _setting(True, switch, "the app has a user to run as, for client credentials")
    rest_sessions: bool = _setting(True, switch, "sessions may use the REST API; off: 401 for good")
    userinfo: bool = _setting(True, switch, "tokens may ask whose they are; off: 403")
    assignment_rule: bool = _setting(True, switch, "an active case assignment rule exists")
    lock_parents: bool = _setting(
        False, switch, "a second create in flight on one Account, Contact or parent case is refused"
    )
    lock_scope: str = _setting(
        "row", one_of("row", "chunk"), "which rows of a batch fail when one of them is locked"
    )
    duplicate_rule: bool = _setting(False, switch, "a second Contact with the same Email is refused")
    duplicate_id: str = _setting("15", one_of("15", "18"), "length of the id in a DUPLICATE_VALUE message")
    fault_rows: Places = _setting(  # noqa: RUF009 (Places is frozen)
        Places(), places, "records of a batch that a fault while saving strikes"
    )
    poison: bool = _setting(
        True, switch, "one record that cannot be read refuses the whole collections request"
    )
    stray_ids: bool = _setting(True, switch, "rows rolled back by allOrNone still carry an id")
    batch_retries: int = _setting(
        0, count, "collections of more rows, one of which fails, fail for too many batch retries; 0: never"
    )
    apex_limit: int = _setting(
        0, count, "rows of one chunk beyond which a trigger exceeds its Apex limits; 0: none"
    )
    bulk_queue: float = _setting(0.0, duration, "how long a bulk job waits as UploadComplete")
    bulk_row_time: float = _setting(0.0, duration, "how long a bulk job takes for each of its rows")
    bulk_batch: int = _setting(10_000, positive, "rows of an internal batch of a bulk job")
    bulk_daily_batches: int = _setting(15_000, count, "internal batches a day; rows beyond get no result")
    bulk_upload_limit: int = _setting(112_500_000, count, "bytes of an upload; as base64 they are 150 MB")
    bulk_counts: bool = _setting(True, switch, "requests about bulk jobs count as API calls")
    bulk_assignment: bool = _setting(False, switch, "the assignment rule runs for jobs that name none")
    storage_mb: int = _setting(51_200, count, "data storage of the org as /limits tells it; not enforced")
    org: int = _setting(
        1, count, "number of the org; taken when a store is made, other numbers are other orgs"
    )
    # IBM
    limiter: tuple[int, float] | None = _setting(None, window, "requests per window, for example 30/3s")
    limiter_window: str = _setting("fixed", one_of("fixed", "sliding"), "how the limiter's window moves")
    limiter_answer: str = _setting("429", one_of("429", "503"), "status beyond the limiter")
    ibm_validation: str = _setting("400", one_of("400", "500"), "status of a property that is refused")
    ibm_unknown_store: str = _setting("404", one_of("404", "500"), "status for an unknown object store")
    ibm_401: str = _setting("html", one_of("html", "empty"), "body of a 401")
    ibm_signin: str = _setting(
        "401", one_of("401", "redirect", "page"), "what who has not signed in gets: 401, a redirect, a page"
    )
    basic: bool = _setting(True, switch, "the server takes Basic")
    csrf_v1: bool = _setting(False, switch, "v1 wants the BPMCSRFToken too")
    expired_cookie: str = _setting(
        "401", one_of("401", "ignored"), "an LtpaToken2 cookie that is not valid, sent with good credentials"
    )
    return_updates: str = _setting(
        "full", one_of("full", "properties"), "create answer under ReturnUpdates: true"
    )
    unique_claim_number: bool = _setting(False, switch, "AUTO_ClaimNumber takes each value once")
    search_operator: str = _setting(
        "EQUAL", one_of("EQUAL", "EQUALS", "EQ", "="), "word for equality in the conditions of v2 /instances"
    )
    search_items: str = _setting(
        "flat", one_of("flat", "properties", "data"), "shape of the cases in an answer of v2 /instances"
    )
    caserest: str = _setting("both", one_of("both", "v1", "v2"), "which versions of CASEREST are served")
    v2_properties: str = _setting(
        "both", one_of("both", "Properties", "CaseProperties"), "key of the values in a create of v2"
    )
    v2_other_key: str = _setting("refused", one_of("refused", "ignored"), "what becomes of the other key")
    working_after: float = _setting(0.2, duration, "how long a new case is Initializing")


READERS: dict[str, Callable[[str], Any]] = {item.name: item.metadata["read"] for item in fields(Behaviour)}
"""How the text of each setting is read."""


def with_settings(base: Behaviour, texts: dict[str, str]) -> Behaviour:
    """Return ``base`` with the settings of ``texts``. Raises SpecError."""
    values = {}
    for name, text in texts.items():
        try:
            values[name] = READERS[name](text)
        except SpecError as error:
            raise SpecError(f"{name}: {error}") from None
    return replace(base, **values)
