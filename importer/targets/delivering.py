"""What both targets make of a delivery that is no answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from importer.model.errors import Exit, ImporterError, TargetError
from importer.model.outcome import Again, Held, RowOutcome, Stop, Unknown, Unreachable
from importer.transport.congestion import Sign
from importer.transport.delivery import CLOSED, Answered, MaybeDelivered, NotSent, Request, Sender

JSON: Mapping[str, str] = MappingProxyType({"Accept": "application/json"})
AGAIN = "Check the address and the network; then run the same command again."
CLOSED_AT_ONCE = (
    "Run the same command again later. A server that closes every connection may want a client certificate, "
    "or another one: client_cert of the connection."
)
"""TLS 1.3 lets a server refuse a certificate after the handshake; the client sees a closed connection."""


async def create(sender: Sender, request: Request) -> Answered | RowOutcome:
    """Send a create; return its answer, or the outcome where there is none.

    A create that did not leave although it was tried for a while is charged to no row: the run waits. So it
    does while nobody can sign in. Where waiting does not help (a sign-in that is refused in mid-run, a
    certificate that is not trusted any more) the run ends with exit 6.
    """
    try:
        delivery = await sender.send(request)
    except ImporterError as error:
        if error.exit is Exit.LATER:
            return Unreachable(error.message.rstrip("."))
        exit_code = Exit.GUARD if error.exit is Exit.CANNOT_RUN else error.exit
        return Stop(error.code, error.message, error.remedy, exit_code, left=False)
    if isinstance(delivery, Answered):
        return delivery
    if isinstance(delivery, NotSent) and delivery.held:
        return Held()
    if isinstance(delivery, NotSent) and delivery.passing:
        return Unreachable(delivery.reason)
    if isinstance(delivery, NotSent):
        remedy = delivery.remedy or AGAIN
        return Stop("NOT_SENT", f"nothing can be sent: {delivery.reason}", remedy, Exit.GUARD, left=False)
    return Unknown(delivery.reason)


def sign_of(outcome: RowOutcome) -> Sign:
    """Return what the outcome of a create says about the server: how many requests may be in flight."""
    if isinstance(outcome, Again):
        return Sign.BUSY if outcome.whole_run else Sign.TROUBLED
    if isinstance(outcome, Unknown):
        return Sign.BUSY if outcome.busy else Sign.TROUBLED
    return Sign.CLEAR


async def read(
    sender: Sender,
    path: str,
    purpose: str,
    where: str,
    *,
    headers: Mapping[str, str] = JSON,
    save_to: Path | None = None,
    seconds: float = 0.0,
) -> Answered:
    """Send a GET and return its answer. Raises TargetError when there is none (exit 5).

    ``save_to`` and ``seconds`` are those of Request.
    """
    request = Request(
        "GET", path, headers=headers, creates=False, purpose=purpose, save_to=save_to, seconds=seconds
    )
    delivery = await sender.send(request)
    if isinstance(delivery, Answered):
        return delivery
    raise undelivered(where, delivery)


def undelivered(url: str, delivery: NotSent | MaybeDelivered) -> TargetError:
    """Return the error for a request that only reads and has no answer."""
    if isinstance(delivery, MaybeDelivered):
        closed = CLOSED_AT_ONCE if delivery.reason == CLOSED and url.startswith("https:") else ""
        return unreachable(url, delivery.reason, passing=True, remedy=closed)
    return unreachable(url, delivery.reason, passing=delivery.passing, remedy=delivery.remedy)


def unreachable(url: str, reason: str, *, passing: bool, remedy: str = "") -> TargetError:
    """Return the error for a server that cannot be reached; exit 5 where trying later may help."""
    return TargetError(
        "UNREACHABLE",
        f"{url} cannot be reached: {reason}.",
        remedy or AGAIN,
        exit=Exit.LATER if passing else Exit.CANNOT_RUN,
    )
