"""Addresses of servers: what may follow a secret out of this machine."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
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
    if not (text.isascii() and text.isprintable()) or " " in text or "\\" in text:
        raise ValueError("an address has no blanks, no backslashes and no characters outside ASCII")
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


def is_host_name(text: str) -> bool:
    """Tell whether ``text`` is a bare host name, with or without ``*.`` in front: no scheme, port or path."""
    labels = text.removeprefix("*.").split(".")
    return len(text) <= 253 and all(
        re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", label) for label in labels
    )


def host_of(url: str) -> str:
    """Return the host in ``url`` as parsed, in lower case, empty when there is none."""
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""


def is_among(host: str, names: Iterable[str]) -> bool:
    """Tell whether ``host`` is one of ``names``, or below one that begins with ``*.``, in any case."""
    host = host.casefold().rstrip(".")
    return host != "" and any(
        host.endswith(name[1:]) if name.startswith("*.") else host == name for name in names
    )


def origin_of(url: str) -> str:
    """Return scheme, host and port of ``url``."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def read_hosts(raw: object) -> tuple[str, ...]:
    """Return a list of host names, folded. Raises ValueError for anything else."""
    if not isinstance(raw, list) or not all(isinstance(name, str) and is_host_name(name) for name in raw):
        raise ValueError('expected a list of host names, for example ["acme.example.com", "*.example.org"]')
    return tuple(name.casefold() for name in raw)
