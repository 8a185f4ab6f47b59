"""The Markdown pages of the repository, and their parts: code blocks, tables, links."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = (".github", "importer", "mappings", "samples", "tests")
COMMAND = "case-importer"
PROGRAMS = (COMMAND, f".venv/bin/{COMMAND}", f".venv\\Scripts\\{COMMAND}")


_FOREIGN = {"data", "node_modules"}


def pages() -> list[Path]:
    """Return every Markdown page that is ours."""
    found = [page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md")]
    return sorted(
        [*ROOT.glob("*.md"), *(page for page in found if _FOREIGN.isdisjoint(page.relative_to(ROOT).parts))]
    )


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, and the heading under which it stands."""

    language: str
    text: str
    heading: str

    @property
    def lines(self) -> list[str]:
        return [line for line in self.text.splitlines() if line.strip()]


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page in order."""
    found, heading, language, lines = [], "", None, list[str]()
    for line in text.splitlines():
        if language is None and line.startswith("#"):
            heading = line.lstrip("#").strip()
        elif not line.startswith("```"):
            lines.append(line)
        elif language is None:
            language, lines = line[3:].strip(), []
        else:
            found.append(Block(language, "\n".join(lines) + "\n", heading))
            language = None
    return found


def block(name: str, heading: str, language: str) -> Block:
    """Return the first block of ``language`` under ``heading`` of the page ``name``."""
    return next(b for b in blocks(text_of(name)) if b.heading == heading and b.language == language)


def prose(text: str) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def tables(text: str) -> list[list[list[str]]]:
    """Return the tables of a page: rows of cells, the head first, the rule below it left out."""
    found = re.findall(r"(?:^\|.*\|\n)+", prose(text) + "\n", re.MULTILINE)
    return [
        [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]
            for line in table.splitlines()
            if not re.fullmatch(r"[|\s:-]+", line)
        ]
        for table in found
    ]


def table(name: str, head: str) -> list[list[str]]:
    """Return the rows of the first table of page ``name`` whose first head cell is ``head``."""
    return next(rows[1:] for rows in tables(text_of(name)) if rows[0][0] == head)


def ticked(cell: str) -> list[str]:
    """Return the words in backquotes."""
    return re.findall(r"`([^`]+)`", cell)


def commands(text: str) -> list[list[str]]:
    """Return every use of our command in blocks and in backquotes of a page, as words after its name."""
    lines = [
        line for b in blocks(text) if b.language in ("sh", "powershell", "bat", "text") for line in b.lines
    ]
    lines += [" ".join(found.split()) for found in re.findall(r"`([^`]+)`", prose(text))]
    found = []
    for line in lines:
        for part in re.split(r"&&|;|>>", line.partition("  #")[0]):
            words = _words(part)
            places = [place for place, word in enumerate(words) if word in PROGRAMS]
            if places:
                found.append(words[places[0] + 1 :])
    return found


def _words(part: str) -> list[str]:
    try:
        return shlex.split(part, posix=True) if "\\" not in part else part.split()
    except ValueError:
        return part.split()


def slug(heading: str) -> str:
    """Return the anchor that GitHub makes of a heading."""
    text = re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
