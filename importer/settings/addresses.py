"""Addresses of servers: what may follow a secret out of this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Tell whether ``host`` (a name or an address, without port and brackets) is this machine itself."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_url(text: str, *, allow_http: bool) -> str:
    """Return the address of a server without a slash at its end.

    The host is judged as parsed, never by pattern: ``https://login.salesforce.com@evil.example`` is refused.
    Raises ValueError that says what is wrong.
    """
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("an address has no blanks and no characters outside ASCII")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("this is not an address; expected for example https://host.example.com") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(
            "expected an address that starts with https://, for example https://host.example.com"
        )
    if "@" in parts.netloc:
        raise ValueError("an address must not carry a user name or password; use the keys made for them")
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise ValueError("an address ends before ? and #")
    if parts.scheme == "http" and not (allow_http or is_loopback(host)):
        raise ValueError(
            "plain http would send the password readable; use https, or say allow_http = true here"
        )
    return text.rstrip("/")
