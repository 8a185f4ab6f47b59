"""Campaigns of kills: a run is killed again and again, then ended; what is left must be what it always is."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from importer.api.importing import import_files
from importer.api.options import ImportOptions, Where
from tests.cli.conftest import Desk, Server
from tests.cli.mortal import PARTS
from tests.stage import CASE, CLAIM

HEADER = ("No", "Text", "Amount", "Mail", "Contact")
KNOWN = 4
"""Rows that an earlier file has imported."""
FOREIGN = 9
"""The row whose record somebody else has made."""
PLAYS = count(1)
"""Each theatre has values of its own: what a killed run has left on its way may arrive in the next one."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of loading, with the faults of its server, and what of its records is compared."""

    name: str
    mapping: str
    connection: str
    faults: str
    record_type: str
    fields: tuple[str, ...]
    keyed: bool
    asks: bool = True
    """Whether the server can be asked about lost answers."""
    via: str = "single"


_CONTACT = "  Contact: {to: ContactId, type: id}\n"
_SLOW = "latency=4ms"
_LOST = f"{_SLOW},late_by=150ms,lose_after_commit=every:11,lose_before_commit=at:7,late_commit=at:17"
_FAST = 'rate = "2000/s"\nconcurrency = 5\nsettle_after = "1500ms"\n'

MATCH = Way(
    "match",
    CASE.mapping.replace("columns:", f"{CASE.keyed}columns:").replace("  No: Legacy_State__c\n", _CONTACT),
    CASE.connection + _FAST,
    _LOST,
    "Case",
    ("Subject", "Amount__c", "SuppliedEmail", "Legacy_Id__c"),
    keyed=True,
)
CONTENT = Way(
    "content",
    CASE.mapping + _CONTACT,
    CASE.connection + _FAST,
    _LOST,
    "Case",
    ("Subject", "Amount__c", "SuppliedEmail", "Legacy_State__c"),
    keyed=False,
)
UNASKED = Way(
    "unasked",
    CLAIM.mapping.replace("columns:", f"{CLAIM.keyed}columns:"),
    CLAIM.connection + 'rate = "2000/s"\nconcurrency = 5\n',
    _SLOW,
    "AUTO_CollisionClaim",
    ("AUTO_ClaimNumber", "AUTO_LossDescription", "AUTO_EstimatedDamage", "AUTO_InsuredEmail"),
    keyed=True,
    asks=False,
)
COLLECTIONS = replace(
    CONTENT,
    name="collections",
    connection=f"{CONTENT.connection}collection_rows = 5\n",
    faults=f"{_SLOW},late_by=150ms,lose_after_commit=at:3+5,lose_before_commit=at:2",
    via="collections",
)
_JOBS = (
    f"{_SLOW},bulk_queue=100ms,bulk_row_time=2ms,lose_after_commit=every:3@close+job,"
    "lose_before_commit=at:2@upload"
)
BULK = replace(
    CONTENT, name="bulk", connection=f"{CONTENT.connection}bulk_rows = 8\n", faults=_JOBS, via="bulk"
)
BULK_MATCH = replace(
    MATCH, name="bulk-match", connection=f"{MATCH.connection}bulk_rows = 20\n", faults=_JOBS, via="bulk"
)
WAYS = {way.name: way for way in (MATCH, CONTENT, UNASKED, COLLECTIONS, BULK, BULK_MATCH)}


def rows(size: int, mark: str) -> list[list[str]]:
    """Rows of every fate: imported before, new, blank, equal to another, invalid, refused, somebody else's."""
    numbers = range(1, size + 1)
    made = [[f"{mark}{n}", f"text {mark}{n}", f"{n}.5", f"m{n}@example.com", ""] for n in numbers]
    made[11] = ["", "", "", "", ""]
    made[14] = made[13]
    made[17][2] = "a lot"
    made[20][4] = "003000000000000AAA"
    return made


@dataclass(frozen=True, slots=True)
class Picture:
    """What a run leaves behind: the records on the server, and the lines of the results file."""

    records: Counter[tuple[str, ...]]
    lines: tuple[tuple[str, ...], ...]
    statuses: tuple[str, ...]
    events: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class Theatre:
    """A folder of its own, with a fresh journal, on a server without records of ours."""

    way: Way
    folder: Path
    server: Server
    size: int = 36

    def __post_init__(self) -> None:
        self.mark = f"P{next(PLAYS)}-"
        self.folder.mkdir(parents=True)
        self.server.reset()
        if self.way.record_type == "Case":
            fields = {"Subject": f"not ours {self.mark}", "Legacy_Id__c": f"{self.mark}{FOREIGN}"}
            self.server.write("Case", fields)
        self.desk = Desk(self.folder, self.server)
        self.desk.connections(f"[one]{self.way.connection.format(url=self.server.url)}")
        self.desk.write("way.yaml", self.way.mapping)
        made = rows(self.size, self.mark)
        self._table("before.csv", made[:KNOWN])
        self._table("in.csv", made)
        asyncio.run(self._import("before.csv"))
        self.server.fault(self.way.faults)

    async def _import(self, name: str) -> None:
        """Import a file in this process, which is quicker than in one of its own."""
        os.environ["STAGE_SECRET"] = self.desk.env["STAGE_SECRET"]
        where = Where("one", self.folder / "connections.toml", self.folder / "state")
        options = ImportOptions(self.folder / "way.yaml", where, via="single")
        found = import_files([self.folder / name], options, lambda _: None, lambda *_: None, lambda _: False)
        assert [int(result.exit) async for result in found] == [0]

    def _table(self, name: str, lines: list[list[str]]) -> None:
        with (self.folder / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([HEADER, *lines])

    def command(self, name: str = "in.csv") -> tuple[str, ...]:
        return ("run", name, "--mapping", "way.yaml", "--connection", "one", "--via", self.way.via)

    def run(self) -> Picture:
        """Run the command to its end and return what is left."""
        done = self.desk.run(*self.command(), exit=None)
        assert done.returncode in (3, 4), (done.returncode, done.stdout, done.stderr)
        return self.picture()

    def rehearse(self) -> Picture:
        """Like ``run``, and tell how long it takes and how many events each part has."""
        began = time.monotonic()
        tells = self.folder / "events.json"
        done = subprocess.run(
            self._mortal(), cwd=self.folder, env={**self.desk.env, "MORTAL_TELLS": str(tells)},
            capture_output=True, text=True, encoding="utf-8", timeout=100,
        )  # fmt: skip
        assert done.returncode == 3, (done.returncode, done.stdout, done.stderr)
        seconds = time.monotonic() - began
        return replace(self.picture(), events=json.loads(tells.read_text("utf-8")), seconds=seconds)

    def _mortal(self) -> list[str]:
        return [sys.executable, "-m", "tests.cli.mortal", *self.command()]

    def run_and_die(self, moment: str) -> bool:
        """Run the command; it dies at ``moment``, or after that many seconds. Return whether it did."""
        timed = moment.partition(":")[0] not in PARTS
        env = {**self.desk.env, **({} if timed else {"MORTAL_DIES": moment})}
        command = self.desk.command(*self.command()) if timed else self._mortal()
        with subprocess.Popen(
            command, cwd=self.folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                _out, err = process.communicate(timeout=float(moment) if timed else 100)
            except subprocess.TimeoutExpired:
                assert timed, f"{moment}: neither dead nor done"
                process.kill()
                process.communicate()
                return True
        assert "Traceback" not in err, err
        died = process.returncode < 0 if os.name == "posix" else process.returncode == 15
        assert died or process.returncode in (3, 4), (moment, process.returncode, err)
        return died

    def picture(self) -> Picture:
        """Look at the server and at the results."""
        lines = self.desk.lines()
        records = self.server.records(self.way.record_type)
        shown = Counter(
            tuple(str(record.get(name) or "").replace(self.mark, "") for name in self.way.fields)
            for record in records
            if f"text {self.mark}" in json.dumps(record)
        )
        names = (*HEADER, "import_row", "import_column")
        return Picture(
            shown,
            tuple(tuple(line[name].replace(self.mark, "") for name in names) for line in lines),
            tuple(line["import_status"] for line in lines),
        )


def compare(theatre: Theatre, found: Picture, expected: Picture) -> None:
    """Assert that ``found`` is ``expected``; where nobody can be asked, lines may be in doubt instead."""
    assert found.lines == expected.lines
    assert found.records <= expected.records, f"made twice: {found.records - expected.records}"
    _ids_are_right(theatre)
    if theatre.way.asks:
        differ = [
            each
            for each in zip(theatre.desk.lines(), expected.statuses, strict=True)
            if each[0]["import_status"] != each[1]
        ]
        assert not differ, "\n".join(f"should be {right}: {line}" for line, right in differ)
        assert found.records == expected.records
        return
    for number, (is_now, should_be) in enumerate(zip(found.statuses, expected.statuses, strict=True), 2):
        assert is_now in (should_be, "in_doubt"), (number, is_now, should_be)


def _ids_are_right(theatre: Theatre) -> None:
    """A line that says created or exists names the record with its values; nothing else is on the server."""
    text = theatre.way.fields[0] if theatre.way.record_type == "Case" else theatre.way.fields[1]
    on_server = theatre.server.by_id(theatre.way.record_type)
    named: Counter[str] = Counter()
    doubtful: set[str] = set()
    for line in theatre.desk.lines():
        status, record_id = line["import_status"], line["import_id"]
        if status in ("created", "exists"):
            named[record_id] += 1
            assert on_server[record_id][text] in (line["Text"], f"not ours {theatre.mark}"), line
        elif status == "in_doubt":
            doubtful.add(line["Text"])
        else:
            assert not record_id, line
    assert set(named.values()) <= {1}, "two lines name one record"
    for record_id, fields in on_server.items():
        ours = f"text {theatre.mark}" in str(fields.get(text, ""))
        assert not ours or record_id in named or fields[text] in doubtful, f"{fields[text]} is called failed"


def moments(chance: random.Random, reference: Picture) -> Iterator[tuple[str, str]]:
    """Give moments to die at without end, each with its part: every part equally often, in any order,
    sending twice as often."""
    while True:
        parts = [*(part for part in PARTS if reference.events.get(part)), "sending", "any time"]
        chance.shuffle(parts)
        for part in parts:
            if part == "any time":
                yield part, f"{chance.uniform(0.05, reference.seconds):.3f}"
            else:
                yield part, f"{part}:{chance.randint(1, reference.events[part])}"


@dataclass
class Tally:
    """What a campaign did: kills by part."""

    kills: Counter[str] = field(default_factory=Counter)
    ends: int = 0


def campaign(way: Way, folder: Path, server: Server, seed: int, kills: int) -> Tally:
    """Kill runs at ``kills`` moments drawn from ``seed``; each run is killed some times and then ended."""
    chance = random.Random(seed)
    reference = Theatre(way, folder / "reference", server).rehearse()
    drawn = moments(chance, reference)
    tally = Tally()
    while sum(tally.kills.values()) < kills:
        theatre = Theatre(way, folder / f"play{tally.ends}", server)
        deaths = []
        for part, moment in (next(drawn) for _ in range(chance.randint(2, 6))):
            if not theatre.run_and_die(moment):
                continue
            deaths.append(moment)
            tally.kills[part] += 1
        print(f"killed at {', '.join(deaths)}")
        compare(theatre, theatre.run(), reference)
        tally.ends += 1
    return tally
