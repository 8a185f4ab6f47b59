"""What the keys of a sign-in say together: addresses that follow from others, and keys that need others."""

from __future__ import annotations

from collections.abc import Mapping

from importer.settings.addresses import host_of, origin_of
from importer.settings.caserest import caserest
from importer.settings.fault import Fault

CASEREST = "/CASEREST"
LOGIN_HOSTS = ("login.salesforce.com", "test.salesforce.com")
"""Where everybody signs in; no org lives there (facts: salesforce.md §1)."""


def check_salesforce(table: Mapping[str, object], values: Mapping[str, object], faults: list[Fault]) -> None:
    """Find addresses of the common login hosts where the org's own is needed (facts: salesforce.md §1)."""
    auth = values.get("auth")
    if auth == "client-credentials" and host_of(str(values.get("login_url", ""))) in LOGIN_HOSTS:
        text = "login_url must be the org's My Domain address (https://NAME.my.salesforce.com): Salesforce" \
            " refuses client credentials on its common hosts"  # fmt: skip
        faults.append(Fault("login_url" if "login_url" in table else None, text))
    if auth == "access-token" and host_of(str(values.get("instance_url", ""))) in LOGIN_HOSTS:
        faults.append(Fault("instance_url", "expected the org's own address, https://NAME.my.salesforce.com"))


def complete_ibm(table: Mapping[str, object], values: dict[str, object], faults: list[Fault]) -> None:
    """Fill in the addresses that follow from ``url``, and find those that do not (facts: ibm §1, §8)."""
    url = str(values.get("url", ""))
    if not url:
        return
    if values.get("auth") == "ltpa":
        context = caserest(url).root.removesuffix(CASEREST)
        _follow("login_url", f"{context}/j_security_check", url, table, values, faults)
    if values.get("auth") == "zen":
        values.setdefault("zen_url", origin_of(url))
    if "csrf_url" in table:
        _follow("csrf_url", "", url, table, values, faults)


def _follow(
    key: str,
    default: str,
    url: str,
    table: Mapping[str, object],
    values: dict[str, object],
    faults: list[Fault],
) -> None:
    """Fill in ``key`` by ``default``, unless the file names it: then on the server of ``url`` only."""
    if key in table:
        if key in values and origin_of(str(values[key])) != origin_of(url):
            faults.append(Fault(key, "it must be on the server of url, where its cookie or token belongs"))
    else:
        values[key] = default


_COMPANIONS = {
    "client_key": "client_cert",
    "client_cert_password": "client_cert",
    "proxy_username": "proxy",
    "proxy_password": "proxy_username",
}


def check_companions(table: Mapping[str, object], faults: list[Fault]) -> None:
    """Find keys that do nothing without another one."""
    faults.extend(
        Fault(key, f"it does nothing without {other}")
        for key, other in _COMPANIONS.items()
        if key in table and other not in table
    )
