"""The Salesforce org as one of the simulated systems: routes, sign-in, limits, refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import wraps

from importer.simulator.http import Call, Handler, Reply, Route
from importer.simulator.salesforce import collections, org, sobjects
from importer.simulator.salesforce.bulk.resources import Ingest
from importer.simulator.salesforce.composite import Composite, kind_of_parts, tree
from importer.simulator.salesforce.errors import RefusalError, not_found, refused
from importer.simulator.salesforce.oauth import identity, token
from importer.simulator.salesforce.queries import Queries
from importer.simulator.salesforce.rows import parents_of
from importer.simulator.salesforce.rs256 import PublicKey
from importer.simulator.world import Sessions, World

NEWEST, OLDEST, RETIRED, DEPRECATED = 67, 31, 30, 40
"""API versions: those up to RETIRED answer 410, those up to DEPRECATED carry a warning (facts §0)."""
URI_LIMIT = 16_384
DATA = "/services/data/v{version}"
"""Where the resources of a version begin."""
_BULK_KINDS = frozenset({"job", "upload", "close", "poll", "result"})
_ERROR_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


def _versions() -> list[dict[str, str]]:
    listed = []
    for number in range(OLDEST, NEWEST + 1):
        year, season = divmod(number - 31, 3)
        label = f"{('Summer', 'Winter', 'Spring')[season]} '{14 + year + (1 if season else 0):02d}"
        listed.append({"label": label, "url": f"/services/data/v{number}.0", "version": f"{number}.0"})
    return listed


def list_versions(world: World, call: Call) -> Reply:
    """``GET /services/data``: open to everybody, without a limit header."""
    del call
    versions: list[dict[str, str]] = world.cache.setdefault("versions", _versions())
    return Reply.json(200, versions)


def _list_resources(world: World, call: Call) -> Reply:
    del world
    base = f"/services/data/v{call.args['version']}"
    names = ("sobjects", "query", "queryAll", "limits", "composite", "jobs")
    return Reply.json(200, {name: f"{base}/{name}" for name in names})


def _explained(handler: Handler) -> Handler:
    """Turn a RefusalError into its answer, and check the version of the path first."""

    @wraps(handler)
    def handle(world: World, call: Call) -> Reply:
        try:
            _check_version(call.args.get("version"))
            return handler(world, call)
        except RefusalError as refusal:
            return refusal.reply()

    return handle


def _check_version(text: str | None) -> None:
    if text is None:
        return
    number, dot, zero = text.partition(".")
    if not number.isdigit() or (dot, zero) != (".", "0") or int(number) > NEWEST:
        raise not_found()
    if int(number) <= RETIRED:
        raise refused("UNSUPPORTED_API_VERSION", f"API version {text} is retired", status=410)


class Salesforce:
    """The simulated org."""

    name = org.SYSTEM
    roots: tuple[str, ...] = ("services", "id")

    def __init__(self, jwt_key: PublicKey | None = None) -> None:
        self.sessions = Sessions(sliding=True)
        self._jwt_key = jwt_key
        self.queries = Queries()
        self.ingest = Ingest()
        self._composite = Composite(lambda: self.routes, self._charge)
        self.calls = 0
        """API calls that count towards the daily limit, since the start."""
        self.routes: Sequence[Route] = self._routes()

    def _routes(self) -> list[Route]:
        return [*self._of_records(), *self._of_several(), *self._of_jobs()]

    def _of_records(self) -> Iterator[Route]:
        """Sign-in, what the org is, single records and queries."""
        thing = DATA + "/sobjects/{object}"
        token_handler = token(self.sessions, self._jwt_key)
        table = [
            ("GET", "/services/data", "info", list_versions, True),
            ("POST", "/services/oauth2/token", "signin", token_handler, True),
            ("GET", "/services/oauth2/userinfo", "info", identity, False),
            ("GET", "/id/{org}/{user}", "info", identity, False),
            ("GET", DATA, "info", _list_resources, False),
            ("GET", DATA + "/limits", "limits", self._limits, False),
            ("GET", DATA + "/sobjects", "describe", sobjects.list_objects, False),
            ("GET", thing + "/describe", "describe", sobjects.describe_object, False),
            ("POST", thing, "create", sobjects.create, False),
            ("GET", thing + "/{id}", "read", sobjects.read, False),
            ("PATCH", thing + "/{id}", "update", sobjects.update, False),
            ("DELETE", thing + "/{id}", "delete", sobjects.remove, False),
            ("POST", thing + "/{id}", "create", sobjects.create_by_id, False),
            ("GET", thing + "/{field}/{value}", "read", sobjects.read_by_key, False),
            ("PATCH", thing + "/{field}/{value}", "create", sobjects.upsert, False),
            ("DELETE", thing + "/{field}/{value}", "delete", sobjects.remove_by_key, False),
            ("GET", DATA + "/query", "query", self.queries.query, False),
            ("GET", DATA + "/queryAll", "query", self.queries.query_all, False),
            ("GET", DATA + "/query/{locator}", "query", self.queries.more, False),
            ("GET", DATA + "/queryAll/{locator}", "query", self.queries.more, False),
        ]
        for method, path, kind, handler, is_open in table:
            yield Route(method, path, kind, _explained(handler), open=is_open)

    def _of_several(self) -> Iterator[Route]:
        """Requests inside a request, and many records in one."""
        for path, handler in (
            ("/composite", self._composite.composite),
            ("/composite/batch", self._composite.batch),
        ):
            yield Route("POST", DATA + path, "create", _explained(handler), sort=kind_of_parts)
        many = DATA + "/composite/sobjects"
        table = [
            ("POST", many, "create", collections.create),
            ("PATCH", many, "update", collections.update),
            ("PATCH", many + "/{object}/{field}", "create", collections.upsert),
            ("DELETE", many, "delete", collections.remove),
            ("GET", many + "/{object}", "read", collections.read),
            ("POST", many + "/{object}", "read", collections.read),
            ("POST", DATA + "/composite/tree/{object}", "create", tree),
        ]
        for method, path, kind, handler in table:
            yield Route(method, path, kind, _explained(handler), rows=True)

    def _of_jobs(self) -> Iterator[Route]:
        """Bulk API 2.0."""
        jobs, ingest = DATA + "/jobs/ingest", self.ingest
        job = jobs + "/{id}"
        table = [
            ("GET", jobs, "poll", ingest.list),
            ("POST", jobs, "job", ingest.create),
            ("GET", job, "poll", ingest.read),
            ("PATCH", job, "close", ingest.change),
            ("DELETE", job, "delete", ingest.remove),
            ("PUT", job + "/batches", "upload", ingest.upload),
            ("GET", job + "/successfulResults", "result", ingest.results("successfulResults")),
            ("GET", job + "/failedResults", "result", ingest.results("failedResults")),
            ("GET", job + "/unprocessedrecords", "result", ingest.unprocessed),
        ]
        for method, path, kind, handler in table:
            yield Route(
                method, path, kind, _explained(handler), upload=kind == "upload", rows=kind == "close"
            )

    def admit(self, world: World, call: Call, route: Route) -> Reply | None:
        """Check address length, token and daily limit."""
        if len(call.path) > URI_LIMIT:
            return Reply.html(414, _ERROR_PAGE.format("URI Too Long"))
        if len(call.path) + sum(len(name) + len(text) + 4 for name, text in call.headers.items()) > URI_LIMIT:
            return Reply.html(431, _ERROR_PAGE.format("Request Header Fields Too Large"))
        if route.open:
            return None
        scheme, _, access = call.headers.get("Authorization", "").partition(" ")
        user = self.sessions.user(access, world.behaviour.session_life) if scheme == "Bearer" else None
        if not user:
            return refused("INVALID_SESSION_ID", "Session expired or invalid", status=401).reply()
        if not world.behaviour.rest_sessions:
            message = "This session is not valid for use with the REST API"
            return refused("INVALID_SESSION_ID", message, status=401).reply()
        call.user = user
        if self.calls >= world.behaviour.daily_limit:
            return refused("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403).reply()
        if route.kind not in _BULK_KINDS or world.behaviour.bulk_counts:
            self.calls += 1
        return None

    def _charge(self, calls: int) -> None:
        self.calls += calls

    def refuse(self, world: World, fault: str) -> Reply:
        """Give the answer that stands for a fault (facts §7)."""
        if fault == "row_lock":
            message = "unable to obtain exclusive access to this record or 1 records"
            return refused("UNABLE_TO_LOCK_ROW", message, ()).reply()
        if fault == "concurrent_requests":
            message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            return refused("REQUEST_LIMIT_EXCEEDED", message, status=403).reply()
        if fault == "http_429":
            return refused("REQUEST_LIMIT_EXCEEDED", "Too many requests.", status=429).reply()
        if fault.startswith("http_500"):
            message = "An unexpected error occurred. Please include this ErrorId if you contact support: "
            return refused("UNKNOWN_EXCEPTION", message + f"{world.seed}-4711", status=500).reply()
        if fault.startswith("http_504"):
            return Reply.html(504, _ERROR_PAGE.format("Gateway Timeout"))
        return Reply.html(503, _ERROR_PAGE.format("Service Unavailable"))

    def complete(self, world: World, call: Call, route: Route, reply: Reply) -> Reply:
        """Add the limit header, which every answer but the list of versions carries, and warnings."""
        if not route.open:
            reply.headers["Sforce-Limit-Info"] = f"api-usage={self.calls}/{world.behaviour.daily_limit}"
        version = call.args.get("version", "")[:2]
        if version.isdigit() and RETIRED < int(version) <= DEPRECATED:
            reply.headers["Warning"] = '299 - "This API version is deprecated and will be retired"'
        return reply

    def parents(self, call: Call) -> frozenset[str]:
        """Give the parents that a create locks: the accounts, contacts and parent cases it names by id."""
        try:
            content = json.loads(call.body)
        except ValueError:
            return frozenset()
        if not isinstance(content, dict):
            return frozenset()
        records = content.get("records")
        if not isinstance(records, list):
            return parents_of(content)
        return frozenset().union(*(parents_of(record) for record in records if isinstance(record, dict)))

    def unknown(self, world: World, call: Call, methods: list[str]) -> Reply:
        """Answer a path or method that is not served."""
        del world
        if not methods:
            return not_found().reply()
        message = f"HTTP Method '{call.method}' not allowed. Allowed are {','.join(methods)}"
        return refused("METHOD_NOT_ALLOWED", message, status=405).reply()

    def seed(self, world: World) -> None:
        """Save the org and what it holds before anybody comes."""
        org.seed(world)

    def start(self, world: World) -> None:
        """Go on with the bulk jobs that were at work."""
        self.ingest.start(world)

    async def stop(self) -> None:
        """End the work on bulk jobs between two chunks; the next start goes on."""
        if self.ingest.work:
            await self.ingest.work.stop()

    def expire(self) -> None:
        """End all sessions."""
        self.sessions.clear()

    def reset(self) -> None:
        """Forget the day's calls, open cursors and bulk jobs."""
        self.calls = 0
        if self.ingest.work:
            self.ingest.work.clear()
        self.queries.cursors.clear()

    def _limits(self, world: World, call: Call) -> Reply:
        """``GET /limits``"""
        del call
        behaviour = world.behaviour
        used_mb = world.store.count("system = ? AND NOT deleted", (self.name,)) * 2 // 1024
        return Reply.json(
            200,
            {
                "DailyApiRequests": _limit(behaviour.daily_limit, self.calls),
                "DailyBulkApiBatches": _limit(
                    behaviour.bulk_daily_batches, self.ingest.work.batches if self.ingest.work else 0
                ),
                "DailyBulkV2QueryFileStorageMB": _limit(976_562, 0),
                "DailyBulkV2QueryJobs": _limit(10_000, 0),
                "DataStorageMB": _limit(behaviour.storage_mb, used_mb),
                "FileStorageMB": _limit(51_200, 0),
                "SingleEmail": _limit(5_000, 0),
            },
        )


def _limit(most: int, used: int) -> dict[str, int]:
    return {"Max": most, "Remaining": max(0, most - used)}
