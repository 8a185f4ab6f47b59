"""Which records the rows of a results file are, where they have no key of their own."""

from __future__ import annotations

from collections.abc import Callable

from importer.journal.file_keys import FileKeys
from importer.journal.identity import Identities, content_key
from importer.journal.journal import Journal
from importer.journal.records import LedgerLine, RowPlace
from importer.journal.states import State
from importer.model.row import Row
from importer.pipeline.standing import Setting


class LineIdentities(Identities):
    """The identities of rows; in a results file, equal rows are told apart by what its lines say they are.

    Without a key, rows are known by their contents and a number among equals. In a file that was sorted, cut
    or added to, that number is no longer the row's place among its equals: a line keeps a number of its own,
    and an added row is known only as far as the ledger has equal records that are no line of the file.
    """

    def __init__(self, at: Setting, named: Callable[[Row], RowPlace | None]) -> None:
        super().__init__(at.compiled, at.journal.digest, at.keys, at.run.digest, at.source.shape.row_name)
        self._at = at
        self._named = named
        self._lines: FileKeys | None = None

    def close(self) -> None:
        """Drop what was remembered of the file."""
        super().close()
        if self._lines is not None:
            self._lines.close()

    def ledger_lines(self, row: Row, scope: int, journal: Journal) -> list[LedgerLine]:
        """Return what the ledger knows of records with the key, or the contents, of ``row``."""
        key = self.key_of(row)
        if isinstance(key, bytes):
            line = journal.ledger_line(scope, key)
            return [] if line is None else [line]
        content = self.content_of(row)
        return [] if key is not None else [line for _key, line in journal.ledger_equals(scope, content)]

    def _ordinal(self, row: Row, content: bytes) -> int:
        if self._at.lines.columns is None:
            return super()._ordinal(row, content)
        if self._named(row) is not None:
            return self._free(row, content)
        place_among_new = self._seen.ordinal(content)
        strangers = self._strangers(content)
        if place_among_new < len(strangers):
            return strangers[place_among_new]
        return self._free(row, content)

    def _free(self, row: Row, content: bytes) -> int:
        """Return a number that no other record or row has: the row's own, where it was sent before."""
        at = self._at
        own = at.journal.entry(at.run.n, row.number)
        taken = {
            int.from_bytes(key[-4:], "big")
            for key, line in at.journal.ledger_equals(at.run.scope, content)
            if (line.run_n, line.row) != (at.run.n, row.number)
        }
        if own is not None and own.key is not None and own.key[:-4] == content_key(content, 0)[:-4]:
            ordinal = int.from_bytes(own.key[-4:], "big")
            if own.state is not State.PENDING or ordinal not in taken:
                return ordinal
        ordinal = 0
        while ordinal in taken or self._seen.first_with(content_key(content, ordinal), row.number, b""):
            ordinal += 1
        return ordinal

    def _strangers(self, content: bytes) -> list[int]:
        """Return the numbers of equal records that no line of this file is, nor any other row of this run."""
        at = self._at
        found = [
            (key, RowPlace(line.run_n, line.row))
            for key, line in at.journal.ledger_equals(at.run.scope, content)
            if line.run_n != at.run.n
        ]
        if not found:
            return []
        lines = self._lines if self._lines is not None else self._look_through()
        free = [
            int.from_bytes(key[-4:], "big")
            for key, owner in found
            if not lines.has(_name(at.journal.origin(owner)))
        ]
        return free[lines.count(content) :]

    def _look_through(self) -> FileKeys:
        """Walk the file once for the rows that its lines are; of known ones without entry, the contents."""
        at = self._at
        self._lines = found = FileKeys()
        for row in at.source.rows():
            named = None if row.problems else self._named(row)
            if named is None:
                continue
            found.first_with(_name(at.journal.origin(named)), row.number, b"")
            if (
                not row.blank
                and at.journal.is_known(named)
                and at.journal.entry(named.run, named.row) is None
            ):
                found.ordinal(self.content_of(row))
        return found


def _name(at: RowPlace) -> bytes:
    return f"{at.run}:{at.row}".encode()
