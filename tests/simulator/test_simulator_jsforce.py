"""A client that nobody here wrote: jsforce 3, from npm, does its work against the simulator."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from simulator_client import Start

FOLDER = Path(__file__).with_name("jsforce")
NODE = shutil.which("node")


@pytest.mark.skipif(
    NODE is None or not (FOLDER / "node_modules" / "jsforce").is_dir(),
    reason="needs Node and jsforce: npm ci --prefix tests/simulator/jsforce",
)
async def test_jsforce_creates_upserts_queries_and_bulk_loads(start: Start) -> None:
    """Signs in, describes, writes one and many records, pages through a query, loads 500 rows in bulk."""
    client = await start("page_size=3")
    process = await asyncio.create_subprocess_exec(
        *(str(NODE), str(FOLDER / "client.mjs"), client.running.url),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    seen = json.loads(out)
    assert {"Case", "Account", "Contact", "User", "Group"} <= set(seen.pop("objects"))
    assert seen.pop("fields") > 40
    first, second = seen.pop("upserted"), seen.pop("upsertedNew")
    assert (first["created"], second["created"], first["success"]) == (False, True, True)
    assert seen == {
        "identity": "importer@example.com",
        "created": True,
        "read": "High",
        "refused": "INVALID_EMAIL_ADDRESS",
        "many": [True] * 10 + [False],
        "manyCode": "MALFORMED_ID",
        "retrieved": [f"many {number}" for number in range(10)],
        "changed": 3,
        "upserts": [False, True],
        "undone": [False, False],
        "destroyed": [True, True],
        "found": [8, 8, "Triage"],
        "listed": ["J-3", "J-1"],
        "counted": 8,
        "malformed": "MALFORMED_QUERY",
        "loaded": [495, 5, 0, "INVALID_EMAIL_ADDRESS"],
        "job": ["JobComplete", 2, 0],
        "jobCreated": ["false", "true"],
        "total": 507,
        "limits": 5_000_000,
    }
