"""The IBM Case Manager server as one of the simulated systems: routes, sign-in, limiter, refusals."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Sequence
from functools import wraps

from importer.simulator.http import Call, Handler, Reply, Route
from importer.simulator.ibm import cases, v2
from importer.simulator.ibm.csrf import CsrfTokens, cookie, failed, forbidden, xsrf_refusal
from importer.simulator.ibm.errors import JSON, RefusalError, refused
from importer.simulator.ibm.graphql import graphql
from importer.simulator.ibm.schema import CASE_TYPES, CONNECTION_POINT, OBJECT_STORE, SOLUTION
from importer.simulator.ibm.search import instances
from importer.simulator.ibm.signin import (
    ERROR_PAGE,
    EXCHANGE,
    FORM_PATH,
    IDENTITY_TOKEN,
    SignIns,
    unauthorized,
)
from importer.simulator.world import Sessions, World

CONTEXT = "CaseManager"
GRAPHQL = "content-services-graphql"
V1 = f"/{CONTEXT}/CASEREST/v1"
V2 = f"/{CONTEXT}/CASEREST/v2"
LOGIN = f"{V2}/system/login"
COOKIE = "LtpaToken2"


def _explained(handler: Handler) -> Handler:
    """Turn a RefusalError into its answer."""

    @wraps(handler)
    def handle(world: World, call: Call) -> Reply:
        try:
            return handler(world, call)
        except RefusalError as refusal:
            return refusal.reply()

    return handle


def _explained_v2(handler: Handler) -> Handler:
    """Like ``_explained``, in the shapes that v2 has for 401, 403 and 404 (facts §3.2)."""

    @wraps(handler)
    def handle(world: World, call: Call) -> Reply:
        try:
            return handler(world, call)
        except RefusalError as refusal:
            if refusal.status in (401, 404):
                return failed(refusal.status, refusal.unique_id, refusal.text)
            if refusal.status == 403:
                return forbidden(refusal.unique_id, refusal.text)
            return refusal.reply()

    return handle


def info(world: World, call: Call) -> Reply:
    """``GET /info``, the check after an installation; its body is not documented."""
    del world, call
    return Reply.json(200, {"Name": "Simulated IBM Case Manager", "Version": "5.3.3"}, JSON)


def solutions(world: World, call: Call) -> Reply:
    """``GET /solutions``"""
    del world, call
    entry = {
        "SolutionName": SOLUTION,
        "SolutionFolderId": "{4C1F0B52-0000-C5A1-8E11-3B5C2A7D9E10}",
        "Description": "",
        "TargetOS": OBJECT_STORE,
        "Status": "Completed",
        "PEConnectionPoint": CONNECTION_POINT,
        "WebAppID": None,
    }
    return Reply.json(200, {"Solutions": [entry]}, JSON)


def case_types(world: World, call: Call) -> Reply:
    """``GET /solution/{name}/casetypes``"""
    cases.check_store(world, call.query.get("TargetObjectStore"))
    if call.args["solution"] != SOLUTION:
        raise refused(404, "FNRPA9007E", name=call.args["solution"])
    entries = [
        {
            "CaseType": each.name,
            "DisplayName": each.label,
            "Description": "",
            "HasInstanceCreationRights": each.creatable,
            "HasAnnotationRights": True,
        }
        for each in CASE_TYPES.values()
    ]
    return Reply.json(200, {"CaseTypes": entries}, JSON)


def case_type(world: World, call: Call) -> Reply:
    """``GET /casetype/{type}``"""
    found = cases.find_case_type(call.args["type"])
    cases.check_store(world, call.query.get("TargetObjectStore"))
    return Reply.json(200, found.metadata(), JSON)


class CaseManager:
    """The simulated server."""

    name = cases.SYSTEM
    roots: tuple[str, ...] = (CONTEXT, GRAPHQL, "idprovider", "v1")

    def __init__(self) -> None:
        self.sessions = Sessions(sliding=False)
        self.csrf = CsrfTokens()
        self.sign_ins = SignIns()
        self._admitted: deque[float] = deque()
        self._window = (-1, 0)
        table = [
            ("GET", "/info", "info", info),
            ("GET", "/solutions", "describe", solutions),
            ("GET", "/solution/{solution}/casetypes", "describe", case_types),
            ("GET", "/casetype/{type}", "describe", case_type),
            ("POST", "/cases", "create", cases.create),
            ("GET", "/case/{case}", "read", cases.read),
            ("GET", "/case/{case}/status", "read", cases.status),
            ("GET", "/case/{case}/tasks", "read", cases.tasks),
            ("POST", "/deletecase", "delete", cases.delete),
        ]
        table_v2 = [
            ("GET", "/solutions", "describe", v2.solutions),
            ("GET", "/casetype/{type}/properties", "describe", v2.case_type),
            ("POST", "/case", "create", v2.create),
            ("GET", "/case/{case}/properties", "read", v2.read),
            ("POST", "/instances", "query", instances),
        ]
        self.routes: Sequence[Route] = [
            *(Route(method, V1 + path, kind, _explained(handler)) for method, path, kind, handler in table),
            Route("POST", LOGIN, "signin", self.csrf.login),
            *(
                Route(method, V2 + path, kind, _explained_v2(handler))
                for method, path, kind, handler in table_v2
            ),
            Route("POST", f"/{CONTEXT}{FORM_PATH}", "signin", self.sign_ins.form, open=True),
            Route("POST", IDENTITY_TOKEN, "signin", self.sign_ins.identity_token, open=True),
            Route("GET", EXCHANGE, "signin", self.sign_ins.exchange, open=True),
            Route("POST", f"/{GRAPHQL}/graphql", "query", graphql),
        ]

    def admit(self, world: World, call: Call, route: Route) -> Reply | None:
        """Check the limiter, then the cookie or the Authorization header, then the token against forgery.

        A version that is switched off is not there for anybody.
        """
        served = world.behaviour.caserest
        if served != "both" and f"/CASEREST/{served}" not in route.path and "/CASEREST/" in route.path:
            return Reply.html(404, ERROR_PAGE.format(404, "Not Found"))
        if self._limited(world):
            return self.refuse(world, f"http_{world.behaviour.limiter_answer}")
        if route.open:
            return None
        ltpa, life = cookie(call, COOKIE), world.behaviour.session_life
        user = self.sessions.user(ltpa, life) if ltpa else None
        if not (ltpa and not user and world.behaviour.expired_cookie == "401"):
            user = user or self.sign_ins.user(world, call)
        if not user:
            return _unauthorized_v2(world) if route.path.startswith(V2) else unauthorized(world)
        call.user = user
        if route.path.startswith(f"/{GRAPHQL}"):
            return xsrf_refusal(call)
        wanted = route.path.startswith(V2) or (world.behaviour.csrf_v1 and route.path.startswith(V1))
        if wanted and route.path != LOGIN:
            return self.csrf.refusal(world, call)
        return None

    def _limited(self, world: World) -> bool:
        """Count this request into the limiter's window; tell whether it is one too many."""
        limiter, now = world.behaviour.limiter, time.monotonic()
        if not limiter:
            return False
        most, span = limiter
        if world.behaviour.limiter_window == "fixed":
            number = int(now // span)
            self._window = (number, self._window[1] + 1 if self._window[0] == number else 1)
            return self._window[1] > most
        while self._admitted and self._admitted[0] <= now - span:
            self._admitted.popleft()
        if len(self._admitted) >= most:
            return True
        self._admitted.append(now)
        return False

    def refuse(self, world: World, fault: str) -> Reply:
        """Give the answer that stands for a fault (facts §3, §9)."""
        del world
        if fault == "row_lock":
            return cases.deadlock().reply()
        if fault in {"http_429", "concurrent_requests"}:
            return Reply.html(429, ERROR_PAGE.format(429, "Too Many Requests"))
        if fault.startswith("http_500"):
            cause = "com.ibm.casemgmt.api.exception.CaseMgmtException: the server host01.example.com failed"
            return refused(500, "FNRPA9500E", cause).reply()
        if fault.startswith("http_504"):
            return Reply.html(504, ERROR_PAGE.format(504, "Gateway Timeout"))
        return Reply.html(503, ERROR_PAGE.format(503, "Service Unavailable"))

    def complete(self, world: World, call: Call, route: Route, reply: Reply) -> Reply:
        """Give a cookie to whoever has signed in with Basic and brings none that is valid."""
        del route
        life = world.behaviour.session_life
        if call.user and not self.sessions.user(cookie(call, COOKIE), life):
            token = secrets.token_urlsafe(48)
            self.sessions.open(token, call.user, life)
            reply.headers["Set-Cookie"] = f"{COOKIE}={token}; Path=/; HttpOnly"
        return reply

    def parents(self, call: Call) -> frozenset[str]:
        """Cases lock nothing."""
        del call
        return frozenset()

    def unknown(self, world: World, call: Call, methods: list[str]) -> Reply:
        """Answer a path or method that is not served."""
        del world
        if methods:
            return refused(405, "FNRPA9009E", name=call.method).reply()
        return refused(404, "FNRPA9008E", name=call.path.partition("?")[0]).reply()

    def seed(self, world: World) -> None:
        """No case is there before somebody comes."""

    def expire(self) -> None:
        """End all cookies and tokens."""
        self.sessions.clear()
        self.csrf.sessions.clear()
        self.sign_ins.clear()

    def start(self, world: World) -> None:
        """Nothing goes on here between requests."""

    async def stop(self) -> None:
        """Nothing goes on here between requests."""

    def reset(self) -> None:
        """Forget the limiter's window."""
        self._admitted.clear()
        self._window = (-1, 0)


def _unauthorized_v2(world: World) -> Reply:
    if world.behaviour.ibm_signin != "401":
        return unauthorized(world)
    reply = failed(401, "SIM9003", "The user name or the password is not right.")
    reply.headers["WWW-Authenticate"] = 'Basic realm="defaultRealm"'
    return reply
