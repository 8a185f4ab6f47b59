"""A client of both simulated systems over real HTTP, for the tests of this room."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from importer.simulator import Running

DATA = "/services/data/v67.0"
CASES = "/CaseManager/CASEREST/v1"
LOGIN = {"grant_type": "password", "client_id": "app", "client_secret": "s", "username": "u", "password": "p"}
BASIC = "Basic " + base64.b64encode(b"icm:secret").decode()


class Client:
    """Talks to one running simulator as a Salesforce client, as an IBM client and as a tester."""

    def __init__(self, running: Running, session: aiohttp.ClientSession) -> None:
        self.running = running
        self.session = session
        self.token = ""

    def url(self, path: str) -> str:
        return self.running.url + path

    async def sign_in(self, **form: str) -> tuple[int, dict[str, Any]]:
        """Ask for a token and keep it."""
        async with self.session.post(self.url("/services/oauth2/token"), data=LOGIN | form) as answer:
            content = await answer.json()
            self.token = content.get("access_token", "")
            return answer.status, content

    async def salesforce(
        self, method: str, path: str, content: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Call ``/services/data/v67.0`` + path; give status and JSON."""
        if not self.token:
            await self.sign_in()
        headers = {"Authorization": f"Bearer {self.token}"} | headers
        async with self.session.request(
            method, self.url(DATA + path), json=content, headers=headers
        ) as answer:
            return answer.status, (await answer.json() if answer.content_length else None)

    async def create(self, fields: dict[str, Any], object_: str = "Case", **headers: str) -> tuple[int, Any]:
        return await self.salesforce("POST", f"/sobjects/{object_}", fields, **headers)

    async def soql(self, text: str, **headers: str) -> tuple[int, Any]:
        if not self.token:
            await self.sign_in()
        headers = {"Authorization": f"Bearer {self.token}"} | headers
        async with self.session.get(self.url(DATA + "/query"), params={"q": text}, headers=headers) as answer:
            return answer.status, await answer.json()

    async def ibm(
        self, method: str, path: str, content: Any = None, *, basic: bool = True
    ) -> tuple[int, Any]:
        """Call CASEREST with Basic authentication; give status and JSON (text when it is none)."""
        headers = {"Authorization": BASIC} if basic else {}
        url = self.url(CASES + path)
        async with self.session.request(method, url, json=content, headers=headers) as answer:
            json = answer.headers.get("Content-Type", "").startswith("application/json")
            return answer.status, await answer.json(content_type=None) if json else await answer.text()

    async def claim(self, properties: dict[str, Any], **more: Any) -> tuple[int, Any]:
        """Create an AUTO_CollisionClaim; a claim date is added."""
        values = {"AUTO_ClaimDate": "2024-05-02T08:00:00Z"} | properties
        items = [{"SymbolicName": name, "Value": value} for name, value in values.items()]
        content = {"CaseType": "AUTO_CollisionClaim", "TargetObjectStore": "ATOSME", "Properties": items}
        return await self.ibm("POST", "/cases", content | more)

    async def admin(self, method: str, path: str, content: Any = None) -> Any:
        """Call ``/__simulator__/`` with the page token."""
        headers = {"X-Simulator-Token": self.running.world.page_token}
        url = self.url("/__simulator__/" + path)
        async with self.session.request(method, url, json=content, headers=headers) as answer:
            return await answer.json()

    async def records(self, type_: str) -> list[dict[str, Any]]:
        """Give the fields of all records of a type, in order."""
        found = await self.admin("GET", f"records?object={type_}")
        return [record["fields"] for record in found["records"]]


Start = Callable[..., Awaitable[Client]]
"""What the fixture ``start`` gives: ``client = await start("fault=…", seed=7)``."""
