"""The rows of a file by their keys, for the pass in which the parents that are missing are named."""

from __future__ import annotations

from importer.journal.file_keys import FileKeys
from importer.journal.identity import ledger_key
from importer.model.problem import Problem
from importer.pipeline.work import Work


class RowsByKey:
    """Walks the source once (blocks) and remembers each key's first row on disk."""

    def __init__(self, work: Work) -> None:
        self._fold = work.keys.fold_case
        self._keys = FileKeys()
        for row in work.source.rows():
            if not work.compiled.takes(row):
                continue
            key = work.compiled.key(row)
            if key is not None and not isinstance(key, Problem):
                self._keys.first_with(ledger_key(key, fold_case=self._fold), row.number, b"")

    def find(self, value: str) -> int | None:
        """Return the row whose key is ``value``, None when the file has none."""
        return self._keys.row_of(ledger_key((value,), fold_case=self._fold))

    def close(self) -> None:
        """Drop what was remembered."""
        self._keys.close()
