"""Which record a row is: its key, or its contents and place among equals (design §4, Identity)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

from importer.journal.file_keys import FileKeys, Seen
from importer.model.problem import Problem, problem
from importer.model.row import Row


class Keyed(Protocol):
    """What of a compiled mapping tells rows apart."""

    def key(self, row: Row) -> tuple[str, ...] | Problem | None:
        """Return the row's key, why it has none, or None when its contents tell it apart."""
        ...

    def keys(self, rows: Sequence[Row]) -> list[tuple[str, ...] | Problem | None]:
        """Return what ``key`` returns for each row."""
        ...

    def content(self, row: Row) -> bytes:
        """Return the cells the mapping uses as unambiguous bytes."""
        ...

    def mark(self, row: Row) -> bytes:
        """Return bytes that are equal for rows of one file that are equal in the cells the mapping uses."""
        ...

    def marks(self, rows: Sequence[Row]) -> list[bytes]:
        """Return what ``mark`` returns for each row."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """The identity of a row: its key in the ledger."""

    key: bytes


@dataclass(frozen=True, slots=True)
class Repeated:
    """The row repeats an earlier row of the file in every used cell; ``first`` is its name."""

    first: str


Identity = Known | Repeated | Problem

WITH_CASE = " with letter case"
"""What ends the basis of keys that the server tells apart by letter case."""


@dataclass(frozen=True, slots=True)
class Keys:
    """How the rows of a source are recognised (design §4, Identity).

    ``source`` is the mapping's name for it, ``basis`` says what a key is made of, ``fold_case`` that the
    server compares keys without regard to case, ``by_file`` that equal rows of different files are different
    records (``key: none``); ``column`` is where problems of the key are shown.
    """

    source: str
    basis: str
    fold_case: bool = False
    by_file: bool = False
    column: str | None = None


class Identities:
    """Gives each row of a file its identity, in the file's order; begin anew for each pass.

    ``digest`` is the journal's keyed digest, ``file`` the digest of the file in hex; ``name`` tells what a
    person calls a row.
    """

    def __init__(
        self,
        keyed: Keyed,
        digest: Callable[[bytes], bytes],
        keys: Keys,
        file: str,
        name: Callable[[int], str] = str,
    ) -> None:
        self._name = name
        self._keyed = keyed
        self._digest = digest
        self._keys = keys
        self._nonce = bytes.fromhex(file) if keys.by_file else b""
        self._seen = FileKeys()

    def close(self) -> None:
        """Drop what was remembered of the file."""
        self._seen.close()

    def of(self, row: Row) -> Identity:
        """Return the identity of ``row``; call it once for each row that is neither blank nor misshapen."""
        key = self._keyed.key(row)
        if isinstance(key, Problem):
            return key
        if key is None:
            digest = self.content_of(row)
            return Known(content_key(digest, self._ordinal(row, digest)))
        stored = ledger_key(key, fold_case=self._keys.fold_case)
        same = blake2b(self._keyed.mark(row), digest_size=16).digest()
        return self._keyed_identity(stored, same, self._seen.first_with(stored, row.number, same))

    def of_each(self, rows: Sequence[Row]) -> list[Identity]:
        """Return the identities of ``rows``, in their order; as if each had been asked for by itself."""
        keys = self._keyed.keys(rows)
        fold, marks = self._keys.fold_case, self._keyed.marks(rows)
        entries = [
            (ledger_key(key, fold_case=fold), row.number, blake2b(mark, digest_size=16).digest())
            for key, row, mark in zip(keys, rows, marks, strict=True)
            if isinstance(key, tuple)
        ]
        if len(entries) < len(rows):
            return [self.of(row) for row in rows]
        seen = self._seen.first_with_each(entries)
        if not any(seen):
            return [Known(key) for key, _, _ in entries]
        return [self._keyed_identity(e[0], e[2], first) for e, first in zip(entries, seen, strict=True)]

    def _keyed_identity(self, key: bytes, same: bytes, earlier: Seen | None) -> Identity:
        if earlier is None:
            return Known(key)
        if earlier.digest == same:
            return Repeated(self._name(earlier.row))
        return problem("DUPLICATE_KEY", column=self._keys.column, first=self._name(earlier.row))

    def key_of(self, row: Row) -> bytes | Problem | None:
        """Return the key of ``row`` as the ledger stores it, the problem with it, or None without a key."""
        key = self._keyed.key(row)
        return ledger_key(key, fold_case=self._keys.fold_case) if isinstance(key, tuple) else key

    def content_of(self, row: Row) -> bytes:
        """Return the digest by which equal rows are known where there is no key."""
        return self._digest(self._nonce + self._keyed.content(row))

    def _ordinal(self, row: Row, content: bytes) -> int:
        """Return the number of ``row`` among those with the digest ``content``."""
        return self._seen.ordinal(content)


def content_key(content: bytes, ordinal: int) -> bytes:
    """Return the key of a row that declares none as the ledger stores it: digest of its cells, and number."""
    return b"c" + content + ordinal.to_bytes(4, "big")


def ledger_key(key: tuple[str, ...], *, fold_case: bool) -> bytes:
    """Return a declared key as the ledger stores it."""
    parts = [part.casefold() for part in key] if fold_case else list(key)
    if len(parts) == 1 and parts[0].isprintable() and '"' not in parts[0] and "\\" not in parts[0]:
        return f'k["{parts[0]}"]'.encode()  # the same text, without the encoder
    return b"k" + _as_json(parts).encode()


_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: once a row is slow
