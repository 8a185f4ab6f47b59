"""``python -m tests.benchmarks [LINE …]``: measures and prints a table; see README.md beside this file."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.benchmarks.collecting import collections
from tests.benchmarks.contest import peer_versions
from tests.benchmarks.guessing import guess
from tests.benchmarks.jobs import bulk, bulk_slow
from tests.benchmarks.known import known
from tests.benchmarks.memory import memory, memory_check
from tests.benchmarks.pacing import rate
from tests.benchmarks.peers import peers, peers_light
from tests.benchmarks.report import Result, line_of, table_of
from tests.benchmarks.single import single, single_0ms, single_light
from tests.benchmarks.startup import startup
from tests.benchmarks.walking import checking, mapping, reading
from tests.benchmarks.writing import results

LINES: dict[str, Callable[..., list[Result]]] = {
    "single": single,
    "single-0ms": single_0ms,
    "single-light": single_light,
    "peers": peers,
    "peers-light": peers_light,
    "collections": collections,
    "rate": rate,
    "bulk": bulk,
    "bulk-slow": bulk_slow,
    "memory": memory,
    "memory-check": memory_check,
    "known": known,
    "startup": startup,
    "mapping": mapping,
    "reading": reading,
    "results": results,
    "check": checking,
    "guess": guess,
}
UNSIZED = {"startup", "guess", "rate"}
"""Lines that have no number of rows, or numbers of their own."""
SHOWN = ("aiohttp", "aiolimiter", "openpyxl", "click")


def count(text: str) -> int:
    """Return a number of rounds or rows, at least 1. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def main() -> int:
    """Measure the lines that were named, or all; return 1 when a must is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("lines", nargs="*", metavar="LINE", help=f"of: {', '.join(LINES)}; default: all")
    parser.add_argument("--rounds", type=count, default=5, help="rounds of A B; default: 5")
    parser.add_argument("--rows", type=count, help="rows of the (larger) table; default: as README.md says")
    given = parser.parse_args()
    unknown = set(given.lines) - set(LINES)
    if unknown:
        parser.error(f"there is no line {', '.join(sorted(unknown))}; there are {', '.join(LINES)}")
    results: list[Result] = []
    for name in given.lines or LINES:
        print(f"{name} …", file=sys.stderr, flush=True)
        sized: dict[str, Any] = {"rows": given.rows} if given.rows and name not in UNSIZED else {}
        with tempfile.TemporaryDirectory(prefix="case-importer-") as folder:
            found = LINES[name](Path(folder), given.rounds, **sized)
        for result in found:
            print(line_of(result), file=sys.stderr, flush=True)
        results += found
    print(table_of(results, heading()))
    return 0 if all(found.met for found in results) else 1


def heading() -> str:
    """Return when and on what it was measured."""
    shown = {name: version(name) for name in SHOWN} | peer_versions()
    if find_spec("uvloop"):
        shown["uvloop (the importer's)"] = version("uvloop")
    versions = ", ".join(f"{name} {number}" for name, number in shown.items())
    return (
        f"{dt.date.today().isoformat()}, {platform.python_implementation()} {platform.python_version()}, "
        f"{versions}; {platform.system()}, {os.cpu_count()} cores shared by client and server"
    )


if __name__ == "__main__":
    sys.exit(main())
