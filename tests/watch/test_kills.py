"""kill -9 of the watcher at seeded moments, against a simulator in a process of its own: no case twice."""

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.conftest import Desk, Server, desk, server  # noqa: F401 (fixtures)
from tests.stage import CASE, as_csv

ROWS = 4
EVENTS = {"start": 20000, "begin": 2000, "sending": 30000, "writing": 10000, "ending": 50000}
"""About so many events each part of the imports of ten files has; what is looked at and moved is in ``ending``."""
LIMIT = 60.0
"""Seconds after which a watcher that was not killed is taken to hang."""


def command(desk: Desk, rate: int = 2000) -> tuple[str, ...]:  # noqa: F811
    return (
        "watch", "drop", "--mapping", "case.yaml", "--connection", "sf", "--once", "--quiet-time", "50ms",
        "--retry-after", "1s", "--rate", f"{rate}/s",
    )  # fmt: skip


def texts_of(files: int, chance: random.Random) -> dict[str, str]:
    """Make files; some are others again, or overlap with the one before. Return their texts by name."""
    texts: list[str] = []
    for n in range(files):
        again = n > 2 and chance.random() < 0.15
        texts.append(chance.choice(texts) if again else as_csv(CASE.rows(ROWS, start=1 + n * (ROWS - 1))))
    return {f"file {n}.csv": text for n, text in enumerate(texts)}


def watch_and_die(desk: Desk, moment: str, rate: int) -> bool:  # noqa: F811
    """Watch; die at ``moment``: a part of a run and an event in it, or seconds. Return whether it died."""
    timed = ":" not in moment
    base = [sys.executable, "-m", "importer" if timed else "tests.cli.mortal"]
    env = desk.env if timed else {**desk.env, "MORTAL_DIES": moment, "MORTAL_THREADS": "1"}
    with subprocess.Popen(
        [*base, *command(desk, rate)], cwd=desk.folder, env=env, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        try:
            _out, err = process.communicate(timeout=float(moment) if timed else LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            assert timed, f"{moment}: neither dead nor done"
            return True
    assert "Traceback" not in err, err
    return process.returncode < 0


def campaign(desk: Desk, seed: int, files: int, kills: int, rate: int) -> None:  # noqa: F811
    chance = random.Random(seed)
    texts = texts_of(files, chance)
    keys = {name: {line.split(",")[0] for line in text.splitlines()[1:]} for name, text in texts.items()}
    inbox, waiting = desk.folder / "drop" / "inbox", list(texts)
    inbox.mkdir(parents=True)
    deaths = 0
    for attempt in range(kills):
        # A share of the files for each watcher, and what the one before has left: none is killed at rest.
        here = -(-len(waiting) // (kills - attempt))
        for name in [waiting.pop(0) for _ in range(here)]:
            (inbox / name).write_text(texts[name], encoding="utf-8")
        part = chance.choice(list(EVENTS))
        if attempt == 0:
            moment = f"{part}:1"  # the first event of a part: somebody is killed for certain
        elif chance.random() < 0.5:
            moment = f"{chance.uniform(0.5, 1.6):.3f}"
        else:
            moment = f"{part}:{chance.randint(1, EVENTS[part] * here // 10)}"
        died = watch_and_die(desk, moment, rate)
        deaths += died
        print(moment, "died" if died else "ended")
    done = desk.run(*command(desk), exit=None)
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    assert deaths, "nobody was killed"

    made = Counter(str(record["Legacy_Id__c"]) for record in desk.server.records("Case"))
    assert set(made) == set().union(*keys.values()) and set(made.values()) == {1}, made.most_common(3)
    root = desk.folder / "drop"
    assert list((root / "inbox").iterdir()) == [] and list((root / "working").iterdir()) == []
    landed = [path for path in (root / "done").rglob("*.csv") if ".results" not in path.name]
    assert Counter(path.name for path in landed) == Counter(keys.keys())
    for path in landed:
        results = path.with_name(f"{path.stem}.results.csv").read_text(encoding="utf-8")
        assert results.count("created") + results.count("exists") >= ROWS and "in_doubt" not in results
    names = {path.name for path in (root / "done").rglob("*") if path.is_file()}
    assert names == {n for key in keys for n in (key, key.replace(".csv", ".results.csv"))}


def test_a_killed_watcher_loses_nothing_and_makes_nothing_twice(tmp_path: Path, desk: Desk) -> None:  # noqa: F811
    """8 files, 3 kills at seeded moments: every file ends in done with its results, no case twice."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    campaign(desk, seed, 8, 3, 60)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", range(4))
def test_many_kills_of_the_watcher(tmp_path: Path, desk: Desk, number: int) -> None:  # noqa: F811
    """50 files, 25 kills, four times, on demand."""
    seed = random.randrange(1 << 30)
    print("seed", seed)
    campaign(desk, seed, 50, 25, 15)
