"""How ids of records look (facts: salesforce.md §9, ibm-case-manager.md §6)."""

import pytest

from importer.model.record_id import full_id, guid, salesforce_id


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("500D0000001AbCd", "500D0000001AbCdIAK"),
        ("500D0000001AbCdIAK", "500D0000001AbCdIAK"),
        ("500D0000001AbCdIAA", None),  # the checksum of other letters
        ("500d0000001abcdIAK", None),
        ("500D0000001AbC", None),
        ("500D0000001AbCdIA", None),
        ("nonsense", None),
        ("", None),
        ("500D0000001AbCd\n", None),
    ],
)
def test_salesforce_ids(text: str, found: str | None) -> None:
    """15 characters, or 18 with the right checksum; both are one id."""
    assert salesforce_id(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081}", "{A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081}"),
        ("a42be8eb-848f-4cbd-b2f7-64faf2ce7081", "{A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081}"),
        ("{a42be8eb-848f-4cbd-b2f7-64faf2ce7081", None),
        ("a42be8eb848f4cbdb2f764faf2ce7081", None),
        ("CASE_000000000001", None),
    ],
)
def test_guids(text: str, found: str | None) -> None:
    """With braces or without, in any case; half a pair of braces is a piece that was cut."""
    assert guid(text) == found


def test_an_id_of_another_length_is_left_as_it_is() -> None:
    """Servers answer with what they like: only 15 characters are completed."""
    assert full_id("500D0000001AbCd") == "500D0000001AbCdIAK"
    assert full_id("500D0000001AbCdIAA") == "500D0000001AbCdIAA"
