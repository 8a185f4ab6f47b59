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
    "run": "run:run",
    "check": "check:check",
    "preview": "preview:preview",
    "watch": "watch:watch",
    "guess": "guess:guess",
    "runs": "history:runs",
    "show": "history:show",
    "results": "history:results",
    "report": "report:report",
    "resolve": "resolve:resolve",
    "undo": "undo:undo",
    "simulator": "simulator:simulator",
    "connection": "connection:connection",
    "mapping": "mapping:mapping",
    "journal": "journal:journal",
    "ledger": "ledger:ledger",
}
"""Command → module and name; modules are imported when they are needed."""


class Commands(click.Group):
    """A group that imports its commands on demand, in the order in which a person meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, None for an unknown name."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, name = place.split(":")
        found: Any = getattr(importlib.import_module(f"importer.cli.{module}"), name)
        return found if isinstance(found, click.Command) else None


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
