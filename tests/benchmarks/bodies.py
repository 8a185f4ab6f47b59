"""``python -m tests.benchmarks.bodies TABLE MAPPING FILE``: prepares what the bare client posts.

The bodies are those that the importer would send, one JSON text a line, so that both send the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from importer.mapping import compile_mapping, load_mapping
from importer.model.draft import Draft
from importer.readers import open_source, place
from importer.targets.json_body import encode
from importer.targets.salesforce.encode import payload


def main(table: Path, mapping: Path, prepared: Path) -> None:
    """Map every row of ``table`` and write its body to ``prepared``."""
    rules = load_mapping(mapping)
    source = open_source(table, rules.read)
    shape = source.shape
    compiled = compile_mapping(
        rules, shape.columns, None, {}, place=lambda row, column: place(row, column, shape)
    )
    with prepared.open("wb") as stream:
        for row in source.rows():
            draft = compiled.draft(row)
            assert isinstance(draft, Draft), draft
            stream.write(encode(payload(draft)) + b"\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
