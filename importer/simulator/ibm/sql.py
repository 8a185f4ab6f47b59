"""A subset of Content Engine SQL: the condition of a search (facts §4.5), compiled for the store.

``[Name]`` or ``Name``, ``= <> < <= > >=``, ``IS [NOT] NULL``, ``AND OR NOT``, parentheses; texts in single
quotes (one inside is doubled), numbers, ``TRUE``, ``FALSE``, ids in braces without quotes, dates such as
``20240502T080000Z`` or ``2024-05-02T08:00:00Z``. Texts are compared as they are, letter case included.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from importer.simulator.ibm.schema import CaseType, Property
from importer.simulator.ids import guid

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<string>'(?:[^']|'')*')
    | (?P<id>\{[0-9A-Fa-f-]{36}\})
    | (?P<datetime>\d{4}-?\d\d-?\d\dT\d\d:?\d\d:?\d\d(?:\.\d+)?Z)
    | (?P<number>[+-]?\d+(?:\.\d+)?)
    | (?P<name>\[[A-Za-z_][A-Za-z0-9_]*\]|[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign><=|>=|<>|[=<>()])
    """,
    re.VERBOSE | re.DOTALL,
)
_KEYWORDS = {"AND", "OR", "NOT", "IS", "NULL", "TRUE", "FALSE"}
_COMPARE = {"=", "<>", "<", "<=", ">", ">="}
_LITERALS = {
    "string": ("string",),
    "id": ("id",),
    "datetime": ("datetime",),
    "number": ("integer", "float"),
    "boolean": ("boolean",),
}
"""Which property types a literal of each kind may stand beside."""
ID = Property("Id", "ID", "id", updatability="readonly", inherited=True)


class QueryError(Exception):
    """The search cannot be run; the text says why."""


def searchable(case_type: CaseType) -> Mapping[str, Property]:
    """Return the properties of a case type that a search may name, with its ``Id``."""
    return {**case_type.properties, ID.name: ID}


def column(known: Property) -> str:
    """Return the SQL expression for a property of a stored case; the name comes from the schema."""
    return f"json_extract(fields, '$.{known.name}')"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on stored cases with its parameters."""

    sql: str
    parameters: tuple[Any, ...] = ()


def compile_where(text: str, properties: Mapping[str, Property]) -> Condition:
    """Return the condition in ``text``. Raises QueryError."""
    parser = _Parser(_tokens(text), properties)
    condition = parser.either()
    if parser.place < len(parser.tokens):
        raise QueryError(f"unexpected {parser.tokens[parser.place][1]!r} in the WHERE clause")
    return condition


def compile_order(text: str, properties: Mapping[str, Property]) -> str:
    """Return the SQL order of ``Name [ASC|DESC]``, then of creation. Raises QueryError."""
    name, _, word = text.strip().partition(" ")
    if not name:
        return "seq"
    known = properties.get(name.strip("[]"))
    if known is None or word.strip().upper() not in ("", "ASC", "DESC"):
        raise QueryError(f"the ORDER BY clause {text!r} cannot be read")
    return f"{column(known)} {word.strip().upper()}, seq {word.strip().upper()}"


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, place = [], 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if not found:
            raise QueryError(f"the WHERE clause cannot be read from character {place} on")
        kind, word = str(found.lastgroup), found[0]
        if kind == "name" and word.upper() in _KEYWORDS:
            kind, word = "keyword", word.upper()
        if kind != "space":
            tokens.append((kind, word))
        place = found.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, tokens: list[tuple[str, str]], properties: Mapping[str, Property]) -> None:
        self.tokens = tokens
        self.place = 0
        self._properties = {name.casefold(): known for name, known in properties.items()}

    def either(self) -> Condition:
        return self._joined("OR", self._both)

    def _both(self) -> Condition:
        return self._joined("AND", self._one)

    def _joined(self, word: str, read: Any) -> Condition:
        parts = [read()]
        while self._take("keyword", word):
            parts.append(read())
        joined = f" {word} ".join(f"({part.sql})" for part in parts)
        return Condition(joined, tuple(value for part in parts for value in part.parameters))

    def _one(self) -> Condition:
        if self._take("keyword", "NOT"):
            part = self._one()
            return Condition(f"NOT ({part.sql})", part.parameters)
        if self._take("sign", "("):
            part = self.either()
            if not self._take("sign", ")"):
                raise QueryError("a parenthesis is not closed")
            return part
        return self._comparison()

    def _comparison(self) -> Condition:
        name = self._next("name").strip("[]")
        known = self._properties.get(name.casefold())
        if known is None:
            raise QueryError(f"the property {name} does not exist")
        if self._take("keyword", "IS"):
            word = "IS NOT NULL" if self._take("keyword", "NOT") else "IS NULL"
            self._next("keyword")
            return Condition(f"{column(known)} {word}")
        sign = self._next("sign")
        if sign not in _COMPARE or known.multi:
            raise QueryError(f"{sign} cannot be used with the property {name}")
        return Condition(f"{column(known)} {sign} ?", (self._literal(known),))

    def _literal(self, known: Property) -> Any:
        kind, word = self._next_any()
        if kind == "keyword" and word in ("TRUE", "FALSE"):
            kind = "boolean"
        if known.type not in _LITERALS.get(kind, ()):
            raise QueryError(f"the value for the property {known.name} is not of the type {known.type}")
        match kind:
            case "string":
                return word[1:-1].replace("''", "'")
            case "id":
                return guid(word)
            case "datetime":
                return dt.datetime.fromisoformat(word).strftime("%Y-%m-%dT%H:%M:%SZ")
            case "number":
                return float(word)
        return int(word == "TRUE")

    def _take(self, kind: str, word: str) -> bool:
        if self.place < len(self.tokens) and self.tokens[self.place] == (kind, word):
            self.place += 1
            return True
        return False

    def _next(self, kind: str) -> str:
        found, word = self._next_any()
        if found != kind:
            raise QueryError(f"unexpected {word!r} in the WHERE clause")
        return word

    def _next_any(self) -> tuple[str, str]:
        if self.place >= len(self.tokens):
            raise QueryError("the WHERE clause ends too early")
        self.place += 1
        return self.tokens[self.place - 1]
