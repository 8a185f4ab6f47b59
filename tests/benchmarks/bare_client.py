"""``python -m tests.benchmarks.bare_client URL BODIES IN_FLIGHT``: what the importer is compared with.

A bare aiohttp client: signs in, then posts prepared bodies with so many requests in flight. No mapping, no
journal, no pacing, no results; it stops at the first answer that is not 201. The last line it prints is JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp

SIGN_IN = {"grant_type": "password", "client_id": "b", "client_secret": "b", "username": "b", "password": "b"}


async def main(url: str, bodies: list[bytes], in_flight: int) -> dict[str, float]:
    """Post ``bodies`` and return seconds from the first request to the last, and to the last answer."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=in_flight)) as session:
        first = time.perf_counter()
        async with session.post(f"{url}/services/oauth2/token", data=SIGN_IN) as answer:
            token = (await answer.json())["access_token"]
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Sforce-Auto-Assign": "FALSE",
        }
        left = iter(bodies)
        address = f"{url}/services/data/v67.0/sobjects/Case"
        workers = [_post(session, address, headers, left) for _ in range(in_flight)]
        last = max(await asyncio.gather(*workers))
        return {"elapsed_seconds": last - first, "rows": len(bodies)}


async def _post(
    session: aiohttp.ClientSession, address: str, headers: dict[str, str], left: Iterator[bytes]
) -> float:
    departed = 0.0
    for body in left:
        departed = time.perf_counter()
        async with session.post(address, data=body, headers=headers) as answer:
            document = json.loads(await answer.read())
            if answer.status != 201 or not document["id"]:
                raise SystemExit(f"status {answer.status}: {document}")
    return departed


if __name__ == "__main__":
    prepared = Path(sys.argv[2]).read_bytes().splitlines()
    print(json.dumps(asyncio.run(main(sys.argv[1], prepared, int(sys.argv[3])))))
