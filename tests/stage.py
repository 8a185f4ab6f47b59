"""A stage for whole runs in this process: a real simulator over HTTP, real files, a real journal."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from importer.api.importing import REAL_DISK, Disk, FileResult, import_files
from importer.api.options import ImportOptions, UndoOptions, Where
from importer.api.undo import Planned, undo
from importer.journal.journal import Journal
from importer.model.errors import ImporterError
from importer.model.events import Event, Notice, RowSettled
from importer.pipeline.control import Control
from importer.pipeline.job import Ended
from importer.pipeline.tally import Tally
from importer.pipeline.undo import UndoEnded
from importer.simulator import Options, Running, serve
from importer.simulator.faults import read_spec

HEADER = ("No", "Text", "Amount", "Mail")


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of loading: target, record type, its connection, and the mapping of the columns HEADER.

    ``switches`` are those of the simulator under which only this connection gets in; ``refused`` are faults
    under which the server refuses creates for good, once the connection has ``teaches``.
    """

    name: str
    mapping: str
    keyed: str
    connection: str
    record_type: str
    text: str
    key: str
    via: str = "auto"
    switches: str = ""
    credentials: tuple[str, str] | None = None
    refused: str = ""
    teaches: str = ""

    def faults(self, spec: str) -> str:
        """Return ``spec`` beside the switches of this kind."""
        return ",".join(part for part in (self.switches, spec) if part)

    def rows(self, count: int, start: int = 1) -> list[list[str]]:
        return [[f"K-{n}", f"text {n}", f"{n}.5", f"m{n}@example.com"] for n in range(start, start + count)]


_SALESFORCE = """
target = "salesforce"
login_url = "{url}"
auth = "password"
client_id = "app"
client_secret = "env:STAGE_SECRET"
username = "u@example.com"
password = "env:STAGE_SECRET"
"""
_IBM = """
target = "ibm-case-manager"
url = "{url}/CaseManager/CASEREST/v1"
username = "loader"
password = "env:STAGE_SECRET"
"""

CASE = Kind(
    "salesforce",
    """version: 1
target: salesforce
source: stage
columns:
  Text: Subject
  Amount: {to: Amount__c, type: number}
  Mail: {to: SuppliedEmail, type: email}
  No: Legacy_State__c
""",
    "key: No\nmatch: Legacy_Id__c\n",
    _SALESFORCE,
    "Case",
    "Subject",
    "Legacy_Id__c",
    via="single",
)
COLLECTIONS = replace(
    CASE, name="collections", via="collections", connection=f"{_SALESFORCE}collection_rows = 5\n"
)
BULK = replace(CASE, name="bulk", via="bulk")
SMALL_JOBS = replace(BULK, name="small jobs", connection=f"{_SALESFORCE}bulk_rows = 7\n")
CONTACT = Kind(
    "contact",
    """version: 1
target: salesforce
object: Contact
source: stage
columns:
  Text: LastName
  Amount: {to: Title}
  Mail: {to: Email, type: email}
  No: Department
""",
    "key: No\nmatch: Legacy_Id__c\n",
    _SALESFORCE,
    "Contact",
    "LastName",
    "Legacy_Id__c",
    via="single",
)
CLAIM = Kind(
    "ibm",
    """version: 1
target: ibm-case-manager
case_type: AUTO_CollisionClaim
object_store: ATOSME
source: stage
columns:
  Text: AUTO_LossDescription
  Amount: {to: AUTO_EstimatedDamage, type: number}
  Mail: {to: AUTO_InsuredEmail, type: email}
  No: AUTO_ClaimNumber
constants:
  AUTO_ClaimDate: "2026-01-01T00:00:00Z"
""",
    "key: No\n",
    _IBM,
    "AUTO_CollisionClaim",
    "AUTO_LossDescription",
    "AUTO_ClaimNumber",
    refused="http_500_before=on",
    teaches='[stage.verdicts]\nFNRPA9500E = "rejected"\n',
)


CLAIM_V2 = replace(CLAIM, name="ibm-v2", connection=_IBM.replace("/v1", "/v2"))


def as_csv(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


@dataclass
class Stage:
    """A simulator, a folder and a kind of load. ``keyed`` mappings name a key (and match, where there is one)."""

    folder: Path
    kind: Kind
    running: Running
    keyed: bool = True
    events: list[Event] = field(default_factory=list)
    extra: str = 'rate = "5000/s"\nconcurrency = 5\n'

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def write(self, rows: Sequence[Sequence[str]] | str, name: str = "in.csv") -> Path:
        path = self.folder / name
        path.write_text(rows if isinstance(rows, str) else as_csv(rows), encoding="utf-8")
        return path

    def mapping(self, text: str | None = None, more: str = "") -> Path:
        path = self.folder / "mapping.yaml"
        body = self.kind.mapping if text is None else text
        if self.keyed and text is None:
            head, columns = body.split("columns:", 1)
            body = f"{head}{self.kind.keyed}columns:{columns}"
            if "match:" in self.kind.keyed:
                body = body.replace("  No: Legacy_State__c\n", "").replace("  No: Department\n", "")
        path.write_text(body + more, encoding="utf-8")
        return path

    def options(self, **options: Any) -> ImportOptions:
        connections = self.folder / "connections.toml"
        text = self.kind.connection.format(url=self.running.url)
        connections.write_text(f"[stage]{text}{self.extra}", encoding="utf-8")
        mapping = options.pop("mapping", None) or self.mapping()
        options.setdefault("via", self.kind.via)
        return ImportOptions(mapping, Where("stage", connections, self.state), **options)

    async def results_of(
        self,
        *paths: Path,
        during: Callable[[Event, Control], None] | None = None,
        ask: Callable[[str], bool] = lambda _question: False,
        disk: Disk = REAL_DISK,
        **options: Any,
    ) -> list[FileResult]:
        """Import ``paths`` and return what became of each; ``during`` is called with each event."""
        controls: list[Control] = []

        def sink(event: Event) -> None:
            self.events.append(event)
            if during is not None and controls:
                during(event, controls[-1])

        def start(_path: Path, control: Control, _tally: Tally) -> None:
            controls.append(control)

        found = import_files(paths, self.options(**options), sink, start, ask, disk)
        return [result async for result in found]

    async def run(self, path: Path, **options: Any) -> Ended:
        """Import one file that can run."""
        [result] = await self.results_of(path, **options)
        if result.error is not None:
            raise result.error
        assert result.ended is not None
        return result.ended

    async def refused(self, path: Path, **options: Any) -> ImporterError:
        """Import one file that must be refused."""
        [result] = await self.results_of(path, **options)
        assert result.error is not None, result.ended
        return result.error

    async def undo(
        self,
        run: str,
        *,
        during: Callable[[Event, Control], None] | None = None,
        ask: Callable[[str], bool] = lambda _question: True,
        allowed: bool = True,
        **options: Any,
    ) -> UndoEnded | Planned:
        """Undo a run through a connection that may delete; ``during`` is called with each event."""
        if allowed and "allow_delete" not in self.extra:
            self.extra += "allow_delete = true\n"
        where = self.options().where
        controls: list[Control] = []

        def sink(event: Event) -> None:
            self.events.append(event)
            if during is not None and controls:
                during(event, controls[-1])

        def start(_path: Path, control: Control, _tally: Tally) -> None:
            controls.append(control)

        return await undo(run, UndoOptions(where, **options), sink, start, ask)

    async def undone(self, run: str, **options: Any) -> UndoEnded:
        """Undo a run that can be undone."""
        ended = await self.undo(run, **options)
        assert isinstance(ended, UndoEnded)
        return ended

    def lines(self, ended: Ended | UndoEnded) -> list[dict[str, str]]:
        """The results file as dicts."""
        assert ended.results is not None
        with ended.results.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))

    def notices(self) -> str:
        return "\n".join(event.text for event in self.events if isinstance(event, Notice))

    def settled(self) -> list[RowSettled]:
        return [event for event in self.events if isinstance(event, RowSettled)]

    def fault(self, spec: str) -> None:
        """Put other faults and switches in force; ordinals count from 1 again."""
        world = self.running.world
        world.behaviour, world.faults.rules = read_spec(self.kind.faults(spec))
        world.faults.ordinals.clear()

    async def restart(self, faults: str = "") -> None:
        """Another simulator on the same store: the server was restarted at another port."""
        await self.running.stop()
        self.running = await _serve(self.folder, self.kind, faults)

    def records(self) -> list[dict[str, Any]]:
        """The stored records of the kind's type, in order of creation, seeded ones left out."""
        store = self.running.world.store
        found = store.select("type = ? AND NOT deleted", (self.kind.record_type,), "ORDER BY seq")
        return [
            {**record.fields, "id": record.id}
            for record in found
            if "text" in str(record.fields.get(self.kind.text))
        ]

    def texts(self) -> list[str]:
        return sorted(str(record[self.kind.text]) for record in self.records())

    def creates(self) -> int:
        """How many create requests the server has seen."""
        if self.kind.via in (
            "collections",
            "bulk",
        ):  # a request makes many; what counts is what they have made
            return len(self.records())
        return self.running.world.faults.ordinals.get("create", 0)

    def journal(self) -> Journal:
        return Journal(self.state)


async def open_stage(folder: Path, kind: Kind, faults: str = "", *, keyed: bool = True) -> Stage:
    return Stage(folder, kind, await _serve(folder, kind, faults), keyed)


async def _serve(folder: Path, kind: Kind, faults: str) -> Running:
    store, spec = folder / "sim.db", kind.faults(faults)
    return await serve(Options(store=store, faults=spec, seed=7, credentials=kind.credentials))
