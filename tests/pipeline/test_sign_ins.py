"""Every sign-in in whole runs: the session ends in mid-run, answers are lost, the sign-in is refused."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from importer.model.errors import Exit, ImporterError
from importer.simulator.faults import read_spec
from tests.pipeline.conftest import Open
from tests.pipeline.sign_ins import CREDENTIALS, PASSWORD, SIGNED_IN, WAYS, install_sf, open_way
from tests.stage import Stage

OpenWay = Callable[..., Awaitable[Stage]]
IBM = [name for name, way in WAYS.items() if "ibm" in way.body]
ONE = 'rate = "5000/s"\nconcurrency = 1\n'
"""One request at a time: the ordinals of the faults are those of the rows."""
SALESFORCE = [name for name in WAYS if name not in IBM]


@pytest.fixture
async def open_sign_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenWay]:
    """Open the stage of a sign-in, with its secrets in place and a stand-in for the Salesforce CLI."""
    monkeypatch.setenv("STAGE_SECRET", PASSWORD)
    opened: list[Stage] = []

    async def begin(name: str, faults: str = "") -> Stage:
        stage = await open_way(tmp_path, name, faults)
        opened.append(stage)
        install_sf(tmp_path / "bin", stage.running.url)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        return stage

    yield begin
    for stage in opened:
        await stage.running.stop()


async def refusal(stage: Stage) -> ImporterError:
    """Start a run whose sign-in must fail; it ends the whole command."""
    with pytest.raises(ImporterError) as caught:
        await stage.results_of(stage.write(stage.kind.rows(3)))
    return caught.value


def sign_ins(stage: Stage) -> int:
    return stage.running.world.faults.ordinals.get("signin", 0)


@pytest.mark.parametrize("name", WAYS)
async def test_a_session_that_ends_in_mid_run_is_renewed(
    open_sign_in: OpenWay, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """Every row is created once, though the session ends twice and an answer is lost besides.

    No secret, no token and no cookie reaches the log at its finest, the journal or the results.
    """
    caplog.set_level(logging.DEBUG)
    stage = await open_sign_in(name, "expire_session=at:4+9,lose_after_commit=at:6")
    stage.extra = ONE
    ended = await stage.run(stage.write(stage.kind.rows(10)))
    if stage.kind.name == "salesforce":  # it can be asked about the lost answer
        assert ended.exit == Exit.DONE and set(ended.counts) <= {"created", "exists"}
    else:
        assert ended.counts == {"created": 9, "in_doubt": 1}
    assert len(stage.records()) == len(set(stage.texts())) == 10
    assert "importer.transport" in {record.name for record in caplog.records}
    left = [caplog.text.encode(), *(path.read_bytes() for path in written(stage))]
    for secret in (PASSWORD, *given_out(stage)):
        assert not any(secret.encode() in content for content in left), secret


def written(stage: Stage) -> list[Path]:
    """The files that a run has left: the journal, its locks, the results."""
    results = stage.folder.glob("*results*")
    return [path for path in (*stage.state.rglob("*"), *results) if path.is_file()]


def given_out(stage: Stage) -> list[str]:
    """All tokens and cookies that the simulator has given out since its last expiry."""
    salesforce, ibm = stage.running.world.systems
    kept = (
        salesforce.sessions,
        ibm.sessions,
        ibm.csrf.sessions,
        ibm.sign_ins.tokens,
        ibm.sign_ins.identities,
    )
    found = [token for sessions in kept for token in sessions._users]
    assert found
    return found


@pytest.mark.parametrize("name", ["jwt-bearer", "ltpa, csrf"])
async def test_one_sign_in_for_all_who_wait(open_sign_in: OpenWay, name: str) -> None:
    """Five in flight meet the end of the session together: one new sign-in, and every row is created."""
    stage = await open_sign_in(name, "expire_session=at:4,latency=20ms")
    ended = await stage.run(stage.write(stage.kind.rows(10)))
    assert ended.counts == {"created": 10} and len(stage.records()) == 10
    assert sign_ins(stage) == (2 if name == "jwt-bearer" else 4)


@pytest.mark.parametrize("name", [name for name in SIGNED_IN if "csrf" in name or "v2" in name])
async def test_one_new_token_for_all_who_wait(
    open_kind: Open, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Twenty in flight are refused together for a dead BPMCSRFToken: one new sign-in, every row created once."""
    stage = await open_kind(SIGNED_IN[name], "latency=20ms")
    stage.extra = 'rate = "5000/s"\nconcurrency = 20\n'
    before: list[int] = []

    def during(_event, _control) -> None:
        if stage.creates() >= 15 and not before:
            before.append(sign_ins(stage))
            stage.running.world.systems[1].csrf.sessions.clear()

    ended = await stage.run(stage.write(stage.kind.rows(45)), during=during)
    refusals = [each for each in stage.running.world.log if each.status == 403]
    assert ended.counts == {"created": 45} and len(stage.records()) == 45
    assert len(refusals) > 1, "several were in flight when it died"
    assert sign_ins(stage) == 2 * before[0], "one refresh for all who wait"


@pytest.mark.parametrize("name", WAYS)
async def test_a_wrong_secret_is_refused_in_one_sentence(
    open_sign_in: OpenWay, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Exit 1 before anything is sent, with what to do, without the secret; it is tried once."""
    stage = await open_sign_in(name)
    monkeypatch.setenv("STAGE_SECRET", "hunter2-is-wrong")
    stage.running.world.options = _with(stage, (CREDENTIALS[0], "another"))
    if name == "jwt-bearer":
        stage.running.world.options = _with(stage, ("other@example.com", "x"))
    error = await refusal(stage)
    assert error.exit == Exit.CANNOT_RUN and error.remedy, error
    assert error.code == ("BAD_ACCESS_TOKEN" if name == "sf-cli" else "SIGN_IN_REFUSED"), error
    assert "hunter2" not in f"{error}{error.remedy}{error!r}" and "\n" not in error.message
    assert stage.creates() == 0 and sign_ins(stage) <= 1


def _with(stage: Stage, credentials: tuple[str, str]):
    return replace(stage.running.world.options, credentials=credentials)


@pytest.mark.parametrize("switch", ["redirect", "page"])
@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("name", ["basic", "basic, csrf", "zen-api-key"])
async def test_a_sign_in_page_is_a_refused_sign_in(
    open_sign_in: OpenWay, name: str, version: str, switch: str
) -> None:
    """A redirect to a form, or the form with 200, is told as what it is: exit 1, and the other ways in.

    So it is where it comes in the place of the CSRF token, which v2 always asks for.
    """
    stage = await open_sign_in(name)
    stage.kind = _kind(stage, stage.kind.connection.replace("/v1", f"/{version}"))
    stage.fault(f"ibm_signin={switch}")
    stage.running.world.options = _with(stage, ("nobody", "x"))
    error = await refusal(stage)
    assert error.code == "SIGN_IN_REFUSED" and "sign-in page" in error.message and "ltpa" in error.remedy


@pytest.mark.parametrize("search", ["v2", "graphql"])
@pytest.mark.parametrize("name", ["basic", "ltpa", "zen", "zen-api-key"])
async def test_the_search_beside_each_sign_in(open_sign_in: OpenWay, name: str, search: str) -> None:
    """A lost answer is asked about with a session of the search's own, and the case is found."""
    stage = await open_sign_in(name)
    stage.fault("lose_after_commit=at:2" + ("" if search == "graphql" else ",basic=off") * (name != "basic"))
    stage.kind = replace(stage.kind, keyed="key: No\nmatch: AUTO_ClaimNumber\n")
    stage.extra = f'{ONE}search = "{search}"\n'
    if search == "graphql":
        stage.extra += f'search_url = "{stage.running.url}/content-services-graphql/graphql"\n'
    ended = await stage.run(stage.write(stage.kind.rows(3)))
    assert ended.counts == {"created": 3} and len(stage.records()) == 3


async def test_a_server_that_wants_the_token_says_which_setting(open_sign_in: OpenWay) -> None:
    """v1 that demands a BPMCSRFToken is met by csrf = true."""
    stage = await open_sign_in("basic", "csrf_v1=on")
    error = await refusal(stage)
    assert "BPMCSRFToken" in error.message and "csrf = true" in error.remedy


async def test_a_page_in_mid_run_costs_a_doubt_and_no_duplicate(open_sign_in: OpenWay) -> None:
    """The form with 200 in the place of an answer: its rows may exist; the others get a new session."""
    stage = await open_sign_in("ltpa", "ibm_signin=page")
    stage.extra = ONE
    stage.running.world.faults.rules = read_spec("expire_session=at:3")[1]
    ended = await stage.run(stage.write(stage.kind.rows(6)))
    assert ended.counts == {"created": 5, "in_doubt": 1}
    assert len(stage.records()) == 5 and sign_ins(stage) == 2


@pytest.mark.parametrize("name", SALESFORCE)
async def test_what_no_new_session_cures_ends_the_run_at_once(open_sign_in: OpenWay, name: str) -> None:
    """A 401 for the whole REST API, in mid-run: exit 6, no second sign-in, the rest stays for later."""
    stage = await open_sign_in(name)
    stage.extra = ONE
    before = []

    def during(_event, _control) -> None:
        if stage.creates() >= 3 and not before:
            before.append(sign_ins(stage))
            world = stage.running.world
            world.behaviour = read_spec("rest_sessions=off")[0]

    [result] = await stage.results_of(stage.write(stage.kind.rows(40)), during=during)
    assert result.ended is not None and result.ended.exit == Exit.GUARD
    assert before == [sign_ins(stage)] and len(stage.records()) < 40
    stage.fault("")
    again = await stage.run(stage.folder / "in.csv")
    assert again.exit == Exit.DONE and len(stage.records()) == 40


@pytest.mark.parametrize("name", SIGNED_IN)
async def test_a_password_that_changes_in_mid_run_ends_it(open_kind: Open, name: str) -> None:
    """The session ends and nobody is let in again: exit 6, one try, no doubt; with the new password it goes on."""
    stage = await open_kind(SIGNED_IN[name])
    stage.extra = ONE
    world = stage.running.world
    right, before = world.options, []

    def during(_event, _control) -> None:
        if stage.creates() >= 3 and not before:
            before.append(sign_ins(stage))
            world.options = _with(stage, (CREDENTIALS[0], "changed"))
            world.systems[1].expire()

    [result] = await stage.results_of(stage.write(stage.kind.rows(20)), during=during)
    assert result.ended is not None and result.ended.exit == Exit.GUARD, result
    assert "refuse" in result.ended.reason and set(result.ended.counts) == {"created", "not_sent"}
    assert sign_ins(stage) - before[0] <= 1, "passwords lock accounts"
    world.options = right
    again = await stage.run(stage.folder / "in.csv")
    assert again.exit == Exit.DONE and again.counts == {"created": 20} and len(stage.records()) == 20


@pytest.mark.parametrize("name", SALESFORCE)
async def test_what_no_new_session_cures_at_the_start(open_sign_in: OpenWay, name: str) -> None:
    """The same at the start: exit 1, and which right is missing."""
    stage = await open_sign_in(name, "rest_sessions=off")
    error = await refusal(stage)
    assert error.code == "SIGN_IN_REFUSED" and "API Enabled" in error.remedy and sign_ins(stage) <= 1


async def test_a_given_token_lasts_until_its_end(open_sign_in: OpenWay, tmp_path: Path) -> None:
    """It loads; when it ends the run does (exit 6), and a new one goes on where it stopped."""
    stage = await open_sign_in("refresh-token")
    body = '\ntarget = "salesforce"\nauth = "access-token"\naccess_token = "file:token"\ninstance_url = "{url}"\n'
    stage.kind = _kind(stage, body)
    stage.extra = ONE
    give(stage, "one")
    stage.fault("expire_session=at:4")
    [result] = await stage.results_of(stage.write(stage.kind.rows(8)))
    assert result.ended is not None and result.ended.exit == Exit.GUARD
    assert len(stage.records()) == 3
    give(stage, "two")
    stage.fault("")
    again = await stage.run(stage.folder / "in.csv")
    assert again.exit == Exit.DONE and len(stage.records()) == len(set(stage.texts())) == 8


async def test_a_given_token_that_may_not_say_whose_it_is(open_sign_in: OpenWay) -> None:
    """It loads all the same; a lost answer is settled by the key, which needs no user."""
    stage = await open_sign_in("refresh-token", "userinfo=off,lose_after_commit=at:2")
    body = '\ntarget = "salesforce"\nauth = "access-token"\naccess_token = "file:token"\ninstance_url = "{url}"\n'
    stage.kind = _kind(stage, body)
    give(stage, "one")
    ended = await stage.run(stage.write(stage.kind.rows(4)))
    assert ended.exit == Exit.DONE and len(stage.records()) == 4


async def test_without_a_user_nothing_is_settled_by_content(open_sign_in: OpenWay) -> None:
    """Whose records are ours cannot be told then: the row stays in doubt, and is not sent again."""
    stage = await open_sign_in("refresh-token", "userinfo=off,lose_after_commit=at:2")
    body = '\ntarget = "salesforce"\nauth = "access-token"\naccess_token = "file:token"\ninstance_url = "{url}"\n'
    stage.kind, stage.keyed = _kind(stage, body), False
    give(stage, "one")
    ended = await stage.run(stage.write(stage.kind.rows(4)))
    assert ended.counts == {"created": 3, "in_doubt": 1} and len(stage.records()) == 4


def _kind(stage: Stage, body: str):
    return replace(stage.kind, connection=body)


def give(stage: Stage, name: str) -> None:
    """Open a session in the org and put its token where the connection looks for it."""
    token = f"00D000000000001!{name}"
    stage.running.world.systems[0].sessions.open(token, "005000000000001AAA", 7200)
    path = stage.folder / "token"
    path.write_text(token + "\n", encoding="utf-8")
    path.chmod(0o600)


@pytest.mark.parametrize(
    ("mode", "code", "remedy"),
    [
        ("redacted", "BAD_ACCESS_TOKEN", "sf update"),
        ("unknown", "SF_CLI_FAILED", "sf org login web"),
        ("garbage", "SF_CLI_FAILED", "sf update"),
        ("https://evil.example", "FOREIGN_HOST", "trusted_hosts"),
        ("http://acme.my.salesforce.com", "SF_CLI_FAILED", ""),
    ],
)
async def test_what_the_cli_may_say_instead(
    open_sign_in: OpenWay, tmp_path: Path, mode: str, code: str, remedy: str
) -> None:
    """Each is told with what to do, and nothing is sent anywhere."""
    stage = await open_sign_in("sf-cli")
    install_sf(tmp_path / "bin", stage.running.url, mode)
    error = await refusal(stage)
    assert (error.code, error.exit) == (code, Exit.CANNOT_RUN) and remedy in error.remedy, error
    assert "00D" not in str(error)


async def test_an_old_cli_still_shows_the_token(open_sign_in: OpenWay, tmp_path: Path) -> None:
    """A CLI from before May 2026 does not know the new command, and does not hide the token."""
    stage = await open_sign_in("sf-cli")
    log = install_sf(tmp_path / "bin", stage.running.url, "old")
    assert (await stage.run(stage.write(stage.kind.rows(2)))).exit == Exit.DONE
    asked = log.read_text(encoding="utf-8").splitlines()
    assert asked == ["org display --json -o dev", "org auth show-access-token --json -o dev"]


async def test_a_cli_whose_session_has_ended(open_sign_in: OpenWay, tmp_path: Path) -> None:
    """It gives the same token again, which the org does not take: the run ends, and says how to sign in."""
    stage = await open_sign_in("sf-cli")
    install_sf(tmp_path / "bin", stage.running.url, "stale")
    stage.fault("expire_session=at:2")
    [result] = await stage.results_of(stage.write(stage.kind.rows(5)))
    assert result.ended is not None and result.ended.exit == Exit.GUARD
    assert len(stage.records()) < 5


async def test_without_the_cli(open_sign_in: OpenWay, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no sf on the PATH: said so, with where to get it."""
    stage = await open_sign_in("sf-cli")
    monkeypatch.setenv("PATH", str(stage.folder / "nowhere"))
    error: ImporterError = await refusal(stage)
    assert error.code == "NO_SF_CLI" and "@salesforce/cli" in error.remedy
