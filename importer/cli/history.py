"""``case-importer runs``, ``show`` and ``results``."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer.cli.options import PATH, DurationType, escape_option, json_option, place_options
from importer.cli.printing import counted, print_json, print_table, when
from importer.model.outcome import Status

if TYPE_CHECKING:
    from importer.api.history import RunSummary
    from importer.api.options import Where


def _where(connections: Path | None, state: Path | None) -> Where:
    from importer.api.options import Where

    return Where(None, connections, state)


@click.command()
@click.option(
    "--prune",
    type=DurationType(),
    metavar="AGE",
    help="Drop attempts and texts of runs that ended longer ago (90d); what was imported stays known.",
)
@place_options
@json_option
def runs(connections: Path | None, state: Path | None, prune: float | None, as_json: bool) -> None:
    """List the runs in the journal, newest first; or prune old ones."""
    from importer.api.history import open_journal, summary

    if prune is not None:
        _prune(_where(connections, state), prune, as_json=as_json)
        return
    with open_journal(_where(connections, state)) as journal:
        found = [summary(journal, run) for run in journal.runs()]
    if as_json:
        for each in found:
            print_json(_as_json(each))
        return
    if not found:
        click.echo("No run yet.")
        return
    rows = [(s.run.id, when(s.run.started), _ended(s), s.run.rows, _counts(s), _what(s)) for s in found]
    print_table(("RUN", "STARTED", "ENDED", "ROWS", "COUNTS", "FILE"), rows)


def _prune(where: Where, age: float, *, as_json: bool) -> None:
    from importer.api.opening import find_place
    from importer.journal.retention import prune

    found = prune(find_place(where).state, int((time.time() - age) * 1000))
    if as_json:
        print_json(asdict(found))
        return
    click.echo(
        f"{found.runs} runs pruned: {found.attempts} attempts and the texts of {found.texts} rows are gone; "
        f"{found.bytes_before} → {found.bytes_after} bytes. What was imported stays known."
    )
    if found.kept:
        click.echo(
            f"{found.kept} older runs are kept: they have rows left over or in doubt, or are needed to "
            "settle them."
        )


@click.command()
@click.argument("run")
@place_options
@json_option
def show(run: str, connections: Path | None, state: Path | None, as_json: bool) -> None:
    """Show one RUN: what it loaded where, its legs, counts and errors."""
    from importer.api.history import open_journal, summary

    with open_journal(_where(connections, state)) as journal:
        found = summary(journal, journal.run(run))
    if as_json:
        print_json(_as_json(found))
        return
    record = found.run
    click.echo(f"Run {record.id}: {record.path} ({record.rows} rows, {record.size} bytes)")
    if found.undoes is not None:
        click.echo(f"Undoes run {found.undoes}")
    for undo in found.undone_by:
        click.echo(f"Undone by run {undo}")
    click.echo(f"Into {record.system_name}, {record.record_type}")
    click.echo(f"Results: {record.results or 'not written yet'}")
    for leg in found.legs:
        click.echo(
            f"  {when(leg.started)} to {when(leg.ended) or 'now'}: exit {_or(leg.exit)}, {leg.calls} calls, "
            f"{leg.os_user} on {leg.host} (pid {leg.pid}), path {leg.path}: {leg.reason}"
        )
    for name, count in found.counts.items():
        click.echo(f"  {name:<9} {count:>8}")
    for code, count in found.codes:
        click.echo(f"    {code}: {count}")


@click.command()
@click.argument("run")
@click.option("--status", metavar="S,…", help="Only rows with one of these statuses.")
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Where to; default: as the run would.")
@escape_option
@place_options
@json_option
def results(
    run: str,
    status: str | None,
    output: Path | None,
    escape_formulas: bool,
    connections: Path | None,
    state: Path | None,
    as_json: bool,
) -> None:
    """Write the results of RUN again, as the journal has them now."""
    from importer.api.history import open_journal, write_again
    from importer.results.form import Form

    wanted = _statuses(status)
    if wanted and output is None:
        raise click.UsageError("--status writes a part of the results: say where to with -o FILE.")
    with open_journal(_where(connections, state)) as journal:
        form = Form(escape_formulas=escape_formulas)
        path, rows = write_again(journal, run, wanted, output, form)
    if as_json:
        print_json({"run": run, "results": str(path), "rows": rows})
    else:
        click.echo(f"{counted(rows)}: {path}")


def _statuses(text: str | None) -> frozenset[Status]:
    if text is None:
        return frozenset()
    names = [word.strip() for word in text.split(",") if word.strip()]
    wrong = [name for name in names if name not in set(Status)]
    if wrong or not names:
        raise click.UsageError(f"--status takes {', '.join(Status)}; not {', '.join(wrong) or 'nothing'}.")
    return frozenset(Status(name) for name in names)


def _ended(found: RunSummary) -> str:
    return f"exit {found.run.exit}" if found.run.exit is not None else "not ended"


def _what(found: RunSummary) -> str:
    return found.run.path if found.undoes is None else f"undo of {found.undoes}"


def _counts(found: RunSummary) -> str:
    return ", ".join(f"{name} {count}" for name, count in found.counts.items())


def _or(exit_code: int | None) -> str:
    return "none" if exit_code is None else str(exit_code)


def _as_json(found: RunSummary) -> dict[str, object]:
    run = found.run
    return {
        "run": run.id,
        "file": run.path,
        "digest": run.digest,
        "rows": run.rows,
        "system": run.system,
        "system_name": run.system_name,
        "record_type": run.record_type,
        "undoes": found.undoes,
        "undone_by": list(found.undone_by),
        "counts": found.counts,
        "codes": dict(found.codes),
        "results": run.results,
        "finished": run.finished,
        "exit": run.exit,
        "started_ms": run.started,
        "ended_ms": run.ended,
        "legs": [
            {
                "leg": leg.leg,
                "version": leg.version,
                "user": leg.os_user,
                "host": leg.host,
                "pid": leg.pid,
                "api_user": leg.api_user,
                "path": leg.path,
                "reason": leg.reason,
                "calls": leg.calls,
                "exit": leg.exit,
                "started_ms": leg.started,
                "ended_ms": leg.ended,
            }
            for leg in found.legs
        ],
    }
