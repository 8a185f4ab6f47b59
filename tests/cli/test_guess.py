"""``guess`` as a person gives it: from a file to a mapping that is checked, and what is refused."""

from tests.cli.conftest import Desk
from tests.docs.pages import ROOT

TICKETS = ROOT / "samples" / "support-tickets.csv"
CLAIMS = ROOT / "samples" / "collision-claims.csv"


def test_from_a_file_to_cases(desk: Desk):
    """Draft, check by itself, check with the file, complete the value map as check says, import."""
    zone = ("--timezone", "Europe/Zurich")
    said = desk.run("guess", TICKETS, "--connection", "sf", *zone, "-o", "draft.yaml").stderr
    assert "15 of 15 columns have a rule, key Ticket No." in said
    desk.run("mapping", "check", "draft.yaml")
    options = ("--mapping", "draft.yaml", "--connection", "sf")
    assert "UNKNOWN_VALUE, column Prio" in desk.run("check", TICKETS, *options, exit=3).stdout
    text = (desk.folder / "draft.yaml").read_text(encoding="utf-8")
    for code, choice in {"P1": "High", "P2": "Medium", "P3": "Low"}.items():
        text = text.replace(f"      # {code}: ?", f"      {code}: {choice}")
    desk.write("draft.yaml", text)
    desk.run("run", TICKETS, *options, "-o", "results.csv")
    assert desk.server.created() == 200


def test_claims_to_standard_output(desk: Desk):
    """Without -o the draft, and nothing else, is on standard output; the connection says that it is IBM."""
    done = desk.run("guess", CLAIMS, "--connection", "icm", "--case-type", "AUTO_CollisionClaim",
                    "--object-store", "ATOSME", "--timezone", "UTC")  # fmt: skip
    desk.write("draft.yaml", done.stdout)
    desk.run("check", CLAIMS, "--mapping", "draft.yaml", "--connection", "icm")
    assert "18 of 18 columns" in done.stderr


def test_without_a_system(desk: Desk):
    """--target salesforce knows the standard fields; for anything else a schema is needed, and that is said."""
    done = desk.run("guess", TICKETS, "--target", "salesforce")
    assert "Summary: Subject" in done.stdout and "standard fields of Case only" in done.stdout
    for words in (("--target", "ibm-case-manager"), ("--target", "salesforce", "--object", "Contact"), ()):
        assert "Name a system with --connection" in desk.run("guess", TICKETS, *words, exit=2).stderr


def test_what_is_refused(desk: Desk):
    """A file that exists is never written over; wrong options are named."""
    desk.write("mine.yaml", "mine")
    said = desk.run("guess", TICKETS, "--target", "salesforce", "-o", "mine.yaml", exit=1).stderr
    assert "mine.yaml exists already" in said
    assert (desk.folder / "mine.yaml").read_text(encoding="utf-8") == "mine"
    said = desk.run("guess", TICKETS, "--target", "salesforce", "--timezone", "Europe/Zurik", exit=2).stderr
    assert 'did you mean "Europe/Zurich"' in said
    said = desk.run("guess", CLAIMS, "--connection", "icm", exit=2).stderr
    assert "--case-type" in said
    desk.write("odd.csv", "qqq\n1\n")
    assert "no rule yet" in desk.run("guess", "odd.csv", "--target", "salesforce", exit=1).stderr
