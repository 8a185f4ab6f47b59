"""``case-importer watch``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.afterwards import Afterwards, afterwards_options
from importer.cli.loop import run as run_loop
from importer.cli.options import (
    PATH,
    F,
    debug_option,
    duration_option,
    json_option,
    loading_options,
    where_options,
)
from importer.cli.printing import logs_json, print_json, say
from importer.model.errors import Exit

if TYPE_CHECKING:
    from importer.api.importing import FileResult
    from importer.model.events import Event
    from importer.watch.landing import Handled
    from importer.watch.options import WatchOptions


def folder_names(command: F) -> F:
    """Add ``--inbox``, ``--working``, ``--done`` and ``--failed``."""
    for name in ("failed", "done", "working", "inbox"):
        told = "Name of that folder."
        option = click.option(f"--{name}", default=name, show_default=True, metavar="NAME", help=told)
        command = option(command)
    return command


@click.command()
@click.argument("folder", type=PATH)
@click.option("--mapping", type=PATH, metavar="FILE", help="The mapping file for every file.")
@click.option(
    "--mappings",
    type=PATH,
    metavar="DIR",
    help="A folder of mapping files: chosen by the sub-folder of the inbox, or by the header.",
)
@click.option("--once", is_flag=True, help="Handle what lies there, then end; for cron.")
@duration_option("--every", 2.0, "2s", "Between two looks.")
@duration_option("--quiet-time", 10.0, "10s", "A file has arrived when it has not changed for so long.")
@duration_option(
    "--give-up",
    600.0,
    "10m",
    "A file that cannot be read, and has not changed for so long, goes to failed.",
)
@duration_option("--retry-after", 300.0, "5m", "Until a file that waits for the server is tried again.")
@folder_names
@loading_options
@afterwards_options
@where_options
@json_option
@debug_option
def watch(
    folder: Path,
    mapping: Path | None,
    mappings: Path | None,
    connection: str | None,
    connections: Path | None,
    state: Path | None,
    max_duration: float | None,
    as_json: bool,
    notify: Path | None,
    metrics: Path | None,
    **rest: Any,
) -> int:
    """Import the files that are dropped into FOLDER/inbox, and give them back with their results.

    They come back in FOLDER/done, or in FOLDER/failed with a note that says why. One watcher to a folder;
    killed at any moment, the next one goes on where it was.
    """
    from importer.api.options import ImportOptions, Where
    from importer.watch.folders import check_names
    from importer.watch.options import Names, Timing, WatchOptions

    if (mapping is None) == (mappings is None):
        raise click.UsageError("Say --mapping FILE, or --mappings DIR.")
    place = mapping or mappings
    assert place is not None
    if mapping is not None and mapping.is_dir():
        raise click.UsageError(f"{mapping} is a folder: say --mappings.")
    if mappings is not None and not mappings.is_dir():
        raise click.UsageError(f"{mappings} is no folder: say --mapping.")
    names = Names(*(rest.pop(name) for name in ("inbox", "working", "done", "failed")))
    check_names(names)
    timing = Timing(*(rest.pop(name) for name in ("every", "quiet_time", "give_up", "retry_after")))
    once = rest.pop("once")
    where = Where(connection, connections, state)
    loading = ImportOptions(mapping=place, where=where, arguments=tuple(sys.argv[1:]), **rest)
    options = WatchOptions(folder, place, loading, names, timing, once)
    after = Afterwards(notify, metrics, place.stem)
    code = run_loop(_watch(options, max_duration, after, as_json=as_json))
    if once:
        after.ended(code)
    return int(code)


async def _watch(
    options: WatchOptions, max_duration: float | None, after: Afterwards, *, as_json: bool
) -> Exit:
    from importer.api.importing import Limit
    from importer.cli.signals import Signals
    from importer.model.events import Notice
    from importer.pipeline.control import Control
    from importer.watch.loading import RunLoader
    from importer.watch.names import given_name
    from importer.watch.watching import Watch

    def sink(event: Event) -> None:
        if isinstance(event, Notice):
            say(event.text)

    async def tell(handled: Handled) -> None:
        document = _document(handled)
        if as_json:
            print_json(document)
        elif not logs_json():
            landing = handled.landing
            click.echo(f"{given_name(handled.name)} → {landing.source}: {landing.words}")
        result = handled.result or _after_a_kill(handled)
        if not options.once:
            after.next_file()
        await after.finished(
            replace(result, path=Path(given_name(handled.name))), document, handled.landing.words
        )
        if not options.once:
            after.ended()

    control = Control()
    loader = RunLoader(replace(options.loading), sink, lambda _question: False)
    with Signals() as signals, Limit(max_duration).on(control):
        signals.control = control
        code = await Watch(options, loader, control, sink, tell).run()
    if control.reason and code is not Exit.DONE:
        say(f"Ended: {control.reason.rstrip('.')}.")
    return code


def _after_a_kill(handled: Handled) -> FileResult:
    """Return the result of a file whose import was over when the watcher before this one was killed."""
    from importer.api.importing import FileResult
    from importer.pipeline.job import Ended

    landing = handled.landing
    ended = Ended(landing.run, landing.rows, landing.counts, 0, 0.0, 0.0, handled.results, Exit(landing.exit))
    return FileResult(handled.source, ended)


def _document(handled: Handled) -> dict[str, object]:
    """Return a file that came back as ``--json`` shows it."""
    from importer.watch.names import given_name

    landing = handled.landing
    return {
        "ticket": handled.id,
        "file": given_name(handled.name),
        "place": landing.place,
        "source": str(handled.source),
        "results": None if handled.results is None else str(handled.results),
        "run": landing.run or None,
        "rows": landing.rows,
        "counts": landing.counts,
        "message": landing.words,
        "exit": landing.exit,
    }
