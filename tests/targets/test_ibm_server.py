"""Which CASEREST is there and what it offers, over real HTTP against the simulator (facts §1, §4)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from importer.model.draft import Draft
from importer.model.errors import ImporterError, TargetError
from importer.model.outcome import Created, Deleted, Gone, RowOutcome, Stop, Unknown
from importer.settings import Rate, simulator_connection
from importer.simulator import Options, Running, serve
from importer.targets import RecordKind, make_target
from importer.targets.ibm.activities import read_started, sentence
from importer.targets.ibm.saved import ignored
from importer.targets.ibm.solutions import Solution, candidates, connection_point
from importer.targets.ibm.target import IbmTarget

CLAIM = {"AUTO_ClaimDate": "2026-05-01T12:00:00Z", "AUTO_ClaimNumber": "K-1"}


async def no_note(_ticket: object) -> None: ...


@dataclass
class Bench:
    """A target for one simulator."""

    running: Running
    target: IbmTarget

    async def create(self, row: int = 2, **values: Any) -> RowOutcome:
        draft = Draft(row, CLAIM | values)
        [(_, outcome)] = list((await self.target.path("single").deliver([draft], no_note)).items())
        return outcome

    def cases(self) -> list[dict[str, Any]]:
        found = self.running.world.store.select("system = 'ibm' AND NOT deleted")
        return [record.fields for record in found]


OpenBench = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def bench() -> AsyncIterator[OpenBench]:
    opened: list[Bench] = []

    async def begin(
        place: str = "", faults: str = "", case_type: str = "AUTO_CollisionClaim", **more: Any
    ) -> Bench:
        running = await serve(Options(faults=faults, seed=7))
        options = more.pop("options", {})
        settings = replace(
            simulator_connection("ibm-case-manager", running.url),
            url=running.url + place,
            rate=Rate(5000, 1.0),
            **more,
        )
        target = make_target(settings, RecordKind(case_type, "ATOSME", None, options), {})
        assert isinstance(target, IbmTarget)
        opened.append(Bench(running, target))
        return opened[-1]

    yield begin
    for each in opened:
        await each.target.close()
        await each.running.stop()


@pytest.mark.parametrize(
    ("place", "served", "wanted", "version"),
    [
        ("/CaseManager/CASEREST/v1", "both", "auto", "v1"),
        ("/CaseManager/CASEREST/v2", "both", "auto", "v2"),
        ("/CaseManager/CASEREST/v1", "both", "v2", "v2"),
        ("/CaseManager/CASEREST", "both", "auto", "v1"),
        ("/CaseManager", "v2", "auto", "v2"),
        ("", "v2", "auto", "v2"),
        ("", "v1", "auto", "v1"),
    ],
)
async def test_the_version_is_named_or_found(
    bench: OpenBench, place: str, served: str, wanted: str, version: str
) -> None:
    """By the address or the setting; else v1 where it answers, else v2. The system is the same throughout."""
    made = await bench(place, f"caserest={served}", api_version=wanted, system_id=None)
    system = await made.target.open()
    assert system.id == f"{made.running.url.removeprefix('http://')}/CaseManager|ATOSME"
    assert (await made.target.catalogue())[0] == f"CASEREST {version}"
    schema = await made.target.schema()
    assert schema.properties["AUTO_ClaimDate"].required
    assert schema.properties["AUTO_Region"].choices[0].label == "North"
    assert isinstance(await made.create(), Created)
    assert [case["AUTO_ClaimNumber"] for case in made.cases()] == ["K-1"]


@pytest.mark.parametrize(
    ("place", "served", "wanted"),
    [
        ("/CaseManager/elsewhere", "both", "auto"),
        ("/CaseManager/CASEREST/v1", "v2", "auto"),
        ("/CaseManager/CASEREST", "v2", "v1"),
    ],
)
async def test_an_address_without_caserest_is_told(
    bench: OpenBench, place: str, served: str, wanted: str
) -> None:
    """Nothing is guessed where a version was named, or neither is there; the addresses tried are named."""
    made = await bench(place, f"caserest={served}", api_version=wanted)
    with pytest.raises(TargetError, match="no CASEREST at") as caught:
        await made.target.open()
    assert caught.value.code == "NOT_CASEREST" and "/CASEREST/v1" in caught.value.message


async def test_a_page_in_place_of_an_answer_is_a_refused_sign_in(bench: OpenBench) -> None:
    """A proxy's login with status 200 is no CASEREST, and no reason to look for another version."""
    made = await bench("/CaseManager", "html_200_before=on@describe")
    with pytest.raises(TargetError) as caught:
        await made.target.open()
    assert caught.value.code == "SIGN_IN_REFUSED"
    assert "sign-in page" in (caught.value.message + caught.value.remedy).lower()


async def test_without_the_right_to_create_the_run_does_not_begin(bench: OpenBench) -> None:
    """HasInstanceCreationRights of the solution's list is looked at before any row."""
    made = await bench(case_type="AUTO_FraudReview")
    await made.target.open()
    with pytest.raises(TargetError, match="may not create cases of the type AUTO_FraudReview") as caught:
        await made.target.schema()
    assert caught.value.code == "NO_RIGHT_TO_CREATE"
    assert any(
        "without the right to create: AUTO_FraudReview" in line for line in await made.target.catalogue()
    )


async def test_an_unknown_case_type_is_told_in_both_versions(bench: OpenBench) -> None:
    """v1 and v2 answer 404 in different shapes."""
    for version in ("v1", "v2"):
        made = await bench(f"/CaseManager/CASEREST/{version}", case_type="AUTO_Nothing")
        await made.target.open()
        with pytest.raises(TargetError, match="has no case type AUTO_Nothing"):
            await made.target.schema()


@pytest.mark.parametrize(
    "options", [{"return_updates": True}, {"external_data_identifier": "x"}, {"client_context": True}]
)
async def test_v2_refuses_options_that_it_has_no_place_for(
    bench: OpenBench, options: dict[str, object]
) -> None:
    """An option that does nothing is never silent: api_version = "v1" is named."""
    made = await bench("/CaseManager/CASEREST/v2", options=options)
    await made.target.open()
    with pytest.raises(TargetError, match=f"does not take {next(iter(options))}") as caught:
        await made.target.schema()
    assert 'api_version = "v1"' in caught.value.remedy


async def test_a_server_that_ignores_the_values_is_found_out_by_its_first_case(bench: OpenBench) -> None:
    """One case without values, whose folder is named; nothing else is sent, and the other key is."""
    faults = "v2_properties=Properties,v2_other_key=ignored"
    made = await bench("/CaseManager/CASEREST/v2", faults, case_type="AUTO_Inquiry")
    await made.target.open()
    path = made.target.path("single")
    drafts = [Draft(row, {"AUTO_InquirySubject": f"subject {row}"}) for row in (2, 3)]
    (_, first), (_, second) = list((await path.deliver(drafts, no_note)).items())
    assert isinstance(first, Unknown) and first.id == made.cases()[0]["Id"] and first.id in first.reason
    assert isinstance(second, Stop) and 'properties_key = "Properties"' in second.remedy
    assert len(made.cases()) == 1
    right = await bench(
        "/CaseManager/CASEREST/v2", faults, case_type="AUTO_Inquiry", properties_key="Properties"
    )
    await right.target.open()
    outcomes = list((await right.target.path("single").deliver(drafts, no_note)).items())
    assert [type(outcome) for _, outcome in outcomes] == [Created, Created]
    assert [case["AUTO_InquirySubject"] for case in right.cases()] == ["subject 2", "subject 3"]
    reads = [each for each in right.running.world.log if each.kind == "read"]
    assert len(reads) == 1, "only the first case is looked at"


@pytest.mark.parametrize(
    ("sent", "shown", "expected"),
    [
        ({"a": "x"}, {"a": "x"}, False),
        ({"a": "x"}, {"a": None}, True),
        ({"a": ("x",)}, {"a": []}, True),
        ({"a": ("x",)}, {"a": ["x"]}, False),
        ({"a": Decimal("12.50"), "b": "y"}, {"a": 12.5, "b": None}, False),
        ({"a": "x", "b": "y"}, {"a": "default", "b": None}, True),
        ({"a": "x"}, {"a": "changed by a trigger"}, False),
        ({"a": "x"}, {}, False),
        ({"a": True}, {"a": True}, False),
    ],
)
def test_when_values_count_as_ignored(sent: dict[str, Any], shown: dict[str, Any], expected: bool) -> None:
    """None is shown as sent, and one has no value; what is not shown tells nothing."""
    assert ignored(sent, shown) is expected


async def test_deleting_needs_leave_and_names_what_it_does(bench: OpenBench) -> None:
    """Off unless the connection says allow_delete; then the case is gone, and a second time it was gone."""
    made = await bench(allow_delete=False)
    await made.target.open()
    outcome = await made.create()
    assert isinstance(outcome, Created)
    with pytest.raises(ImporterError, match="does not allow deleting") as caught:
        await made.target.delete([outcome.id])
    assert "allow_delete = true" in caught.value.remedy and len(made.cases()) == 1
    made = await bench(allow_delete=True)
    await made.target.open()
    outcome = await made.create()
    assert isinstance(outcome, Created)
    assert await made.target.delete([outcome.id]) == [Deleted(outcome.id)]
    assert made.cases() == []
    assert await made.target.delete([outcome.id]) == [Gone(outcome.id)]


@pytest.mark.parametrize(
    ("fault", "deleted"),
    [
        ("lose_after_commit=at:1@delete", True),
        ("lose_before_commit=at:1@delete", False),
        ("http_504_after=at:1@delete", True),
        ("http_500_after=at:1@delete", True),
        ("html_200_before=at:1@delete", False),
    ],
)
async def test_a_delete_whose_answer_is_lost_is_looked_after(
    bench: OpenBench, fault: str, deleted: bool
) -> None:
    """Gone is gone, whatever the answer was; a case that is still shown is not called deleted."""
    made = await bench(faults=fault, allow_delete=True)
    await made.target.open()
    outcome = await made.create()
    assert isinstance(outcome, Created)
    [found] = await made.target.delete([outcome.id])
    assert isinstance(found, Deleted if deleted else Unknown), found
    assert len(made.cases()) == (0 if deleted else 1)


async def test_a_server_without_the_resource_stops_the_deleting(bench: OpenBench) -> None:
    """404 for a case that is there means that the resource is not: older releases cannot delete."""
    made = await bench("/CaseManager/CASEREST/v2", allow_delete=True)
    await made.target.open()
    outcome = await made.create()
    assert isinstance(outcome, Created)
    made.running.world.behaviour = replace(made.running.world.behaviour, caserest="v2")
    [found] = await made.target.delete([outcome.id])
    assert isinstance(found, Stop | Gone) and len(made.cases()) == 1


async def test_the_connections_object_store_wins(bench: OpenBench) -> None:
    """Over the mapping's: in the body of a create, and in what identifies the system."""
    made = await bench(object_store="OTHERTOS", system_id=None)
    system = await made.target.open()
    assert system.id.endswith("/CaseManager|OTHERTOS") and "object store OTHERTOS" in system.name
    assert made.target.payload(Draft(2, CLAIM))["TargetObjectStore"] == "OTHERTOS"


async def test_the_sentence_about_deletions_names_what_stays() -> None:
    """Folder and processes go, documents stay or go by release, and IBM advises against it in production."""
    words = IbmTarget.what_deletion_does
    for part in ("case folder", "processes", "Unfiled Documents", "release 26", "advises against"):
        assert part in words


async def test_a_trial_tells_what_the_rest_will_start(bench: OpenBench) -> None:
    """The automatic activities of the cases are counted once they are set up."""
    made = await bench(faults="working_after=300ms")
    await made.target.open()
    outcome = await made.create()
    assert isinstance(outcome, Created)
    said = await made.target.aftermath([outcome.id], 79)
    assert said is not None and "started 1 work item by creation alone (Review Claim)" in said
    assert "The 79 rows that are left will start about 79" in said


def test_activities_that_have_started_are_counted() -> None:
    """The groups of IBM's example; only what is working, complete or failed has a work item."""
    document = {
        "Optional": [{"TaskState": 3, "TaskName": "Two"}, {"taskState": 6, "taskName": "Three"}],
        "Required": [{"TaskState": 4, "TaskName": "One"}, {"TaskState": 1, "TaskName": "Four"}],
    }
    assert read_started(document) == ("Three", "One")
    assert read_started(None) == () and read_started({"Required": None}) == ()
    assert sentence([("A",), ("A", "B")], 10) == (
        "2 cases have started 3 work items by creation alone (A, B). The 10 rows that are left will start "
        "about 15, as far as they are new."
    )
    assert sentence([()], 10) is None and sentence([("A",)], 0) is None


def test_solutions_are_narrowed_by_store_and_prefix() -> None:
    """The likeliest solution is asked first; connection points that differ are not guessed at."""
    one, two = Solution("One", "TOS", "PE1", "ONE"), Solution("Two", "TOS", "PE1", "TWO")
    other = Solution("Three", "OTHER", "PE2", "TWO")
    assert candidates([one, two, other], "TOS", "TWO_Claim") == [two, one]
    assert connection_point([one, two, other], "TOS") == "PE1"
    assert connection_point([one, replace(two, connection_point="PE9")], "TOS") is None
    assert connection_point([replace(one, connection_point="")], "TOS") is None


def test_a_delete_never_names_a_case_type() -> None:
    """On a real server that would delete every case of it: the body is built in one place, without it."""
    from importer.targets.ibm.deleting import Deleter

    body = Deleter(None, "TOS", "PE", "")._body("{A-1}")  # type: ignore[arg-type]
    assert json.loads(json.dumps(body)) == {"connectionpoint": "PE", "caseid": "A-1", "tos": "TOS"}
