"""Java properties files, as ``java.util.Properties.load`` is documented to read them."""

import pytest

from importer.mapping.sdl.properties import Entry, PropertiesError, comments, entries

READ = [
    ("a=b", [("a", "b")]),
    ("a:b", [("a", "b")]),
    ("a b", [("a", "b")]),
    ("a = b ", [("a", "b ")]),
    ("  a\t:\t b", [("a", "b")]),
    ("a==b", [("a", "=b")]),
    ("a = : b", [("a", ": b")]),
    ("a\\ b=c", [("a b", "c")]),
    ("a\\:b=c\\:d", [("a:b", "c:d")]),
    ("a\\=b=c", [("a=b", "c")]),
    ("a", [("a", "")]),
    ("a=", [("a", "")]),
    ("=a", [("", "a")]),
    ("# x\n! y\n\n \na=b", [("a", "b")]),
    ("a=b\\\n   c", [("a", "bc")]),
    ("a=b\\\\\nc=d", [("a", "b\\"), ("c", "d")]),
    ("a=b\\\n# no comment", [("a", "b# no comment")]),
    ("a=\\u00e9\\t\\z", [("a", "é\tz")]),
    ("a=\\ud83d\\ude00", [("a", "😀")]),
    ("a=b\rc=d\r\ne=f", [("a", "b"), ("c", "d"), ("e", "f")]),
    ('"New York"=City', [('"New', 'York"=City')]),
    ('"New\\ York"=City', [('"New York"', "City")]),
    ("a=1\na=2", [("a", "1"), ("a", "2")]),
    ("a=b\\", [("a", "b")]),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_reading(text, expected):
    """Separators, escapes, continuations, comments and line ends."""
    assert [(entry.key, entry.value) for entry in entries(text)] == expected


def test_lines_are_counted_as_a_person_sees_them():
    """A continued entry stands on the line on which it begins."""
    assert list(entries("#c\na=\\\n b\nc=d")) == [Entry(2, "a", "b"), Entry(4, "c", "d")]


def test_a_broken_escape():
    """It is refused with its line, as Java refuses it."""
    with pytest.raises(PropertiesError) as error:
        list(entries("a=b\nc=\\u12"))
    assert error.value.line == 2


def test_comments():
    """Comment lines without their sign."""
    assert comments("#Mapping values\n ! x\na=#b") == ["Mapping values", "x"]
