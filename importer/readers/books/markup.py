"""XML of workbook parts, by expat: no document type definitions, so no bombs and no external entities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any
from xml.parsers import expat

from importer.readers.books.limits import TOKEN_BYTES, DamagedError, unreadable

BLOCK_BYTES = 1 << 18
MAX_DEPTH = 200


def parser(
    start: Callable[[str, dict[str, str]], None], end: Callable[[str], None], *, namespaces: bool = False
) -> Any:
    """Return a parser that calls ``start`` and ``end`` for each element; texts are asked for by them.

    With ``namespaces`` names come as namespace, blank, local name; else as the file writes them.
    """
    made = expat.ParserCreate(namespace_separator=" " if namespaces else None)
    made.buffer_text = True
    made.buffer_size = 1 << 16
    made.StartElementHandler = start
    made.EndElementHandler = end
    made.StartDoctypeDeclHandler = _doctype
    return made


def feed(made: Any, stream: IO[bytes]) -> Iterator[None]:
    """Feed ``stream`` to the parser; comes back after each block. Raises DamagedError, RefusedError."""
    fed = 0
    while True:
        block = stream.read(BLOCK_BYTES)
        try:
            made.Parse(block, not block)
        except expat.ExpatError as error:
            raise DamagedError(f"its XML is not well-formed (line {error.lineno})") from None
        if not block:
            return
        fed += len(block)
        if fed - made.CurrentByteIndex > TOKEN_BYTES:  # expat looks at an open token again with each block
            raise unreadable(f"it has a tag or comment of more than {TOKEN_BYTES >> 20} MiB")
        yield


@dataclass(slots=True)
class Element:
    """An element of a small part: local name, attributes by local name, children."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Element]:
        """Give every element called ``name`` below this one, in document order."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.all(name)

    def first(self, name: str) -> Element | None:
        """Return the first element called ``name`` below this one."""
        return next(self.all(name), None)


def tree(stream: IO[bytes]) -> Element:
    """Read a small part whole. Raises DamagedError."""
    top = Element("", {})
    stack = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        element = Element(local(name), {local(key): value for key, value in attributes.items()})
        stack[-1].children.append(element)
        stack.append(element)
        if len(stack) > MAX_DEPTH:
            raise unreadable("its XML is nested too deeply")

    def end(_name: str) -> None:
        stack.pop()

    for _ in feed(parser(start, end), stream):
        pass
    return top


def local(name: str) -> str:
    """Return a name without its prefix."""
    return name.rpartition(":")[2]


def _doctype(*_: object) -> None:
    raise unreadable("it has a document type definition, which no workbook needs")
