"""The page at ``/``: what the simulator holds, newest first, searchable. One file, no address outside."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlencode

from importer.simulator.admin import authorised
from importer.simulator.http import Call, Reply
from importer.simulator.store import Record
from importer.simulator.world import World

PAGE_SIZE = 100
_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0 0 .2rem; } p { margin: .2rem 0 1rem; opacity: .8; }
form { display: flex; gap: .5rem; margin-bottom: 1rem; flex-wrap: wrap; }
input, select, button { font: inherit; padding: .35rem .6rem; }
input[type=search] { flex: 1; min-width: 12rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .6rem; vertical-align: top; }
th { border-bottom: 2px solid var(--line); } td { border-bottom: 1px solid var(--line); }
code, dd { font-family: ui-monospace, monospace; font-size: .86em; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; padding: .6rem; }
dl { background: var(--soft); }
dd { margin: 0; white-space: pre-wrap; } .gone { opacity: .55; text-decoration: line-through; }
"""
_TITLES = ("Subject", "AUTO_InsuredName", "AUTO_ClaimTitle", "AUTO_PolicyNumber", "Name", "CommentBody")


def answer(world: World, call: Call, segments: list[str]) -> Reply:
    """Answer ``GET /`` and the addresses under which a person looks for one record."""
    if call.method not in {"GET", "HEAD"}:
        return _page(405, "<h1>Only GET is served here</h1>")
    cookie = f"simulator_{call.origin.rpartition(':')[2]}"
    if authorised(world, call.query.get("token")):
        headers = {
            "Location": "/",
            "Set-Cookie": f"{cookie}={world.page_token}; Path=/; HttpOnly; SameSite=Strict",
        }
        return Reply(303, b"", _SECURITY | headers)
    if not authorised(world, _cookie(call, cookie)):
        return _page(
            403, "<h1>Not signed in</h1><p>Open the address that the simulator printed at its start.</p>"
        )
    if segments == [""]:
        return _page(200, _records(world, call))
    if segments == ["favicon.ico"]:
        return Reply(204)
    wanted = _record_of(segments)
    if wanted:
        return Reply(303, b"", _SECURITY | {"Location": "/?" + urlencode({"q": wanted})})
    return _page(404, "<h1>There is no such page</h1>")


def _cookie(call: Call, name: str) -> str | None:
    for part in call.headers.get("Cookie", "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return None


def _record_of(segments: list[str]) -> str | None:
    """Return the id in ``/{id}`` and ``/lightning/r/{object}/{id}/view``."""
    if len(segments) == 1 and len(segments[0]) in {15, 18} and segments[0].isalnum():
        return segments[0]
    if len(segments) == 5 and segments[:2] == ["lightning", "r"]:
        return segments[3]
    return None


def _page(status: int, body: str) -> Reply:
    head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><style>{_STYLE}</style>"
    reply = Reply.html(
        status, f"<!doctype html><html lang=en><head><title>Simulator</title>{head}</head>{body}</html>"
    )
    reply.headers |= _SECURITY
    return reply


def _records(world: World, call: Call) -> str:
    wanted, type_ = call.query.get("q", "").strip(), call.query.get("type", "")
    before = call.query.get("before", "")
    where, parameters = _where(wanted, type_)
    total = world.store.count(where, parameters)
    if before.isdigit():
        where, parameters = f"{where} AND seq < ?", (*parameters, int(before))
    found = world.store.select(where, parameters, f"ORDER BY seq DESC LIMIT {PAGE_SIZE + 1}")
    rows = "".join(_row(record) for record in found[:PAGE_SIZE])
    older = ""
    if len(found) > PAGE_SIZE:
        query = urlencode({"q": wanted, "type": type_, "before": found[PAGE_SIZE - 1].seq})
        older = f"<p><a href='/?{escape(query)}'>Older records</a></p>"
    header = "<tr><th>Type<th>Number<th>Title<th>Created<th>Record</tr>"
    return (
        "<body><h1>What the simulator holds</h1>"
        f"<p>{total} record{'' if total == 1 else 's'}, newest first. Nothing here is a real system.</p>"
        f"{_form(world, wanted, type_)}<table><thead>{header}</thead>"
        f"<tbody>{rows}</tbody></table>{older}</body>"
    )


def _where(wanted: str, type_: str) -> tuple[str, tuple[Any, ...]]:
    """All types but those that set the org up, unless one is asked for."""
    if type_:
        where, parameters = "type = ?", [type_]
    else:
        where, parameters = "committed > 0", []
    if wanted:
        pattern = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        where += " AND (id LIKE ? ESCAPE '\\' OR fields LIKE ? ESCAPE '\\')"
        parameters += [f"{pattern}%", f"%{pattern}%"]
    return where, tuple(parameters)


def _form(world: World, wanted: str, type_: str) -> str:
    names = [name for (name,) in world.store.db.execute("SELECT DISTINCT type FROM record ORDER BY type")]
    options = "".join(
        f"<option{' selected' if name == type_ else ''}>{escape(name)}</option>" for name in names
    )
    return (
        f"<form method=get><input type=search name=q value='{escape(wanted)}' placeholder='Search' autofocus>"
        f"<select name=type><option value=''>All imported</option>{options}</select>"
        "<button>Show</button></form>"
    )


def _row(record: Record) -> str:
    fields = record.fields
    number = fields.get("CaseNumber") or fields.get("CmAcmCaseIdentifier") or ""
    title = next((str(fields[name]) for name in _TITLES if fields.get(name)), "")
    created = str(fields.get("CreatedDate") or fields.get("DateCreated") or "")[:19].replace("T", " ")
    items = "".join(f"<dt>{escape(name)}<dd>{escape(_text(value))}" for name, value in fields.items())
    gone = " class=gone" if record.deleted else ""
    return (
        f"<tr{gone}><td>{escape(record.type)}<td>{escape(str(number))}<td>{escape(title[:120])}<td>{escape(created)}"
        f"<td><details><summary><code>{escape(record.id)}</code></summary><dl>{items}</dl></details></tr>"
    )


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
