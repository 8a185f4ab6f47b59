"""The Content Services GraphQL endpoint: ``repositoryObjects`` and nothing else (facts §4.5).

Reads an operation with variables, fields with arguments, and nested selections; no fragments, aliases or
directives. Errors come with status 200 and ``errors``, as GraphQL servers answer.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from importer.simulator.http import Call, Reply
from importer.simulator.ibm.schema import CASE_TYPES, OBJECT_STORE, CaseType, Property
from importer.simulator.ibm.search import visible
from importer.simulator.ibm.sql import Condition, QueryError, compile_order, compile_where, searchable
from importer.simulator.store import Record
from importer.simulator.world import World

PAGE = 500
"""Objects of a page unless ``pageSize`` says otherwise."""
_TOKEN = re.compile(
    r"""
    (?P<space>[\s,\ufeff]+|\#[^\n]*)
    | (?P<string>"(?:[^"\\\n]|\\.)*")
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<name>[_A-Za-z][_0-9A-Za-z]*)
    | (?P<sign>[{}()\[\]:$!=])
    """,
    re.VERBOSE,
)


@dataclass(slots=True)
class Field:
    """One selected field: name, arguments, and what is selected of it."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    selection: list[Field] = field(default_factory=list)


def graphql(world: World, call: Call) -> Reply:
    """``POST /content-services-graphql/graphql``"""
    try:
        content = json.loads(call.body)
    except ValueError:
        content = None
    asked = content if isinstance(content, dict) else {}
    query, variables = asked.get("query"), asked.get("variables") or {}
    if not isinstance(query, str) or not isinstance(variables, dict):
        return _failed("the body is not a GraphQL request")
    try:
        fields = _Parser(query, variables).operation()
        data = {each.name: _repository_objects(world, each) for each in fields}
    except QueryError as error:
        return _failed(str(error))
    return Reply.json(200, {"data": data})


def _failed(text: str) -> Reply:
    return Reply.json(200, {"errors": [{"message": text}], "data": None})


def _repository_objects(world: World, asked: Field) -> dict[str, Any]:
    if asked.name != "repositoryObjects":
        raise QueryError(f"Field '{asked.name}' in type 'Query' is undefined")
    given = asked.arguments
    if given.get("repositoryIdentifier") != OBJECT_STORE:
        raise QueryError(f"the object store {given.get('repositoryIdentifier')} was not found")
    case_type = CASE_TYPES.get(str(given.get("from", "")).strip("[]"))
    if case_type is None:
        raise QueryError(f"the class {given.get('from')} was not found")
    properties = searchable(case_type)
    text = given.get("where")
    where = compile_where(str(text), properties) if text else Condition("1")
    size = given.get("pageSize") or PAGE
    if not isinstance(size, int | float) or size < 1:
        raise QueryError("pageSize is a number from 1 on")
    condition = visible(world, [case_type.name], where)
    order = compile_order(str(given.get("orderBy") or ""), properties)
    tail = f"ORDER BY {order} LIMIT {int(size) + 1}"
    found = world.store.select(condition.sql, condition.parameters, tail)
    everything = {
        "independentObjects": [_object(case_type, record) for record in found[: int(size)]],
        "pageInfo": {"token": "page-2" if len(found) > int(size) else None},
    }
    return {each.name: _shaped(each, everything) for each in _checked(asked, _SHAPE)}


_SHAPE: dict[str, Any] = {
    "independentObjects": {
        "className": {},
        "properties": {"id": {}, "label": {}, "type": {}, "cardinality": {}, "value": {}},
    },
    "pageInfo": {"token": {}},
}
"""What can be selected of ``repositoryObjects``, and of each part of it."""


def _checked(asked: Field, shape: dict[str, Any]) -> list[Field]:
    """Return what is selected of ``asked``. Raises QueryError for a field that there is not, at any depth."""
    for each in asked.selection:
        if each.name not in shape:
            raise QueryError(f"Field '{each.name}' is undefined")
        _checked(each, shape[each.name])
    return asked.selection


def _object(case_type: CaseType, record: Record) -> dict[str, Any]:
    known = searchable(case_type).values()
    return {"className": record.type, "properties": [_property(each, record) for each in known]}


def _property(known: Property, record: Record) -> dict[str, Any]:
    value = record.fields.get(known.name)
    if known.type == "datetime" and isinstance(value, str):
        value = value.replace("Z", ".000Z")
    return {
        "id": known.name,
        "label": known.label,
        "type": known.type.upper(),
        "cardinality": "LIST" if known.multi else "SINGLE",
        "value": value,
    }


def _shaped(asked: Field, everything: dict[str, Any]) -> Any:
    """Return of ``everything[asked.name]`` what was selected."""
    value = everything[asked.name]
    if not asked.selection:
        return value
    wanted = asked.arguments.get("includes")
    if isinstance(value, list) and wanted is not None:
        value = [each for each in value if each["id"] in wanted]
    if isinstance(value, list):
        return [{each.name: _shaped(each, member) for each in asked.selection} for member in value]
    return {each.name: _shaped(each, value) for each in asked.selection}


class _Parser:
    """Recursive descent over one document."""

    def __init__(self, text: str, variables: dict[str, Any]) -> None:
        self._variables = variables
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if not found:
                raise QueryError(f"Invalid Syntax : offending token '{text[place]}'")
            if found.lastgroup != "space":
                self._tokens.append((str(found.lastgroup), found[0]))
            place = found.end()
        self._tokens.append(("end", ""))
        self._place = 0

    def operation(self) -> list[Field]:
        """Return what the one operation selects; its variables must have been given."""
        if self._take("query"):
            if self._tokens[self._place][0] == "name":
                self._next("name")
            if self._take("("):
                self._declarations()
        found = self._selection()
        if self._tokens[self._place][0] != "end":
            raise QueryError("one operation is expected")
        return found

    def _declarations(self) -> None:
        while not self._take(")"):
            self._expect("$")
            name = self._next("name")
            self._expect(":")
            while self._take("["):
                pass
            self._next("name")
            required = False
            while (word := self._tokens[self._place][1]) in ("!", "]"):
                required = word == "!"
                self._place += 1
            if required and self._variables.get(name) is None:
                raise QueryError(f"Variable '{name}' has an invalid value: a value is required")

    def _selection(self) -> list[Field]:
        self._expect("{")
        fields = []
        while not self._take("}"):
            one = Field(self._next("name"))
            if self._take("("):
                while not self._take(")"):
                    name = self._next("name")
                    self._expect(":")
                    one.arguments[name] = self._value()
            if self._tokens[self._place][1] == "{":
                one.selection = self._selection()
            fields.append(one)
        return fields

    def _value(self) -> Any:
        if self._take("$"):
            return self._variables.get(self._next("name"))
        if self._take("["):
            items = []
            while not self._take("]"):
                items.append(self._value())
            return items
        kind, word = self._tokens[self._place]
        if kind not in ("string", "number", "name"):
            raise QueryError(f"Invalid Syntax : offending token '{word}'")
        self._place += 1
        if kind == "name":
            return {"true": True, "false": False, "null": None}.get(word, word)
        try:
            return json.loads(word)
        except ValueError:
            raise QueryError("Invalid Syntax : a text cannot be read") from None

    def _take(self, word: str) -> bool:
        kind, found = self._tokens[self._place]
        if found != word or kind == "string":
            return False
        self._place += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise QueryError(f"Invalid Syntax : '{word}' is expected")

    def _next(self, kind: str) -> str:
        found, word = self._tokens[self._place]
        if found != kind:
            raise QueryError(f"Invalid Syntax : offending token '{word}'")
        self._place += 1
        return word
