"""RS256 checked by arithmetic alone (RFC 8017 §8.2.2): a witness that shares no library with a client."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from importer.simulator.options import SimulatorError

_PEM = re.compile(r"-----BEGIN (?:CERTIFICATE|PUBLIC KEY)-----(.+?)-----END", re.DOTALL)
_RSA = bytes.fromhex("06092a864886f70d010101")
"""The object identifier rsaEncryption (1.2.840.113549.1.1.1) in DER."""
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before the digest in a padded signature: DigestInfo of SHA-256."""
_INTEGER, _BITS, _SEQUENCE = 0x02, 0x03, 0x30


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An RSA key: ``modulus`` and ``exponent``."""

    modulus: int
    exponent: int

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        """Tell whether ``signature`` is this key's over ``signed``, by RSASSA-PKCS1-v1_5 with SHA-256."""
        size = (self.modulus.bit_length() + 7) // 8
        if len(signature) != size:
            return False
        tail = b"\x00" + _SHA256 + hashlib.sha256(signed).digest()
        expected = b"\x00\x01" + b"\xff" * (size - 2 - len(tail)) + tail
        found = pow(int.from_bytes(signature, "big"), self.exponent, self.modulus).to_bytes(size, "big")
        return hmac.compare_digest(found, expected)


def read_key(text: str) -> PublicKey:
    """Read a public key or a certificate in PEM. Raises SimulatorError when there is no RSA key in it."""
    found = _PEM.search(text)
    try:
        der = base64.b64decode("".join(found[1].split()), validate=True) if found else b""
        key = _find(der)
    except (ValueError, IndexError):
        key = None
    if key is None:
        raise SimulatorError("The file for --jwt-key holds no RSA public key and no certificate in PEM.")
    return key


def _find(der: bytes) -> PublicKey | None:
    """Look for the SubjectPublicKeyInfo in a key or a certificate: only it has this identifier."""
    members = _members(der)
    if len(members) == 2 and members[0][1].startswith(_RSA) and members[1][0] == _BITS:
        inside = _members(members[1][1][1:])  # behind the count of unused bits
        numbers = _members(inside[0][1])
        return PublicKey(*(int.from_bytes(content, "big") for tag, content in numbers if tag == _INTEGER))
    for tag, content in members:
        key = _find(content) if tag == _SEQUENCE else None
        if key is not None:
            return key
    return None


def _members(der: bytes) -> list[tuple[int, bytes]]:
    """Return the tags and contents of the DER values that stand side by side in ``der``."""
    found, at = [], 0
    while at < len(der):
        tag, size, at = der[at], der[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            size, at = int.from_bytes(der[at : at + count], "big"), at + count
        if at + size > len(der):
            raise ValueError("cut")
        found.append((tag, der[at : at + size]))
        at += size
    return found
