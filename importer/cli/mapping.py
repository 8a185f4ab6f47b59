"""``case-importer mapping``."""

from __future__ import annotations

from pathlib import Path

import click

from importer.cli.options import PATH, json_option, where_options
from importer.cli.printing import print_json, say


@click.group()
def mapping() -> None:
    """Check a mapping file, convert one, make a form of one, or print the schema for editors."""


@mapping.command()
@click.argument("file", type=PATH)
@json_option
def check(file: Path, as_json: bool) -> None:
    """Check a mapping FILE by itself: all its faults at once, with line and column."""
    from importer.mapping import MappingFaultsError, load_mapping

    try:
        found = load_mapping(file)
    except MappingFaultsError as error:
        if as_json:
            faults = [
                {"file": each.file, "line": each.line, "column": each.column, "message": each.message}
                for each in error.faults
            ]
            print_json({"file": str(file), "faults": faults})
        raise
    key = list(found.key)
    if as_json:
        print_json(
            {
                "file": str(file),
                "target": found.target,
                "record_type": found.record_type,
                "key": key,
                "included": list(found.included),
                "faults": [],
            }
        )
        return
    click.echo(
        f"{file}: no faults. {found.target}, {found.record_type}, {len(list(found.written()))} properties."
    )
    for name in found.included:
        click.echo(f"  includes {name}")
    if found.key_none:
        click.echo("  key: none; equal rows of different files are different records")
    else:
        click.echo(f"  key: {', '.join(key) if key else 'the contents of the columns that are used'}")


@mapping.command()
def schema() -> None:
    """Print the JSON Schema of mapping files, for editors."""
    import json

    from importer.mapping import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@mapping.command("from-sdl")
@click.argument("file", type=PATH)
@click.option("--object", "record_type", metavar="NAME", default="Case", help="What its rows become (Case).")
@click.option("-o", "--output", type=PATH, metavar="MAPPING", help="Write it here; never over a file.")
def from_sdl(file: Path, record_type: str, output: Path | None) -> None:
    """Convert a mapping FILE of Data Loader (.sdl); what cannot be kept is said, in it and here."""
    from importer.api.converting import convert_sdl
    from importer.cli.writing import new_file

    with new_file(output) as write:
        found = convert_sdl(file, record_type, output)
        write(found.text)
    for point in found.points:
        say(f"{file}:{point.line}: {point.text}" if point.line else f"{file}: {point.text}")
    say(f"{found.written} properties are written.")


@mapping.command()
@click.argument("file", type=PATH)
@click.option("--schema", type=PATH, metavar="FILE", help="A schema that check --save-schema wrote.")
@click.option("-o", "--output", type=PATH, required=True, metavar="FORM.xlsx", help="Never over a file.")
@where_options
def template(
    file: Path,
    schema: Path | None,
    output: Path,
    connection: str | None,
    connections: Path | None,
    state: Path | None,
) -> None:
    """Make a form of a mapping FILE: a workbook with its columns, drop-downs and an example.

    With a connection or a saved schema the choices of the system are offered, and what it requires is marked.
    """
    import asyncio

    from importer.api.forms import make_form
    from importer.api.options import Where
    from importer.cli.writing import check_new, written

    if output.suffix.casefold() != ".xlsx":
        raise click.BadParameter("a form is a workbook; name a file that ends in .xlsx", param_hint="-o")
    check_new(output)
    form, workbook = asyncio.run(make_form(file, Where(connection, connections, state), schema))
    with written(output), output.open("xb") as stream:
        stream.write(workbook)
    required = sum(column.required for column in form.columns)
    say(f"Form: {output}, {len(form.columns)} columns, {required} required.")
