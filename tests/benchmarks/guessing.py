"""How good the drafts of ``guess`` are: columns mapped as a person would, otherwise, and left out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.report import Result


def guess(_folder: Path, _rounds: int) -> list[Result]:
    """Draft a mapping for each published export and count; the draft is made in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.mapping.guess.scoring"],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    for each in found:
        print(_line(each), file=sys.stderr, flush=True)
    right = [each["right"] for each in found]
    wrong = [len(each["wrong"]) + each["stops"] for each in found]
    left = [len(each["left"]) for each in found]
    worth = sum(right) + sum(left)
    detail = f"columns of {len(found)} published exports, of {worth} that a person would map"
    return [
        Result("guess: right", sum(right), (min(right), max(right)), detail),
        Result(
            "guess: wrong",
            sum(wrong),
            (min(wrong), max(wrong)),
            "mapped otherwise, or stopped by check",
            must=0,
        ),
        Result("guess: left", sum(left), (min(left), max(left)), "left out though a person would map them"),
    ]


def _line(each: dict[str, Any]) -> str:
    named = {word: f" ({', '.join(each[word])})" if each[word] else "" for word in ("wrong", "left")}
    counts = f"right {each['right']}, wrong {len(each['wrong'])}{named['wrong']}, left {len(each['left'])}{named['left']}"
    return f"  {each['sample']}: {counts}; {each['seconds']} s"
