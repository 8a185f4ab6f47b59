"""The files for unattended loads name commands, options and exit codes that there are."""

import ast
import re
import shlex

import click
import pytest

from importer.cli.app import app
from importer.cli.printing import log_as_json
from importer.model.errors import Exit
from importer.settings.notify import load_notify
from tests.docs.pages import ROOT, table, text_of

FOLDER = ROOT / "samples" / "unattended"
UNITS = sorted(FOLDER.glob("*.service"))
SECRETS = ("CASE_IMPORTER_HOOK", "CASE_IMPORTER_HOOK_TOKEN", "SMTP_USER", "SMTP_PASSWORD")


def parse(words: list[str]) -> None:
    """Parse a command line as the program would, without running it."""
    program, name, *rest = words
    assert program.endswith("case-importer")
    command = app.get_command(click.Context(app), name)
    assert command is not None, name
    try:
        command.make_context(name, rest)
    finally:
        log_as_json(wanted=False)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_of_systemd(unit):
    """ExecStart is a command of ours; what wants a person is not tried again, what passes is."""
    text = unit.read_text(encoding="utf-8")
    [command] = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    parse(shlex.split(command))
    [prevented] = re.findall(r"^RestartPreventExitStatus=(.*)$", text, re.MULTILINE)
    codes = {Exit(int(word)) for word in prevented.split()}
    assert {Exit.CANNOT_RUN, Exit.USAGE, Exit.GUARD} <= codes and Exit.LATER not in codes


def test_the_dag_of_airflow():
    """The command parses; 5 is tried again and 6 is not."""
    tree = ast.parse((FOLDER / "case_importer_nightly.py").read_text(encoding="utf-8"))
    [command] = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "COMMAND"
    ]
    parse(command.split())
    [retried] = [node for node in ast.walk(tree) if isinstance(node, ast.Tuple)]
    assert ast.literal_eval(retried) == (Exit.LATER, Exit.INTERRUPTED, Exit.TERMINATED)


def test_the_notify_file():
    """The example has no faults and all channels."""
    found = load_notify(FOLDER / "notify.toml", dict.fromkeys(SECRETS, "https://hooks.example.com/x?sig=1"))
    assert found.webhook and found.command and found.mail and found.mail.attach_results


def test_the_container_is_not_root():
    """A user of its own, the state in a volume; what it copies is there."""
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    assert "USER importer" in text and "VOLUME /state" in text and "CASE_IMPORTER_STATE=/state" in text
    for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE):
        assert all((ROOT / name).exists() for name in line.split()[:-1]), line


def test_the_page_tells_every_exit_code():
    """The table of what is worth a retry has each code once."""
    told = [int(code) for row in table("samples/README.md", "exit") for code in row[0].split(", ")]
    assert sorted(told) == sorted(int(code) for code in Exit)


def test_every_file_is_on_the_page():
    """The page links each of them."""
    page = text_of("samples/README.md")
    assert all(f"(unattended/{path.name})" in page for path in FOLDER.iterdir() if path.is_file())
