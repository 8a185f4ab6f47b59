"""Texts and comments of a mapping file that a program writes: read back they are the same texts."""

from __future__ import annotations

import re
import textwrap

_PLAIN = re.compile(r"[^\W\d_]\w*(?:[ ./-]\w+)*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that other readers of YAML take for something else than text."""
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
LONGEST_KEY = 1000
"""Characters; YAML takes no longer key on one line."""


def scalar(text: str) -> str:
    """Return ``text`` as a YAML scalar on one line, in double quotes where it needs them."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _WORDS:
        return text
    return '"' + "".join(_SHORT.get(sign) or _escaped(sign) for sign in text) + '"'


def value(text: str) -> str:
    """Return ``text`` as a value of a value map or a default, also where it looks like a keyword."""
    keyword = text in ("error", "keep", "omit", "null", "~") or text.startswith("{$")
    return f"{{value: {scalar(text)}}}" if keyword else scalar(text)


def fixed(text: str) -> str:
    """Return ``text`` as a constant: its braces are braces."""
    if text in ("omit", "null", "~"):
        return f"{{value: {scalar(text)}}}"
    return scalar(text.replace("{", "{{").replace("}", "}}"))


def can_be_key(text: str) -> bool:
    """Say whether YAML takes ``text`` as a key: it is not too long and has no half of a character."""
    return len(scalar(text)) <= LONGEST_KEY and not any("\ud800" <= sign <= "\udfff" for sign in text)


def comment(text: str, indent: str = "", width: int = 110) -> list[str]:
    """Return ``text`` as comment lines of at most ``width`` characters; nothing in it can end the comment."""
    flat = flattened(text)
    room = max(20, width - len(indent) - 2)
    found = textwrap.wrap(flat, room, break_long_words=False, break_on_hyphens=False)
    return [f"{indent}# {line}" for line in found]


def flattened(text: str) -> str:
    """Return ``text`` on one line, what cannot be printed as blanks."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _escaped(sign: str) -> str:
    if sign.isprintable():
        return sign
    code = ord(sign)
    if code < 0x100:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
