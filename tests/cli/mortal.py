"""The command line in a process that kills itself with SIGKILL at a named moment: ``python -m tests.cli.mortal …``.

A moment is a part of a run and the number of an event in it. Events are the calls and returns of the program's
own functions, and of what they call in C (SQLite, files, sockets), in all threads. ``MORTAL_DIES`` is such a
moment (``sending:1234``); ``MORTAL_TELLS`` names a file that gets the number of events of each part when the
process ends by itself, as JSON. ``MORTAL_THREADS``: counting begins with the process, for a program that has
threads before it opens its first database.
"""

import json
import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

PARTS = ("start", "scan", "begin", "sending", "settling", "writing", "ending")
ENTERED_BY = {
    ("scan.py", "scan"): "scan",
    ("begin.py", "begin"): "begin",
    ("send.py", "send_rows"): "sending",
    ("jobs.py", "send_by_jobs"): "sending",
    ("settle.py", "settle"): "settling",
    ("take_up.py", "take_up"): "settling",
    ("write.py", "write_run"): "writing",
}
"""Functions of ``importer/pipeline`` and the part of a run that begins with them."""

ROOT = Path(__file__).parents[2]
PROGRAM = str(ROOT / "importer") + os.sep
PIPELINE = str(ROOT / "importer" / "pipeline") + os.sep


class Life:
    """Counts the events of each part, and ends at the chosen one."""

    def __init__(self, dies: str) -> None:
        part, _, number = dies.partition(":")
        self.dies = (part, int(number)) if dies else ("", 0)
        self.part = "start"
        self.events: Counter[str] = Counter()
        self._ours: dict[CodeType, bool] = {}
        self._enters: dict[CodeType, str] = {}

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        code = frame.f_code
        ours = self._ours.get(code)
        if ours is None:
            ours = self._meet(code)
        if not ours:
            return
        if event == "call":
            self.part = self._enters.get(code, self.part)
        self.events[self.part] += 1
        if (self.part, self.events[self.part]) == self.dies:
            die()
        if event == "return" and self._enters.get(code) == "writing":
            self.part = "ending"

    def _meet(self, code: CodeType) -> bool:
        path = code.co_filename
        self._ours[code] = path.startswith(PROGRAM)
        part = ENTERED_BY.get((Path(path).name, code.co_name)) if path.startswith(PIPELINE) else None
        if part is not None:
            self._enters[code] = part
        return self._ours[code]


def die() -> None:
    """End at once; nothing is flushed, no handler runs."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def watch(life: Life) -> None:
    """Count from now on, in this thread and in those to come."""
    threading.setprofile(life)
    sys.setprofile(life)


def watch_later(life: Life) -> None:
    """Count from the first database on: the imports before it are many, and nothing is to happen there."""
    begun = False

    def hook(event: str, _arguments: object) -> None:
        nonlocal begun
        if event == "sqlite3.connect" and not begun:
            begun = True
            watch(life)

    sys.addaudithook(hook)


def main() -> None:
    life = Life(os.environ.get("MORTAL_DIES", ""))
    tells = os.environ.get("MORTAL_TELLS")
    at_once = tells or life.dies[0] == "start" or os.environ.get("MORTAL_THREADS")
    watch(life) if at_once else watch_later(life)
    try:
        from importer.cli import main as program

        program()
    finally:
        sys.setprofile(None)
        if tells:
            Path(tells).write_text(json.dumps(life.events), encoding="utf-8")


if __name__ == "__main__":
    main()
