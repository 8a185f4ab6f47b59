"""``python -m tests.benchmarks.simple_salesforce_client WAY URL IN_FLIGHT KEPT FILE…``: a peer from PyPI.

simple-salesforce 1.12, used as its documentation shows, from a pool of threads: ``create`` for each record
(``single``), ``composite/sobjects`` for 200 of them (``collections``; it has no function of its own for those), or
``bulk2.Case.insert`` of prepared uploads and the ids read back, in the order of the server (``bulk``). FILE holds
a record a line, for ``bulk`` it is an upload. With KEPT 0 its session is as requests makes one, which keeps ten
connections; else it keeps KEPT of them and looks for no proxies, which somebody has to know. It signs in here, because
it takes no login host but Salesforce's. The last line it prints is JSON.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import requests
from simple_salesforce import Salesforce

from tests.benchmarks.bare_client import SIGN_IN

HEADERS = {"Sforce-Auto-Assign": "FALSE"}
WAIT = 0.5
"""Seconds before it first asks for a job, as the importer waits; its default is 5."""
BATCH = 200


class Loopback(requests.Session):
    """Sends by plain http what simple-salesforce writes as https."""

    def __init__(self, kept: int) -> None:
        super().__init__()
        if kept:
            self.trust_env = False  # looks for proxies and .netrc anew at every request
            self.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=kept))

    def request(self, method: str, url: str, *arguments: Any, **named: Any) -> requests.Response:
        """Send a request."""
        return super().request(method, url.replace("https://", "http://", 1), *arguments, **named)


def main(way: str, url: str, in_flight: int, kept: int, files: list[str]) -> dict[str, float]:
    """Load ``files`` and return the seconds from the first request to the last, and the records made."""
    session = Loopback(kept)
    records = [] if way == "bulk" else list(map(json.loads, Path(files[0]).read_bytes().splitlines()))
    first = time.perf_counter()
    token = session.post(f"{url}/services/oauth2/token", data=SIGN_IN).json()["access_token"]
    client = Salesforce(session_id=token, instance_url=url, version="67.0", session=session)
    if way == "bulk":
        return {"rows": sum(_job(client, file) for file in files)}
    if way == "single":
        departures = _pooled(in_flight, partial(_create, client), records)
    else:
        departures = _pooled(in_flight, partial(_create_many, client), _batches(records))
    return {"elapsed_seconds": max(departures) - first, "rows": len(records)}


def _pooled(in_flight: int, send: Callable[[Any], float], things: Iterable[Any]) -> list[float]:
    with ThreadPoolExecutor(in_flight) as pool:
        return list(pool.map(send, things))


def _create(client: Salesforce, record: dict[str, object]) -> float:
    departed = time.perf_counter()
    found = client.Case.create(record, headers=HEADERS)
    assert found["success"], found
    return departed


def _create_many(client: Salesforce, records: list[dict[str, object]]) -> float:
    departed = time.perf_counter()
    body = {"allOrNone": False, "records": [{"attributes": {"type": "Case"}, **each} for each in records]}
    found = client.restful("composite/sobjects", method="POST", data=json.dumps(body), headers=HEADERS)
    assert isinstance(found, list) and all(each["success"] for each in found), found
    return departed


def _batches(records: list[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    left = iter(records)
    while batch := list(islice(left, BATCH)):
        yield batch


def _job(client: Salesforce, file: str) -> int:
    """Load an upload and return how many ids came back."""
    ids: list[str] = []
    for job in client.bulk2.Case.insert(file, wait=WAIT):
        results = csv.reader(client.bulk2.Case.get_successful_records(job["job_id"]).splitlines())
        place = next(results).index("sf__Id")
        ids += [cells[place] for cells in results]
    return len(ids)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])))
