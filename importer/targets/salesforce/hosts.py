"""Where a Salesforce token may go (facts: salesforce.md §1)."""

from __future__ import annotations

from collections.abc import Sequence

from importer.model.errors import TargetError
from importer.settings import check_url, host_of, is_among, is_host_name, is_loopback

SALESFORCE_HOSTS = ("salesforce.com", "*.salesforce.com")
"""All hosts of the documents lie here: login, test, My Domain of production, sandboxes, scratch orgs."""


def instance_of(said: str, configured: str, trusted: Sequence[str]) -> str:
    """Return the org's address that a sign-in has given, without a slash at its end.

    ``configured`` is the address at which we signed in (empty where a program on this machine gives the
    token), ``trusted`` the connection's ``trusted_hosts``. Raises TargetError for a host to which a token
    must not go, and for one that it would reach readably: an answer must not be able to send it away.
    """
    host, ours = host_of(said), host_of(configured)
    here = is_loopback(host) and (not configured or is_loopback(ours))
    known = here or (host != "" and host == ours)
    if not known and not (is_host_name(host) and is_among(host, (*SALESFORCE_HOSTS, *trusted))):
        raise _foreign(host)
    try:
        return check_url(said, allow_http=host == ours and configured.startswith("http:"))
    except ValueError as fault:
        why = "plain http would send it readable" if said.casefold().startswith("http:") else str(fault)
        raise TargetError(
            "FOREIGN_HOST",
            f"The sign-in names an address of {host} to which the token must not go ({why}).",
            "Check login_url: something else than Salesforce may answer there.",
        ) from None


def _foreign(host: str) -> TargetError:
    name = host if is_host_name(host) else "an address that is none"
    return TargetError(
        "FOREIGN_HOST",
        f"The sign-in names {name} as the org's address, no host of Salesforce: the token stays here.",
        f'When that is your org\'s own domain, say trusted_hosts = ["{name}"] in the connection.'
        if is_host_name(host)
        else "Check login_url: something else than Salesforce may answer there.",
    )
