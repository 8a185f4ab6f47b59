"""Errors that stop a file or a command, and the exit codes of the command line (design §7)."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """Exit codes of the command line; the table of design §7."""

    DONE = 0
    """Every row is created, updated, exists or skipped, or there was nothing to do."""
    CANNOT_RUN = 1
    """Cannot run as it stands: mapping, connection, sign-in at the start, file, disk; nothing is lost."""
    USAGE = 2
    """Wrong use of the command line."""
    ROWS_FAILED = 3
    """Finished; rows are invalid, rejected or blocked."""
    IN_DOUBT = 4
    """Finished; rows are in doubt."""
    LATER = 5
    """A passing reason left rows over; the same command later continues."""
    GUARD = 6
    """Stopped by a guard: look first."""
    INTERRUPTED = 130
    """Interrupted from the keyboard; the same command continues."""
    TERMINATED = 143
    """Terminated; the same command continues."""


GRAVEST_FIRST = (
    Exit.INTERRUPTED,
    Exit.TERMINATED,
    Exit.CANNOT_RUN,
    Exit.GUARD,
    Exit.LATER,
    Exit.IN_DOUBT,
    Exit.ROWS_FAILED,
    Exit.DONE,
)


def gravest(codes: list[Exit]) -> Exit:
    """Return the gravest of several files' exit codes, in the order of design §7; DONE for none."""
    for code in GRAVEST_FIRST:
        if code in codes:
            return code
    return Exit.DONE


class ImporterError(Exception):
    """Something that stops a file or a command; printed once, by the command line, without a traceback.

    ``code`` is a stable upper-case word for scripts, ``message`` says what happened and where,
    ``remedy`` what to do, ``exit`` is the exit code. None of the texts holds a row's contents or a secret.
    """

    exit: Exit = Exit.CANNOT_RUN

    def __init__(self, code: str, message: str, remedy: str = "", *, exit: Exit | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        if exit is not None:
            self.exit = exit


class SourceError(ImporterError):
    """The input file as a whole cannot be read as it stands."""


class MappingError(ImporterError):
    """The mapping file has faults; ``message`` lists all of them, one per line."""


class SettingsError(ImporterError):
    """The connections file, a connection or a secret reference is not usable."""


class TargetError(ImporterError):
    """The server cannot be reached, or refuses the sign-in."""


class JournalError(ImporterError):
    """The journal cannot be opened, written, or trusted."""
