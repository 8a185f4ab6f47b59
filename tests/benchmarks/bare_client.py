"""``python -m tests.benchmarks.bare_client WAY URL BODIES IN_FLIGHT``: what the importer is compared with.

A bare aiohttp client: signs in, then posts prepared bodies, of one record (``single``) or of 200
(``collections``), with so many requests in flight. No mapping, no journal, no pacing, no results; it stops at the
first record that was not made. The last line it prints is JSON.
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
DATA = "/services/data/v67.0"
PATHS = {"single": f"{DATA}/sobjects/Case", "collections": f"{DATA}/composite/sobjects"}


async def sign_in(session: aiohttp.ClientSession, url: str) -> dict[str, str]:
    """Sign in at ``url`` and return the header that says so."""
    async with session.post(f"{url}/services/oauth2/token", data=SIGN_IN) as answer:
        return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}


async def main(way: str, url: str, bodies: list[bytes], in_flight: int) -> dict[str, float]:
    """Post ``bodies`` and return the seconds from the first request to the last, and the records made."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=in_flight)) as session:
        first = time.perf_counter()
        token = await sign_in(session, url)
        headers = {**token, "Content-Type": "application/json", "Sforce-Auto-Assign": "FALSE"}
        left = iter(bodies)
        workers = [_post(session, url + PATHS[way], headers, left) for _ in range(in_flight)]
        ends = await asyncio.gather(*workers)
        return {
            "elapsed_seconds": max(departed for departed, _made in ends) - first,
            "rows": sum(made for _departed, made in ends),
        }


async def _post(
    session: aiohttp.ClientSession, address: str, headers: dict[str, str], left: Iterator[bytes]
) -> tuple[float, int]:
    departed, made = 0.0, 0
    for body in left:
        departed = time.perf_counter()
        async with session.post(address, data=body, headers=headers) as answer:
            document = json.loads(await answer.read())
            records = document if isinstance(document, list) else [document]
            if answer.status not in (200, 201) or not all(record["success"] for record in records):
                raise SystemExit(f"status {answer.status}: {document}")
            made += len(records)
    return departed, made


if __name__ == "__main__":
    prepared = Path(sys.argv[3]).read_bytes().splitlines()
    print(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2], prepared, int(sys.argv[4])))))
