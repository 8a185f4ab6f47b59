"""A subset of SOQL: text to syntax tree. Knows grammar only; fields and types are checked where it is run.

``SELECT fields | COUNT() | COUNT(field) FROM Object [WHERE …] [ORDER BY …] [LIMIT n] [OFFSET n]`` with
``= != <> < <= > >= LIKE IN NOT IN``, ``AND OR NOT``, parentheses and sub-queries behind ``IN``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from importer.simulator.salesforce.errors import RefusalError, refused

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<sign><=|>=|!=|<>|[=<>(),])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}
_COMPARE = {"=", "!=", "<>", "<", "<=", ">", ">="}


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in a condition: ``kind`` is string, datetime, date, number, boolean or null."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Compare:
    """``field sign literal``; LIKE is a sign too."""

    path: str
    sign: str
    literal: Literal


@dataclass(frozen=True, slots=True)
class Among:
    """``field [NOT] IN (…)``: literals, or a sub-query with one field."""

    path: str
    values: tuple[Literal, ...] | Select
    negated: bool


@dataclass(frozen=True, slots=True)
class Both:
    """Conditions joined by AND or OR."""

    word: str
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """``NOT condition``."""

    part: Condition


Condition = Compare | Among | Both | Negated


@dataclass(frozen=True, slots=True)
class Order:
    """One entry of ORDER BY; ``nulls`` is FIRST or LAST."""

    path: str
    descending: bool
    nulls: str


@dataclass(frozen=True, slots=True)
class Select:
    """A query. ``count`` is the field counted (empty for ``COUNT()``), or None."""

    fields: tuple[str, ...]
    source: str
    count: str | None = None
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0


def malformed(message: str) -> RefusalError:
    """Return the refusal of a query that cannot be parsed."""
    return refused("MALFORMED_QUERY", message)


def parse(text: str) -> Select:
    """Parse a query. Raises RefusalError (MALFORMED_QUERY)."""
    parser = _Parser(_tokens(text))
    select = parser.select()
    parser.end()
    return select


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, place = [], 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if not found:
            raise malformed(f"line 1:{place} no viable alternative at character '{text[place]}'")
        if found.lastgroup != "space":
            tokens.append((str(found.lastgroup), found[0]))
        place = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("end", "<EOF>")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._place += 1
        return token

    def _word(self, *words: str) -> bool:
        """Take the next tokens when they are these words or signs."""
        ahead = self._tokens[self._place : self._place + len(words)]
        if [text.upper() for _, text in ahead] != list(words):
            return False
        self._place += len(words)
        return True

    def _expect(self, word: str) -> None:
        if not self._word(word):
            raise malformed(f"unexpected token: '{self._peek()[1]}'")

    def _name(self) -> str:
        kind, text = self._next()
        if kind != "word":
            raise malformed(f"unexpected token: '{text}'")
        return text

    def _number(self) -> int:
        kind, text = self._next()
        if kind != "number" or not text.isdigit():
            raise malformed(f"unexpected token: '{text}'")
        return int(text)

    def end(self) -> None:
        """Refuse what stands behind the query."""
        if self._peek()[0] != "end":
            raise malformed(f"unexpected token: '{self._peek()[1]}'")

    def select(self) -> Select:
        """Parse one SELECT, up to its end or the parenthesis that closes it."""
        self._expect("SELECT")
        fields, count = self._columns()
        self._expect("FROM")
        source = self._name()
        where = self._either() if self._word("WHERE") else None
        order = self._order() if self._word("ORDER", "BY") else ()
        limit = self._number() if self._word("LIMIT") else None
        offset = self._number() if self._word("OFFSET") else 0
        return Select(fields, source, count, where, order, limit, offset)

    def _columns(self) -> tuple[tuple[str, ...], str | None]:
        if self._word("COUNT", "("):
            counted = "" if self._word(")") else self._name()
            if counted:
                self._expect(")")
            return (), counted
        fields = [self._name()]
        while self._word(","):
            fields.append(self._name())
        return tuple(fields), None

    def _order(self) -> tuple[Order, ...]:
        entries = []
        while True:
            path = self._name()
            descending = self._word("DESC")
            if not descending:
                self._word("ASC")
            nulls = "LAST" if self._word("NULLS", "LAST") else "FIRST"
            self._word("NULLS", "FIRST")
            entries.append(Order(path, descending, nulls))
            if not self._word(","):
                return tuple(entries)

    def _either(self) -> Condition:
        """Conditions joined by one word; mixing AND and OR without parentheses is malformed."""
        parts, joined = [self._condition()], None
        while (word := self._peek()[1].upper()) in {"AND", "OR"}:
            if joined not in (None, word):
                raise malformed(f"unexpected token: '{self._peek()[1]}'")
            joined = word
            self._next()
            parts.append(self._condition())
        return Both(joined, tuple(parts)) if joined else parts[0]

    def _condition(self) -> Condition:
        if self._word("NOT"):
            return Negated(self._condition())
        if self._word("("):
            inner = self._either()
            self._expect(")")
            return inner
        path = self._name()
        if self._word("NOT", "IN"):
            return Among(path, self._values(), True)
        if self._word("IN"):
            return Among(path, self._values(), False)
        if self._word("LIKE"):
            return Compare(path, "LIKE", self._literal(like=True))
        _, sign = self._next()
        if sign not in _COMPARE:
            raise malformed(f"unexpected token: '{sign}'")
        return Compare(path, "!=" if sign == "<>" else sign, self._literal())

    def _values(self) -> tuple[Literal, ...] | Select:
        self._expect("(")
        if self._peek()[1].upper() == "SELECT":
            inner = self.select()
            self._expect(")")
            return inner
        values = [self._literal()]
        while self._word(","):
            values.append(self._literal())
        self._expect(")")
        return tuple(values)

    def _literal(self, *, like: bool = False) -> Literal:
        kind, text = self._next()
        if kind == "string":
            return Literal("string", unquote(text, like=like))
        if kind in {"datetime", "date"}:
            return Literal(kind, text)
        if kind == "number":
            return Literal("number", float(text) if set(text) & set(".eE") else int(text))
        if kind == "word" and text.upper() in {"TRUE", "FALSE"}:
            return Literal("boolean", text.upper() == "TRUE")
        if kind == "word" and text.upper() == "NULL":
            return Literal("null", None)
        raise malformed(f"unexpected token: '{text}'")


def unquote(text: str, *, like: bool = False) -> str:
    """Return the value of a quoted literal. For LIKE, ``\\_`` and ``\\%`` keep their backslash."""
    out, chars = [], iter(text[1:-1])
    for char in chars:
        if char != "\\":
            out.append(char)
            continue
        escaped = next(chars)
        if escaped in "_%":
            out.append("\\" + escaped if like else escaped)
        elif escaped.lower() in _ESCAPES:
            plain = _ESCAPES[escaped.lower()]
            out.append("\\\\" if like and plain == "\\" else plain)
        else:
            raise malformed(f"Invalid string literal {text}. Illegal character sequence '\\{escaped}'")
    return "".join(out)
