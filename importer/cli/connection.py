"""``case-importer connection``."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from importer.cli.options import PATH, debug_option, json_option, place_options
from importer.cli.printing import print_json, print_table


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
    """Sign in through connection NAME and say which system it is. Nothing is created."""
    from importer.api.options import Where
    from importer.api.trying import try_connection

    tried = asyncio.run(try_connection(Where(name, connections, state)))
    if as_json:
        print_json(
            {
                "name": name,
                "system": tried.id,
                "system_name": tried.name,
                "production": tried.production,
                "user": tried.user,
                "clock_offset_seconds": tried.clock_offset,
            }
        )
        return
    click.echo(f"{name}: signed in to {tried.name} as {tried.user}.")
    click.echo(f"  system id {tried.id}, {'production' if tried.production else 'not production'}")
    click.echo(f"  its clock is {tried.clock_offset:+g} s off this machine's")
