"""Names in the drop folder: which are left alone, which are given away, and how clashes are numbered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import PurePath

NOTE = ".waiting.txt"
"""How the name of a note ends that lies beside a file that waits."""
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp", ".temp", ".!ut")
"""How browsers and transfer programs call what has not arrived yet."""
OF_SYSTEMS = frozenset({"desktop.ini", "thumbs.db", "icon\r", "$recycle.bin"})
MOST_BYTES = 150
"""Bytes of a name that we give. File systems take 255; names of results and notes need some of them."""
TAIL_BYTES = 40
"""Bytes of a long name's end that are kept: what tells a file apart often stands there."""
_UNWELCOME = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff<>:"|?*\\/]')
"""What systems stumble over: control characters, undecodable bytes, what means something to Windows."""


def is_left_alone(name: str) -> bool:
    """Return whether a file of this name is no input: hidden, unfinished, a lock, a note, a system's own."""
    lower = name.lower()
    return name.startswith((".", "~$")) or lower.endswith((*UNFINISHED, NOTE)) or lower in OF_SYSTEMS


def lock_names(name: str) -> tuple[str, ...]:
    """Return the names of files that say that ``name`` is open: Excel's, Word's short form, LibreOffice's."""
    return f"~${name}", f"~${name[2:]}", f".~lock.{name}#"


def given_name(name: str) -> str:
    """Return the name under which a file is worked on and given back: its own, where every system takes it.

    Line breaks, undecodable bytes and the like become ``_``; the middle of a long name is left out.
    """
    clean = _UNWELCOME.sub("_", name).rstrip(". ") or "_"
    if len(clean.encode()) <= MOST_BYTES:
        return clean
    head, tail = clean.encode()[: MOST_BYTES - TAIL_BYTES - 1], clean.encode()[-TAIL_BYTES:]
    return f"{head.decode('utf-8', 'ignore')}~{tail.decode('utf-8', 'ignore')}"


def note_name(name: str) -> str:
    """Return the name of the note beside the file ``name``."""
    return f"{given_name(name)}{NOTE}"


def numbered(name: str) -> Iterator[str]:
    """Give ``name`` and what is tried when it is taken: ``tickets-2.csv``, ``tickets-3.csv`` …"""
    path = PurePath(name)
    yield name
    for number in count(2):
        yield f"{path.stem}-{number}{path.suffix}"
