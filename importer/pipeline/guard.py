"""Guards that stop a run that only makes errors: the default one and ``--max-errors`` (design §7)."""

from __future__ import annotations

from importer.pipeline.options import Ceiling

FIRST_ANSWERS = 100
IN_A_ROW = 1000
UNKNOWN_IN_A_ROW = 3
"""Answers with one code that nobody knows, without a record made in between, after which a run stops: each
more would be one more doubt."""
LOOK_FIRST = "Look at the results first; then run the same command again."


class Guard:
    """Counts answers and errors; tells in plain words when the run must stop (exit 6)."""

    def __init__(self, rows: int, max_errors: Ceiling | None = None) -> None:
        self._rows = rows
        self._ceiling = max_errors
        self._errors = 0
        self._answers = 0
        self._code: str | None = None
        self._streak = 0
        self._unknown: str | None = None
        self._doubts = 0

    @property
    def answers(self) -> int:
        """How many rows were answered."""
        return self._answers

    def invalid(self) -> str | None:
        """Count an invalid row; return why the run must stop, or None."""
        self._errors += 1
        return self._over_ceiling()

    def answered(self, refusal: str | None) -> str | None:
        """Count an answer, ``refusal`` its first code; return why the run must stop, or None."""
        self._answers += 1
        if refusal is None:
            self._code, self._streak = None, 0
            self._unknown, self._doubts = None, 0
            return None
        self._errors += 1
        self._streak = self._streak + 1 if refusal == self._code else 1
        self._code = refusal
        if self._streak == self._answers == FIRST_ANSWERS:
            return f"the first {FIRST_ANSWERS} answers are all refusals with the code {refusal}"
        if self._streak == IN_A_ROW:
            return f"{IN_A_ROW} answers in a row are refusals with the code {refusal}"
        return self._over_ceiling()

    def unknown(self, code: str | None) -> str | None:
        """Count an answer that decides nothing about its row; return why the run must stop, or None.

        ``code`` is None for an answer that was lost: such rows are the outage's to count.
        """
        if code is None:
            return None
        self._doubts = self._doubts + 1 if code == self._unknown else 1
        self._unknown = code
        if self._doubts == UNKNOWN_IN_A_ROW:
            return f"{UNKNOWN_IN_A_ROW} rows were answered with {code}, and none was created in between"
        return None

    def _over_ceiling(self) -> str | None:
        if self._ceiling is not None and self._ceiling.reached(self._errors, self._rows):
            return f"{self._errors} rows are invalid or rejected, more than --max-errors allows"
        return None
