"""A Prometheus text file for node_exporter's textfile collector: how the last command went.

Format: Prometheus, *Exposition formats*, text-based format 0.0.4. The file is replaced in one step, as the
textfile collector asks for.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from importer.api.importing import FileResult
from importer.model.errors import Exit, ImporterError, gravest
from importer.model.outcome import Status

PREFIX = "case_importer_"
SUCCESS = f"{PREFIX}last_success_timestamp_seconds"
MADE = frozenset({Status.CREATED.value, Status.UPDATED.value})
"""Of a file that an earlier command has imported, these rows are there; the last command made none."""


@dataclass(slots=True)
class Metrics:
    """Sums what the files of one command, or of one watcher, became; ``job`` tells commands apart."""

    job: str
    results: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    sending: float = 0.0
    seconds: float = 0.0
    codes: list[Exit] = field(default_factory=list)

    def add(self, result: FileResult) -> None:
        """Count one file."""
        self.codes.append(result.exit)
        kind = "refused" if result.ended is None else "loaded"
        self.results[kind] = self.results.get(kind, 0) + 1
        if result.ended is not None:
            for found, count in result.ended.counts.items():
                status = found if result.ended.sent or found not in MADE else Status.EXISTS.value
                self.rows[status] = self.rows.get(status, 0) + count
            self.calls += result.ended.calls
            self.sending += result.ended.elapsed
            self.seconds += result.ended.total

    def write(self, path: Path, now: float, more: Sequence[Exit] = ()) -> None:
        """Write the file; ``more`` are exit codes of what no file stands for. Raises ImporterError."""
        code = gravest([*self.codes, *more])
        try:
            before = _last_success(path, self.job)
            new = path.with_name(f".{path.name}.new")
            new.write_text(self._text(code, now, before), encoding="utf-8", newline="\n")
            os.replace(new, path)  # noqa: PTH105 (Path.replace is the same; the name says what happens)
        except OSError as error:
            raise ImporterError(
                "METRICS_NOT_WRITTEN",
                f"The metrics cannot be written to {path}: {error.strerror or type(error).__name__}.",
                "Give --metrics a file in a folder that you may write to.",
            ) from None

    def _text(self, code: Exit, now: float, before: str | None) -> str:
        job = f'job="{_quoted(self.job)}"'
        success = f"{now:.0f}" if code is Exit.DONE else before
        lines = [
            *_gauge("last_run_timestamp_seconds", "When the last command ended.", {job: f"{now:.0f}"}),
            *_gauge("last_exit_code", "Exit code of the last command.", {job: str(int(code))}),
            *_gauge(
                "last_rows",
                "Rows of the last command by status.",
                {f'{job},status="{s.value}"': str(self.rows.get(s.value, 0)) for s in Status},
            ),
            *_gauge(
                "last_files",
                "Files of the last command.",
                {f'{job},result="{k}"': str(self.results.get(k, 0)) for k in ("loaded", "refused")},
            ),
            *_gauge("last_calls", "Requests that left.", {job: str(self.calls)}),
            *_gauge("last_sending_seconds", "From first to last request.", {job: f"{self.sending:.3f}"}),
            *_gauge("last_duration_seconds", "Time of the imports.", {job: f"{self.seconds:.3f}"}),
        ]
        if success is not None:
            name = SUCCESS.removeprefix(PREFIX)
            lines += _gauge(name, "When a command last ended with exit code 0.", {job: success})
        return "\n".join(lines) + "\n"


def _gauge(name: str, help: str, values: dict[str, str]) -> list[str]:
    head = [f"# HELP {PREFIX}{name} {help}", f"# TYPE {PREFIX}{name} gauge"]
    return [*head, *(f"{PREFIX}{name}{{{labels}}} {value}" for labels, value in values.items())]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _last_success(path: Path, job: str) -> str | None:
    """Return when the command last went well, as the file that is replaced says."""
    if not path.exists():
        return None
    start = f'{SUCCESS}{{job="{_quoted(job)}"}} '
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith(start) and line.removeprefix(start).isdecimal():
            return line.removeprefix(start)
    return None
