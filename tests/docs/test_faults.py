"""The fault table of the README, and the tests that make those faults, name the same faults."""

import re

from importer.simulator.faults import FAULTS
from tests.docs.pages import ROOT, text_of

TESTED_IN = ("test_settling.py", "test_settling_ibm.py", "test_contract.py", "test_jobs.py")


def test_the_fault_table_and_the_tests_agree():
    """Each fault of the table is made by a test of whole runs, and each that a test makes is in the table."""
    table = text_of("README.md").partition("<!-- faults -->")[2].partition("<!-- end of faults -->")[0]
    told = {name for name in re.findall(r"`([a-z0-9_]+)`", table) if name in FAULTS}
    tests = "".join((ROOT / "tests" / "pipeline" / name).read_text("utf-8") for name in TESTED_IN)
    made = {name for name in FAULTS if re.search(rf"\b{name}\b", tests)}
    assert told == made
