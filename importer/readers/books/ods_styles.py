"""Styles of an OpenDocument spreadsheet, and the names of its elements whatever prefixes it uses."""

from __future__ import annotations

from functools import lru_cache

PREFIXES = {
    "urn:oasis:names:tc:opendocument:xmlns:office:1.0": "office",
    "urn:oasis:names:tc:opendocument:xmlns:table:1.0": "table",
    "urn:oasis:names:tc:opendocument:xmlns:text:1.0": "text",
    "urn:oasis:names:tc:opendocument:xmlns:style:1.0": "style",
    "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0": "number",
    "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0": "draw",
    "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0": "calcext",
}


SPACES = {prefix: space for space, prefix in PREFIXES.items()}


def full(name: str) -> str:
    """Return a name such as ``table:table-row`` as the parser gives it: with its namespace."""
    prefix, _, plain = name.partition(":")
    return f"{SPACES[prefix]} {plain}"


@lru_cache(maxsize=4096)
def name_of(name: str) -> str:
    """Return ``table:table-row`` for a name with its namespace, whatever prefix the file uses."""
    space, _, plain = name.rpartition(" ")
    return f"{PREFIXES.get(space, '')}:{plain}"


class Styles:
    """What is asked of styles: is a table shown, does a format pad with zeros, does a time pass a day."""

    def __init__(self) -> None:
        self._formats: dict[str, str] = {}
        self._cells: dict[str, tuple[str, str]] = {}
        self._hidden: set[str] = set()
        self._elapsed: set[str] = set()
        self._format = self._style = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element outside of tables."""
        kind, _, plain = name.partition(":")
        if kind not in ("number", "style"):
            return
        given = {name_of(key): value for key, value in attributes.items()}
        if plain.endswith("-style") and kind == "number":
            self._format = given.get("style:name", "")
            if given.get("number:truncate-on-overflow") == "false":
                self._elapsed.add(self._format)
        elif name == "number:number" and self._format:
            digits = given.get("number:min-integer-digits", "")
            decimals = given.get("number:decimal-places", "0") or "0"
            grouped = given.get("number:grouping") == "true"
            if digits.isdecimal() and 1 < int(digits) < 100 and decimals == "0" and not grouped:
                self._formats[self._format] = "0" * int(digits)
        elif name == "style:style":
            self._style = given.get("style:name", "")
            self._cells[self._style] = (
                given.get("style:data-style-name", ""),
                given.get("style:parent-style-name", ""),
            )
        elif name == "style:table-properties" and given.get("table:display") == "false":
            self._hidden.add(self._style)

    def shown(self, style: str) -> bool:
        """Say whether a table of this style is shown."""
        return style not in self._hidden

    def number_format(self, style: str) -> str:
        """Return zeros for a cell style that pads its numbers, else General."""
        return self._formats.get(self._data(style), "General")

    def elapsed(self, style: str) -> bool:
        """Say whether times of this cell style count past a day."""
        return self._data(style) in self._elapsed

    def _data(self, style: str) -> str:
        for _ in range(10):
            data, parent = self._cells.get(style, ("", ""))
            if data or not parent:
                return data
            style = parent
        return ""
