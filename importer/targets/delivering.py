"""What both targets make of a delivery that is no answer."""

from __future__ import annotations

from importer.model.errors import Exit, ImporterError, TargetError
from importer.model.outcome import RowOutcome, Stop, Unknown
from importer.transport.delivery import Answered, MaybeDelivered, NotSent, Request, Sender


async def create(sender: Sender, request: Request) -> Answered | RowOutcome:
    """Send a create; return its answer, or the outcome where there is none.

    A create that did not leave although it was tried for a while ends the run (exit 5): nothing is charged
    to its row. A sign-in that is refused in mid-run ends it too (exit 6).
    """
    try:
        delivery = await sender.send(request)
    except ImporterError as error:
        exit_code = Exit.GUARD if error.exit is Exit.CANNOT_RUN else error.exit
        return Stop(error.code, error.message, error.remedy, exit_code)
    if isinstance(delivery, NotSent):
        reason = f"the server cannot be reached: {delivery.reason}"
        return Stop("UNREACHABLE", reason, "Run the same command again later; it continues.", Exit.LATER)
    if isinstance(delivery, MaybeDelivered):
        return Unknown(delivery.reason)
    return delivery


async def read(sender: Sender, path: str, purpose: str, where: str) -> Answered:
    """Send a GET and return its answer. Raises TargetError when there is none (exit 5)."""
    headers = {"Accept": "application/json"}
    delivery = await sender.send(Request("GET", path, headers=headers, creates=False, purpose=purpose))
    if isinstance(delivery, Answered):
        return delivery
    passing = not isinstance(delivery, NotSent) or delivery.passing
    raise unreachable(where, delivery.reason, passing=passing)


def unreachable(url: str, reason: str, *, passing: bool) -> TargetError:
    """Return the error for a server that cannot be reached; exit 5 where trying later may help."""
    return TargetError(
        "UNREACHABLE",
        f"{url} cannot be reached: {reason}.",
        "Check the address and the network; then run the same command again.",
        exit=Exit.LATER if passing else Exit.CANNOT_RUN,
    )
