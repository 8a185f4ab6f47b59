"""What passes between the HTTP shell and the simulated systems: calls, replies, routes, a system."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from importer.simulator.world import World

JSON = "application/json;charset=UTF-8"
HTML = "text/html;charset=utf-8"


@dataclass(slots=True)
class Call:
    """One request as a handler sees it. ``args`` are the named parts of the path, ``faults`` those that act
    while the record is saved, ``locked`` the parents that another request holds, ``user`` the id or name of
    who has signed in. On a route that takes uploads the body is in ``file`` (None when it is too large)."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    origin: str
    args: dict[str, str] = field(default_factory=dict)
    faults: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    user: str = ""
    file: Path | None = None


@dataclass(slots=True)
class Reply:
    """An answer: status, body and headers. ``chunks``, when given, makes the body piece by piece."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    chunks: Callable[[], Iterator[bytes]] | None = None

    def in_one_piece(self) -> Reply:
        """Return the same answer with its whole body in memory."""
        return Reply(self.status, b"".join(self.chunks()), self.headers) if self.chunks else self

    @classmethod
    def json(cls, status: int, content: Any, content_type: str = JSON) -> Reply:
        """An answer whose body is ``content`` as JSON."""
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status, body, {"Content-Type": content_type})

    @classmethod
    def html(cls, status: int, text: str) -> Reply:
        """An HTML page."""
        return cls(status, text.encode(), {"Content-Type": HTML})


Handler = Callable[["World", Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path (parts in braces are named), the kind of request it is, and its handler.

    ``open`` routes need no sign-in. A route of many ``rows`` gets locks in its call and refuses row by row.
    The body of an ``upload`` goes to a file as it comes. A path ends with or without a slash. Where ``sort``
    is given, the body decides the kind.
    """

    method: str
    path: str
    kind: str
    handler: Handler
    open: bool = False
    rows: bool = False
    upload: bool = False
    sort: Callable[[bytes], str] | None = None


class System(Protocol):
    """One simulated server: its routes, and how it admits, refuses and completes.

    ``roots`` are the first segments of the paths that are its own.
    """

    name: str
    roots: tuple[str, ...]
    routes: Sequence[Route]

    def admit(self, world: World, call: Call, route: Route) -> Reply | None:
        """Check the sign-in and the limits; give the refusal, or None."""
        ...

    def refuse(self, world: World, fault: str) -> Reply:
        """Give the answer that stands for a fault."""
        ...

    def complete(self, world: World, call: Call, route: Route, reply: Reply) -> Reply:
        """Add the headers that every answer of this server carries."""
        ...

    def parents(self, call: Call) -> frozenset[str]:
        """Give the records that this call locks until it is committed."""
        ...

    def unknown(self, world: World, call: Call, methods: list[str]) -> Reply:
        """Answer a path that no route has (404), or none with this method (405 with ``methods``)."""
        ...

    def seed(self, world: World) -> None:
        """Save the records that are there before anybody comes."""
        ...

    def start(self, world: World) -> None:
        """Take up work that goes on between requests; called in the event loop."""
        ...

    async def stop(self) -> None:
        """End that work where it can be taken up again."""
        ...

    def expire(self) -> None:
        """Forget all sign-ins."""
        ...

    def reset(self) -> None:
        """Forget what counts towards limits, and open cursors."""
        ...


def basic(encoded: str) -> tuple[str, str]:
    """Return user and password of a Basic header's second part; empty texts when it cannot be read."""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except ValueError:
        return "", ""
    return user, password


class Router:
    """Finds the route of a path; names match one segment each, percent-decoded by the caller."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._by_length: dict[int, list[tuple[list[str], Route]]] = {}
        for route in routes:
            parts = route.path.strip("/").split("/")
            self._by_length.setdefault(len(parts), []).append((parts, route))

    def find(self, method: str, segments: list[str]) -> tuple[Route, dict[str, str]] | list[str]:
        """Give the route and its named parts, or the methods that this path would take (none: no path)."""
        methods = []
        for parts, route in self._by_length.get(len(segments), ()):
            args = _match(parts, segments)
            if args is not None:
                if route.method == method:
                    return route, args
                methods.append(route.method)
        return methods


def _match(parts: list[str], segments: list[str]) -> dict[str, str] | None:
    args = {}
    for part, segment in zip(parts, segments, strict=True):
        literal, brace, name = part.partition("{")
        if brace and segment.startswith(literal):
            args[name[:-1]] = segment.removeprefix(literal)
        elif part != segment:
            return None
    return args
