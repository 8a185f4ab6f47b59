"""``case-importer connection``."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer.cli.options import PATH, debug_option, json_option, place_options
from importer.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from importer.targets.verdicts import VerdictLine


@click.group()
def connection() -> None:
    """List connections, or try one."""


@connection.command("list")
@click.option("--connections", type=PATH, metavar="FILE", help="Connections file to use.")
@json_option
def list_connections(connections: Path | None, as_json: bool) -> None:
    """List the connections of the file in use."""
    from importer.settings import load_connections

    found = load_connections(connections, os.environ)
    if as_json:
        for name in found.names():
            print_json({"name": name, "target": found.target_of(name), "default": name == found.default})
        return
    for note in found.notes:
        click.echo(note)
    if found.file is None:
        click.echo("No connections file. --connection simulator needs none.")
        return
    click.echo(f"{found.file}:")
    rows = [
        (name, found.target_of(name), "default" if name == found.default else "") for name in found.names()
    ]
    print_table(("NAME", "TARGET", ""), rows)


@connection.command()
@click.argument("name")
@place_options
@json_option
@debug_option
def test(name: str, connections: Path | None, state: Path | None, as_json: bool) -> None:
    """Sign in through connection NAME, say which system it is, what can be created there (IBM) and what
    its codes mean. Nothing is created."""
    from importer.api.options import Where
    from importer.api.trying import try_connection

    found = asyncio.run(try_connection(Where(name, connections, state)))
    tried = found.system
    if as_json:
        print_json(
            {
                "name": name,
                "system": tried.id,
                "system_name": tried.name,
                "production": tried.production,
                "user": tried.user,
                "clock_offset_seconds": tried.clock_offset,
                "catalogue": list(found.catalogue),
                "verdicts": [asdict(line) for line in found.verdicts],
            }
        )
        return
    click.echo(f"{name}: signed in to {tried.name} as {tried.user}.")
    click.echo(f"  system id {tried.id}, {'production' if tried.production else 'not production'}")
    off = round(tried.clock_offset)
    clock = (
        "with this machine's" if abs(off) <= 1 else f"{off:+d} s off this machine's"
    )  # it tells whole seconds
    click.echo(f"  its clock is {clock}")
    for line in found.catalogue:
        click.echo(f"  {line}")
    click.echo("What its codes mean for a create (the connection's verdicts may teach others):")
    rows = [(line.code, line.verdict, _source(line), line.message) for line in found.verdicts]
    print_table(("CODE", "VERDICT", "SOURCE", "MEANING"), rows)


def _source(line: VerdictLine) -> str:
    if not line.taught:
        return "built-in"
    return f"taught, not {line.built_in}" if line.built_in not in (None, line.verdict) else "taught"
