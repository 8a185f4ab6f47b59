"""``python -m tests.mapping.guess.scoring``: the score of each sample as a line of JSON, for the benchmark."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from importer.mapping import parse_mapping
from importer.model.row import ReadOptions
from importer.preflight.against_schema import against_schema
from importer.readers import open_source
from tests.mapping.guess.samples import ANSWERS, DATA, case_schema, guessed, score


def scores() -> Iterator[dict[str, object]]:
    """Give the score of each sample, with the columns that went wrong or were left, and the seconds it took."""
    for name, answers in ANSWERS.items():
        began = time.perf_counter()
        found = guessed(DATA / name)
        seconds = time.perf_counter() - began
        mapping = parse_mapping(found.text, name)
        columns = open_source(DATA / name, ReadOptions()).shape.columns
        result = score(mapping, columns, answers)
        stops = sum(finding.severity == "stop" for finding in against_schema(mapping, case_schema()))
        yield {
            "sample": name,
            "right": len(result.right),
            "wrong": list(result.wrong),
            "left": list(result.left),
            "stops": stops,
            "seconds": round(seconds, 2),
        }


if __name__ == "__main__":
    for line in scores():
        print(json.dumps(line))
