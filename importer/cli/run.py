"""``case-importer run``."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.afterwards import Afterwards, afterwards_options
from importer.cli.loop import run as run_loop
from importer.cli.options import (
    PATH,
    debug_option,
    json_option,
    loading_options,
    mapping_option,
    where_options,
)
from importer.cli.printing import logs_json, print_error, print_json, say
from importer.model.errors import Exit, ImporterError, gravest

if TYPE_CHECKING:
    from importer.api.importing import FileResult
    from importer.api.inputs import Spooled
    from importer.api.options import ImportOptions


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@mapping_option
@click.option("-o", "--output", type=PATH, metavar="RESULTS", help="Results file; default: beside the input.")
@click.option("--first", type=click.IntRange(min=1), metavar="N", help="Only the first N rows, as a trial.")
@click.option("--retry-failed", is_flag=True, help="Send rejected and invalid rows again.")
@click.option("--again", is_flag=True, help="Import the file as if its rows were not known; asks first.")
@click.option(
    "--as-new",
    is_flag=True,
    help="Import a results file of a run that the journal does not know as new rows.",
)
@click.option(
    "--annotate", is_flag=True, help="Also write a copy of the file itself with the result columns and marks."
)
@loading_options
@click.option("--quiet", is_flag=True, help="No progress.")
@afterwards_options
@where_options
@json_option
@debug_option
def run(
    files: tuple[Path, ...],
    mapping: Path,
    connection: str | None,
    connections: Path | None,
    state: Path | None,
    as_json: bool,
    quiet: bool,
    notify: Path | None,
    metrics: Path | None,
    **rest: Any,
) -> int:
    """Import FILES and write a results file for each.

    FILES may hold patterns such as "*.csv", or be - for standard input, which needs -o.
    Running the same command again continues what was interrupted and repeats nothing.
    """
    from importer.api.inputs import STANDARD_INPUT, expanded
    from importer.api.options import ImportOptions, Where

    paths = expanded(files)
    if rest["output"] is not None and len(paths) > 1:
        raise click.UsageError("-o names one results file; leave it out for several files.")
    if STANDARD_INPUT in paths and rest["output"] is None:
        raise click.UsageError("For standard input (-), name the results file with -o.")
    options = ImportOptions(
        mapping=mapping,
        where=Where(connection, connections, state),
        arguments=tuple(sys.argv[1:]),
        **rest,
    )
    after = Afterwards(notify, metrics, mapping.stem)
    if STANDARD_INPUT in paths:
        code = _import_standard_input(options, after, as_json=as_json, quiet=quiet)
    else:
        code = run_loop(_import(paths, options, after, as_json=as_json, quiet=quiet))
    after.ended(code)
    return int(code)


def _import_standard_input(options: ImportOptions, after: Afterwards, *, as_json: bool, quiet: bool) -> Exit:
    """Import what comes on standard input, from a private file beside the results.

    The file stays while rows of it are left or in doubt: looking back needs it, and not every pipe can be
    run twice.
    """
    from importer.api.inputs import spooled

    if sys.stdin.isatty():
        say("Reading standard input; end it with Ctrl-D (Windows: Ctrl-Z and Enter).")
    with spooled(sys.stdin.buffer, options.output) as spool:
        code = run_loop(_import([spool.path], options, after, as_json=as_json, quiet=quiet, spool=spool))
        spool.kept = spool.kept or code not in (Exit.DONE, Exit.ROWS_FAILED, Exit.CANNOT_RUN)
        if spool.kept:
            say(f"The input is kept in {spool.path} until the same command has ended.")
    return code


async def _import(
    files: Sequence[Path],
    options: ImportOptions,
    after: Afterwards,
    *,
    as_json: bool,
    quiet: bool,
    spool: Spooled | None = None,
) -> Exit:
    from importer.api.importing import FileResult, import_files
    from importer.cli.progress import Progress
    from importer.cli.signals import Signals
    from importer.cli.summary import in_words, print_result, result_json

    progress = Progress(quiet=quiet)
    codes: list[Exit] = []
    with Signals() as signals:

        def start(path: Path, control: Any, tally: Any) -> None:
            signals.control = control
            progress.watch(path, tally)

        try:
            async for result in import_files(files, options, progress.sink, start, ask):
                result = result if spool is None else _of_standard_input(result, spool)
                codes.append(result.exit)
                print_result(result, as_json=as_json)
                await after.finished(result, result_json(result), in_words(result))
        except ImporterError as error:
            for path in files[len(codes) :]:
                result = FileResult(path if spool is None else spool.shown(path), None, error)
                if as_json:
                    print_json(result_json(result))
                await after.finished(result, result_json(result), in_words(result))
            if not logs_json():
                print_error(error)
            codes.append(error.exit)
        except asyncio.CancelledError:
            if signals.exit is None:
                raise
            say("Interrupted before anything was sent.")
            codes.append(signals.exit)
    return gravest(codes)


def _of_standard_input(result: FileResult, spool: Spooled) -> FileResult:
    """Return ``result`` as a person knows its input, and keep that where results are still to be written."""
    error = None if result.error is None else spool.in_words(result.error)
    spool.kept = error is not None and error.code == "RESULTS_NOT_WRITTEN"
    return replace(result, path=spool.shown(result.path), error=error)


def ask(question: str) -> bool:
    """Put ``question`` to the person at the terminal; no, where there is none."""
    if not sys.stdin.isatty():
        return False
    # The event loop keeps Ctrl-C to itself; at a question it must mean no.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        return False
    finally:
        signal.signal(signal.SIGINT, before)
