"""The body of an answer, taken out of its compression only when it is whole.

aiohttp hands out a gzip body that breaks off in its middle as if it were all of it (3.14,
``http_parser.DeflateBuffer.feed_eof``): a case's id could be lost with the rest. So it is done here.
"""

from __future__ import annotations

import zlib

ACCEPTED = "gzip, deflate"
"""What we say we can read (``Accept-Encoding``)."""


class BodyError(Exception):
    """The body is not whole or not usable; the text says why and quotes nothing of it."""


def decode(raw: bytes, encoding: str, limit: int) -> bytes:
    """Return ``raw`` out of its ``Content-Encoding``; ``limit`` in bytes. Raises BodyError."""
    encoding = encoding.strip().lower()
    if not raw or encoding in ("", "identity"):
        return raw
    if encoding in ("gzip", "x-gzip"):
        window = 31
    elif encoding == "deflate":
        window = (
            15 if raw[0] & 0x0F == 8 else -15
        )  # RFC 9110 §8.4.1.2: some servers leave the zlib header out
    else:
        raise BodyError("the answer is compressed in a way that was not asked for")
    return _inflate(raw, window, limit)


def _inflate(raw: bytes, window: int, limit: int) -> bytes:
    pieces: list[bytes] = []
    room = limit
    while raw:
        inflater = zlib.decompressobj(window)
        try:
            piece = inflater.decompress(raw, room + 1)
        except zlib.error:
            raise BodyError("the compressed answer is damaged") from None
        room -= len(piece)
        if room < 0:
            raise BodyError(f"the answer is larger than {limit} bytes")
        if not inflater.eof:
            raise BodyError("the compressed answer broke off")
        pieces.append(piece)
        raw = inflater.unused_data
    return b"".join(pieces)
