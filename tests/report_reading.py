"""Reads a report as a program: well-formed or an AssertionError, its tables by caption, its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

VOID = frozenset({"meta", "br", "line", "rect", "polygon", "polyline", "circle"})
OUTWARD = frozenset({"href", "src", "srcset", "action", "data", "xlink:href", "background", "poster"})


@dataclass
class Report:
    """What is on the page. ``tables`` are rows of texts by caption, ``drawings`` shapes by class in each chart."""

    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    headings: list[str] = field(default_factory=list)
    drawings: dict[str, list[str]] = field(default_factory=dict)
    text: str = ""
    headline: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Report()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.named: list[str] = []
        self._cell: list[str] | None = None
        self._row: list[str] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self._chart = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        assert not OUTWARD & set(told), f"<{tag}> has {told}: the page must need nothing outside"
        assert tag not in {"script", "link", "img", "iframe", "base"} and not any(
            a.startswith("on") for a in told
        )
        self.ids += [told["id"] or ""] if "id" in told else []
        self.named += (told.get("aria-labelledby") or "").split()
        if tag == "svg":
            assert told.get("role") == "img" and told.get("aria-labelledby")
            self._chart = (told["aria-labelledby"] or "").split()[0].removesuffix("-t")
        elif self._chart and told.get("class"):
            self.found.drawings.setdefault(self._chart, []).append((told["class"] or "").split()[0])
        if tag in {"th", "td", "caption", "h1", "h2"}:
            self._cell = []
        if tag == "th":
            assert told.get("scope") in {"row", "col"}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()
        said = " ".join("".join(self._cell or []).split())
        if tag in {"th", "td"}:
            self._row.append(said)
        elif tag == "tr":
            self._rows.append(self._row)
            self._row = []
        elif tag == "caption":
            self._caption = said
        elif tag == "table":
            assert self._caption and self._caption not in self.found.tables
            assert len({len(row) for row in self._rows}) == 1, self._rows
            self.found.tables[self._caption], self._rows = self._rows, []
        elif tag == "h2":
            self.found.headings.append(said)
        elif tag == "h1":
            self.found.headline = said
        elif tag == "svg":
            self._chart = ""
        if tag in {"th", "td", "caption", "h1", "h2"}:
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(f"{data} " if self.open[-1] in {"small", "code", "q", "li"} else data)
        if "style" in self.open:
            assert "url(" not in data and "@import" not in data and "http" not in data
        else:
            self.found.text += data


def read_report(path: Path) -> Report:
    """Return what the report at ``path`` says; AssertionError where it is not whole in itself."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>\n<html lang=") and "default-src 'none'" in text
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == [] and len(set(reader.ids)) == len(reader.ids)
    assert set(reader.named) <= set(reader.ids)
    return reader.found


def column(rows: list[list[str]], name: str) -> list[str]:
    """Return the cells below the head ``name``."""
    at = rows[0].index(name)
    return [row[at] for row in rows[1:]]


def whole(text: str) -> int:
    """Return the number that a cell shows."""
    return int("".join(sign for sign in text if sign.isdigit()) or 0)
