"""The values of a results line."""

from __future__ import annotations

import pytest

from importer.model.outcome import Status
from importer.model.problem import Problem
from importer.model.row import ROWS_PER_SHEET
from importer.results import COLUMNS
from importer.results.as_input import Line
from importer.results.columns import WRITTEN, cells_of, echoed, values_of
from tests.results.results import RUN, line


def test_columns_in_their_order() -> None:
    """The result columns are those of the design, in its order."""
    names = "row sheet status id number url message column code server_text attempts time run"
    assert tuple(f"import_{name}" for name in names.split()) == COLUMNS
    assert "import_sheet" not in WRITTEN


def test_values_of_a_created_row() -> None:
    """A created row has its id, number, address, message and time."""
    row, result = line(
        7, ["x"], id="500", number="00001", url="https://h/500", attempts=2, time="2026-01-01T00:00:00Z"
    )
    assert dict(zip(WRITTEN, values_of(row, result), strict=True)) == {
        "import_row": 7,
        "import_status": "created",
        "import_id": "500",
        "import_number": "00001",
        "import_url": "https://h/500",
        "import_message": "A message.",
        "import_column": "",
        "import_code": "",
        "import_server_text": "",
        "import_attempts": 2,
        "import_time": "2026-01-01T00:00:00Z",
        "import_run": RUN,
    }


@pytest.mark.parametrize(
    ("row", "sheet", "run", "number"),
    [
        ("7", "", "", 7),
        ("7,00", "", "Tickets", 7),
        ("7", "Tickets", "Tickets", 7),
        ("7", "South", "North/South", ROWS_PER_SHEET + 7),
        ("7.0", " south", "North/South", ROWS_PER_SHEET + 7),
        ("7", "", "North/South", None),
        ("7", "West", "North/South", None),
        ("7", "West", "Tickets", None),
        ("7", "West", "", None),
        ("x", "", "", None),
        ("9" * 16, "", "", None),
        (str(ROWS_PER_SHEET), "North", "North/South", None),
    ],
)
def test_which_row_a_line_names(row: str, sheet: str, run: str, number: int | None) -> None:
    """A line names a row by its number, of several sheets with the sheet; anything else names none."""
    line_ = Line(RUN, row, sheet, "", "")
    assert line_.number(run) == number


def test_problems_are_joined_alike() -> None:
    """Several problems stand in the same order in message, column and code."""
    problems = (
        Problem("TOO_FEW_CELLS", "Too short.", None, "line 7"),
        Problem("BAD_DATE", "No date.", "Opened", "line 7", "a server's text"),
        Problem("BLANK", "Blank.", "State", "line 7"),
    )
    values = dict(zip(WRITTEN, values_of(*line(7, ["x"], Status.INVALID, *problems)), strict=True))
    assert values["import_message"] == "Too short. | No date. | Blank."
    assert values["import_column"] == " | Opened | State"
    assert values["import_code"] == "TOO_FEW_CELLS | BAD_DATE | BLANK"
    assert values["import_server_text"] == "a server's text"


def test_echo_is_as_wide_as_the_header() -> None:
    """Ragged rows are given back as wide as the header."""
    row, _ = line(7, ["1", "2", "3"])
    assert cells_of(row, (0, 1), "") == ["1", "2"]
    assert cells_of(row, (0, 1, 2, 3), "") == ["1", "2", "3", ""]


def test_old_result_columns_make_way() -> None:
    """A results file as input gives back its own columns without the old result columns."""
    assert echoed(("a", *WRITTEN, "b")) == (0, len(WRITTEN) + 1)
    assert echoed(("a", "import_row", "import_status")) == (0, 1, 2)
