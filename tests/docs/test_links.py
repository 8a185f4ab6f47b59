"""Links and names of files lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, name_of, pages, prose, slug, ticked

LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
CODE_FILE = re.compile(r"(?:[\w.]+/)*[\w.]+\.(?:py|yaml|toml|txt|lock)")
EXAMPLES = {"connections.toml", "./connections.toml"}
"""Names of files that belong to the reader."""


def headings(page: Path) -> list[str]:
    text = prose(page.read_text(encoding="utf-8"))
    return [slug(line.lstrip("#").strip()) for line in text.splitlines() if line.startswith("#")]


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_to_files_and_headings(page):
    """Every relative link of a page leads to a file of the repository, every anchor to a heading."""
    for target in LINK.findall(prose(page.read_text(encoding="utf-8"))):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists() and found.is_relative_to(ROOT), target
        assert not anchor or anchor in headings(found), target


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_named_files_exist(page):
    """A file of the code that a page names is there: from the root, from the page, or from importer/."""
    for word in ticked(prose(page.read_text(encoding="utf-8"))):
        if not CODE_FILE.fullmatch(word) or word in EXAMPLES:
            continue
        places = (
            ROOT,
            page.parent,
            ROOT / "importer",
            ROOT / "tests",
            *(ROOT / "importer").glob("targets/*"),
        )
        samples = (ROOT / "samples", ROOT / "mappings", page.parent.parent)
        assert any((place / word).is_file() for place in (*places, *samples)), word


def test_every_page_is_reached_from_the_readme():
    """Who starts at README.md finds every page, but for the vendors' texts."""
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        for target in LINK.findall(prose(page.read_text(encoding="utf-8"))):
            if "://" not in target and target.partition("#")[0]:
                todo.append((page.parent / target.partition("#")[0]).resolve())
    assert sorted(map(name_of, set(pages()) - reached)) == ["tests/transport/tls/README.md"]


def test_no_page_has_an_open_fence():
    """Every fenced block is closed and names its language."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        assert text.count("\n```") % 2 == 0, name_of(page)
        assert all(b.language for b in blocks(text) if page.parent != ROOT / "importer" / "simulator"), page
