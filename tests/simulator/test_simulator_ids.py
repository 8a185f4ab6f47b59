"""Record ids of both systems."""

from __future__ import annotations

import pytest

from importer.simulator.ids import guid, long_id, make_guid, make_id


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("a0D30000001n7Pi", "a0D30000001n7PiEAI"),
        ("001RM000003oLnn", "001RM000003oLnnYAE"),
        ("0015500001QdQWa", "0015500001QdQWaAAN"),
        ("500Hs00001ABCde", "500Hs00001ABCdeIAH"),
        ("012000000000000", "012000000000000AAA"),
    ],
)
def test_the_published_pairs_of_short_and_long_ids_agree(short: str, full: str) -> None:
    """A 15-character id gets its published checksum, and the 18-character id is taken as it is."""
    assert long_id(short) == full
    assert long_id(full) == full


@pytest.mark.parametrize(
    "text", ["", "500", "500Hs00001ABCdeIAI", "500Hs00001ABCd!", "500Hs00001ABCdeIA", "x" * 19]
)
def test_a_malformed_id_is_told(text: str) -> None:
    """Wrong length, wrong characters and a wrong checksum are no ids."""
    assert long_id(text) is None


def test_made_ids_are_distinct_and_carry_their_checksum() -> None:
    """Ids in a row differ, some of them in letter case alone, and all are well formed."""
    made = [make_id("500", number) for number in range(5000)]
    assert len(set(made)) == 5000
    assert all(long_id(each) == each for each in made)
    assert len({each[:15].lower() for each in made}) < 5000


@pytest.mark.parametrize(
    "text", ["{A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081}", "a42be8eb-848f-4cbd-b2f7-64faf2ce7081"]
)
def test_a_guid_is_printed_in_braces_and_upper_case(text: str) -> None:
    """Braces and letter case are free on input."""
    assert guid(text) == "{A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081}"


def test_a_made_guid_has_its_printed_form() -> None:
    """New folder ids need no change."""
    made = make_guid()
    assert guid(made) == made
    assert guid("not-a-guid") is None
