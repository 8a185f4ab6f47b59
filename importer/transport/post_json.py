"""One POST of a JSON document to somebody who wants to be told: no session, no retry, no redirect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from importer.transport.wire import tls_context

SECONDS = 10.0
"""How long the answer is waited for: whoever is told must not hold up who tells."""


async def post_json(
    url: str, document: object, headers: Mapping[str, str], *, ca_file: Path | None, seconds: float = SECONDS
) -> str | None:
    """Post ``document`` and return what went wrong in words without the address, None for a 2xx answer.

    Raises SettingsError when ``ca_file`` is not usable.
    """
    body = json.dumps(document, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")
    sent = {"User-Agent": "case-importer", **headers, "Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(ssl=tls_context(ca_file, None))
    timeout = aiohttp.ClientTimeout(total=seconds)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as client,
            client.post(url, data=body, headers=sent, allow_redirects=False) as answer,
        ):
            return None if answer.status // 100 == 2 else f"it answered with HTTP status {answer.status}"
    except TimeoutError:
        return f"no answer came within {seconds:g} s"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return f"it could not be reached ({type(error).__name__})"  # the text of the error has the address
