"""``python -m tests.benchmarks.bodies WAY TABLE MAPPING FILE``: prepares what the other clients send.

It is what the importer would send, so that all send the same: by ``single`` the body of a create on each line,
by ``collections`` that of a request of 200 records, by ``bulk`` uploads of up to 100 MB, FILE.0, FILE.1 …
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from importer.mapping import compile_mapping, load_mapping
from importer.model.draft import Draft
from importer.readers import open_source, place
from importer.targets.json_body import encode
from importer.targets.salesforce.bulk.lines import cells, line
from importer.targets.salesforce.bulk.load import MOST_BYTES
from importer.targets.salesforce.collections import ROWS
from importer.targets.salesforce.encode import payload


def main(way: str, table: Path, mapping: Path, prepared: Path) -> None:
    """Map every row of ``table`` and write what is sent by ``way``."""
    rules = load_mapping(mapping)
    source = open_source(table, rules.read)
    shape = source.shape
    compiled = compile_mapping(
        rules, shape.columns, None, {}, place=lambda row, column: place(row, column, shape)
    )

    def drafts() -> Iterator[Draft]:
        for row in source.rows():
            draft = compiled.draft(row)
            assert isinstance(draft, Draft), draft
            yield draft

    if way == "bulk":
        _uploads(drafts(), tuple(compiled.properties), prepared)
        return
    bodies = map(payload, drafts()) if way == "single" else _batches(drafts())
    with prepared.open("wb") as stream:
        stream.writelines(encode(body) + b"\n" for body in bodies)


def _batches(drafts: Iterator[Draft]) -> Iterator[dict[str, object]]:
    while batch := list(islice(drafts, ROWS)):
        records = [{"attributes": {"type": "Case"}, **payload(draft)} for draft in batch]
        yield {"allOrNone": False, "records": records}


def _uploads(drafts: Iterator[Draft], columns: tuple[str, ...], prepared: Path) -> None:
    header = line(columns).encode()
    found = (line(cells(draft.written(), columns)).encode() for draft in drafts)
    left, number = next(found, b""), 0
    while left:
        with prepared.with_name(f"{prepared.name}.{number}").open("wb") as stream:
            size = stream.write(header)
            while left and size + len(left) <= MOST_BYTES:
                size += stream.write(left)
                left = next(found, b"")
        number += 1


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
