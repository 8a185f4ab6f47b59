"""Bad input: one clear line with what to do, the right exit code, no traceback, nothing lost."""

import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Desk

GOOD = "No,Text,Amount,Mail\nA-1,text a,1,a@example.com\n"
HEAD = "version: 1\ntarget: salesforce\ncolumns:\n"


def run(desk: Desk, path: str = "in.csv", mapping: str = "case.yaml", *more: object, exit: int = 1) -> str:
    done = desk.run("run", path, "--mapping", mapping, "--connection", "sf", *more, exit=exit)
    return done.stderr + done.stdout


def test_missing_file(desk: Desk) -> None:
    """The file is named."""
    assert "in.csv" in run(desk) and "→" in run(desk)


@pytest.mark.parametrize(
    ("content", "exit", "words"),
    [
        (b"", 1, "header"),
        (b"\n\n\n", 1, "header"),
        (b"No,Text,Amount,Mail\n", 0, "0 rows"),
        (b'No,Text,Amount,Mail\n1,"never closed,1,a@example.com\n', 1, "line 2"),
        (b"No,Text,Amount,Mail\n1,caf\xe9,1,a@example.com\n", 1, "cp1252"),
        (b"No,Text,Amount\n1,x,1\n", 1, "Mail"),
        (b"PK\x03\x04 this is not a workbook", 1, "workbook"),
    ],
)
def test_files_that_are_refused(desk: Desk, content: bytes, exit: int, words: str) -> None:
    """Empty, header only, unclosed quote, wrong encoding, missing column, corrupt workbook."""
    (desk.folder / "in.csv").write_bytes(content)
    assert words in run(desk, exit=exit)
    assert desk.server.created() == 0


def test_a_ragged_row_and_an_undecodable_byte_stay_behind(desk: Desk) -> None:
    """One bad row does not stop the others: it has its line, with the reason."""
    (desk.folder / "in.csv").write_bytes(
        b"No,Text,Amount,Mail\n1,text a,1,a@example.com\n2,text b,2\n3,text \x81,3,c@example.com\n"
    )
    desk.write(
        "case.yaml",
        (desk.folder / "case.yaml")
        .read_text("utf-8")
        .replace("columns:", "read: {encoding: cp1252}\ncolumns:"),
    )
    run(desk, exit=3)
    lines = desk.lines()
    assert [line["import_code"] for line in lines] == ["", "TOO_FEW_CELLS", "UNDECODABLE"]
    assert desk.server.created() == 1


def test_wrong_sheet_name(desk: Desk) -> None:
    """The sheets that there are, are named."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Tickets"
    book.active.append(["No", "Text", "Amount", "Mail"])
    book.save(desk.folder / "in.xlsx")
    desk.write(
        "case.yaml",
        (desk.folder / "case.yaml").read_text("utf-8").replace("columns:", "read: {sheet: Tikets}\ncolumns:"),
    )
    assert "Tickets" in run(desk, "in.xlsx")


def test_a_cut_workbook(desk: Desk) -> None:
    """A workbook that is a zip without its parts is refused by name."""
    with zipfile.ZipFile(desk.folder / "in.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hi")
    assert "in.xlsx" in run(desk, "in.xlsx")


def test_an_encrypted_workbook(desk: Desk) -> None:
    """Password-protected is said to be so."""
    data = Path(__file__).parents[1] / "data/excel/calamine/pass_protected.xlsx"
    (desk.folder / "in.xlsx").write_bytes(data.read_bytes())
    assert "password" in run(desk, "in.xlsx")


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (HEAD + "  Text: Subjekt\n", "Subject"),
        (HEAD + "  Text: CaseNumber\n", "read-only"),
        (HEAD + "  Text: Subject\n  No: Subject\n", "Subject"),
        (HEAD + "  Txt: Subject\n", "Text"),
        (HEAD + "  Text: {to: Subject, type: number}\n", "text"),
        (HEAD + "  Text: {to: Severity__c, values: {a: Hgh}}\n", "Severity__c"),
        ("version: 1\ntarget: salesforce\nobject: Cas\ncolumns: {Text: Subject}\n", "Cas"),
        (
            "version: 1\ntarget: ibm-case-manager\ncase_type: X\nobject_store: Y\ncolumns: {Text: A}\n",
            "is for salesforce",
        ),
        ("nonsense\n", "m.yaml:1:1"),
        ("", "m.yaml"),
    ],
)
def test_mappings_that_do_not_fit(desk: Desk, mapping: str, words: str) -> None:
    """Unknown, read-only or doubly written property, unknown column, wrong type, wrong object or target."""
    desk.write("in.csv", GOOD)
    desk.write("m.yaml", mapping)
    assert words in run(desk, mapping="m.yaml")
    assert desk.server.created() == 0


def test_missing_mapping(desk: Desk) -> None:
    """The mapping file is named."""
    desk.write("in.csv", GOOD)
    assert "no.yaml" in run(desk, mapping="no.yaml")


def test_unknown_connection_and_none(desk: Desk) -> None:
    """The nearest name is offered; without a name the simulator is mentioned, never chosen."""
    desk.write("in.csv", GOOD)
    done = desk.run("run", "in.csv", "--mapping", "case.yaml", "--connection", "sff", exit=1)
    assert "Did you mean sf" in done.stderr
    assert "--connection" in desk.run("run", "in.csv", "--mapping", "case.yaml", exit=1).stderr


def test_unreachable_server(desk: Desk) -> None:
    """Exit 5: the same command later continues."""
    desk.write("in.csv", GOOD)
    text = (
        (desk.folder / "connections.toml").read_text("utf-8").replace(desk.server.url, "http://127.0.0.1:9")
    )
    desk.connections(text)
    assert "cannot be reached" in run(desk, exit=5)


def test_wrong_password(desk: Desk) -> None:
    """Exit 1, with the server's reason and what to look at, on both targets."""
    desk.write("in.csv", GOOD)
    text = (
        (desk.folder / "connections.toml")
        .read_text("utf-8")
        .replace('username = "u@example.com"', 'username = "wrong"')
    )
    desk.server._call("POST", "faults", {"spec": "password_flow=off", "seed": 7})
    desk.connections(text)
    said = run(desk)
    assert "invalid_grant" in said and "Summer '23" in said


def test_missing_secret(desk: Desk) -> None:
    """The reference is named, the connection is not opened."""
    desk.write("in.csv", GOOD)
    text = (
        (desk.folder / "connections.toml")
        .read_text("utf-8")
        .replace("env:STAGE_SECRET", "env:NOT_SET_ANYWHERE")
    )
    desk.connections(text)
    assert "NOT_SET_ANYWHERE" in run(desk)


def test_a_literal_secret_is_refused(desk: Desk) -> None:
    """A password in the connections file is not accepted, and not repeated."""
    desk.write("in.csv", GOOD)
    text = (desk.folder / "connections.toml").read_text("utf-8").replace("env:STAGE_SECRET", "hunter2")
    desk.connections(text)
    said = run(desk)
    assert "hunter2" not in said and "env:" in said


def test_a_folder_as_input_or_results(desk: Desk) -> None:
    """Folders are no files."""
    desk.write("in.csv", GOOD)
    (desk.folder / "folder").mkdir()
    assert "folder" in run(desk, "folder")
    assert "folder" in run(desk, "in.csv", "case.yaml", "-o", "folder")
    assert "itself" in run(desk, "in.csv", "case.yaml", "-o", "in.csv")
    assert desk.write("mine.csv", "precious").read_text("utf-8") == "precious"
    assert "not overwritten" in run(desk, "in.csv", "case.yaml", "-o", "mine.csv")
    assert (desk.folder / "mine.csv").read_text("utf-8") == "precious" and desk.server.created() <= 1
