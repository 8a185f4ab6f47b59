"""The parts of pages that are made from the code, between ``<!-- generated: … -->`` and ``<!-- end -->``.

``python -m tests.docs.generated`` writes them anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from importer.journal.states import MOVES
from importer.settings import TARGETS, TargetName, reference_table
from importer.targets.ibm.codes import IDS
from importer.targets.salesforce.codes import CODES
from tests.docs.pages import ROOT, name_of, pages

PART = re.compile(r"(<!-- generated: (.+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _salesforce() -> str:
    rows = ((f"`{code}`", found.verdict.value, found.message) for code, found in CODES.items())
    return _table(("code", "verdict", "in plain words"), rows)


def _ibm() -> str:
    rows = ((f"`{code}`", found.verdict.value, found.message) for code, found in IDS.items())
    return _table(("id", "verdict", "in plain words"), rows)


def _moves() -> str:
    rows = ((f"`{state}`", ", ".join(f"`{after}`" for after in sorted(MOVES[state]))) for state in MOVES)
    return _table(("state", "may become"), ((state, after or "nothing else") for state, after in rows))


def _keys(target: TargetName) -> Callable[[], str]:
    return lambda: reference_table(target)


PARTS: dict[str, Callable[[], str]] = {
    **{f"keys of {target}": _keys(target) for target in TARGETS},
    "codes of salesforce": _salesforce,
    "ids of ibm": _ibm,
    "moves": _moves,
}


def renewed(text: str) -> str:
    """Return a page with its generated parts as the code has them now."""
    return PART.sub(lambda found: f"{found[1]}{PARTS[found[2]]()}{found[4]}", text)


def main() -> None:
    """Write all pages anew that have generated parts."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if renewed(text) != text:
            page.write_text(renewed(text), encoding="utf-8", newline="\n")
            print(f"renewed {name_of(page)} in {ROOT}")


if __name__ == "__main__":
    main()
