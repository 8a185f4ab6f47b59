"""Results files treated at random, over several rounds: nothing is made twice, and nothing is lost."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.pipeline.conftest import Open
from tests.results.test_returned import Row, own, write
from tests.stage import CASE, CLAIM, Kind, Stage

ROUNDS = 6


def treated(lines: list[Row], draw: random.Random, fresh: list[str]) -> list[Row]:
    """Lines as a person may leave them: some cut, edited, cleared, copied as new rows; then sorted."""
    back: list[Row] = []
    for line in lines:
        what = draw.random()
        if what < 0.15:
            continue
        if what < 0.35 and line["Mail"] == "bad":
            line = {**line, "Mail": f"{draw.randrange(99)}@example.com"}
        elif what < 0.45:
            line = {**line, "Amount": f"{draw.randrange(9)}.5"}  # an edit of what may exist changes nothing
        elif what < 0.5 and line["import_id"]:
            line = {**line, "import_id": "", "import_status": ""}
        back.append(line)
    for _ in range(draw.randrange(3)):
        name = f"text new {len(fresh)}"
        fresh.append(name)
        back.append({**own(lines[0]), "Text": name, "Mail": draw.choice(["bad", "n@example.com"])})
    draw.shuffle(back)
    return back or lines[:1]


def check(stage: Stage, seed: int) -> None:
    texts = Counter(str(record[stage.kind.text]) for record in stage.records())
    assert not [text for text, count in texts.items() if count > 1], (seed, texts)


@pytest.mark.parametrize("kind", [CASE, CLAIM], ids=["salesforce", "ibm"])
async def test_nothing_twice_and_nothing_lost(open_kind: Open, kind: Kind) -> None:
    """Whatever comes back, trial runs in between, from the newest or an older results file, or the input itself."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    draw = random.Random(seed)
    stage = await open_kind(kind, keyed=False)
    rows = stage.kind.rows(12)
    for row in draw.sample(rows, 5):
        row[3] = "bad"
    source = stage.write(rows)
    files: list[Path] = [source]
    known: list[list[Row]] = [stage.lines(await stage.run(source, first=draw.choice([None, 7])))]
    fresh: list[str] = []
    for number in range(ROUNDS):
        if draw.random() < 0.3:
            path = draw.choice(files)
        else:
            path = write(stage, treated(draw.choice(known), draw, fresh), f"round{number}.csv")
            files.append(path)
        first = draw.choice([None, None, 4])
        ended = await stage.run(path, first=first, retry_failed=draw.random() < 0.3)
        lines = stage.lines(ended)
        known.append(lines)
        check(stage, seed)
        ids = {record["id"]: str(record[kind.text]) for record in stage.records()}
        for line in lines:
            if line["import_status"] in ("created", "exists"):
                assert ids[line["import_id"]] == line["Text"], (seed, line)
            elif line["import_status"] == "not_sent":
                assert first is not None, (seed, line)
            else:
                assert line["import_status"] == "invalid", (seed, line)
                mended = line["Mail"] != "bad" and "LINE_" not in line["import_code"]
                assert not mended, (seed, line)
