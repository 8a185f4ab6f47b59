"""The commands by name, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from importer.cli.printing import print_error
from importer.model.errors import Exit, ImporterError

COMMANDS = {
    "run": ("run:run", "Import FILES and write a results file for each."),
    "check": ("check:check", "Look at every row of FILES and say what a run would meet."),
    "preview": (
        "preview:preview",
        "Show rows of FILE (- for standard input) as they would be sent, each value beside its cell.",
    ),
    "watch": (
        "watch:watch",
        "Import the files that are dropped into FOLDER/inbox, and give them back with their results.",
    ),
    "guess": (
        "guess:guess",
        "Draft a mapping for FILE: a commented YAML that says how sure each line is, and why.",
    ),
    "runs": ("history:runs", "List the runs in the journal, newest first; or prune old ones."),
    "show": ("history:show", "Show one RUN: what it loaded where, its legs, counts and errors."),
    "results": ("history:results", "Write the results of RUN again, as the journal has them now."),
    "report": ("report:report", "Write a page about RUN for people: counts, causes, time, requests."),
    "resolve": ("resolve:resolve", "Settle rows of RUN that are in doubt, after looking into the system."),
    "undo": ("undo:undo", "Delete what RUN has created and nobody has touched since."),
    "simulator": (
        "simulator:simulator",
        "Run the stand-in servers for Salesforce and IBM Case Manager until Ctrl-C.",
    ),
    "connection": ("connection:connection", "List connections, or try one."),
    "mapping": (
        "mapping:mapping",
        "Check a mapping file, convert one, make a form of one, or print the schema for editors.",
    ),
    "journal": ("journal:journal", "Where the journal is, whether it is whole, a copy of it."),
    "ledger": ("ledger:ledger", "What was imported, for good: the memory that prevents duplicates."),
}
"""Command → module and name, imported when it is needed, and what it does, in the words of its own help."""


class Commands(click.Group):
    """A group that imports its commands on demand, in the order in which a person meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        found: Any = getattr(importlib.import_module(f"importer.cli.{module}"), name)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does, without the time that it takes to import all of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_place, what) in COMMANDS.items()])


def _version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"case-importer {version('case-importer')}")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version."
)
def app() -> None:
    """Import rows of CSV and Excel files as cases into Salesforce or IBM Case Manager.

    No row is created twice, none is lost, none is guessed; running a command again continues it.
    """


def run_app(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code; errors are printed here and nowhere else."""
    for stream in (sys.stdout, sys.stderr):
        # Windows consoles and pipes default to a legacy code page.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = app.main(args=arguments, prog_name="case-importer", standalone_mode=False)
    except ImporterError as error:
        print_error(error)
        return int(error.exit)
    except click.exceptions.Abort:
        click.echo("Interrupted.", err=True)
        return int(Exit.INTERRUPTED)
    except click.ClickException as error:
        error.show()
        return int(Exit.USAGE)
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); Python would complain again while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.CANNOT_RUN)
    return code if isinstance(code, int) else int(Exit.DONE)
