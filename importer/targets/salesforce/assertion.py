"""The signed assertion of the JWT bearer flow (facts: salesforce.md §1)."""

from __future__ import annotations

from importer.model.errors import TargetError
from importer.model.secret import Secret
from importer.settings import host_of

LIFE = 180
"""Seconds between signing and ``exp``; it bounds the assertion, not the session."""
NO_RSA = (
    "private_key is no RSA key that can be used.",
    "Salesforce takes RSA keys of 2048 bits and more (RS256).",
)
PRODUCTION, SANDBOX = "https://login.salesforce.com", "https://test.salesforce.com"


def audience_of(login_url: str) -> str:
    """Return the audience for where we sign in: sandboxes and scratch orgs have one of their own."""
    host = host_of(login_url)
    first = host.partition(".")[0]
    rehearsal = host == host_of(SANDBOX) or host.endswith(
        (".sandbox.my.salesforce.com", ".scratch.my.salesforce.com")
    )
    return SANDBOX if rehearsal or ("--" in first and host.endswith(".my.salesforce.com")) else PRODUCTION


def sign(
    client_id: str, username: str, audience: str, key: Secret, password: Secret | None, now: float
) -> str:
    """Return the assertion, signed by RS256; ``now`` is in epoch seconds. Raises TargetError for the key."""
    import jwt  # a quarter of a second to import
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    claims = {"iss": client_id, "sub": username, "aud": audience, "exp": int(now) + LIFE}
    try:
        secret = None if password is None else password.reveal().encode("utf-8")
        private = load_pem_private_key(key.reveal().encode("utf-8"), secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # The library's own words may quote the key.
        raise TargetError("BAD_PRIVATE_KEY", *_why(key, password, error)) from None
    if not isinstance(private, RSAPrivateKey):
        raise TargetError("BAD_PRIVATE_KEY", *NO_RSA)
    return jwt.encode(claims, private, algorithm="RS256")


def _why(key: Secret, password: Secret | None, error: Exception) -> tuple[str, str]:
    text = key.reveal()
    if "PRIVATE KEY-----" not in text:
        return (
            "private_key holds no private key in PEM.",
            "Give it the file that begins with -----BEGIN PRIVATE KEY-----; the certificate is for the app.",
        )
    if password is None and isinstance(error, TypeError):
        return "The private key is encrypted.", "Set private_key_password of the connection."
    if password is not None:
        return (
            "private_key cannot be read with private_key_password.",
            "Check the password; remove it when the key is not encrypted.",
        )
    return NO_RSA
