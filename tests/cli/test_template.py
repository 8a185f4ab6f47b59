"""Forms: made from a mapping, filled in, imported; and ``mapping from-sdl`` as a command."""

import openpyxl
import pytest

from tests.cli.conftest import Here
from tests.docs.pages import ROOT

FORMS = [
    ("support-tickets.yaml", "sf", "Case", "Ticket No"),
    ("support-workbook.yaml", "sf", "Case", "Ticket No"),
    ("collision-claims.yaml", "icm", "AUTO_CollisionClaim", "Claim"),
]


@pytest.mark.parametrize(("mapping", "connection", "record_type", "key"), FORMS)
def test_a_form_is_filled_in_and_imported(here: Here, mapping, connection, record_type, key):
    """The example row, typed twice with keys of its own: two records; the empty form: nothing to import."""
    path = ROOT / "mappings" / mapping
    said = here.run("mapping", "template", path, "--connection", connection, "-o", "form.xlsx").stderr
    assert "columns," in said and "required" in said
    options = ("--mapping", path, "--connection", connection)
    here.run("run", "form.xlsx", *options, "-o", "none.xlsx")
    assert here.desk.server.created(record_type) == 0
    book = openpyxl.load_workbook(here.desk.folder / "form.xlsx")
    sheet, example = book.worksheets[0], book["Example"]
    header = [cell.value for cell in example[3]]
    start = sheet.max_row + 1
    for line, number in enumerate(("0012", "0013")):
        for at, name in enumerate(header, 1):
            cell = sheet.cell(start + line, at, number if name == key else example.cell(4, at).value)
            cell.number_format = example.cell(4, at).number_format
    book.save(here.desk.folder / "filled.xlsx")
    here.run("check", "filled.xlsx", *options)
    here.run("run", "filled.xlsx", *options, "-o", "results.xlsx")
    assert here.desk.server.created(record_type) == 2


def test_what_is_refused(here: Here):
    """A form is a workbook and is never written over a file."""
    path = ROOT / "mappings" / "support-tickets.yaml"
    assert ".xlsx" in here.run("mapping", "template", path, "-o", "form.csv", exit=2).stderr
    here.desk.write("form.xlsx", "mine")
    assert "exists already" in here.run("mapping", "template", path, "-o", "form.xlsx", exit=1).stderr


def test_a_mapping_of_data_loader(here: Here):
    """It is converted, the loss is on standard error with its line, and the mapping loads."""
    sdl = ROOT / "tests" / "data" / "csv" / "dataloader" / "fieldAndConstantFieldClashMap.sdl"
    said = here.run("mapping", "from-sdl", sdl, "--object", "Account", "-o", "account.yaml").stderr
    assert ".sdl:5: " in said and "a constant wins" in said
    here.run("mapping", "check", "account.yaml")
    assert "exists already" in here.run("mapping", "from-sdl", sdl, "-o", "account.yaml", exit=1).stderr
    assert "cannot be read" in here.run("mapping", "from-sdl", "no.sdl", exit=1).stderr
