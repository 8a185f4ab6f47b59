"""Keys and certificates that are made for a test and trusted by nobody."""

from __future__ import annotations

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

_KEYS: list[RSAPrivateKey] = []


def rsa_key(number: int | None = None) -> RSAPrivateKey:
    """Return an RSA key of 2048 bits: a fresh one, or the ``number``-th that this process has made."""
    if number is not None and number < len(_KEYS):
        return _KEYS[number]
    _KEYS.append(generate_private_key(65537, 2048))
    return _KEYS[-1]


def private_pem(key: RSAPrivateKey | EllipticCurvePrivateKey, password: str = "") -> str:
    """Return the key in PEM (PKCS #8), encrypted by ``password`` if there is one."""
    how = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how).decode()


def public_pem(key: RSAPrivateKey) -> str:
    """Return the public half in PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def certificate_pem(key: RSAPrivateKey) -> str:
    """Return a certificate for the key, signed by itself, as one uploads to an app."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loader of the tests")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = builder.not_valid_before(now - dt.timedelta(1)).not_valid_after(now + dt.timedelta(1))
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
