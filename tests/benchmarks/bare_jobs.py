"""``python -m tests.benchmarks.bare_jobs URL UPLOAD…``: a job for each prepared upload, and nothing else.

A bare aiohttp client: signs in, streams an upload, closes the job, asks every half second whether it has ended,
streams the successful results into a file of the working folder and counts their lines. The last line it prints is JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import BinaryIO

import aiohttp

from tests.benchmarks.bare_client import DATA, sign_in

JOB = {"object": "Case", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
PAUSE = 0.5
"""Seconds, as the importer waits at first."""
CHUNK = 2**18


async def main(url: str, uploads: list[Path], results: BinaryIO) -> dict[str, int]:
    """Send ``uploads`` one after the other and return how many records were made."""
    jobs = f"{url}{DATA}/jobs/ingest"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:
        token = await sign_in(session, url)
        return {"rows": sum([await _job(session, jobs, token, each, results) for each in uploads])}


async def _job(
    session: aiohttp.ClientSession, jobs: str, token: dict[str, str], upload: Path, results: BinaryIO
) -> int:
    async with session.post(jobs, json=JOB, headers=token) as answer:
        job = f"{jobs}/{(await answer.json())['id']}"
    with upload.open("rb") as stream:
        async with session.put(
            f"{job}/batches", data=stream, headers={**token, "Content-Type": "text/csv"}
        ) as answer:
            assert answer.status == 201, await answer.text()
    async with session.patch(job, json={"state": "UploadComplete"}, headers=token) as answer:
        assert answer.status == 200, await answer.text()
    while (state := await _state(session, job, token)) != "JobComplete":
        assert state in ("UploadComplete", "InProgress"), state
        await asyncio.sleep(PAUSE)
    lines = 0
    async with session.get(f"{job}/successfulResults", headers=token) as answer:
        async for chunk in answer.content.iter_chunked(CHUNK):
            results.write(chunk)
            lines += chunk.count(b"\n")
    return lines - 1


async def _state(session: aiohttp.ClientSession, job: str, token: dict[str, str]) -> str:
    async with session.get(job, headers=token) as answer:
        return str((await answer.json())["state"])


if __name__ == "__main__":
    with Path("successful.csv").open("wb") as target:
        print(json.dumps(asyncio.run(main(sys.argv[1], [Path(each) for each in sys.argv[2:]], target))))
