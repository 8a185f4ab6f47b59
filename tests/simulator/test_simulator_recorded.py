"""Recorded traffic of a real org, played to the simulator: the answers are the same but for the ids."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulator_client import Client

CALLS = Path(__file__).parents[1] / "data/contracts/cumulusci/calls"
SESSIONS = [
    # file, requests in it that are played (the others are about Opportunity, which is not there)
    ("TestUpsert.test_simple_upsert__rest", 5),
    ("TestUpsert.test_upsert__rest", 5),
    ("TestCompositeParallelSalesforce.test_composite_parallel_salesforce", 2),
    ("TestCompositeParallelSalesforce.test_reference_ids", 2),
    ("TestCompositeParallelSalesforce.test_errors", 1),
]


class Names:
    """Gives every id the same short name, so that two orgs can be compared."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def __call__(self, content: Any) -> Any:
        """Replace ids in a JSON value, and the version in addresses."""
        if isinstance(content, dict):
            return {key: self(value) for key, value in content.items()}
        if isinstance(content, list):
            return [self(value) for value in content]
        if not isinstance(content, str):
            return content
        text = re.sub(r"/v(xx|67)\.0/", "/v/", content)
        return re.sub(r"\b00[0-9A-Za-z]{16}\b", lambda found: self._name(found[0]), text)

    def _name(self, id_: str) -> str:
        return self._names.setdefault(id_, f"{id_[:3]}-{len(self._names)}")


async def play(client: Client, request: dict[str, Any]) -> tuple[int, Any]:
    """Send a recorded request; give status and JSON."""
    url = request["uri"].replace("https://orgname.my.salesforce.com", client.running.url)
    body = (request["body"] or "").replace("vxx.0", "v67.0") or None
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"}
    async with client.session.request(
        request["method"], url.replace("vxx.0", "v67.0"), data=body, headers=headers
    ) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize(("name", "count"), SESSIONS)
async def test_a_recorded_session_gets_the_recorded_answers(client: Client, name: str, count: int) -> None:
    """Status and body of each request are those of the real org, in its order."""
    await client.sign_in()
    for kind in ("Contact", "Account"):  # the recorded org was empty
        ids = ",".join(record["Id"] for record in await client.records(kind))
        await client.salesforce("DELETE", f"/composite/sobjects?ids={ids}")
    recorded = yaml.safe_load((CALLS / f"{name}.yaml").read_text(encoding="utf-8"))
    theirs, ours, played = Names(), Names(), 0
    for each in recorded["interactions"]:
        if "include_file" in each:
            continue  # describes, recorded in other files
        request, response = each["request"], each["response"]
        if "Opportunit" in f"{request['uri']} {request['body']}":
            continue
        status, content = await play(client, request)
        assert status == response["status"]["code"], content
        assert ours(content) == theirs(json.loads(response["body"]["string"]))
        played += 1
    assert played == count
