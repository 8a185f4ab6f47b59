"""``case-importer undo``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.options import PATH, debug_option, json_option, patience_option, where_options
from importer.cli.printing import counted, error_json, print_error, print_json, say
from importer.model.errors import Exit, ImporterError
from importer.model.outcome import Status

if TYPE_CHECKING:
    from importer.api.options import UndoOptions
    from importer.api.undo import Planned
    from importer.pipeline.undo import UndoEnded


@click.command()
@click.argument("run")
@click.option("--plan", is_flag=True, help="Say what would be deleted, what kept and why; delete nothing.")
@click.option("--yes", is_flag=True, help="Answer yes to every question.")
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Results file; default: beside the input.")
@patience_option
@click.option("--quiet", is_flag=True, help="No progress.")
@where_options
@json_option
@debug_option
def undo(
    run: str,
    connection: str | None,
    connections: Path | None,
    state: Path | None,
    as_json: bool,
    quiet: bool,
    **rest: Any,
) -> int:
    """Delete what RUN has created and nobody has touched since.

    What other users have changed, or added comments, mails or files to, is kept; the results say why. Only
    through a connection with allow_delete = true. The same command continues what was interrupted.

    Exit 0: all of it is gone. 3: some was kept.
    """
    from importer.api.options import UndoOptions, Where

    if rest["plan"] and rest["output"] is not None:
        raise click.UsageError("--plan writes no results: leave -o out.")
    where = Where(connection, connections, state)
    options = UndoOptions(where=where, arguments=tuple(sys.argv[1:]), **rest)
    return int(asyncio.run(_undo(run, options, as_json=as_json, quiet=quiet)))


async def _undo(run: str, options: UndoOptions, *, as_json: bool, quiet: bool) -> Exit:
    from importer.api.undo import Planned
    from importer.api.undo import undo as undo_it
    from importer.cli.progress import Progress
    from importer.cli.run import ask
    from importer.cli.signals import Signals

    progress = Progress(quiet=quiet)
    with Signals() as signals:

        def start(path: Path, control: Any, tally: Any) -> None:
            signals.control = control
            progress.watch(path, tally)

        try:
            ended = await undo_it(run, options, progress.sink, start, ask)
        except ImporterError as error:
            if as_json:
                print_json({"undo": None, "run": run, "exit": int(error.exit), "error": error_json(error)})
            print_error(error)
            return error.exit
        except asyncio.CancelledError:
            if signals.exit is None:
                raise
            say("Interrupted before anything was deleted.")
            return signals.exit
    if isinstance(ended, Planned):
        _print_plan(ended, as_json=as_json)
    else:
        _print_ended(ended, as_json=as_json)
    return ended.exit


def _print_plan(planned: Planned, *, as_json: bool) -> None:
    plan = planned.plan
    counts = {"delete": plan.delete, "kept": plan.kept, "gone": plan.gone}
    if as_json:
        print_json(
            {
                "run": planned.run,
                "file": planned.file,
                "plan": counts,
                "reasons": dict(plan.reasons),
                "exit": int(planned.exit),
            }
        )
        return
    click.echo(f"An undo of run {planned.run} would find {counted(sum(counts.values()))}:")
    for word, count in (("to delete", plan.delete), ("kept", plan.kept), ("gone", plan.gone)):
        if count:
            click.echo(f"  {word:<9} {count:>8}")
    _print_reasons(plan.reasons)
    click.echo(f"Stopped: {planned.reason}." if planned.reason else "Nothing was deleted.")


def _print_ended(ended: UndoEnded, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "undo": ended.undo,
                "run": ended.run,
                "rows": ended.rows,
                "counts": dict(ended.counts),
                "reasons": dict(ended.reasons),
                "calls": ended.calls,
                "elapsed_seconds": ended.elapsed,
                "total_seconds": ended.total,
                "results": None if ended.results is None else str(ended.results),
                "exit": int(ended.exit),
            }
        )
        return
    if ended.undo is None:
        click.echo(f"{ended.reason[:1].upper()}{ended.reason[1:]}.")
        return
    click.echo(f"Run {ended.run} undone by {ended.undo}: {counted(ended.rows)} in {ended.total:.1f} s")
    for status in Status:
        count = ended.counts.get(status.value, 0)
        if count:
            click.echo(f"  {status.value:<9} {count:>8}")
    _print_reasons(ended.reasons)
    if ended.results is not None:
        click.echo(f"Results: {ended.results}")
    if ended.reason:
        click.echo(f"Stopped: {ended.reason}.")
    if ended.remedy:
        click.echo(f"Next: {ended.remedy}")
    if ended.counts.get(Status.DELETED, 0) or ended.counts.get(Status.GONE, 0):
        click.echo("The rows of what is gone are free again: importing the same file makes them anew.")


MOST_REASONS = 10


def _print_reasons(reasons: Any) -> None:
    ranked = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    for sentence, count in ranked[:MOST_REASONS]:
        click.echo(f"    {count} x {sentence}")
    if len(ranked) > MOST_REASONS:
        click.echo(f"    and {len(ranked) - MOST_REASONS} more reasons; the results have them all")
