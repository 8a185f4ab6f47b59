"""Where a Salesforce token may go (facts: salesforce.md §1)."""

from __future__ import annotations

from collections.abc import Sequence

from importer.model.errors import TargetError
from importer.settings import host_of, is_among, is_host_name, is_loopback

SALESFORCE_HOSTS = ("salesforce.com", "*.salesforce.com")
"""All hosts of the documents lie here: login, test, My Domain of production, sandboxes, scratch orgs."""


def instance_of(said: str, configured: str, trusted: Sequence[str]) -> str:
    """Return the org's address that a sign-in has given, without a slash at its end.

    ``configured`` is the address at which we signed in, ``trusted`` the connection's ``trusted_hosts``.
    Raises TargetError for a host to which a token must not go: an answer must not be able to send it away.
    """
    host = host_of(said)
    ours = is_loopback(host) or (host != "" and host == host_of(configured))
    if ours or (is_host_name(host) and is_among(host, (*SALESFORCE_HOSTS, *trusted))):
        return said.rstrip("/")
    name = host if is_host_name(host) else "an address that is none"
    raise TargetError(
        "FOREIGN_HOST",
        f"The sign-in names {name} as the org's address, no host of Salesforce: the token stays here.",
        f'When that is your org\'s own domain, say trusted_hosts = ["{name}"] in the connection.'
        if is_host_name(host)
        else "Check login_url: something else than Salesforce may answer there.",
    )
