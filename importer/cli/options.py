"""Options that several commands share, and the values behind them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from importer.pipeline.options import PATIENCE, Ceiling

F = TypeVar("F", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)


def where_options(command: F) -> F:
    """Add ``--connection``, ``--connections`` and ``--state``."""
    command = click.option(
        "--connection", metavar="NAME", help="Connection of the connections file, or: simulator."
    )(command)
    return place_options(command)


def place_options(command: F) -> F:
    """Add ``--connections`` and ``--state``."""
    command = click.option("--connections", type=PATH, metavar="FILE", help="Connections file to use.")(
        command
    )
    return click.option("--state", type=PATH, metavar="FOLDER", help="Folder of the journal.")(command)


def mapping_option(command: F) -> F:
    """Add ``--mapping``, required."""
    return click.option("--mapping", type=PATH, required=True, metavar="FILE", help="The mapping file.")(
        command
    )


def schema_option(command: F) -> F:
    """Add ``--schema``."""
    return click.option(
        "--schema", type=PATH, metavar="FILE", help="A schema saved by check --save-schema; no connection."
    )(command)


def json_option(command: F) -> F:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON to standard output.")(command)


def debug_option(command: F) -> F:
    """Add ``--debug``: one line for each request on standard error."""

    def begin(_ctx: click.Context, _param: click.Parameter, wanted: bool) -> bool:
        if wanted:
            import logging

            from importer.cli.printing import LogFormatter

            handler = logging.StreamHandler()
            handler.setFormatter(LogFormatter("%(asctime)s %(name)s %(message)s"))
            logging.basicConfig(level=logging.INFO, handlers=[handler])
            logging.getLogger("importer").setLevel(logging.DEBUG)
        return wanted

    return click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        callback=begin,
        help="Log each request, without contents.",
    )(command)


class RateType(click.ParamType[Any]):
    """``N/s``, ``N/3s`` or ``N/min``."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the Rate that ``value`` says."""
        from importer.settings import parse_rate

        try:
            return parse_rate(value) if isinstance(value, str) else value
        except ValueError as error:
            return self.fail(f"{value!r} is not a rate: {error}.", param, ctx)


class DurationType(click.ParamType[Any]):
    """``50ms``, ``30s``, ``10m`` or ``2h``; gives seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the seconds that ``value`` says."""
        from importer.settings import parse_duration

        try:
            return parse_duration(value) if isinstance(value, str) else value
        except ValueError as error:
            return self.fail(f"{value!r} is not a duration: {error}.", param, ctx)


def duration_option(name: str, default: float | None, shown: str, help: str) -> Callable[[F], F]:
    """Return an option that takes a time; ``default`` in seconds, ``shown`` as a person writes it."""
    return click.option(
        name, type=DurationType(), default=default, show_default=shown or False, metavar="TIME", help=help
    )


def patience_option(command: F) -> F:
    """Add ``--patience``."""
    told = "How long to wait for a server that is away or asks to slow down, before ending with exit 5."
    return duration_option("--patience", PATIENCE, "30m", told)(command)


def escape_option(command: F) -> F:
    """Add ``--escape-formulas``."""
    told = "In results that are text, put an apostrophe before what a spreadsheet would take for a formula."
    return click.option("--escape-formulas", is_flag=True, help=told)(command)


class CeilingType(click.ParamType[Any]):
    """A number of rows, or a percentage of the file's rows."""

    name = "ceiling"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the Ceiling that ``value`` says."""
        if isinstance(value, Ceiling):
            return value
        text = str(value).strip()
        share = text.removesuffix("%")
        if share != text and share.replace(".", "", 1).isdecimal() and float(share) <= 100:
            return Ceiling(percent=float(share))
        if text.isdecimal():
            return Ceiling(count=int(text))
        return self.fail(f"{value!r} is neither a number of rows nor a percentage.", param, ctx)


_LOADING: tuple[Callable[[Any], Any], ...] = (
    escape_option,
    click.option(
        "--via",
        type=click.Choice(["auto", "single", "collections", "bulk"]),
        default="auto",
        help="Path to send by.",
    ),
    click.option(
        "--rate", type=RateType(), metavar="R", help="No more than N requests in a window: 20/s, 30/3s."
    ),
    click.option("--concurrency", type=click.IntRange(1, 1000), metavar="N", help="Requests in flight."),
    click.option(
        "--max-errors", type=CeilingType(), metavar="N|P%", help="Stop after more failed rows than this."
    ),
    click.option(
        "--tolerate",
        type=CeilingType(),
        metavar="N|P%",
        help="End with 0 although so many rows failed; default: 0.",
    ),
    duration_option(
        "--max-duration", None, "", "End with exit 5 after this time; the same command continues."
    ),
    patience_option,
    click.option("--yes", is_flag=True, help="Answer yes to every question."),
)


def loading_options(command: F) -> F:
    """Add what ``run`` and ``watch`` have in common: how rows are sent, and when a run ends."""
    for option in reversed(_LOADING):
        command = option(command)
    return command
