"""``case-importer report``."""

from __future__ import annotations

from pathlib import Path

import click

from importer.cli.options import PATH, json_option, place_options
from importer.cli.printing import print_json, say


@click.command()
@click.argument("run")
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Where to; default: beside the input.")
@click.option(
    "--with-values",
    is_flag=True,
    help="Show the cells of the rows that are named as examples, read again from the file.",
)
@place_options
@json_option
def report(
    run: str,
    output: Path | None,
    with_values: bool,
    connections: Path | None,
    state: Path | None,
    as_json: bool,
) -> None:
    """Write a page about RUN for people: counts, causes, time, requests. Also while it runs."""
    from importer.api.history import open_journal
    from importer.api.options import Where
    from importer.api.reporting import report as write

    with open_journal(Where(None, connections, state)) as journal:
        path, no_values = write(journal, run, output, with_values=with_values)
    if no_values:
        say(no_values)
    if as_json:
        print_json({"run": run, "report": str(path)})
    else:
        click.echo(f"Report: {path}")
