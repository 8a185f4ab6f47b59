"""Where CASEREST lies on a server, and the version that an address names (facts: ibm-case-manager.md §1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Version = Literal["v1", "v2"]
VERSIONS: tuple[Version, ...] = ("v1", "v2")
AUTO = "auto"
"""The version that the address names, else the one that answers, v1 first."""

_NAMED = re.compile(r"(?P<root>.*/CASEREST)(?:/(?P<version>v[12]))?")
_CONTEXT = "/CaseManager"
"""The default name of the web application (IBM, ``acmdv013``); another one is written up to /CASEREST."""


@dataclass(frozen=True, slots=True)
class Caserest:
    """``root`` is an address up to and with ``/CASEREST``, both versions lie below it; ``version`` is the one
    that was named, None where none was.
    """

    root: str
    version: Version | None

    def of(self, version: Version) -> str:
        """Return the address of ``version``."""
        return f"{self.root}/{version}"


def caserest(url: str, wanted: str = AUTO) -> Caserest:
    """Return where CASEREST lies by an address without a slash at its end, in any of these forms.

    Up to ``/CASEREST/v1`` or ``/CASEREST/v2``, up to ``/CASEREST``, up to the context ``/CaseManager``, or up
    to what stands before it: the host alone, or ``/baw-baw1`` or ``/bas`` on CP4BA. ``wanted`` is a version,
    and wins over the address; everything else leaves it to the address.
    """
    named = _NAMED.fullmatch(url)
    found: Version | None = None
    if named:
        root = named["root"]
        found = next((version for version in VERSIONS if version == named["version"]), None)
    elif urlsplit(url).path.endswith(_CONTEXT):
        root = f"{url}/CASEREST"
    else:
        root = f"{url}{_CONTEXT}/CASEREST"
    return Caserest(root, next((version for version in VERSIONS if version == wanted), found))
