"""The server's clock beside ours."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping


def clock_offset(headers: Mapping[str, str], now: float) -> float:
    """Return the server's clock minus ours in seconds, from the ``Date`` header; 0 without one."""
    text = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        return round(email.utils.parsedate_to_datetime(text).timestamp() - now, 1)
    except ValueError:
        return 0.0
