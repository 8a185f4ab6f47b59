"""Whole imports through the library, against the simulator over real HTTP, with a real journal."""

from __future__ import annotations

import asyncio
import csv
import itertools
import logging
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from importer import (
    Connection,
    Exit,
    ImporterError,
    JournalError,
    Mapping,
    MappingError,
    RowResult,
    SettingsError,
    SourceError,
    Status,
    import_file,
)
from tests.api.conftest import Begin, Library
from tests.stage import CASE, CLAIM


async def test_every_row_is_an_outcome_with_the_id_of_its_record(library: Library) -> None:
    """One outcome a row, as the results file has it: row, status, id, number, message, run, time."""
    path = library.file(12)
    async with library.connection() as connection:
        outcomes = library.outcomes(path, connection)
        found = [outcome async for outcome in outcomes]
    assert sorted(outcome.row for outcome in found) == list(range(2, 14))
    assert {outcome.status for outcome in found} == {Status.CREATED}
    by_id = {record["id"]: record[library.stage.kind.text] for record in library.stage.records()}
    assert {outcome.id: f"text {outcome.row - 1}" for outcome in found} == by_id
    summary = outcomes.summary
    assert summary is not None and summary.counts == {"created": 12} and summary.exit_code == Exit.DONE
    assert summary.rows == 12 and {outcome.run for outcome in found} == {summary.run}
    assert summary.results == path.with_name("in.results.csv")
    told = as_written([replace(outcome, number=None, message="") for outcome in found])
    kept = [(*line[:3], "", line[4], "", *line[6:]) for line in as_in_file(summary.results)]
    assert told == kept, "case numbers are asked for when all rows were told of"


def as_written(found: list[RowResult]) -> list[tuple[str, ...]]:
    """Outcomes as a results file has them, in its order."""
    return [
        (
            str(each.row), each.status.value, each.id or "", each.number or "", each.url or "", each.message,
            each.time or "", str(each.attempts), each.run,
        )
        for each in sorted(found, key=lambda each: each.row)
    ]  # fmt: skip


def as_in_file(path: Path | None) -> list[tuple[str, ...]]:
    assert path is not None
    columns = ("row", "status", "id", "number", "url", "message", "time", "attempts", "run")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [tuple(line[f"import_{name}"] for name in columns) for line in csv.DictReader(stream)]


async def test_rows_that_never_leave_and_refused_rows_are_outcomes_too(begin: Begin) -> None:
    """Invalid, skipped and rejected rows come with their problems; a cell's own value stands in the message."""
    library = await begin(CASE)
    rows = library.stage.kind.rows(6)
    rows[1][3] = "no mail address"
    rows[3] = rows[2]
    rows[4] = ["", "", "", ""]
    rows[5][1] = "x" * 300
    path = library.stage.write(rows)
    async with library.connection() as connection:
        found = {outcome.row: outcome async for outcome in library.outcomes(path, connection)}
    statuses = [found[row].status.value for row in range(2, 8)]
    assert statuses == ["created", "invalid", "created", "skipped", "skipped", "invalid"]
    [problem] = found[3].problems
    assert (problem.code, problem.column, problem.cell) == ("BAD_EMAIL", "Mail", "line 3")
    assert '"no mail address" is not an e-mail address' in found[3].message
    assert found[5].message.startswith("Equal in every used cell to row 4")


async def test_a_finished_file_is_told_again_and_not_sent_again(library: Library) -> None:
    """The same call again: the outcomes as they stand, and no request but sign-in and look-ups."""
    path = library.file(5)
    async with library.connection() as connection:
        first = [outcome async for outcome in library.outcomes(path, connection)]
        again = [outcome async for outcome in library.outcomes(path, connection)]
    assert [o.id for o in sorted(first, key=lambda o: o.row)] == [o.id for o in again]
    assert library.stage.creates() == 5


async def test_a_session_serves_all_imports_of_a_connection(begin: Begin) -> None:
    """One sign-in for two imports with one mapping; a leg counts its own requests, not the earlier one's."""
    library = await begin(CASE)
    async with library.connection() as connection:
        for start in (1, 100):
            path = library.stage.write(library.stage.kind.rows(3, start), f"{start}.csv")
            assert len([o async for o in library.outcomes(path, connection)]) == 3
    assert library.stage.running.world.faults.ordinals["signin"] == 1
    with library.stage.journal() as journal:
        second, first = [journal.legs(run.n)[-1] for run in journal.runs()]
    assert second.calls == 4, "three creates, their numbers; sign-in and describe were those of the first"
    assert first.calls + second.calls == len(library.stage.running.world.log)
    assert first.last_call is not None and second.first_call is not None
    assert first.last_call <= second.first_call


async def test_known_rows_of_another_file_exist(library: Library) -> None:
    """A grown file: what the ledger knows is ``exists`` with its id, the rest is created."""
    async with library.connection() as connection:
        first = [outcome async for outcome in library.outcomes(library.file(4), connection)]
        grown = library.stage.write(library.stage.kind.rows(6), "grown.csv")
        found = [outcome async for outcome in library.outcomes(grown, connection)]
    by_row = {outcome.row: outcome for outcome in found}
    assert [by_row[row].status.value for row in range(2, 8)] == ["exists"] * 4 + ["created"] * 2
    assert {by_row[row].id for row in range(2, 6)} == {outcome.id for outcome in first}
    assert all(by_row[row].message for row in by_row) and len(library.stage.records()) == 6


async def test_a_trial_tells_the_rest_as_not_sent(library: Library) -> None:
    """first=N: N rows go, and every other row has its outcome all the same."""
    path = library.file(7)
    async with library.connection() as connection:
        trial = [outcome async for outcome in library.outcomes(path, connection, first=3)]
        assert [o.status.value for o in trial].count("not_sent") == 4 and len(trial) == 7
        rest = [outcome async for outcome in library.outcomes(path, connection)]
    assert {o.status for o in rest} == {Status.CREATED} and len(rest) == 7 == library.stage.creates()


async def test_an_import_that_a_guard_stops_tells_all_rows_and_why(begin: Begin) -> None:
    """More than max_errors: no exception; the summary has the reason, the other rows are not_sent."""
    library = await begin(CASE)
    mapping = library.mapping(more='constants: {ContactId: "003000000000000AAA"}\n')
    async with library.connection() as connection:
        outcomes = library.outcomes(library.file(60), connection, mapping=mapping, max_errors=5)
        found = [outcome async for outcome in outcomes]
    summary = outcomes.summary
    assert summary is not None and summary.exit_code == Exit.GUARD and "max-errors" in summary.reason
    assert len(found) == 60 and {o.status for o in found} == {Status.REJECTED, Status.NOT_SENT}
    assert summary.counts == {status: sum(o.status == status for o in found) for status in summary.counts}


async def test_retry_failed_and_again(begin: Begin) -> None:
    """retry_failed sends what was refused; again imports all as if it were not known, and asks nobody."""
    library = await begin(CLAIM)
    path = library.file(3)
    async with library.connection() as connection:
        assert [o.status async for o in library.outcomes(path, connection)] == [Status.CREATED] * 3
        again = [o async for o in library.outcomes(path, connection, again=True)]
        assert {o.status for o in again} == {Status.CREATED} and len(library.stage.records()) == 6
        assert len([o async for o in library.outcomes(path, connection, retry_failed=True)]) == 3
    assert library.stage.creates() == 6


async def test_a_lost_answer_is_an_outcome_in_doubt(begin: Begin) -> None:
    """IBM cannot be asked by default: the row is in doubt, once, with what to do."""
    library = await begin(CLAIM, "lose_after_commit=at:2")
    async with library.connection() as connection:
        outcomes = library.outcomes(library.file(4), connection)
        found = [outcome async for outcome in outcomes]
    assert sorted(o.status.value for o in found) == ["created"] * 3 + ["in_doubt"]
    assert outcomes.summary is not None and outcomes.summary.exit_code == Exit.IN_DOUBT


async def test_outcomes_are_durable_when_they_arrive(library: Library) -> None:
    """The ordering rule: the journal has the row before the caller does."""
    async with library.connection() as connection:
        with library.stage.journal() as journal:
            async for outcome in library.outcomes(library.file(9), connection):
                entry = journal.entry(journal.run(outcome.run).n, outcome.row)
                assert entry is not None and entry.record_id == outcome.id


async def test_two_systems_side_by_side_in_one_process(begin: Begin) -> None:
    """Two imports into different systems, one journal folder, one loop: both whole, each in its system."""
    sales, claims = await begin(CASE), await begin(CLAIM)

    async def load(library: Library) -> list[Status]:
        async with library.connection() as connection:
            path = library.file(80)
            outcomes = library.outcomes(path, connection, journal=sales.stage.state)
            return [outcome.status async for outcome in outcomes]

    both = await asyncio.gather(load(sales), load(claims))
    assert both == [[Status.CREATED] * 80] * 2
    assert len(sales.stage.records()) == 80 == len(claims.stage.records())


async def test_one_import_at_a_time_into_a_system(begin: Begin) -> None:
    """A second one is refused with the holder's name, and does not disturb the first."""
    library = await begin(CASE)
    async with library.connection() as connection:
        outcomes = library.outcomes(library.file(200), connection)
        found = [await anext(outcomes)]
        other = library.stage.write(library.stage.kind.rows(2, 900), "other.csv")
        with pytest.raises(ImporterError, match="Another run loads into") as caught:
            await anext(library.outcomes(other, connection))
        assert caught.value.exit == Exit.LATER
        found += [outcome async for outcome in outcomes]
    assert {o.status for o in found} == {Status.CREATED} and len(found) == 200


async def test_the_rate_holds_from_one_import_to_the_next(begin: Begin) -> None:
    """P5: a connection's imports share the window, also when the mapping, and so the target, changes."""
    library = await begin(CLAIM)
    plain, other = library.mapping(), library.mapping(more='variables: {x: "1"}\n')
    assert plain.file.digest != other.file.digest
    async with library.connection(rate="20/s") as connection:
        for number, mapping in enumerate((plain, plain, other, plain)):
            path = library.stage.write(library.stage.kind.rows(8, 100 * number), f"{number}.csv")
            async for _ in library.outcomes(path, connection, mapping=mapping):
                pass
    times = [request.time for request in library.stage.running.world.log]
    assert len(times) >= 32 + 3 * 2, "sign-in and look-ups are counted too"
    assert max(sum(start <= at < start + 1 for at in times) for start in times) <= 20 + 1
    pauses = [later - at for at, later in itertools.pairwise(times) if later - at > 0.95]
    assert len(pauses) >= 2, "a new target begins when the window of the one before is over"


async def test_errors_reach_the_caller_as_they_are(begin: Begin, tmp_path: Path) -> None:
    """A missing file, an unknown connection, a mapping that does not fit, a state folder in the way."""
    library = await begin(CASE)
    async with library.connection() as connection:
        with pytest.raises(SourceError, match="does not exist") as missing:
            await anext(library.outcomes(tmp_path / "missing.csv", connection))
        assert missing.value.exit == Exit.CANNOT_RUN and missing.value.remedy
        wrong = library.stage.write("A,B\n1,2\n", "wrong.csv")
        with pytest.raises(MappingError, match='no column "No"'):
            await anext(library.outcomes(wrong, connection))
        broken = library.file(2)
        (tmp_path / "state").write_text("a file is in the way", encoding="utf-8")
        with pytest.raises(JournalError):
            await anext(library.outcomes(broken, connection, journal=tmp_path / "state"))
    connections = library.stage.options().where.connections
    with pytest.raises(SettingsError, match="Did you mean stage"):
        async with Connection.open("stag", connections=connections):
            pass
    with pytest.raises(MappingError, match="There is no mapping file"):
        Mapping.load(tmp_path / "missing.yaml")


async def test_a_connection_for_another_target_is_refused(begin: Begin) -> None:
    """The mapping says Salesforce, the connection IBM: both are named."""
    sales, claims = await begin(CASE), await begin(CLAIM)
    async with claims.connection() as connection:
        with pytest.raises(SettingsError, match="is for ibm-case-manager, the mapping is for salesforce"):
            await anext(claims.outcomes(claims.file(1), connection, mapping=sales.mapping()))


async def test_a_mapping_is_what_it_was_when_it_was_loaded(begin: Begin) -> None:
    """A service loads its mapping once: a file that changes or goes meanwhile changes nothing."""
    library = await begin(CASE)
    mapping = library.mapping()
    text = library.stage.mapping().read_text("utf-8")
    (library.stage.folder / "mapping.yaml").unlink()
    async with library.connection() as connection:
        found = [o async for o in library.outcomes(library.file(2), connection, mapping=mapping)]
        assert {o.status for o in found} == {Status.CREATED}
        again = Mapping.parse(text, str(library.stage.folder / "mapping.yaml"))
        found = [o async for o in library.outcomes(library.file(2), connection, mapping=again)]
    assert library.stage.creates() == 2
    with library.stage.journal() as journal:
        [run] = journal.runs()
        [leg] = journal.legs(run.n)
        assert "SuppliedEmail" in (journal.document(leg.mapping) or "")


async def test_the_process_belongs_to_the_caller(begin: Begin, capfd: pytest.CaptureFixture[str]) -> None:
    """No logging set-up, no signal handlers, nothing printed, no task left behind."""
    library = await begin(CASE)
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    signals = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    tasks = asyncio.all_tasks()
    async with library.connection() as connection:
        async for _ in library.outcomes(library.file(3), connection):
            assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == signals
    assert logging.getLogger().handlers == handlers and logging.getLogger().level == level
    assert not logging.getLogger("importer").handlers
    assert capfd.readouterr() == ("", "")
    assert {task for task in asyncio.all_tasks() - tasks if task.get_name() == "case-importer"} == set()


def test_import_file_needs_no_loop(simulator_state: Path, tmp_path: Path) -> None:
    """The sync door: a path in, a summary out, results beside the input; a connection by name or not entered."""
    path = tmp_path / "tickets.csv"
    path.write_text("No,Text\n1,one\n2,two\n3,\n", encoding="utf-8")
    (tmp_path / "m.yaml").write_text(SMALL, encoding="utf-8")
    mapping = Mapping.load(tmp_path / "m.yaml")
    first = import_file(path, mapping, "simulator")
    assert first.counts == {"created": 2, "invalid": 1} and first.exit_code == Exit.ROWS_FAILED
    assert first.rows == 3 and first.results == tmp_path / "tickets.results.csv" and first.results.exists()
    other = tmp_path / "other.csv"
    again = import_file(path, mapping, Connection.open("simulator", state=simulator_state), results=other)
    assert again.run == first.run and again.counts == first.counts and again.results == other
    assert (simulator_state / "journal.db").exists()


def test_import_file_is_no_trap_in_a_loop(tmp_path: Path) -> None:
    """Where an event loop is running it says what to use instead."""

    async def inside() -> None:
        (tmp_path / "m.yaml").write_text(SMALL, encoding="utf-8")
        with pytest.raises(RuntimeError, match="import_cases"):
            import_file("x.csv", Mapping.load(tmp_path / "m.yaml"), "simulator")

    asyncio.run(inside())


SMALL = """version: 1
target: salesforce
key: "No"
match: Legacy_Id__c
columns:
  Text: {to: Subject, blank: error}
"""


@pytest.fixture
def simulator_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder that a call without one finds, as the command line does."""
    monkeypatch.setenv("CASE_IMPORTER_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "state"
