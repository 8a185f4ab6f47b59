"""Patterns fit what Python's regular expressions fit, and no pair of pattern and text takes long."""

import random
import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from importer.mapping.patterns import MAX_KEPT, PatternError, pattern_function

FITS = [
    # pattern           fits                          does not
    ("^P[12]", ["P1", "P2 high"], ["P3", "xP1", "p1"]),
    ("P[12]$", ["P1", "a P2"], ["P1 ", "P3"]),
    ("^P[12]$", ["P1"], ["P12", "P1\n"]),
    ("b", ["abc", "b"], ["", "a"]),
    ("^$", [""], ["a", " "]),
    ("a|b", ["xa", "b"], ["c"]),
    ("^(open|new)( again)?$", ["open", "new again"], ["opened", "open again again"]),
    ("^a.c$", ["abc", "a\nc"], ["ac", "abbc"]),
    (r"^\d{3}$", ["123"], ["12", "1234"]),
    (r"^\d{2,}$", ["12", "123456"], ["1"]),
    (r"^a{0,2}$", ["", "aa"], ["aaa"]),
    (r"^[^0-9]+$", ["abc"], ["", "a1"]),
    (r"^\w+\s\W$", ["Zürich !"], ["Zürich a"]),
    (r"\.\/\\", ["a./\\b"], ["x"]),
    (r"^[\]\-a]+$", ["]-a"], ["b"]),
    (r"^(?:ab)*$", ["", "abab"], ["aba"]),
    ("(a|)b", ["b", "ab"], ["a"]),
    ("x*", ["", "anything"], []),
    ("a^b", [], ["a^b", "ab"]),
    ("(^a|b$)", ["ax", "xb"], ["xax"]),
]


@pytest.mark.parametrize(("pattern", "fits", "others"), FITS, ids=[each[0] for each in FITS])
def test_patterns(pattern, fits, others):
    """Each pattern fits these texts and not those."""
    matches = pattern_function(f"/{pattern}/")
    assert [text for text in fits if not matches(text)] == []
    assert [text for text in others if matches(text)] == []


WRONG = [
    ("P1", '"P1" is no pattern; write it between slashes: "/^P[12]/"'),
    ("/(a/", r"a ( has no partner; write \( for the sign itself"),
    ("/a)/", r"a ) has no partner; write \) for the sign itself"),
    ("/[a/", r"a [ begins a list of characters such as [a-z]; write \[ for the sign itself"),
    ("/[]/", r"a [ begins a list of characters such as [a-z]; write \[ for the sign itself"),
    ("/[a[b]]/", r"a [ begins a list of characters such as [a-z]; write \[ for the sign itself"),
    ("/[a--b]/", r"a [ begins a list of characters such as [a-z]; write \[ for the sign itself"),
    ("/[z-a]/", "[z-a] is no list of characters; a range goes from low to high"),
    (r"/[\b]/", r"\b is not known in a pattern"),
    ("/*a/", r"* repeats what stands before it; write \* for the sign itself"),
    ("/a**/", "one repeat stands after one character or group"),
    ("/a+{2}/", "one repeat stands after one character or group"),
    ("/^*/", "one repeat stands after one character or group"),
    ("/a{2,1}/", "a repeat goes from low to high, at most 100"),
    ("/a{101}/", "a repeat goes from low to high, at most 100"),
    ("/((a{99}){99}){99}/", "the repeats of this pattern are too large"),
    (r"/a\bc/", r"\b is not known in a pattern; there are \d, \w, \s and signs such as \."),
    (r"/(a)\1/", r"\1 is not known in a pattern; there are \d, \w, \s and signs such as \."),
    ("/(?=a)/", "(? is not known in a pattern; there are groups (…) only"),
    ("/" + "a" * 200 + "/", "a pattern has at most 200 characters"),
]


@pytest.mark.parametrize(("pattern", "message"), WRONG)
def test_patterns_that_are_written_wrong(pattern, message):
    """Each is refused with what to write instead."""
    with pytest.raises(PatternError) as caught:
        pattern_function(pattern)
    assert str(caught.value) == message


PIECES = st.recursive(
    st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", r"\d", "1", "^", "$"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{1,2}", "{0,3}"])).map(
            lambda pair: f"({pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=300)
@given(PIECES, st.text(alphabet="abc1\n", max_size=6))
@example("((a)*)*", "b")
@example("(a|)+$", "ab")
def test_patterns_fit_what_regular_expressions_fit(pattern, text):
    """For any pattern of the language and any text the answer is that of Python's re."""
    expected = re.search(pattern.replace("$", r"\Z"), text, re.DOTALL) is not None
    assert pattern_function(f"/{pattern}/")(text) is expected


RUNAWAYS = [
    "(a+)+$",
    "(a|a)*b",
    "(.*)*x",
    "(a|aa)+$",
    "a*a*a*a*a*b",
    "(x+x+)+y",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
]


@pytest.mark.parametrize("pattern", RUNAWAYS)
def test_no_pattern_runs_away(pattern):
    """Patterns that cost other engines years take a cell of 30,000 characters in their stride."""
    matches = pattern_function(f"/{pattern}/")
    begin = time.process_time()
    assert not matches("a" * 30_000 + "!")
    assert time.process_time() - begin < 2


def test_memory_is_bounded():
    """Texts of many different letters leave no more than a bounded memory behind."""
    matches = pattern_function("/(.a|b.){3}c$/")
    draw = random.Random(5)
    for _ in range(200):
        matches("".join(chr(draw.randrange(32, 60_000)) for _ in range(200)))
    assert len(matches.__self__._known) <= MAX_KEPT
