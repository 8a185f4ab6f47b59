"""Options and settings of IBM in whole runs: readiness, ignored values, labels, trials, the server's limiter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from importer.api.verdicts import resolve_row
from importer.model.errors import Exit
from tests.pipeline.conftest import Open
from tests.pipeline.test_settling import SOON
from tests.stage import CLAIM, CLAIM_V2, HEADER, Kind, Stage, as_csv

READY = "options: {wait_ready: true}\n"
INQUIRY = Kind(
    "inquiry",
    """version: 1
target: ibm-case-manager
case_type: AUTO_Inquiry
object_store: ATOSME
source: stage
columns:
  Text: AUTO_InquirySubject
  No: AUTO_InquiryText
""",
    "key: No\n",
    CLAIM_V2.connection,
    "AUTO_Inquiry",
    "AUTO_InquirySubject",
    "AUTO_InquiryText",
)


@pytest.mark.parametrize("kind", [CLAIM, CLAIM_V2], ids=["v1", "v2"])
async def test_wait_ready_counts_a_case_when_it_works(open_kind: Open, kind: Kind) -> None:
    """Each row waits for its case; all of them are Working in the end."""
    stage = await open_kind(kind, "working_after=300ms")
    ended = await stage.run(stage.write(stage.kind.rows(3)), mapping=stage.mapping(more=READY))
    assert ended.exit == Exit.DONE and ended.counts == {"created": 3}
    reads = [each for each in stage.running.world.log if each.kind == "read"]
    assert len(reads) >= 6, "each case is asked for until it works"


async def failed(open_kind: Open, faults: str, more: str = "") -> Stage:
    stage = await open_kind(replace(CLAIM, keyed="key: No\nmatch: AUTO_ClaimNumber\n"), faults)
    stage.extra = SOON.replace("concurrency = 5", "concurrency = 1") + more
    return stage


@pytest.mark.parametrize("search", ["", 'search = "v2"\n'], ids=["no search", "search"])
async def test_a_case_that_failed_is_in_doubt_with_its_folder(open_kind: Open, search: str) -> None:
    """It exists and is not created again, searched for or not; a person keeps it, or deletes it."""
    stage = await failed(open_kind, "case_failed=at:2,working_after=0", search)
    path, mapping = stage.write(stage.kind.rows(3)), stage.mapping(more=READY)
    ended = await stage.run(path, mapping=mapping)
    assert ended.exit == Exit.IN_DOUBT and ended.counts == {"created": 2, "in_doubt": 1}
    line = stage.lines(ended)[1]
    folder = stage.records()[1]["id"]
    assert line["import_status"] == "in_doubt" and folder in line["import_message"]
    assert "Failed" in line["import_message"] and f"resolve {ended.run}" in line["import_message"]
    again = await stage.run(path, mapping=mapping)
    assert again.counts == ended.counts and stage.creates() == 3
    with stage.journal() as journal:
        resolve_row(journal, ended.run, 3, folder)
    kept = await stage.run(path, mapping=mapping)
    assert kept.counts == {"created": 3} and stage.creates() == 3


async def test_cases_that_all_fail_stop_the_run(open_kind: Open) -> None:
    """Three in a row: exit 6, each with its folder; the other rows are not sent."""
    stage = await failed(open_kind, "case_failed=on,working_after=0")
    ended = await stage.run(stage.write(stage.kind.rows(30)), mapping=stage.mapping(more=READY))
    assert ended.exit == Exit.GUARD and "CASE_FAILED" in ended.reason
    assert 3 <= ended.counts["in_doubt"] <= 5 and stage.creates() <= 5


async def test_a_case_that_is_not_ready_in_time_is_found_later(open_kind: Open) -> None:
    """In doubt with its folder for now; when it works, a later run calls it created."""
    stage = await failed(open_kind, "working_after=1500ms", 'search = "v2"\nready_within = "300ms"\n')
    stage.extra = stage.extra.replace('settle_after = "1500ms"', 'settle_after = "100ms"')
    path, mapping = stage.write(stage.kind.rows(1)), stage.mapping(more=READY)
    ended = await stage.run(path, mapping=mapping)
    assert ended.counts == {"in_doubt": 1}
    assert stage.records()[0]["id"] in stage.lines(ended)[0]["import_message"]
    stage.running.world.behaviour = replace(stage.running.world.behaviour, working_after=0.0)
    later = await stage.run(path, mapping=mapping)
    assert later.counts == {"created": 1} and stage.creates() == 1


async def test_values_that_v2_ignores_end_the_run_after_one_case(open_kind: Open) -> None:
    """Eight in flight or not: one case without values, exit 6, and the key to set is named."""
    stage = await open_kind(INQUIRY, "v2_properties=Properties,v2_other_key=ignored")
    stage.extra = 'rate = "5000/s"\nconcurrency = 8\n'
    path = stage.write(stage.kind.rows(40))
    ended = await stage.run(path)
    assert ended.exit == Exit.GUARD and 'properties_key = "Properties"' in ended.remedy
    assert ended.counts == {"in_doubt": 1, "not_sent": 39} and stage.creates() == 1
    stage.extra += 'properties_key = "Properties"\n'
    rest = await stage.run(path)
    assert rest.counts == {"created": 39, "in_doubt": 1} and len(stage.records()) == 39


async def test_choices_may_be_named_by_their_labels(open_kind: Open) -> None:
    """choice_labels = true: a label is sent as its value, a value as itself, anything else stays behind."""
    kind = replace(CLAIM, mapping=CLAIM.mapping + "  Region: AUTO_Region\n")
    kind = replace(kind, mapping=kind.mapping.replace("constants:", "").replace(
        '  AUTO_ClaimDate: "2026-01-01T00:00:00Z"\n', "") + 'constants: {AUTO_ClaimDate: "2026-01-01T00:00:00Z"}\n')  # fmt: skip
    stage = await open_kind(kind)
    rows = "No,Text,Amount,Mail,Region\n" + "".join(
        f"K-{n},text {n},1,a@example.com,{region}\n" for n, region in enumerate(("North", "W", "Nowhere"))
    )
    path = stage.write(rows)
    ended = await stage.run(path)
    assert ended.counts == {"created": 1, "invalid": 2}
    stage.extra += "choice_labels = true\n"
    ended = await stage.run(path, retry_failed=True)
    assert ended.counts == {"created": 2, "invalid": 1}
    assert sorted(record["AUTO_Region"] for record in stage.records()) == ["N", "W"]


PASSENGERS = "columns:\n  People: AUTO_Passengers\n"


async def test_business_objects_are_refused_unless_the_connection_names_them(open_kind: Open) -> None:
    """Refused before anything leaves, with the key to set; named, cells are JSON and a wrong one stays behind."""
    stage = await open_kind(CLAIM)
    mapping = stage.mapping(CLAIM.mapping.replace("columns:\n", PASSENGERS))
    cells = ['{"First": "Ann"}', '[{"First": "Bo"}, {"First": "Cy", "Age": 7}]', "Dan", "[]", '{"First": {}}']
    rows = [[f"K-{n}", f"text {n}", "1", "a@example.com", cell] for n, cell in enumerate(cells)]
    path = stage.write(as_csv(rows, (*HEADER, "People")))
    [refused] = await stage.results_of(path, mapping=mapping)
    assert refused.error is not None and stage.creates() == 0
    assert "AUTO_Passengers" in refused.error.message and "business_objects" in refused.error.remedy
    stage.extra += 'business_objects = ["AUTO_Passengers"]\n'
    ended = await stage.run(path, mapping=mapping)
    assert ended.counts == {"created": 2, "invalid": 3}
    assert {line["import_code"] for line in stage.lines(ended)} == {"", "BAD_OBJECT"}
    people = [record["AUTO_Passengers"] for record in stage.records()]
    assert people == [[{"First": "Ann"}], [{"First": "Bo"}, {"First": "Cy", "Age": 7}]]


async def test_a_trial_says_what_the_rest_will_start(open_kind: Open) -> None:
    """After --first N: work items started so far, and those to come; without --first nothing of the kind."""
    stage = await open_kind(CLAIM, "working_after=0")
    path = stage.write(stage.kind.rows(9))
    await stage.run(path, first=2)
    assert "2 cases have started 2 work items" in stage.notices()
    assert "The 7 rows that are left will start about 7" in stage.notices()
    stage.events.clear()
    await stage.run(path)
    assert "work item" not in stage.notices()


async def test_no_request_is_refused_at_the_servers_own_rate(open_kind: Open) -> None:
    """A limiter of 30 requests in 3 s at the server, rate = "30/3s" and 20 in flight: not one refusal."""
    stage = await open_kind(CLAIM, "limiter=30/3s,latency=100ms")
    stage.extra = 'rate = "30/3s"\nconcurrency = 20\n'
    ended = await stage.run(stage.write(stage.kind.rows(45)))
    assert ended.exit == Exit.DONE and ended.counts == {"created": 45}
    refusals = [each for each in stage.running.world.log if each.status in (429, 503)]
    assert refusals == [], f"{len(refusals)} of {len(stage.running.world.log)} were refused"
