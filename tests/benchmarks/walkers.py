"""``python -m tests.benchmarks.walkers WHAT TABLE ROUNDS``: walks a table in several ways, by turns.

In a process of its own, so that what measures stays small. The last line it prints is JSON: for each round
the CPU seconds of each way. CPU, not wall time: these ways wait for nothing.
"""

from __future__ import annotations

import csv
import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.tables import MAPPING

Way = Callable[[], int]


def csv_ways(table: Path) -> dict[str, Way]:
    """Ways over a text table: the standard library, our reader, and our reader with the mapping."""
    from importer.mapping import compile_mapping, load_mapping
    from importer.mapping.block import together
    from importer.model.draft import Draft
    from importer.readers import open_source, place

    rules = load_mapping(MAPPING)
    source = open_source(table, rules.read)
    shape = source.shape
    compiled = compile_mapping(
        rules, shape.columns, None, {}, place=lambda row, column: place(row, column, shape)
    )

    def bare() -> int:
        with table.open(encoding="utf-8", newline="") as stream:
            return sum(1 for _cells in map(tuple, csv.reader(stream, strict=True)))

    def dicts() -> int:
        with table.open(encoding="utf-8", newline="") as stream:
            return sum(1 for _cells in csv.DictReader(stream))

    def read() -> int:
        return sum(1 for _row in source.rows())

    def mapped() -> int:
        blocks = map(compiled.block, together(source.rows()))  # as a run and check do
        return sum(isinstance(draft, Draft) for block in blocks if block for draft in block.drafts())

    return {"bare": bare, "dicts": dicts, "read": read, "mapped": mapped}


def check_ways(table: Path) -> dict[str, Way]:
    """Ways over a text table: the standard library, and ``check`` by a saved schema, all of it."""
    import asyncio
    import tempfile

    from importer.api.checking import check
    from importer.api.options import Where
    from importer.api.peeking import Look, peek
    from importer.preflight.schema_file import SavedSchema, save_schema
    from importer.simulator.salesforce.describe import describe
    from importer.simulator.salesforce.objects import sobjects
    from importer.targets.salesforce.describe import read_schema

    schema = table.with_name("schema.json")
    read = read_schema(describe(sobjects()["case"], "67.0", []))
    save_schema(schema, SavedSchema(read, "salesforce", "org", "org", "me", "now"))

    async def looked_at() -> int:
        with tempfile.TemporaryDirectory() as state:
            async with peek(Look(MAPPING, Where(None, None, Path(state)), schema)) as peeked:
                checked = await check(peeked, table)
        assert checked.to_send == checked.rows
        return checked.rows

    def dicts() -> int:
        with table.open(encoding="utf-8", newline="") as stream:
            return sum(1 for _cells in csv.DictReader(stream))

    return {"dicts": dicts, "checked": lambda: asyncio.run(looked_at())}


def xlsx_ways(table: Path) -> dict[str, Way]:
    """Ways over a workbook: openpyxl, calamine, our reader from opening to the last row, and one more pass."""
    import openpyxl
    import python_calamine

    from importer.model.row import ReadOptions
    from importer.readers import open_source

    def bare() -> int:
        book = openpyxl.load_workbook(table, read_only=True, data_only=True)
        count = sum(1 for _cells in book.worksheets[0].iter_rows(values_only=True))
        book.close()
        return count

    def calamine() -> int:
        book = python_calamine.CalamineWorkbook.from_path(table)
        return sum(1 for _cells in book.get_sheet_by_index(0).iter_rows())

    def read() -> int:
        return sum(1 for _row in open_source(table, ReadOptions()).rows())

    parsed = open_source(table, ReadOptions())

    def again() -> int:
        return sum(1 for _row in parsed.rows())

    return {"bare": bare, "calamine": calamine, "read": read, "again": again}


def timed(way: Way) -> float:
    """Return the CPU seconds of one walk, those of a process that it has started included."""
    gc.collect()
    began = _spent()
    assert way() > 0
    return _spent() - began


def _spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main(what: str, table: Path, rounds: int) -> None:
    """Walk ``table`` in every way, ``rounds`` times by turns, and print the seconds."""
    ways = {"csv": csv_ways, "xlsx": xlsx_ways, "check": check_ways}[what](table)
    print(json.dumps([{name: timed(way) for name, way in ways.items()} for _ in range(rounds)]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
