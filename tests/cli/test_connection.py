"""``connection test``: the system, and the table of verdicts in use."""

import json
from pathlib import Path

from tests.cli.conftest import Desk


def teach(desk: Desk) -> None:
    text = (desk.folder / "connections.toml").read_text("utf-8")
    taught = '[icm.verdicts]\nFNRCE0075E = "rejected"\nFNRPA0123E = "stop"\n'
    desk.connections(f"{text}{taught}")


def test_the_verdicts_in_use_are_shown(desk: Desk) -> None:
    """Taught ones first, marked, with what they replace; then the built-in ones."""
    teach(desk)
    lines = desk.run("connection", "test", "icm").stdout.splitlines()
    head = next(place for place, line in enumerate(lines) if line.startswith("CODE"))
    assert lines[head].split() == ["CODE", "VERDICT", "SOURCE", "MEANING"]
    assert lines[head + 1].startswith("FNRCE0075E") and "taught, not in_doubt" in lines[head + 1]
    assert lines[head + 2].split()[:3] == ["FNRPA0123E", "stop", "taught"]
    assert any(line.startswith("FNRCE0019E") and "built-in" in line for line in lines[head + 3 :])


def test_what_can_be_created_is_shown(desk: Desk) -> None:
    """Solutions with their case types, and those that this user may not create; also in --json."""
    shown = desk.run("connection", "test", "icm").stdout
    assert "CASEREST v1" in shown and "AUTO_CollisionClaim (Collision Claim)" in shown
    assert "without the right to create: AUTO_FraudReview" in shown
    found = json.loads(desk.run("connection", "test", "icm", "--json").stdout)
    assert found["catalogue"][0] == "CASEREST v1" and len(found["catalogue"]) == 2


def test_check_says_where_the_only_memory_lies(desk: Desk) -> None:
    """Where nobody can be asked: the journal's folder, and how to back it up."""
    sample = Path(__file__).parents[2]
    done = desk.run(
        "check", str(sample / "samples/collision-claims.csv"),
        "--mapping", str(sample / "mappings/collision-claims.yaml"), "--connection", "icm",
    )  # fmt: skip
    assert done.stdout.count("JOURNAL_IS_MEMORY") == 1
    assert "only memory" in done.stdout and "journal backup FILE" in done.stdout


def test_the_verdicts_as_json(desk: Desk) -> None:
    """One object, with the table as a list."""
    teach(desk)
    shown = json.loads(desk.run("connection", "test", "icm", "--json").stdout)
    first = shown["verdicts"][0]
    assert (first["code"], first["verdict"], first["taught"], first["built_in"]) == (
        "FNRCE0075E",
        "rejected",
        True,
        "in_doubt",
    )
    assert json.loads(desk.run("connection", "test", "sf", "--json").stdout)["verdicts"]


def test_a_wrong_verdict_is_a_fault_with_the_nearest_word(desk: Desk) -> None:
    """Nothing is tried with a connection that says what nobody understands."""
    text = (desk.folder / "connections.toml").read_text("utf-8")
    desk.connections(f'{text}[icm.verdicts]\nFNRPA0123E = "rejectd"\n')
    done = desk.run("connection", "test", "icm", exit=1)
    assert "FNRPA0123E" in done.stderr and "did you mean rejected?" in done.stderr


SIGN_INS = """
[form]
target = "ibm-case-manager"
auth = "ltpa"
url = "{url}/CaseManager/CASEREST/v1"
username = "loader"
password = "env:STAGE_SECRET"
[app]
target = "salesforce"
auth = "client-credentials"
login_url = "{url}"
client_id = "app"
client_secret = "env:STAGE_SECRET"
"""


def test_other_sign_ins_are_tried_and_print_no_secret(desk: Desk) -> None:
    """Who we are, by form or by app; with --debug each request by its kind, and no secret or token."""
    desk.connections(SIGN_INS.format(url=desk.server.url))
    done = desk.run("connection", "test", "form", "--debug")
    assert "as loader." in done.stdout and "POST sign in by form: 302" in done.stderr
    app = desk.run("connection", "test", "app", "--debug")
    assert "signed in to Simulated Org" in app.stdout and "POST sign in: 200" in app.stderr
    for text in (done.stdout, done.stderr, app.stdout, app.stderr):
        assert "s3cret" not in text and "LtpaToken2" not in text and "Bearer" not in text and "!" not in text


def test_a_refused_sign_in_is_one_sentence_and_what_to_do(desk: Desk) -> None:
    """Exit 1, for the test as for a run; nothing is sent."""
    desk.connections(SIGN_INS.format(url=desk.server.url))
    desk.server.fault("run_as_user=off")
    for command in (
        ("connection", "test", "app"),
        ("run", desk.rows(2), "--mapping", "case.yaml", "--connection", "app"),
    ):
        done = desk.run(*command, exit=1)
        error, remedy = done.stderr.strip().splitlines()[-2:]
        assert error.endswith("refuses the sign-in (invalid_grant: no client credentials user enabled).")
        assert (
            remedy
            == "  → Give the app a user to run as, in its OAuth policies under Client Credentials Flow."
        )
    assert desk.server.created() == 0
