"""What a refused token request means, and what to do about it (facts: salesforce.md §1)."""

from __future__ import annotations

from collections.abc import Mapping

from importer.model.errors import TargetError

REMEDIES: Mapping[tuple[str, str], str] = {
    ("invalid_grant", "authentication failure"): (
        "Check user, password and security token, and whether the org lets this network in. Orgs made since"
        " Summer '23 have the password flow off: turn it on under Setup > OAuth and OpenID Connect Settings,"
        ' or use auth = "jwt-bearer" or "client-credentials".'
    ),
    ("invalid_grant", "expired access/refresh token"): (
        "The refresh token has expired or was revoked (a user has five for one app, the oldest dies): let the"
        " user sign in to the app once more, and store the new token."
    ),
    ("invalid_grant", "audience is invalid"): (
        "Set audience of the connection: https://test.salesforce.com for sandboxes,"
        " https://login.salesforce.com for other orgs, or the address of the Experience Cloud site."
    ),
    ("invalid_grant", "user hasn't approved this consumer"): (
        "Pre-authorise the user: in the app's policies let admin-approved users in, and give the app to the"
        " user's profile or a permission set. Check username: it must be one of this org."
    ),
    ("invalid_grant", "expired authorization code"): (
        "What was signed was too old when it arrived: set the clock of this machine."
    ),
    ("invalid_grant", "request not supported on this domain"): (
        "Client credentials need the org's own address: set login_url to https://MyDomain.my.salesforce.com."
    ),
    ("invalid_grant", "no client credentials user enabled"): (
        "Give the app a user to run as, in its OAuth policies under Client Credentials Flow."
    ),
    ("invalid_client_id", ""): "Check client_id, the consumer key of the app. A new app takes ten minutes.",
    ("invalid_client", ""): "Check client_secret, the consumer secret of the app.",
    ("unsupported_grant_type", ""): "This way of signing in is off in the org; use another auth.",
}
"""(error, beginning of its description) → what to do; the descriptions are in English always."""

OTHERWISE: Mapping[str, str] = {
    "jwt-bearer": "Check that the app has the certificate that belongs to private_key, and check client_id,"
    " username, audience and login_url of the connection.",
    "refresh-token": "Check login_url, client_id and refresh_token of the connection.",
    "client-credentials": "Check login_url, client_id and client_secret of the connection.",
}
"""``auth`` → what to check when the answer is one that nobody knows."""


def refusal(url: str, auth: str, status: int, document: Mapping[str, object]) -> TargetError:
    """Return the error for a token request that was answered ``status`` and ``document``."""
    error, description = str(document.get("error") or ""), str(document.get("error_description") or "")
    said = f"{error}: {description}" if error else f"HTTP status {status}"
    return TargetError(
        "SIGN_IN_REFUSED", f"{url} refuses the sign-in ({said}).", _remedy(auth, error, description)
    )


def _remedy(auth: str, error: str, description: str) -> str:
    for (name, beginning), remedy in REMEDIES.items():
        if name == error and description.casefold().startswith(beginning):
            return remedy
    return OTHERWISE.get(
        auth, "Check login_url, client_id, client_secret, user and password of the connection."
    )
