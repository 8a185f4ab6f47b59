"""Check with a connection: what the system is asked before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from importer.api.checking import Checked, check
from importer.api.peeking import Look, peek
from importer.model.errors import Exit, ImporterError
from importer.simulator.salesforce.org import API_USER, OTHER_USER, RULE_QUEUE
from tests.preflight.conftest import Open
from tests.preflight.looking import codes, found
from tests.stage import CASE, CLAIM, Stage, as_csv


async def checked(stage: Stage, path: Path, mapping: Path | None = None, **more: Any) -> Checked:
    options = stage.options(mapping=mapping)
    look = Look(options.mapping, options.where, None, more.pop("save_schema", None))
    async with peek(look) as peeked:
        return await check(peeked, path, **more)


async def test_keys_that_exist_on_the_server(open_kind: Open):
    """With match, keys are looked up in batches: to be told under skip, to hold rows back under error."""
    stage = await open_kind(CASE)
    await stage.run(stage.write(CASE.rows(3)))
    journal = stage.folder / "other"
    path = stage.write([*CASE.rows(2), *CASE.rows(2, start=10)], "next.csv")
    stage.folder.joinpath("state").rename(journal)  # another machine: its journal knows nothing
    skipping = await checked(stage, path)
    finding = found(skipping, "ALREADY_EXISTS")
    assert (finding.severity, finding.count, finding.cells) == ("note", 2, ("row 2", "row 3"))
    assert not skipping.holds_back and skipping.to_send == 4
    mapping = stage.folder / "error.yaml"
    mapping.write_text(stage.mapping().read_text().replace("columns:", "on_match: error\ncolumns:"))
    copy = stage.folder / "copy.csv"
    refusing = await checked(stage, path, mapping, output=copy)
    assert found(refusing, "ALREADY_EXISTS").severity == "rows" and refusing.to_send == 2
    lines = copy.read_text(encoding="utf-8").splitlines()
    assert [line.endswith("ALREADY_EXISTS") for line in lines[1:]] == [True, True, False, False]


@pytest.mark.parametrize("way", ["v2", "graphql"])
async def test_keys_that_exist_on_ibm(open_kind: Open, way: str):
    """On IBM Case Manager the connection's search is asked; without one, nothing is said about the server."""
    stage = await open_kind(CLAIM, keyed=False)
    url = f'search_url = "{stage.running.url}/content-services-graphql/graphql"\n' if way == "graphql" else ""
    mapping = stage.mapping(CLAIM.mapping.replace("columns:", "key: No\nmatch: AUTO_ClaimNumber\ncolumns:"))
    await stage.run(stage.write(CLAIM.rows(2)), mapping=mapping)
    stage.folder.joinpath("state").rename(stage.folder / "other")
    path = stage.write(CLAIM.rows(4), "next.csv")
    assert "ALREADY_EXISTS" not in dict(map(reversed, codes(await checked(stage, path, mapping))))
    stage.extra += f'search = "{way}"\n{url}'
    assert found(await checked(stage, path, mapping), "ALREADY_EXISTS").count == 2


async def test_owners(open_kind: Open):
    """An inactive user or a queue for other objects holds rows back; as a constant it stops check and run."""
    stage = await open_kind(CASE)
    world = stage.running.world
    users = {r.fields["Username"]: r.id for r in world.store.select("type = 'User'")}
    queues = {r.fields["DeveloperName"]: r.id for r in world.store.select("type = 'Group'")}
    assert users["importer@example.com"] == API_USER and OTHER_USER in users.values()
    gone, leads = users["left@example.com"], queues["Lead_Queue"]
    text = "version: 1\ntarget: salesforce\nsource: s\nkey: none\ncolumns:\n  T: Subject\n"
    by_column = stage.mapping(text + "  O: OwnerId\n")
    owners = [API_USER, gone, gone[:15], RULE_QUEUE, leads, ""]
    path = stage.write(as_csv([[str(n), owner] for n, owner in enumerate(owners)], ("T", "O")))
    copy = stage.folder / "copy.csv"
    seen = await checked(stage, path, by_column, output=copy)
    assert (found(seen, "INACTIVE_OWNER").severity, found(seen, "INACTIVE_OWNER").count) == ("rows", 2)
    assert found(seen, "WRONG_QUEUE").values == ((leads, 1),) and seen.to_send == 3
    said = copy.read_text(encoding="utf-8")
    assert (said.count("no such active user"), said.count("WRONG_QUEUE")) == (2, 1)
    by_constant = stage.mapping(f"{text}constants:\n  OwnerId: {gone}\n")
    assert found(await checked(stage, path, by_constant), "INACTIVE_OWNER").severity == "stop"
    refused = await stage.refused(path, mapping=by_constant)
    assert refused.code == "INACTIVE_OWNER" and stage.creates() == 0


async def test_records_that_rows_refer_to(open_kind: Open):
    """Looked up before anything is sent: none, several, and owners that cannot own, by the words of the file."""
    stage = await open_kind(CASE)
    text = (
        "version: 1\ntarget: salesforce\nsource: s\nkey: none\ncolumns:\n  T: Subject\n"
        "  W: {to: OwnerId, lookup: {object: User, by: Username}}\n"
        "  C: {to: AccountId, lookup: {object: Account, by: AccountNumber}}\n"
        "  P: {to: ContactId, lookup: {object: Contact, by: Email, none: omit}}\n"
    )
    rows = [
        ["0", "agent@example.com", "AC-1001", "nobody@example.com"],
        ["1", "left@example.com", "AC-1001", ""],
        ["2", "nobody@example.com", "AC-2000", ""],
        ["3", "nobody@example.com", "", ""],
    ]
    path = stage.write(as_csv(rows, ("T", "W", "C", "P")))
    copy = stage.folder / "copy.csv"
    seen = await checked(stage, path, stage.mapping(text), output=copy)
    none, many = found(seen, "LOOKUP_NONE"), found(seen, "LOOKUP_MANY")
    assert (none.column, none.count, none.values) == ("W", 2, (("nobody@example.com", 2),))
    assert (many.column, many.count, many.cells) == ("C", 1, ("line 4",))
    owner = found(seen, "INACTIVE_OWNER")
    assert (owner.column, owner.count) == ("W", 1) and "left@example.com (005" in owner.message
    lines = copy.read_text(encoding="utf-8").splitlines()[1:]
    codes = [line.rpartition(",")[2] for line in lines]
    assert codes == ["", "INACTIVE_OWNER", "LOOKUP_NONE | LOOKUP_MANY", "LOOKUP_NONE"]
    assert stage.creates() == 0


async def test_assignment_rules_that_replace_owners(open_kind: Open):
    """assignment_rule: on with an active rule and an OwnerId is warned about, with the rule's name."""
    stage = await open_kind(CASE)
    text = (
        "version: 1\ntarget: salesforce\nsource: s\nkey: none\ncolumns:\n  T: Subject\n"
        f"constants:\n  OwnerId: {OTHER_USER}\noptions: {{assignment_rule: on}}\n"
    )
    path = stage.write(as_csv([["a"]], ["T"]))
    assert (
        "(Standard) replaces"
        in found(await checked(stage, path, stage.mapping(text)), "OWNER_REPLACED").message
    )
    off = stage.mapping(text.replace("options: {assignment_rule: on}\n", ""))
    said = found(await checked(stage, path, off), "ASSIGNMENT_OFF")
    assert said.severity == "note" and "they keep their OwnerId" in said.message


async def test_old_open_cases_of_a_migration(open_kind: Open):
    """CreatedDate with a status that is not closed: escalation rules act by age."""
    stage = await open_kind(CASE, "audit_fields=on")
    text = "version: 1\ntarget: salesforce\nsource: s\nkey: none\ncolumns:\n  S: Status\n  D: CreatedDate\n"
    rows = [
        ["New", "2020-01-01T00:00:00Z"],
        ["Closed", "2020-01-01T00:00:00Z"],
        ["Working", "2020-01-01T00:00:00Z"],
    ]
    seen = await checked(stage, stage.write(as_csv(rows, ("S", "D"))), stage.mapping(text))
    assert found(seen, "OLD_OPEN_CASES").message.startswith("2 rows make open cases")
    assert found(seen, "AUDIT_FIELDS").severity == "note" and not seen.holds_back


@pytest.mark.parametrize(("mb", "severity"), [(51_200, None), (2, "warning"), (1, "stop"), (0, "stop")])
async def test_room(open_kind: Open, mb: int, severity: str | None):
    """Rows that may not fit are warned about; it stops when that is certain: twice as many as there is room for."""
    stage = await open_kind(CASE, f"storage_mb={mb}")
    seen = await checked(stage, stage.write(CASE.rows(1_200)))
    assert [f.severity for f in seen.findings if f.code == "STORAGE"] == ([severity] if severity else [])


async def test_the_share_of_todays_calls(open_kind: Open):
    """The plan counts against what is left today, less what is kept for others."""
    stage = await open_kind(CASE, "daily_limit=1000")
    stage.extra += 'reserve_daily_calls = "50%"\n'
    seen = await checked(stage, stage.write(CASE.rows(20)))
    assert seen.plan.calls == 22 and seen.plan.left is not None and 490 < seen.plan.left < 500
    assert seen.plan.budget_share == pytest.approx(22 / seen.plan.left, abs=0.001)


async def test_describe_is_asked_once_for_several_files(open_kind: Open):
    """The schema is cached for the run: asked once, with the org itself, however many files."""
    stage = await open_kind(CASE)
    stage.extra = "case_numbers = false\n"
    await stage.results_of(*(stage.write(CASE.rows(1, start=n), f"{n}.csv") for n in range(3)))
    kinds = [seen.kind for seen in stage.running.world.log]
    assert kinds == ["signin", "read", "create", "create", "create"]


async def test_a_saved_schema_finds_what_the_connection_finds(open_kind: Open):
    """--save-schema, then --schema: the same findings about rows, also of the journal, and nobody is asked."""
    stage = await open_kind(CASE)
    await stage.run(stage.write(CASE.rows(2)))
    bad = [
        ["K-1", "text 1", "1.5", "m1@example.com"],
        ["K-8", "x" * 300, "1", ""],
        ["K-9", "y", "1.234", "no"],
    ]
    path = stage.write(bad, "bad.csv")
    schema = stage.folder / "case.json"
    online = await checked(stage, path, save_schema=schema)
    asked = dict(stage.running.world.faults.ordinals)
    options = stage.options()
    async with peek(Look(options.mapping, options.where, schema)) as peeked:
        offline = await check(peeked, path)
    assert dict(stage.running.world.faults.ordinals) == asked and peeked.system is None
    assert offline.findings == online.findings and offline.to_send == online.to_send == 0
    assert ("note", "KNOWN") in codes(offline)


async def test_saving_needs_a_connection(open_kind: Open):
    """--save-schema without a connection is wrong usage."""
    stage = await open_kind(CASE)
    where = stage.options().where
    with pytest.raises(ImporterError) as error:
        async with peek(
            Look(stage.mapping(), type(where)(None, None, where.state), None, stage.folder / "s")
        ):
            pass
    assert error.value.exit is Exit.USAGE


async def test_what_a_run_says_before_the_first_row_leaves(open_kind: Open):
    """Org, id, kind, user, then the plan; the question for production names them, and --first counts."""
    stage = await open_kind(CASE, "production=on")
    questions: list[str] = []

    def no(question: str) -> bool:
        assert stage.creates() == 0
        questions.append(question)
        return False

    path = stage.write(CASE.rows(1_001))
    [result] = await stage.results_of(path, ask=no)
    assert result.error is not None and result.error.code == "NOT_CONFIRMED" and stage.creates() == 0
    assert "Load 1,001 rows into production system Simulated Org" in questions[0]
    assert "(production), as" in stage.notices() and "Plan: 1,001 rows by single" in stage.notices()
    assert "Room: about 2.0 MB of data storage; 51,200 MB are free." in stage.notices()
    [trial] = await stage.results_of(path, ask=no, first=3)
    assert trial.error is None and len(questions) == 1 and stage.creates() == 3
