"""A stretch of text that is split, instead of parsed, falls into the same cells."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from importer.readers.blocks import clean_records, is_plain, parsed, split
from importer.readers.dialect import Dialect

TEXTS = st.lists(
    st.sampled_from(
        ["a", "bc", " ", ",", ";", "\t", "é", "\u2028", "\x0b", "\x1c", "\x85", "\x00", "\n", "\r\n"]
    ),
    min_size=1,
    max_size=30,
).map("".join)
DIALECTS = st.builds(
    Dialect,
    st.sampled_from(",;\t|"),
    quote=st.sampled_from(['"', "'", None]),
    escape=st.sampled_from([None, "\\"]),
)


@given(TEXTS, DIALECTS)
def test_split_is_parsed(text: str, dialect: Dialect) -> None:
    """Delimiters and line ends, and nothing else that some call a line end, divide a plain text."""
    assert is_plain(text, dialect)
    assert split(text, dialect) == parsed(text, dialect)


@given(TEXTS, DIALECTS, st.sampled_from(['"', "'", "\\"]), st.integers(0, 60))
def test_what_has_a_meaning_is_parsed(text: str, dialect: Dialect, sign: str, at: int) -> None:
    """A text with a quote or an escape is parsed, and so is one whose blanks are no part of cells."""
    assume(sign in (dialect.quote, dialect.escape))
    assert not is_plain(text[:at] + sign + text[at:], dialect)
    assert not is_plain(text, Dialect(",", skip_blanks=True))


def test_plain_blocks_are_taken_whole() -> None:
    """A block is taken when all its records are as wide as the header, none is blank or the header again."""
    columns = ("a", "b")
    assert clean_records("1,2\r\n3,\n", Dialect(","), columns, trusted=False) == [["1", "2"], ["3", ""]]
    for odd in ("1,2\n\n3,4\n", "1,2\n3\n", "1,2\n , \n", "1,2\na,b\n", "1,2\r3,4\n", "1,2\n3,4\x1a"):
        assert clean_records(odd, Dialect(","), columns, trusted=False) == []
