"""What a person must say yes to before anything is sent."""

from __future__ import annotations

from collections.abc import Callable

from importer.api.options import ImportOptions
from importer.model.errors import ImporterError
from importer.model.target import System
from importer.preflight.room import megabytes
from importer.settings import ConnectionSettings

UNASKED = 1000
"""Rows up to which a production system is loaded without asking."""

Ask = Callable[[str], bool]
"""Puts a question to a person; False where nobody can answer."""


def approval(
    system: System, settings: ConnectionSettings, options: ImportOptions, ask: Ask
) -> Callable[[int], None]:
    """Return what is called with the file's rows before the first send; it raises ImporterError for a no."""

    def approve(rows: int) -> None:
        rows = rows if options.first is None else min(rows, options.first)
        for question in questions(system, settings, options, rows):
            if not ask(question):
                raise ImporterError("NOT_CONFIRMED", f"Nothing was sent. {question}", "Say yes with --yes.")

    return approve


def questions(system: System, settings: ConnectionSettings, options: ImportOptions, rows: int) -> list[str]:
    """Return what must be confirmed; nothing with ``--yes``."""
    if options.yes:
        return []
    found = []
    if options.again:
        found.append(f"Import {rows:,} rows again, as if none of them had been imported before?")
    if system.production and rows > UNASKED and not settings.unattended:
        room = f"; {megabytes(system.storage.left)} of its data storage are free" if system.storage else ""
        where = f"production system {system.name}, id {system.id}"
        found.append(f"Load {rows:,} rows into {where}, as {system.user}{room}?")
    return found
