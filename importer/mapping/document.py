"""A YAML text as nodes that know their line and column.

Every scalar stays the text that was written: ``no``, ``on``, ``012`` and ``12:30`` are never anything else.
Anchors, aliases and tags are refused before anything is expanded, so that a small text stays small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from importer.mapping.faults import Faults, Mark, quoted

MAX_BYTES = 4 * 1024 * 1024
"""A mapping file may be this large, in bytes; value maps of 50,000 lines fit."""
MAX_NODES = 200_000
MAX_DEPTH = 16

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Node:
    """One value of the document, where it begins and, inside a mapping, where its key begins."""

    value: str | list[Node] | dict[str, Node]
    mark: Mark
    key: Mark | None = None

    @property
    def start(self) -> Mark:
        """Where a person looks for this node: at its key, if it has one."""
        return self.key or self.mark

    def plain(self) -> Any:
        """Return the node as dicts, lists and texts."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, step: str | int) -> Node | None:
        """Return the node under a key or at an index, or None."""
        if isinstance(self.value, dict):
            return self.value.get(step) if isinstance(step, str) else None
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None

    def find(self, *path: str | int) -> Node:
        """Return the node at ``path``; where the path leaves the document, the last node on it.

        A number that meets no list is passed over: one rule may be written without the list around it.
        """
        node = self
        for step in path:
            found = node.child(step)
            if found is not None:
                node = found
            elif isinstance(step, str) or isinstance(node.value, list):
                break
        return node


_BEGINS = 'a mapping begins with lines such as "version: 1" and "target: salesforce"'


def read_document(text: str, faults: Faults, begins: str = _BEGINS) -> Node:
    """Return the root of the one document in ``text``. Raises MappingFaultsError when it is no usable YAML.

    ``begins`` is the sentence for a file that is something else. Keys that appear twice are noted in
    ``faults``, and the first one is kept.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        faults.add(Mark(1, 1), f"the file is larger than {MAX_BYTES // 1024**2} MB; a mapping is smaller")
        faults.stop()
    builder = _Builder(text, faults)
    try:
        root = builder.document()
    except _UnusableError as refused:
        faults.add(*refused.fault)
    except UnicodeEncodeError as error:
        faults.add(_mark_at(text, error.start), "a character here cannot be written as UTF-8")
    except yaml.YAMLError as error:
        mark = _mark_of(error, text)
        faults.add(mark, _sentence(error, text, mark))
    else:
        if isinstance(root.value, dict):
            return root
        faults.add(root.mark, begins)
    faults.stop()
    raise AssertionError("stop() raises when there are faults")


class _UnusableError(Exception):
    """Reading ends here; ``fault`` is the place and the reason."""

    def __init__(self, mark: Mark, message: str) -> None:
        super().__init__(message)
        self.fault = (mark, message)


class _Builder:
    """Builds nodes from parser events, without recursion into anything that the text does not spell out."""

    def __init__(self, text: str, faults: Faults) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._faults = faults
        self._count = 0

    def document(self) -> Node:
        """Return the root node; an empty text gives an empty text node."""
        root = Node("", Mark(1, 1))
        seen = False
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    raise _UnusableError(
                        _mark(event), "a mapping file holds one document; remove this --- line"
                    )
                seen = True
                root = self._node(next(self._events), 0)
        return root

    def _node(self, event: Any, depth: int) -> Node:
        self._check(event, depth)
        mark = _mark(event)
        if isinstance(event, yaml.ScalarEvent):
            return Node(event.value, mark)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(list(self._items(depth)), mark)
        return Node(self._entries(depth), mark)

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth + 1)

    def _entries(self, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self._check(event, depth)
            if not isinstance(event, yaml.ScalarEvent):
                raise _UnusableError(
                    _mark(event), "a key must be a text; write texts that begin with { or [ in quotes"
                )
            node = self._node(next(self._events), depth + 1)
            node.key = _mark(event)
            first = entries.setdefault(event.value, node)
            if first is not node and first.key:
                message = (
                    f"{quoted(event.value)} stands here for the second time; first in line {first.key.line}"
                )
                self._faults.add(node.key, message)
        return entries

    def _check(self, event: Any, depth: int) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise _UnusableError(
                _mark(event), f"the file has more than {MAX_NODES:,} parts; a mapping is smaller"
            )
        if depth > MAX_DEPTH:
            raise _UnusableError(_mark(event), f"the file is nested more than {MAX_DEPTH} levels deep")
        if isinstance(event, yaml.AliasEvent):
            raise _UnusableError(
                _mark(event), f'aliases are not allowed; write the text in quotes: "*{event.anchor}"'
            )
        if event.anchor is not None:
            raise _UnusableError(
                _mark(event), f'anchors are not allowed; write the text in quotes: "&{event.anchor}"'
            )
        if event.tag is not None:
            raise _UnusableError(
                _mark(event), "tags are not allowed; write a text that begins with ! in quotes"
            )


def _mark(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)


def _mark_of(error: yaml.YAMLError, text: str) -> Mark:
    mark = getattr(error, "problem_mark", None)
    if "unexpected end of stream" in str(getattr(error, "problem", "")):
        mark = getattr(error, "context_mark", None) or mark  # where the quote was opened, not the last line
    if mark is not None:
        return Mark(mark.line + 1, mark.column + 1)
    return _mark_at(text, int(getattr(error, "position", 0) or 0))


def _mark_at(text: str, position: int) -> Mark:
    before = text[:position]
    return Mark(before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)


_INDENTED = "this line is indented otherwise than its neighbours"
_SENTENCES = (
    (
        "mapping values are not allowed",
        "a text that holds a colon is written in quotes",
    ),
    (
        "expected ',' or '}'",
        'a { is not closed; a text that holds braces or brackets is written in quotes: "{Column}"',
    ),
    (
        "expected ',' or ']'",
        'a [ is not closed; a text that holds braces or brackets is written in quotes: "/^P[12]/"',
    ),
    ("unexpected end of stream", "a quote is opened here and not closed"),
    (
        "expected key",
        "a text that begins with { [ or a quote is written in quotes; check the indentation too",
    ),
    ("expected <document start>", "a text that begins with { [ or a quote is written in quotes as a whole"),
    ("entries are not allowed", "a text that begins with { [ or a quote is written in quotes as a whole"),
    ("unknown escape", r"in double quotes a \ is written twice; single quotes keep it as it is"),
    ("expected <block end>", _INDENTED),
    ("expected '-' indicator", _INDENTED),
    (
        "expected the node content",
        "a text that begins with one of { } [ ] , # & * ! | > % @ is written in quotes",
    ),
)
"""What the parser says → what a person needs to hear."""


def _sentence(error: yaml.YAMLError, text: str, mark: Mark) -> str:
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read")
    lines = text.splitlines()
    line = lines[mark.line - 1] if mark.line <= len(lines) else ""
    before, sign = line[: mark.column - 1], line[mark.column - 1 : mark.column]
    if set(line) & set("“”„‟‘’"):
        return 'this line has typographic quotes; write straight ones: "'
    if "cannot start any token" in said:
        tab = sign == "\t"
        return (
            "indent with blanks, not with tabs"
            if tab
            else f"a text that begins with {sign} is written in quotes"
        )
    if ("mapping values" in said and ":" not in before) or ("expected key" in said and not before.strip()):
        return _INDENTED
    plain = next((sentence for words, sentence in _SENTENCES if words in said), None)
    return plain or f"this is not YAML ({said}); check indentation and quotes"
