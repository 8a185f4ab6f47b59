"""The upload of one job: lines in a private file, and what pairs its results with the rows."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path

from importer.model.draft import Draft
from importer.model.errors import ImporterError
from importer.targets.salesforce.bulk.lines import cells, line
from importer.targets.salesforce.bulk.pairing import Pairing
from importer.targets.salesforce.named import heads_of, spread

ID = "Id"
MOST_BYTES = 100_000_000
"""Bytes of an upload: 150 MB count after base64 (facts §4.4)."""
BUFFER = 1 << 18
MOST_ROWS = 50_000
"""Rows of a job: bounds what is remembered of it. The server cuts it into batches of 10,000 anyway."""


class SalesforceLoad:
    """Collects the lines of one job. The file holds rows' contents: only its owner may read it.

    ``columns`` are the properties that any row of the mapping may have, and the ``heads`` of the records that
    rows name by an external id (columns of their own, §4.3). ``changes`` says that records are changed;
    ``fetched`` names the results that lie beside it. Raises ImporterError when the disk does not take it.
    Memory: about 250 bytes a row.
    """

    def __init__(
        self, columns: Sequence[str], heads: Mapping[str, str], match: str | None, *, changes: bool
    ) -> None:
        self.columns = (*([ID] if changes else []), *columns, *heads)
        self.heads = dict(heads)
        self.changes = changes
        self.rows = 0
        self.size = 0
        self.fetched: set[str] = set()
        self.folder = Path(tempfile.mkdtemp(prefix="case-importer-"))
        self.path = self.folder / "upload.csv"
        try:
            self._stream = self.path.open("wb", buffering=BUFFER)
            self._write(line(self.columns).encode())
        except OSError as error:
            raise _no_room(self.folder, error) from error
        key = ID if changes else match
        self.pairing = Pairing(self.columns.index(key) if key in self.columns else None)
        self._parents: list[str] = []
        self._starts = array("Q")

    def add(self, draft: Draft, parents: frozenset[str]) -> bool:
        """Take the line of ``draft``; False when another upload must take it: this one is full, or has no
        column for a record that the row names.
        """
        values = spread(draft.written())
        if heads_of(draft.written()).keys() - self.heads.keys():
            return False
        found = cells({ID: draft.record_id, **values} if self.changes else values, self.columns)
        text = line(found).encode()
        if self.rows >= MOST_ROWS or (self.rows and self.size + len(text) > MOST_BYTES):
            return False
        self._parents.append(sys.intern(min(parents)) if parents else "")
        self._starts.append(self.size)
        self.pairing.add(found, draft.row, text)
        try:
            self._write(text)
        except OSError as error:
            raise _no_room(self.folder, error) from error
        self.rows += 1
        return True

    def _write(self, text: bytes) -> None:
        self._stream.write(text)
        self.size += len(text)

    def finish(self) -> Path:
        """Return the file to upload: its rows by parent, so that batches do not lock each other's (§4.4)."""
        if self._stream.closed:
            return self.path
        try:
            self._stream.close()
            order = sorted(range(self.rows), key=self._parents.__getitem__)
            if any(here != place for place, here in enumerate(order)):
                self._sort(order)
        except OSError as error:
            raise _no_room(self.folder, error) from error
        self._parents, self._starts = [], array("Q")
        return self.path

    def _sort(self, order: Sequence[int]) -> None:
        self._starts.append(self.size)
        target = self.folder / "sorted.csv"
        with self.path.open("rb") as source, target.open("wb") as stream:
            stream.write(source.read(self._starts[0]))
            for place in order:
                start, end = self._starts[place], self._starts[place + 1]
                source.seek(start)
                stream.write(source.read(end - start))
        self.path = target

    def close(self) -> None:
        """Remove what was written."""
        self._stream.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _no_room(folder: Path, error: OSError) -> ImporterError:
    return ImporterError(
        "NO_ROOM_FOR_UPLOAD",
        f"The upload of a bulk job cannot be written to {folder}: {os.strerror(error.errno or 0)}.",
        "Make room there, or name another folder with TMPDIR (Windows: TMP); the same command continues.",
    )
