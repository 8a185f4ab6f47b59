"""The command line: the only place that prints or exits."""

from __future__ import annotations


def main() -> None:
    """Run the command ``case-importer`` and exit with its code."""
    from importer.cli.app import run_app

    raise SystemExit(run_app())
