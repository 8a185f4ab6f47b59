"""The proxy of a connection, and who we are to it."""

from __future__ import annotations

from urllib.parse import quote

from importer.model.errors import SettingsError
from importer.model.secret import Secret
from importer.settings import ConnectionSettings, Value, fetch_value


def proxy_of(settings: ConnectionSettings) -> str | None:
    """Return the proxy's address, with user name and password; None without one. Raises SettingsError."""
    proxy = plain(settings.proxy)
    if proxy is not None and not proxy.startswith(("http://", "https://")):
        raise SettingsError(
            "BAD_PROXY",
            f"[{settings.name}] proxy: this is not the address of a proxy.",
            "Expected for example http://proxy.example.com:3128.",
        )
    if proxy is None or settings.proxy_username is None:
        return proxy
    scheme, _, place = proxy.partition("://")
    if "@" in place:
        raise SettingsError(
            "BAD_PROXY",
            f"[{settings.name}] proxy: the address has a user name of its own beside proxy_username.",
            "Keep one of the two.",
        )
    user, password = plain(settings.proxy_username) or "", plain(settings.proxy_password) or ""
    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{place}"


def plain(value: Value | None) -> str | None:
    """Return ``value`` as text, fetched when it is a reference. Raises SettingsError."""
    found = fetch_value(value)
    return found.reveal() if isinstance(found, Secret) else found
