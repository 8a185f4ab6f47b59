"""Which encoding would fit bytes that are not UTF-8: the one that makes most real words of them.

A suggestion for a person to look at, never a guess that is acted upon.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

LATIN = ("LATIN",)
LADDER = {
    "cp1252": LATIN,
    "cp1250": LATIN,
    "cp1254": LATIN,
    "cp850": LATIN,
    "mac_roman": LATIN,
    "cp1251": ("CYRILLIC",),
    "koi8_r": ("CYRILLIC",),
    "cp866": ("CYRILLIC",),
    "cp1253": ("GREEK",),
    "cp1255": ("HEBREW",),
    "cp1256": ("ARABIC",),
    "shift_jis": ("CJK", "HIRAGANA", "KATAKANA"),
    "euc_kr": ("HANGUL",),
    "gb18030": ("CJK",),
    "big5": ("CJK",),
    "latin_1": LATIN,
}
"""Encodings to suggest and the scripts they are for, in the order in which a tie is told."""
SAMPLE_BYTES = 1 << 16
WORD = re.compile(r"[^\W\d_]+")
LETTER = r"[^\W\d_]"
SIGNS = re.compile(
    r"(?<!\w)[“„«‘‚](?=\w)|(?<=[\w.,;:!?)%])[”»](?!\w)"  # quotes around words
    rf"|(?<={LETTER})’|(?<=[\w.,])…(?!\w)|(?<=\w)[®™](?!\w)"
    r"|(?<=[ \d])[–—•](?=[ \d])"
    rf"|(?<!{LETTER})[€£§©°](?!{LETTER})"
)
"""Signs that are not in ASCII, where texts have them."""
ENOUGH = 0.5
"""The share of characters beyond ASCII that must make words: bytes that are no text make some by chance."""


def fitting(sample: bytes) -> tuple[str, ...]:
    """Suggest encodings for ``sample``, lines that are not UTF-8; none if none makes words of most of it.

    More than one where they make different texts of as many real words.
    """
    found: dict[str, str] = {}
    best = ENOUGH
    for codec, scripts in LADDER.items():
        try:
            # of a line that goes on and on the beginning will do; it may end inside a character
            text = codecs.getincrementaldecoder(codec)().decode(
                sample[:SAMPLE_BYTES], len(sample) <= SAMPLE_BYTES
            )
        except UnicodeDecodeError:
            continue
        share = _share(text, scripts)
        if share > best:
            best, found = share, {}
        if share == best:
            found.setdefault(text, codec)
    return tuple(found.values())


def _share(text: str, scripts: tuple[str, ...]) -> float:
    """Return the share of characters beyond ASCII that stand in words of ``scripts``, or where signs do."""
    foreign = sum(character > "\x7f" and character != "\xa0" for character in text)
    real = sum(_foreign_letters(word, scripts) for word in WORD.findall(text))
    return (real + len(SIGNS.findall(text))) / max(1, foreign)


def _foreign_letters(word: str, scripts: tuple[str, ...]) -> int:
    """Count the letters of ``word`` beyond ASCII when it looks like a word of ``scripts``; 0 otherwise."""
    foreign = [letter for letter in word if letter > "\x7f"]
    if not all(unicodedata.name(letter, "").startswith(scripts) for letter in foreign):
        return 0
    if word[1:] != word[1:].lower() and not word.isupper():
        return 0
    if len(word) == 1:
        return 0  # one letter proves nothing
    mixed = len(foreign) < len(word)
    fits = (mixed or len(word) < 4) if scripts == LATIN else not mixed
    return len(foreign) if fits else 0
