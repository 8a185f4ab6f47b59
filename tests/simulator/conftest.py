"""Simulators in this process, that end with the test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from simulator_client import Client, Start

from importer.simulator import Options, serve


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start simulators on demand: ``client = await start("fault=…", seed=7)``; all end with the test."""
    opened: list[Client] = []

    async def begin(faults: str = "", **options: Any) -> Client:
        running = await serve(Options(faults=faults, seed=options.pop("seed", 7), **options))
        jar = aiohttp.CookieJar(unsafe=True)
        client = Client(running, aiohttp.ClientSession(cookie_jar=jar))
        opened.append(client)
        return client

    yield begin
    for client in opened:
        await client.session.close()
        await client.running.stop()


@pytest.fixture
async def client(start: Start) -> Client:
    """A client of a simulator without faults."""
    return await start()
