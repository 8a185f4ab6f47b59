"""HTTP: pacing, concurrency, retry, signing in, and one answer that counts: was it delivered? (design §3)"""

from importer.transport.delivery import (
    Answered,
    Delivery,
    MaybeDelivered,
    NotSent,
    Request,
    Sender,
    verdict_of,
)
from importer.transport.pacing import Pacer
from importer.transport.retry import MAX_RETRY_AFTER, retry_after
from importer.transport.signin import Send, Session, SignIn
from importer.transport.slots import Slots
from importer.transport.transport import Transport

__all__ = [
    "MAX_RETRY_AFTER",
    "Answered",
    "Delivery",
    "MaybeDelivered",
    "NotSent",
    "Pacer",
    "Request",
    "Send",
    "Sender",
    "Session",
    "SignIn",
    "Slots",
    "Transport",
    "retry_after",
    "verdict_of",
]
