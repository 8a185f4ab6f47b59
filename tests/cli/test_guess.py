"""``guess`` as a person gives it: from a file to a mapping that is checked, and what is refused."""

import json

from tests.cli.conftest import Here
from tests.docs.pages import ROOT
from tests.mapping.guess.samples import DATA, FEW

TICKETS = ROOT / "samples" / "support-tickets.csv"
CLAIMS = ROOT / "samples" / "collision-claims.csv"


def test_from_a_file_to_cases(here: Here):
    """Draft, check by itself, check with the file, complete the value map as check says, import."""
    zone = ("--timezone", "Europe/Zurich")
    said = here.run("guess", TICKETS, "--connection", "sf", *zone, "-o", "draft.yaml").stderr
    assert "15 of 15 columns have a rule, key Ticket No." in said
    here.run("mapping", "check", "draft.yaml")
    options = ("--mapping", "draft.yaml", "--connection", "sf")
    assert "UNKNOWN_VALUE, column Prio" in here.run("check", TICKETS, *options, exit=3).stdout
    text = (here.desk.folder / "draft.yaml").read_text(encoding="utf-8")
    for code, choice in {"P1": "High", "P2": "Medium", "P3": "Low"}.items():
        text = text.replace(f"      # {code}: ?", f"      {code}: {choice}")
    here.desk.write("draft.yaml", text)
    here.run("run", TICKETS, *options, "-o", "results.csv")
    assert here.desk.server.created() == 200


def test_claims_to_standard_output(here: Here):
    """Without -o the draft, and nothing else, is on standard output; the connection says that it is IBM."""
    done = here.run("guess", CLAIMS, "--connection", "icm", "--case-type", "AUTO_CollisionClaim",
                    "--object-store", "ATOSME", "--timezone", "UTC")  # fmt: skip
    here.desk.write("draft.yaml", done.stdout)
    here.run("check", CLAIMS, "--mapping", "draft.yaml", "--connection", "icm")
    assert "18 of 18 columns" in done.stderr


def test_without_a_system(here: Here):
    """--target salesforce knows the standard fields; for anything else a schema is needed, and that is said."""
    done = here.run("guess", TICKETS, "--target", "salesforce")
    assert "Summary: Subject" in done.stdout and "standard fields of Case only" in done.stdout
    for words in (("--target", "ibm-case-manager"), ("--target", "salesforce", "--object", "Contact"), ()):
        assert "Name a system with --connection" in here.run("guess", TICKETS, *words, exit=2).stderr


def test_what_is_refused(here: Here):
    """A file that exists is never written over; wrong options are named."""
    here.desk.write("mine.yaml", "mine")
    said = here.run("guess", TICKETS, "--target", "salesforce", "-o", "mine.yaml", exit=1).stderr
    assert "mine.yaml exists already" in said
    assert (here.desk.folder / "mine.yaml").read_text(encoding="utf-8") == "mine"
    said = here.run("guess", TICKETS, "--target", "salesforce", "--timezone", "Europe/Zurik", exit=2).stderr
    assert 'did you mean "Europe/Zurich"' in said
    said = here.run("guess", CLAIMS, "--connection", "icm", exit=2).stderr
    assert "--case-type" in said
    here.desk.write("odd.csv", "qqq\n1\n")
    assert "no rule yet" in here.run("guess", "odd.csv", "--target", "salesforce", exit=1).stderr


def test_drafts_of_published_exports_are_checked(here: Here):
    """Each draft, by the saved schema of the simulator, loads and passes check: nothing that stops a run."""
    here.desk.write("first.yaml", "version: 1\ntarget: salesforce\ncolumns:\n  Summary: Subject\n")
    saved = ("--schema", "case.json")
    here.run("check", TICKETS, "--mapping", "first.yaml", "--connection", "sf", "--save-schema", "case.json")
    for number, name in enumerate(FEW):
        draft = f"draft{number}.yaml"
        here.run("guess", DATA / name, *saved, "--timezone", "UTC", "-o", draft)
        here.run("mapping", "check", draft)
        code, out = here.any("check", DATA / name, "--mapping", draft, *saved, "--json")
        checked = json.loads(out.stdout)
        stops = [each for each in checked["findings"] if each["severity"] == "stop"]
        assert (stops, code in (0, 3)) == ([], True), (name, stops)
        # What stays behind is what the draft left open: values without a choice, and what check asks of keys.
        codes = {each["code"] for each in checked["findings"] if each["severity"] == "rows"}
        assert codes <= {"UNKNOWN_VALUE"}, (name, codes)
