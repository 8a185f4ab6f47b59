"""Queries: all pages or none, and never a page of another host."""

from decimal import Decimal
from typing import Any

import pytest

from importer.targets.salesforce.soql import (
    QueryError,
    chunks,
    key_text,
    number_literal,
    query_all,
    text_literal,
)
from tests.transport.scripted import Script, answered

BASE, WHERE = "/services/data/v67.0", "https://acme.my.salesforce.com"


def page(*ids: str, **more: Any) -> Any:
    return answered(200, {"records": [{"Id": each} for each in ids], **more})


async def ask(*answers: Any) -> tuple[list[str], Script]:
    sender = Script(list(answers))
    records = await query_all(sender, BASE, "SELECT Id FROM Case", WHERE)
    return [record["Id"] for record in records], sender


async def test_all_pages_are_read() -> None:
    """nextRecordsUrl is followed until it is absent (facts §6)."""
    next_page = f"{BASE}/query/01g1x00000ZzYyXAAV-2000"
    ids, sender = await ask(
        page("a", totalSize=2, done=False, nextRecordsUrl=next_page), page("b", totalSize=2, done=True)
    )
    assert ids == ["a", "b"] and sender.requests[1].path == next_page


@pytest.mark.parametrize("more", [{"done": True}, {}, {"done": True, "totalSize": 1, "nextRecordsUrl": None}])
async def test_the_last_page(more: dict[str, Any]) -> None:
    """It may say so, or nothing at all."""
    assert (await ask(page("a", **more)))[0] == ["a"]


@pytest.mark.parametrize(
    "answers",
    [
        [page("a", totalSize=2, done=True)],
        [page("a", done=False)],
        [page("a", done=False, nextRecordsUrl="https://evil.example/services/data")],
        [page("a", done=False, nextRecordsUrl="@evil.example/services/data")],
        [page("a", done=False, nextRecordsUrl=".evil.example/services/data")],
        [page("a", done=False, nextRecordsUrl=f"{BASE}/query/1")] * 2,
        [answered(200, {"done": True})],
        [answered(200, {"records": "none", "done": True})],
        [answered(200, ["x"])],
        [answered(200)],
        [answered(400, [{"errorCode": "MALFORMED_QUERY", "message": "…"}])],
    ],
)
async def test_an_answer_that_is_not_whole_is_none(answers: list[Any]) -> None:
    """What is left out would count as not being there, and be made a second time; tokens stay at home."""
    with pytest.raises(QueryError):
        await ask(*answers)


@pytest.mark.parametrize(
    ("value", "text", "literal"),
    [(Decimal("7.50"), "7.5", "7.5"), (700.0, "700", "700"), (12, "12", "12"), ("x'1", "x'1", "'x\\'1'")],
)
def test_numbers_as_keys(value: object, text: str, literal: str) -> None:
    """One text for each number; in a query it has no quotes, and nothing else gets in without them."""
    assert key_text(value) == text and number_literal(text) == literal


def test_literals_and_how_many_go_together() -> None:
    """Quotes and backslashes are escaped; the encoded length bounds a group, and a long one stands alone."""
    assert text_literal("O'Hara\\\n") == "'O\\'Hara\\\\\\n'"
    groups = list(chunks([f"key {n:026}" for n in range(1000)] + ["ü" * 5000]))
    assert [len(group) for group in groups][-1] == 1 and sum(map(len, groups)) == 1001
    assert len(groups[0]) > 250
