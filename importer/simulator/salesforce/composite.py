"""Requests inside a request: composite, batch, and trees of records (facts §3.2)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from importer.simulator.http import Call, Reply, Route, Router
from importer.simulator.salesforce.errors import Failure, RefusalError, not_found, refused
from importer.simulator.salesforce.org import find_object
from importer.simulator.salesforce.records import Terms, insert
from importer.simulator.salesforce.rows import ROLLED_BACK, Outcome, Row, parents_of, save_rows
from importer.simulator.salesforce.schema import SObject
from importer.simulator.salesforce.sobjects import body, terms
from importer.simulator.world import World

MOST_REQUESTS, MOST_WIDE, MOST_TREE, MOST_TYPES, DEEPEST = 25, 5, 200, 5, 5
_REFERENCE = re.compile(r"@\{([^}]+)\}")
Json = dict[str, Any]


class UndoneError(Exception):
    """A composite request with allOrNone is to be undone."""


class Composite:
    """Handlers of ``/composite`` and ``/composite/batch``; they find their parts in ``routes``.

    ``charge`` counts further API calls: each part of a batch costs one, a composite is one in all.
    """

    def __init__(self, routes: Callable[[], Sequence[Route]], charge: Callable[[int], None]) -> None:
        self._routes = routes
        self._charge = charge
        self._router: Router | None = None

    def composite(self, world: World, call: Call) -> Reply:
        """``POST /composite``: parts may refer to earlier ones as ``@{reference.path}``."""
        content, _ = body(call)
        parts = _parts(content, "compositeRequest")
        wide = sum("/composite/" in part["url"] or "/query" in part["url"] for part in parts)
        if wide > MOST_WIDE:
            raise refused("LIMIT_EXCEEDED", f"more than {MOST_WIDE} collections or queries in one composite")
        answers: dict[str, Any] = {}
        try:
            with world.store.saving():
                shown = [self._part(world, call, part, answers) for part in parts]
                failed = any(each["httpStatusCode"] >= 400 for each in shown)
                if failed and content.get("allOrNone") is True:
                    raise UndoneError
        except UndoneError:
            shown = [_halted(each) for each in shown]
        return Reply.json(200, {"compositeResponse": shown})

    def _part(self, world: World, call: Call, part: Json, answers: dict[str, Any]) -> Json:
        reference = str(part.get("referenceId", ""))
        if not reference or reference in answers:
            raise refused("INVALID_INPUT", f"referenceId {reference!r} is missing or not unique")
        try:
            url, content = _filled(part["url"], answers), _filled(part.get("body"), answers)
        except LookupError:
            message = "The transaction was halted: a reference does not lead to a value"
            reply = RefusalError([Failure("PROCESSING_HALTED", message)]).reply()
        else:
            reply = self._run(world, call, part["method"], url, content, part.get("httpHeaders"))
        result = json.loads(reply.body) if reply.body else None
        answers[reference] = result if reply.status < 400 else None
        location = {name: value for name, value in reply.headers.items() if name == "Location"}
        return {
            "body": result,
            "httpHeaders": location,
            "httpStatusCode": reply.status,
            "referenceId": reference,
        }

    def batch(self, world: World, call: Call) -> Reply:
        """``POST /composite/batch``: one after the other, none undone; ``haltOnError`` skips the rest."""
        content, _ = body(call)
        results: list[Json] = []
        failed = False
        for part in _parts(content, "batchRequests"):
            if failed and content.get("haltOnError") is True:
                message = "Batch processing halted per request because of an error in a previous subrequest"
                reply = refused("BATCH_PROCESSING_HALTED", message, status=412).reply()
            else:
                url = "/services/data/" + str(part["url"]).lstrip("/").removeprefix("services/data/")
                reply = self._run(world, call, part["method"], url, part.get("richInput"), None)
            failed = failed or reply.status >= 400
            result = json.loads(reply.body) if reply.body else None
            results.append({"statusCode": reply.status, "result": result})
        self._charge(len(results) - 1)
        return Reply.json(200, {"hasErrors": failed, "results": results})

    def _run(self, world: World, call: Call, method: str, url: str, content: Any, headers: Any) -> Reply:
        """Run a part as a request of its own; faults that act while saving act on each part."""
        self._router = self._router or Router(self._routes())
        try:
            address = urlsplit(url)
        except ValueError:
            return not_found().reply()
        found = self._router.find(method, [unquote(part) for part in address.path.strip("/").split("/")])
        if isinstance(found, list) or found[0].open or address.path.rstrip("/").endswith("/composite"):
            return not_found().reply()
        route, args = found
        own = {str(name): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}
        part = replace(
            call,
            method=method,
            path=url,
            query=dict(parse_qsl(address.query, keep_blank_values=True)),
            headers={"Content-Type": "application/json"} | _case_headers(call) | own,
            body=b"" if content is None else json.dumps(content).encode(),
            args=args,
        )
        return route.handler(world, part)


def kind_of_parts(text: bytes) -> str:
    """Return the kind of a composite or batch request with this body: a read when all its parts read."""
    try:
        content = json.loads(text)
    except ValueError:
        return "create"
    parts = (
        content.get("compositeRequest", content.get("batchRequests")) if isinstance(content, dict) else None
    )
    reads = isinstance(parts, list) and all(
        isinstance(part, dict) and part.get("method") == "GET" for part in parts
    )
    return "read" if reads and parts else "create"


def _case_headers(call: Call) -> dict[str, str]:
    return {name: value for name, value in call.headers.items() if name.lower().startswith("sforce-")}


def _parts(content: Json, name: str) -> list[Json]:
    parts = content.get(name)
    if not isinstance(parts, list) or not all(
        isinstance(part, dict) and isinstance(part.get("url"), str) and isinstance(part.get("method"), str)
        for part in parts
    ):
        raise refused("JSON_PARSER_ERROR", f"{name} must be a list of requests with method and url")
    if len(parts) > MOST_REQUESTS:
        raise refused("LIMIT_EXCEEDED", f"more than {MOST_REQUESTS} requests in one {name}")
    return parts


def _filled(content: Any, answers: dict[str, Any]) -> Any:
    """Replace references by values of earlier answers. Raises LookupError when one leads nowhere."""
    if isinstance(content, str):
        return _REFERENCE.sub(lambda found: str(_look_up(found[1], answers)), content)
    if isinstance(content, dict):
        return {name: _filled(value, answers) for name, value in content.items()}
    if isinstance(content, list):
        return [_filled(value, answers) for value in content]
    return content


def _look_up(path: str, answers: dict[str, Any]) -> Any:
    value: Any = answers
    for name, place in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if place and isinstance(value, list):
            value = value[int(place)]
        elif name and isinstance(value, dict):
            value = value[name]
        else:
            raise LookupError(path)
    return value


def _halted(shown: Json) -> Json:
    """What a part is answered when allOrNone undoes it; a failed one keeps its reasons."""
    if shown["httpStatusCode"] >= 400:
        return shown
    message = "The transaction was rolled back since another operation in the same transaction failed."
    content = [Failure("PROCESSING_HALTED", message).single()]
    return shown | {"body": content, "httpHeaders": {}, "httpStatusCode": 400}


@dataclass(frozen=True, slots=True)
class _Node:
    """One record of a tree: its fields, its reference, its parent, and how deep it is."""

    sobject: SObject
    fields: Json
    reference: str
    above: _Node | None
    depth: int

    def link(self) -> str:
        """Return the field that refers to the parent, the first that can be created. Raises RefusalError."""
        for field in self.sobject.fields.values():
            if self.above and field.createable and field.refers == (self.above.sobject.name,):
                return field.name
        raise refused("INVALID_FIELD", f"{self.sobject.name} is no child of its parent in the tree")


def tree(world: World, call: Call) -> Reply:
    """``POST /composite/tree/{object}``: records with children, all or none (201, or 400 for the guilty)."""
    content, text = body(call)
    nodes = list(_nodes(world, find_object(world, call.args["object"]), content.get("records"), None))
    if len(nodes) > MOST_TREE or len({node.sobject.name for node in nodes}) > MOST_TYPES:
        raise refused("LIMIT_EXCEEDED", f"a tree has at most {MOST_TREE} records of {MOST_TYPES} types")
    ids: dict[str, str] = {}
    rows = [Row(parents_of(node.fields), partial(_plant, world, node, text, ids)) for node in nodes]
    outcomes = save_rows(world, rows, terms(call), call.locked, all_or_none=True)
    pairs = list(zip(nodes, outcomes, strict=True))
    guilty = [
        {"referenceId": node.reference, "errors": [failure.row() for failure in outcome.failures]}
        for node, outcome in pairs
        if outcome.failures and outcome.failures[0] is not ROLLED_BACK
    ]
    if guilty:
        return Reply.json(400, {"hasErrors": True, "results": guilty})
    results = [{"referenceId": node.reference, "id": outcome.id} for node, outcome in pairs]
    return Reply.json(201, {"hasErrors": False, "results": results})


def _nodes(world: World, sobject: SObject, records: Any, above: _Node | None) -> Iterator[_Node]:
    depth = above.depth + 1 if above else 1
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise refused("JSON_PARSER_ERROR", "records must be a list of objects")
    if depth > DEEPEST:
        raise refused("LIMIT_EXCEEDED", f"a tree is at most {DEEPEST} levels deep")
    for record in records:
        described = record.get("attributes")
        reference = described.get("referenceId") if isinstance(described, dict) else None
        reference = reference if isinstance(reference, str) else None
        if not reference:
            raise refused("INVALID_INPUT", "Include a referenceId in the attributes of each record.")
        children = {
            name: value["records"]
            for name, value in record.items()
            if isinstance(value, dict) and isinstance(value.get("records"), list)
        }
        fields = {name: value for name, value in record.items() if name not in children}
        node = _Node(sobject, fields, str(reference), above, depth)
        yield node
        for below in children.values():
            kinds = {_type_of(each) for each in below}
            if len(kinds) != 1:
                raise refused("INVALID_INPUT", "children of one relationship have one type")
            yield from _nodes(world, find_object(world, kinds.pop()), below, node)


def _type_of(record: Any) -> str:
    described = record.get("attributes") if isinstance(record, dict) else None
    return str(described.get("type")) if isinstance(described, dict) else ""


def _plant(world: World, node: _Node, text: str, ids: dict[str, str], terms_: Terms) -> Outcome:
    fields = node.fields
    if node.above:
        if node.above.reference not in ids:
            return Outcome(failures=(ROLLED_BACK,))
        fields = fields | {node.link(): ids[node.above.reference]}
    id_ = insert(world, node.sobject, fields, text, terms_)
    ids[node.reference] = id_
    return Outcome(id_)
