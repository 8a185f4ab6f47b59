"""YAML is read as text with places, and no file can make it slow or large."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.mapping.document import MAX_BYTES, MAX_DEPTH, MAX_NODES, Node, read_document
from importer.mapping.faults import Faults, MappingFaultsError, Mark


def read(text: str) -> Node:
    """Return the root of a text that must be usable."""
    faults = Faults("m.yaml")
    root = read_document(text, faults)
    faults.stop()
    return root


SCALARS = [
    "no",
    "NO",
    "on",
    "Off",
    "y",
    "true",
    "null",
    "~",
    "012",
    "0o17",
    "1e3",
    "1_000",
    "12:30:45",
    "2024-05-31",
]


@pytest.mark.parametrize("text", SCALARS)
def test_scalars_stay_text(text):
    """Neither keys nor values ever become booleans, numbers, dates or null."""
    assert read(f"{text}: {text}\n").plain() == {text: text}


def test_norway_and_its_neighbours_are_keys_of_their_own():
    """Keys that YAML 1.1 would fold into one are kept apart."""
    text = "no: Norway\nNO: Norge\nfalse: f\nyes: y\non: o\n1: one\n01: o1\n1.0: float\n"
    assert list(read(text).plain()) == ["no", "NO", "false", "yes", "on", "1", "01", "1.0"]


def test_places_are_those_of_the_file():
    """Keys and values know their line and column, counted from 1."""
    root = read("a: 1\nb:\n  - x\n  - {c: d}\n")
    assert root.find("a").start == Mark(1, 1)
    assert root.find("a").mark == Mark(1, 4)
    assert root.find("b", 1, "c").start == Mark(4, 6)
    assert root.find("b", 1, "c").mark == Mark(4, 9)
    assert root.find("b", 1, "nothing").mark == Mark(4, 5)


def test_byte_order_mark_and_line_ends(tmp_path):
    """Files as Windows writes them are read."""
    assert read("a: 1\r\nb: 2\r\n").plain() == {"a": "1", "b": "2"}


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20)
)

HOSTILE = {
    "billion laughs": (BOMB, "m.yaml:1:4: anchors are not allowed"),
    "aliases": ("a: *b\n" * 1000, "m.yaml:1:4: aliases are not allowed"),
    "deep lists": (
        "a: " + "[" * 100_000,
        f"m.yaml:1:20: the file is nested more than {MAX_DEPTH} levels deep",
    ),
    "deep mappings": ("{a: " * 100_000, f"the file is nested more than {MAX_DEPTH} levels deep"),
    "many parts": ("a: [" + "x," * (MAX_NODES + 1) + "]", "the file has more than 200,000 parts"),
    "large": ("a: " + "x" * MAX_BYTES, "m.yaml:1:1: the file is larger than 4 MB"),
    "tag": ('a: !!python/object/apply:os.system ["true"]\n', "m.yaml:1:4: tags are not allowed"),
    "surrogate": ("a: \ud800\n", "m.yaml:1:4: "),
    "bell": ("a: x\a\n", "m.yaml:1:5: this is not YAML (control characters are not allowed)"),
    "NUL": ("a: x\0y\n", "m.yaml:1:"),
}


@pytest.mark.parametrize(("text", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_refused_fast(text, expected):
    """Bombs and oddities are one fault, in seconds and without growing."""
    begin = time.process_time()
    with pytest.raises(MappingFaultsError) as caught:
        read(text)
    assert expected in str(caught.value)
    assert time.process_time() - begin < 5


def test_the_largest_value_map_is_read():
    """A value map of 20,000 lines is no bomb."""
    text = "a:\n" + "".join(f"  key {number}: value {number}\n" for number in range(20_000))
    assert len(read(text).plain()["a"]) == 20_000


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab:{}[]&*!|>-'\"%@`#\n \t,?\0\u2028é"), max_size=60))
def test_any_text_is_a_document_or_has_faults(text):
    """Nothing but MappingFaultsError is ever raised."""
    try:
        assert isinstance(read(text).plain(), dict)
    except MappingFaultsError as error:
        assert error.faults
