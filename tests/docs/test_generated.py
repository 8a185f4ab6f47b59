"""Parts of pages that are made from the code are up to date.

When one is not: ``python -m tests.docs.generated`` writes them anew.
"""

import pytest

from tests.docs.generated import PART, PARTS, renewed
from tests.docs.pages import name_of, pages


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_a_page_has_what_the_code_has_now(page):
    """What stands between the marks is what the code gives."""
    text = page.read_text(encoding="utf-8")
    assert text == renewed(text), "run: python -m tests.docs.generated"


def test_every_part_is_shown_once():
    """No part is forgotten, or kept in two places."""
    shown = [found[1] for page in pages() for found in PART.findall(page.read_text(encoding="utf-8"))]
    assert sorted(shown) == sorted(PARTS)
