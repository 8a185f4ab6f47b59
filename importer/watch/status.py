"""STATUS.html: what was done last and what waits, for people with a browser; no row contents."""

from __future__ import annotations

import html
import json
import os
import time
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from importer.watch.folders import Folders, write_text
from importer.watch.names import given_name
from importer.watch.tickets import Landing, Ticket

MARK = "<title>case-importer: status</title>"
SHOWN = 50
"""Files on the page: of those that were done, and of those that wait."""
KEPT = 500
"""Lines after which the history is cut back to those that are shown."""


class Status:
    """The page, and the history behind it (JSON lines). Nothing here may stop the watcher."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._file = folders.own / "history.jsonl"
        self._last = ""
        self._lines = self._read()

    def add(self, ticket: Ticket) -> None:
        """Remember a file that has landed, once. Raises OSError."""
        landing = ticket.landing
        assert landing is not None
        line = {"id": ticket.id, "name": given_name(ticket.name), **_kept(landing)}
        if any(each.get("id") == ticket.id for each in self._lines):
            return
        self._lines.append(line)
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
        if len(self._lines) > KEPT:
            self._lines = self._lines[-SHOWN:]
            new = self._file.with_suffix(".new")
            new.write_text("".join(json.dumps(each) + "\n" for each in self._lines), encoding="utf-8")
            os.replace(new, self._file)  # noqa: PTH105 (Path.replace is the same; the name says what happens)

    def write(self, waiting: Iterable[tuple[str, str]], now: float) -> None:
        """Write the page; ``waiting`` are names and reasons. Raises OSError."""
        text = page(list(reversed(self._lines[-SHOWN:])), list(waiting))
        if text != self._last:
            shown = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
            write_text(self._folders.page("STATUS.html", MARK), text.replace("{NOW}", shown))
            self._last = text

    def _read(self) -> list[dict[str, object]]:
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return []
        found = []
        for line in lines:
            try:
                each = json.loads(line)
            except ValueError:
                continue  # the process died while it was written
            if isinstance(each, dict):
                found.append(each)
        return found


def _kept(landing: Landing) -> dict[str, object]:
    return {
        name: getattr(landing, name)
        for name in ("place", "source", "results", "note", "run", "exit", "rows", "words", "at")
    }


def page(lines: Sequence[dict[str, object]], waiting: Sequence[tuple[str, str]]) -> str:
    """Return the page as HTML without any address outside it; ``{NOW}`` stands where the time goes."""
    rows = "".join(_line(each) for each in lines)
    waits = "".join(
        f'<tr class="look"><td class="file">{_text(name)}</td><td>{_text(why)}</td></tr>\n'
        for name, why in waiting[:SHOWN]
    )
    if len(waiting) > SHOWN:
        waits += f"<tr><td></td><td>and {len(waiting) - SHOWN} more</td></tr>\n"
    waits = (
        f"<h2>Waiting and in work</h2>\n<table><tr><th>File</th><th>Why</th></tr>\n{waits}</table>"
        if waits
        else ""
    )
    table = (
        '<table><tr><th>When</th><th>File</th><th class="n">Rows</th><th>What became of it</th>'
        f"<th>Results</th><th>Run</th></tr>\n{rows}</table>"
        if rows
        else "<p>Nothing yet.</p>"
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="60">{MARK}
<style>
:root {{ color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }}
body {{ max-width: 75rem; margin: 2rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0 }}
tr {{ border-bottom: 1px solid #8886 }}
td {{ overflow-wrap: anywhere }}
th, .when, .run {{ white-space: nowrap }}
.n {{ text-align: right; font-variant-numeric: tabular-nums }}
.file {{ min-width: 11rem }}
.failed td:first-child {{ border-left: 4px solid #c33; padding-left: .6rem }}
.done td:first-child {{ border-left: 4px solid #393; padding-left: .6rem }}
.look td:first-child {{ border-left: 4px solid #b80; padding-left: .6rem }}
</style></head><body>
<h1>case-importer</h1>
<p>Last change: {{NOW}}. This page renews itself.</p>
{waits}
<h2>The last {SHOWN} files</h2>
{table}
</body></html>
"""


def _line(each: dict[str, object]) -> str:
    kind = "failed" if each.get("place") == "failed" else "look" if each.get("exit") else "done"
    at = each.get("at")
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) if isinstance(at, int | float) else ""
    links = [_link(each.get("results"), "results"), _link(each.get("note"), "note")]
    cells = (
        ("when", when),
        ("file", _link(each.get("source"), str(each.get("name", "")))),
        ("n", _text(each.get("rows") if each.get("run") else "")),
        ("words", _text(each.get("words", ""))),
        ("links", " ".join(link for link in links if link)),
        ("run", _text(each.get("run", ""))),
    )
    shown = "".join(f'<td class="{name}">{cell}</td>' for name, cell in cells)
    return f'<tr class="{kind}">{shown}</tr>\n'


def _link(path: object, words: str) -> str:
    if not isinstance(path, str) or not path:
        return ""
    return f'<a href="{html.escape(quote(path))}">{_text(words)}</a>'


def _text(value: object) -> str:
    return html.escape(str(value).encode("utf-8", "backslashreplace").decode("utf-8")).replace("{", "&#123;")
