"""A sender that plays a script: what targets' tests put in the place of the transport."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from importer.transport import Answered, Delivery, Request

Step = Delivery | Exception | Callable[[Request], Delivery]


class Script:
    """Plays ``steps`` in order, one per request, and keeps the requests.

    A step is a delivery, an exception to raise, or a function of the request. A request beyond the end of the
    script is an AssertionError; ``finished`` tells whether every step was played.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = list(steps)
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Delivery:
        """Keep ``request`` and play the next step."""
        played = len(self.requests)
        self.requests.append(request)
        assert played < len(self._steps), f"request {played + 1} is beyond the script: {request.method}"
        step = self._steps[played]
        if isinstance(step, Exception):
            raise step
        return step(request) if callable(step) else step

    @property
    def finished(self) -> bool:
        """Whether every step was played."""
        return len(self.requests) == len(self._steps)


def answered(status: int, document: object = None, **headers: str) -> Answered:
    """Return an answer with a JSON body; ``retry_after="3"`` becomes the header ``retry-after``."""
    body = b"" if document is None else json.dumps(document).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answered(status, {"content-type": "application/json;charset=UTF-8", **named}, body)
