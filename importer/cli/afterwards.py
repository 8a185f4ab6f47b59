"""What is done when a file is finished: one line for the log, who is told, the metrics."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from importer.cli.options import PATH
from importer.cli.printing import log_as_json, log_run, logs_json, print_error, warn
from importer.model.errors import Exit, ImporterError

if TYPE_CHECKING:
    from importer.api.importing import FileResult

F = TypeVar("F", bound=Callable[..., Any])


def afterwards_options(command: F) -> F:
    """Add ``--notify``, ``--metrics`` and ``--log``."""

    def begin(_ctx: click.Context, _param: click.Parameter, form: str) -> str:
        log_as_json(wanted=form == "json")
        return form

    for option in (
        click.option(
            "--log",
            type=click.Choice(["text", "json"]),
            default="text",
            expose_value=False,
            callback=begin,
            help="Form of the lines on standard error; json: one line per run at level info.",
        ),
        click.option(
            "--metrics", type=PATH, metavar="FILE", help="Write figures for Prometheus to this text file."
        ),
        click.option(
            "--notify",
            type=PATH,
            metavar="FILE",
            help="Tell whom this TOML file names of each finished file.",
        ),
    ):
        command = option(command)
    return command


class Afterwards:
    """Does it. Nothing of this fails an import: what goes wrong is said.

    Raises SettingsError, when it is made, for a notify file with faults.
    """

    def __init__(self, notify: Path | None, metrics: Path | None, job: str) -> None:
        from importer.api.metrics import Metrics
        from importer.api.telling import Telling
        from importer.settings.notify import load_notify

        self._telling = None if notify is None else Telling(load_notify(notify, os.environ))
        self._file = metrics
        self._job = job
        self._metrics = Metrics(job)

    async def finished(
        self, result: FileResult, document: Mapping[str, object], words: str, *, log: bool = True
    ) -> None:
        """A file is finished: ``document`` is what ``--json`` shows of it, ``words`` a sentence."""
        from importer.api.telling import News

        if log and logs_json():
            log_run(document, result.exit)
        self._metrics.add(result)
        if self._telling is None:
            return
        results = result.ended.results if result.ended is not None else None
        said = document.get("results")
        place = Path(str(said)) if said else results
        news = News(document, result.path.name, words, result.exit is Exit.DONE, place)
        for fault in await self._telling.tell(news):
            warn(fault)

    def next_file(self) -> None:
        """Of a watcher the last file counts, not all since it was started."""
        from importer.api.metrics import Metrics

        self._metrics = Metrics(self._job)

    def ended(self, *codes: Exit) -> None:
        """The command is at its end, or a file of the watcher is: write the metrics."""
        if self._file is None:
            return
        try:
            self._metrics.write(self._file, time.time(), codes)
        except ImporterError as error:
            print_error(error)
