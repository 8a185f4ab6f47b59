"""HTTP: pacing, concurrency, retry, signing in, and one answer that counts: was it delivered? (design §3)"""

from importer.transport.congestion import Congestion, Sign, sign_of_status
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
from importer.transport.retry import backoff, retry_after
from importer.transport.signin import Send, Session, SignIn
from importer.transport.slots import Slots
from importer.transport.transport import Transport

__all__ = [
    "Answered",
    "Congestion",
    "Delivery",
    "MaybeDelivered",
    "NotSent",
    "Pacer",
    "Request",
    "Send",
    "Sender",
    "Session",
    "Sign",
    "SignIn",
    "Slots",
    "Transport",
    "backoff",
    "retry_after",
    "sign_of_status",
    "verdict_of",
]
