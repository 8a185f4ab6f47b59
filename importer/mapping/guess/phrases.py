"""Names of columns and properties as phrases that can be compared: small letters, words, one spelling."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_PIECES = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\dA-Z_]+|[A-Z]+|\d+")

SPELLINGS = {
    "#": "number", "no": "number", "nr": "number", "num": "number", "nbr": "number", "nummer": "number",
    "ref": "reference", "dt": "date", "datum": "date", "desc": "description", "descr": "description",
    "prio": "priority", "tel": "phone", "telephone": "phone", "telefon": "phone", "cust": "customer",
    "org": "organization", "organisation": "organization", "mail": "email", "msg": "message",
    "addr": "address", "qty": "quantity", "amt": "amount", "yr": "year", "ids": "id", "sr": "request",
    "enquiry": "inquiry", "ticketnummer": "ticket number", "ticketnr": "ticket number",
    "fallnummer": "case number", "vorgangsnummer": "request number", "anfragenummer": "request number",
    "numero": "number", "schadennummer": "claim number", "schadennr": "claim number",
}  # fmt: skip
"""Word → the spelling that stands for it."""

_FILLERS = frozenset({"the", "of", "a", "an", "c"})

ENTITIES = frozenset({"case", "ticket", "issue", "incident", "request", "inquiry", "claim", "record", "task"})
"""Words for the thing itself: ``case_status`` is its status."""


@cache
def phrase(name: str) -> str:
    """Return a name as a phrase: ``AUTO_ClaimNo``, ``claim no.`` and ``Claim #`` are ``claim number``.

    The ending ``__c`` of Salesforce's custom fields and fillers (of, the) are left out.
    """
    base = re.sub(r"__[a-z]+$", "", name.strip(), flags=re.IGNORECASE)
    flat = unicodedata.normalize("NFKD", base).replace("#", " number ")
    flat = "".join(sign for sign in flat if not unicodedata.combining(sign))
    flat = re.sub(r"\be[- ]mail", "email", flat, flags=re.IGNORECASE)
    words = (SPELLINGS.get(word.casefold(), word.casefold()) for word in _PIECES.findall(flat))
    return " ".join(word for word in words if word not in _FILLERS)


@cache
def bare(text: str) -> str:
    """Return a phrase without the words for the thing itself, unless nothing else is left."""
    words = [word for word in text.split() if word not in ENTITIES]
    return " ".join(words) or text
