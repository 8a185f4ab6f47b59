"""JSON as both targets send it: exact decimals, UTF-8, no blanks."""

from __future__ import annotations

import json
from decimal import Decimal
from json.encoder import encode_basestring as _quoted
from typing import Any

_scalar = json.JSONEncoder(ensure_ascii=False).encode
"""One encoder for all values: ``json.dumps`` with options makes a new one for each."""
_read = json.JSONDecoder().decode
_WORDS = {True: "true", False: "false", None: "null"}


def encode(value: object) -> bytes:
    """Return ``value`` as UTF-8 JSON; a ``Decimal`` is written with all its digits, without an exponent."""
    return _text(value).encode("utf-8")


def _text(value: object) -> str:
    if isinstance(value, dict):
        members = [
            f"{_quoted(name)}:{_quoted(member) if member.__class__ is str else _text(member)}"
            for name, member in value.items()
        ]
        return "{" + ",".join(members) + "}"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if value is None or value.__class__ is bool:
        return _WORDS[value]
    if value.__class__ is int:
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join([_text(member) for member in value]) + "]"
    return _scalar(value)


def decode(body: bytes) -> Any:
    """Return the JSON document in ``body``, or None when it is not JSON (HTML, cut, empty)."""
    try:
        return _read(body.decode("utf-8"))
    except ValueError:
        pass
    try:
        return json.loads(body)  # it tells UTF-16, UTF-32 and a byte-order mark by the first bytes
    except ValueError:
        return None
