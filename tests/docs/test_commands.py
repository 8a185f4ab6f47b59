"""Commands in the documents are commands of the program."""

from collections.abc import Iterator
from itertools import pairwise

import click
import pytest

from importer.cli import app as top
from importer.cli.app import app
from tests.docs.pages import block, blocks, commands, name_of, pages, text_of

REFERENCE = block("README.md", "Commands", "text")


def leaves(command: click.Command, *names: str) -> Iterator[tuple[str, click.Command]]:
    """Give every command that does something, by its words."""
    if not isinstance(command, click.Group):
        yield " ".join(names), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from leaves(found, *names, name)


COMMANDS = dict(leaves(app))


def names_of(command: click.Command) -> set[str]:
    return {name for param in command.params if isinstance(param, click.Option) for name in param.opts}


def entries() -> dict[str, str]:
    """Return what the reference says of each command; a line that goes on is indented."""
    found: dict[str, str] = {}
    for line in REFERENCE.text.replace("\n  ", " ").splitlines():
        words = line.removeprefix("case-importer ")
        name = next((name for name in COMMANDS if words.split()[: len(name.split())] == name.split()), words)
        assert name not in found, name
        found[name] = words.removeprefix(name)
    return found


@pytest.mark.parametrize("name", top.COMMANDS)
def test_the_list_of_commands_says_what_their_help_says(name):
    """``--help`` imports no command: what it says of each is the first sentence of that one's own help."""
    command = app.get_command(click.Context(app), name)
    assert command is not None and top.COMMANDS[name][1] == command.get_short_help_str(1000)


def test_every_command_is_in_the_reference():
    """The block under Commands has each command once, and no other."""
    assert sorted(entries()) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_in_the_reference_and_no_other(name):
    """The reference has the options of each command, by one of their names."""
    said = {word for word in entries()[name].replace("[", " ").replace("]", " ").split() if word[0] == "-"}
    options = [param for param in COMMANDS[name].params if isinstance(param, click.Option)]
    assert said <= names_of(COMMANDS[name]), said
    assert [option.opts for option in options if not said & set(option.opts)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_needed_is_not_in_brackets(name):
    """Arguments stand in the reference; brackets mean that a word may be left out."""
    entry = entries()[name]
    for param in COMMANDS[name].params:
        shown = param.opts[0] if isinstance(param, click.Option) else param.human_readable_name
        places = [shown, shown.rstrip(".") + "…"]
        assert any(place in entry for place in places) or not isinstance(param, click.Argument), shown
        if param.required:
            assert f"[{shown}" not in entry, shown


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_commands_on_pages_exist(page):
    """Every command line on a page names a command, and options that this command has."""
    for words in commands(page.read_text(encoding="utf-8")):
        path = [word for word in words[:2] if word[:1].isalpha()]
        if not path:
            continue
        names = (" ".join(path[:2]), path[0])
        command = next((COMMANDS[name] for name in names if name in COMMANDS), None)
        group = app.get_command(click.Context(app), path[0])
        assert command is not None or isinstance(group, click.Group) or not words, words
        if command is not None:
            cleaned = [word.strip("[],.|") for word in words]
            used = {word for word in cleaned if word.startswith("-") and len(word) > 1}
            assert used <= names_of(command) | {"--help"}, words


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_powershell_says_the_same(page):
    """A PowerShell block has the words of the POSIX block before it, but for paths and separators."""
    found = [b for b in blocks(page.read_text(encoding="utf-8")) if b.language in ("sh", "powershell")]
    for before, after in pairwise(found):
        if after.language == "powershell" and ".venv" in after.text:
            assert before.language == "sh"
            assert posix(after.text) == before.text.split()


def posix(text: str) -> list[str]:
    """Return a PowerShell line as a POSIX shell would be given it."""
    words = text.replace(";", " &&").replace(".venv\\Scripts\\", ".venv/bin/").replace("\\", "/").split()
    return ["python3" if word == "py" else word for word in words]


def test_the_two_commands_come_first():
    """README begins with command one and, behind the mark that CI looks for, command two."""
    readme = text_of("README.md")
    first, second = readme.index("```sh"), readme.index("<!-- tests -->\n```sh\n")
    assert first < second < readme.index("## Five minutes")
    assert readme[first:second].count("```sh") == 1
