"""The query resources: pages, cursors, counts (facts §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from importer.simulator.http import Call, Reply
from importer.simulator.ids import make_id
from importer.simulator.salesforce.errors import refused
from importer.simulator.salesforce.query import Column, Part, columns, order, source, where
from importer.simulator.salesforce.schema import SObject
from importer.simulator.salesforce.sobjects import attributes
from importer.simulator.salesforce.soql import Select, malformed, parse
from importer.simulator.store import Fields, Record
from importer.simulator.world import World

LITERAL_LIMIT = 4_000
QUERY_LIMIT = 100_000
OFFSET_LIMIT = 2_000
CURSORS = 10
"""Open cursors per user: an eleventh closes the oldest."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """An open query: what was asked for, and the records found when it was asked."""

    version: str
    columns: list[Column]
    found: list[int]
    size: int


class Queries:
    """Handlers of ``/query`` and ``/queryAll``, and their open cursors."""

    def __init__(self) -> None:
        self.cursors: dict[str, Cursor] = {}

    def query(self, world: World, call: Call) -> Reply:
        """``GET /query?q=``"""
        return self._run(world, call, deleted=False)

    def query_all(self, world: World, call: Call) -> Reply:
        """``GET /queryAll?q=``: deleted records too."""
        return self._run(world, call, deleted=True)

    def more(self, world: World, call: Call) -> Reply:
        """``GET /query/{locator}-{start}``: the next page."""
        name, _, start = call.args["locator"].partition("-")
        cursor = self.cursors.get(name)
        if not cursor or not start.isdigit():
            raise refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(world, name, cursor, int(start))

    def _run(self, world: World, call: Call, *, deleted: bool) -> Reply:
        text = call.query.get("q", "")
        if len(text) > QUERY_LIMIT:
            raise malformed(f"SOQL statements cannot be longer than {QUERY_LIMIT} characters")
        select = parse(text)
        sobject = source(world, select.source)
        wanted = columns(world, sobject, select.fields)
        condition = _condition(world, sobject, select, deleted=deleted)
        if select.count is not None:
            return _counted(world, sobject, select, condition)
        found = _find(world, sobject, select, condition)
        cursor = Cursor(call.args["version"], wanted, found, _page_size(world, call))
        name = make_id("01g", world.store.take("cursor"))
        if len(found) > cursor.size:
            self.cursors[name] = cursor
            while len(self.cursors) > CURSORS:
                del self.cursors[next(iter(self.cursors))]
        return self._page(world, name, cursor, 0)

    def _page(self, world: World, name: str, cursor: Cursor, start: int) -> Reply:
        wanted = cursor.found[start : start + cursor.size]
        end = start + len(wanted)
        marks = ", ".join("?" * len(wanted))
        rows = {record.seq: record for record in world.store.select(f"seq IN ({marks})", tuple(wanted))}
        shown = [_shown(world, cursor, rows[seq]) for seq in wanted if seq in rows]
        content: dict[str, Any] = {"totalSize": len(cursor.found), "done": end >= len(cursor.found)}
        if not content["done"]:
            content["nextRecordsUrl"] = f"/services/data/v{cursor.version}/query/{name}-{end}"
        return Reply.json(200, content | {"records": shown})


def _page_size(world: World, call: Call) -> int:
    hint = call.headers.get("Sforce-Query-Options", "").replace(" ", "")
    wanted = hint.removeprefix("batchSize=")
    asked = min(2000, max(200, int(wanted))) if hint != wanted and wanted.isdigit() else 2000
    return max(1, min(asked, world.behaviour.page_size))


def _condition(world: World, sobject: SObject, select: Select, *, deleted: bool) -> Part:
    sql, parameters = where(world, sobject, select.where, deleted=deleted)
    if any(isinstance(value, str) and len(value) > LITERAL_LIMIT for value in parameters):
        raise malformed(f"a literal in WHERE cannot be longer than {LITERAL_LIMIT} characters")
    if select.offset > OFFSET_LIMIT:
        raise refused("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {OFFSET_LIMIT}")
    return sql, parameters


def _find(world: World, sobject: SObject, select: Select, condition: Part) -> list[int]:
    sql, parameters = condition
    limit = -1 if select.limit is None else select.limit
    rows = world.store.db.execute(
        f"SELECT r.seq FROM record r WHERE {sql} {order(world, sobject, select)} LIMIT ? OFFSET ?",
        (*parameters, limit, select.offset),
    )
    return [seq for (seq,) in rows]


def _counted(world: World, sobject: SObject, select: Select, condition: Part) -> Reply:
    sql, parameters = condition
    counted = columns(world, sobject, [select.count])[0].sql if select.count else "1"
    row = world.store.db.execute(f"SELECT count({counted}) FROM record r WHERE {sql}", parameters).fetchone()
    if not select.count:
        total = row[0] if select.limit is None else min(row[0], select.limit)
        return Reply.json(200, {"totalSize": total, "done": True, "records": []})
    result = {"attributes": {"type": "AggregateResult"}, "expr0": row[0]}
    return Reply.json(200, {"totalSize": 1, "done": True, "records": [result]})


def _shown(world: World, cursor: Cursor, record: Record) -> Fields:
    content: Fields = {"attributes": attributes(cursor.version, record.type, record.id)}
    for column in cursor.columns:
        _put(world, cursor.version, content, record, column)
    return content


def _put(world: World, version: str, content: Fields, record: Record, column: Column) -> None:
    """Write one selected field into an answer; a parent's fields are nested, a missing parent is null."""
    for step in column.way:
        name = str(step.relation)
        parent = world.store.get(record.fields[step.name]) if record.fields.get(step.name) else None
        if not parent or parent.deleted:
            content.setdefault(name, None)
            return
        if not content.get(name):
            content[name] = {"attributes": attributes(version, parent.type, parent.id)}
        content, record = content[name], parent
    value = record.deleted if column.field.name == "IsDeleted" else record.fields.get(column.field.name)
    content[column.field.name] = value
