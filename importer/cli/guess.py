"""``case-importer guess``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.options import PATH, debug_option, where_options
from importer.cli.printing import say
from importer.cli.writing import new_file
from importer.model.errors import Exit
from importer.settings import TARGETS

if TYPE_CHECKING:
    from importer.mapping.guess import Guess


@click.command()
@click.argument("file", type=PATH)
@click.option("--target", type=click.Choice(TARGETS), help="Ask no system (salesforce: standard fields).")
@click.option("--schema", type=PATH, metavar="FILE", help="A schema that check --save-schema wrote.")
@click.option("--object", metavar="NAME", help="Salesforce: what rows become (Case).")
@click.option("--case-type", metavar="NAME", help="IBM: the case type (symbolic name).")
@click.option("--object-store", metavar="NAME", help="IBM: where the connection names none.")
@click.option("--timezone", metavar="ZONE", help="Where times without an offset were written.")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook (the first).")
@click.option("--header-row", type=click.IntRange(min=1), metavar="N", help="The row of column names (1).")
@click.option("--encoding", metavar="NAME", help="Encoding of a text file (found).")
@click.option("--delimiter", metavar="SIGN", help="Delimiter of a text file, or: tab (found).")
@click.option(
    "--confidence", type=click.IntRange(60, 100), default=80, metavar="N", help="Per cent a rule needs (80)."
)
@click.option(
    "-o", "--output", type=PATH, metavar="MAPPING", help="Write the mapping here; never over a file."
)
@where_options
@debug_option
def guess(file: Path, output: Path | None, **given: Any) -> int:
    """Draft a mapping for FILE: a commented YAML that says how sure each line is, and why.

    The schema comes from --connection (or the default one) or from --schema. Nothing is sent.
    """
    from importer.api.guessing import GuessOptions, guess_mapping
    from importer.api.options import Where
    from importer.model.row import ReadOptions

    delimiter = "\t" if (given["delimiter"] or "").casefold() == "tab" else given["delimiter"]
    read = ReadOptions(given.pop("sheet"), given.pop("header_row"), None, given.pop("encoding"), delimiter)
    del given["delimiter"]
    where = Where(given.pop("connection"), given.pop("connections"), given.pop("state"))
    options = GuessOptions(where, read=read, output=output, **given)
    with new_file(output) as write:
        found = asyncio.run(guess_mapping(file, options))
        write(found.text)
    return int(_said(found, file, output))


def _said(found: Guess, file: Path, output: Path | None) -> Exit:
    drafted = found.draft
    if not drafted.rules:
        say("No column is like a property: the draft has no rule yet, and mapping check will say so.")
        return Exit.CANNOT_RUN
    key = f"key {drafted.key.name}" if drafted.key else "no key"
    counts = f"{len(drafted.rules)} of {len(drafted.rules) + len(drafted.left)} columns have a rule, {key}"
    say(f"{file}: {counts}.")
    for each in drafted.required:
        say(f"  {each.name} is required, and no column is like it.")
    if output is not None:
        say(f"Draft: {output}. Read it, then: case-importer check {file} --mapping {output}")
    return Exit.DONE
