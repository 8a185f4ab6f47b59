"""What a run says at its end, for people and for scripts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer.cli.printing import counted, error_json, logs_json, print_error, print_json
from importer.model.errors import Exit, ImporterError
from importer.model.outcome import Status

if TYPE_CHECKING:
    from importer.api.importing import FileResult
    from importer.pipeline.job import Ended

CONTINUES = (Exit.LATER, Exit.INTERRUPTED, Exit.TERMINATED)


def print_result(result: FileResult, *, as_json: bool) -> None:
    """Print what became of one file; in a JSON log its line says that."""
    if as_json:
        print_json(result_json(result))
    if result.error is not None and not logs_json():
        print_error(result.error)
    elif result.ended is not None and not as_json and not logs_json():
        _print_ended(result.path, result.ended)


def result_json(result: FileResult) -> dict[str, object]:
    """Return what became of one file as ``--json`` shows it (design §7)."""
    if result.ended is not None:
        return ended_json(result.path, result.ended)
    assert result.error is not None
    return refused_json(result.path, result.error)


def in_words(result: FileResult) -> str:
    """Return what became of one file in a sentence."""
    if result.ended is None:
        return result.error.message if result.error is not None else ""
    counts = ", ".join(f"{count} {status}" for status, count in result.ended.counts.items())
    if result.ended.reason:
        return f"Stopped: {result.ended.reason}; {counts}."
    return f"{result.ended.earlier} Then: {counts}." if result.ended.earlier else f"{counts or 'No rows'}."


def refused_json(path: Path, error: ImporterError) -> dict[str, object]:
    """Return a file that was refused as ``--json`` shows it (design §7)."""
    return {"file": str(path), "run": None, "exit": int(error.exit), "error": error_json(error)}


def ended_json(path: Path, ended: Ended) -> dict[str, object]:
    """Return the end of a run as ``--json`` shows it (design §7)."""
    return {
        "run": ended.run,
        "file": str(path),
        "rows": ended.rows,
        "counts": dict(ended.counts),
        "calls": ended.calls,
        "elapsed_seconds": ended.elapsed,
        "total_seconds": ended.total,
        "rows_per_second": ended.rows_per_second,
        "results": None if ended.results is None else str(ended.results),
        "exit": int(ended.exit),
    }


def _print_ended(path: Path, ended: Ended) -> None:
    if ended.sent:
        click.echo(f"{path}: run {ended.run}, {counted(ended.rows)} in {ended.total:.1f} s{_pace(ended)}")
    else:
        click.echo(f"{path}: nothing to do. It is run {ended.run}, {counted(ended.rows)}:")
    for status in Status:
        count = ended.counts.get(status.value, 0)
        if count:
            click.echo(f"  {status.value:<9} {count:>8}")
    if ended.results is not None:
        click.echo(f"Results: {ended.results}")
    if ended.reason:
        click.echo(f"Stopped: {ended.reason}.")
    for line in _next(ended):
        click.echo(line)


def _pace(ended: Ended) -> str:
    if not ended.rows_per_second:
        return ""
    return f" ({ended.rows_per_second:g} rows/s, {ended.calls} calls)"


def _next(ended: Ended) -> list[str]:
    """Say what a person does next."""
    lines = [f"Next: {ended.remedy}"] if ended.remedy else []
    if ended.counts.get(Status.IN_DOUBT, 0) and ended.exit in CONTINUES:
        lines.append("In doubt so far: the same command asks about these rows first, where it can ask.")
    elif ended.counts.get(Status.IN_DOUBT, 0):
        lines.append(
            f"In doubt: list these rows with case-importer results {ended.run} --status in_doubt -o FILE, "
            f"look for them in the system, and say what you found with case-importer resolve {ended.run}."
        )
    if ended.exit is Exit.ROWS_FAILED:
        lines.append(
            "The results file says why for each row. Correct the file or the mapping and import again: "
            "invalid rows go then, rejected ones with --retry-failed."
        )
    return lines
