"""What people and programs call the same thing, as data: names of columns, and values of choices.

The columns are those of exports of Zendesk, ServiceNow, Jira, Freshdesk, Remedy, Salesforce, of 311 data, and
of claims. All are phrases as ``phrases.phrase`` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Holds = Literal["anything", "name", "email", "phone"]


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing under many names: ``columns`` from the surest on, ``properties`` that take it.

    ``holds`` is what the cells must be, where the name alone says too little.
    """

    columns: tuple[str, ...]
    properties: tuple[str, ...]
    holds: Holds = "anything"


KEYS = (
    "external id", "legacy id", "ticket number", "ticket id", "issue key", "incident number", "incident id",
    "case number", "case id", "request number", "request id", "unique key", "inquiry id", "inquiry number",
    "claim number", "claim id", "claim", "service request id", "service request number", "task number",
    "reference number", "record id", "record number", "key", "number", "reference", "id", "sys id", "uuid",
    "guid", "nummer",
)  # fmt: skip
"""Columns that identify a row, from the surest on."""

CARRIERS = (
    "legacy id", "external id", "source id", "legacy number", "legacy key", "legacy reference", "old id",
    "original id", "external key", "external reference", "migration id", "import id", "source key",
)  # fmt: skip
"""Properties that are there to carry the key of another system."""

CONCEPTS: tuple[Concept, ...] = (
    Concept(
        ("subject", "summary", "short description", "title", "case title", "headline", "brief description",
         "topic", "betreff", "objet", "asunto", "complaint type", "ticket name", "case name", "issue name",
         "request name", "task name"),
        ("subject", "summary", "short description", "title"),
    ),
    Concept(
        ("description", "details", "detail", "long description", "detailed description", "body", "message",
         "notes", "problem description", "full description", "beschreibung", "descriptor", "text", "content",
         "loss description", "accident description"),
        ("description", "details", "loss description", "problem description"),
    ),
    Concept(
        ("status", "state", "case status", "incident state", "problem state", "phase", "zustand", "statut",
         "etat"),
        ("status", "state", "claim status"),
    ),
    Concept(("priority", "priorite", "prioritat", "urgency level"), ("priority",)),
    Concept(("severity", "sev", "severity level"), ("severity",)),
    Concept(
        ("origin", "channel", "via channel", "via", "contact type", "contact method", "source",
         "source channel",
         "open data channel type", "channel type", "intake channel", "submitted via", "reported via",
         "kanal"),
        ("origin", "case origin", "channel", "intake channel", "source"),
    ),
    Concept(("type", "issue type", "ticket type", "case type", "work type", "typ"), ("type", "case type")),
    Concept(
        ("opened at", "opened", "open date", "created at", "created", "created on", "created date",
         "date created",
         "creation date", "open time", "opened date", "date opened", "reported at", "reported", "reported on",
         "reported date", "report date", "date reported", "submitted at", "submitted", "submit date",
         "received", "received at", "received date", "logged at", "sys created on", "date time opened",
         "create date", "created time", "create time", "date submitted", "submission date", "date received",
         "eroffnet", "erstellt", "erstellt am", "eroffnet am", "erfasst am", "gemeldet am", "erstelldatum",
         "eingangsdatum", "cree le", "date creation"),
        ("reported at", "opened at", "opened date", "date opened", "open date", "created at", "created date",
         "claim date", "report date", "reported date", "received date"),
    ),
    Concept(
        ("due date", "due", "due at", "due on", "target date", "deadline", "date due", "sla due", "due by",
         "target resolution date", "faellig", "fallig", "fallig am",
         "falligkeitsdatum", "date echeance"),
        ("due date", "due", "target date", "deadline"),
    ),
    Concept(
        ("customer name", "requester name", "contact name", "caller name", "reporter name", "requester",
         "customer", "caller", "reporter", "contact", "submitted by", "name", "kunde", "client"),
        ("supplied name", "contact name", "customer name", "requester name", "insured name"),
        "name",
    ),
    Concept(("insured name", "insured", "policy holder", "policyholder", "claimant", "claimant name"),
            ("insured name", "policy holder", "claimant name"), "name"),
    Concept(
        ("email", "email address", "customer email", "requester email", "contact email", "caller email",
         "reporter email", "requester", "insured email", "claimant email", "courriel", "correo"),
        ("supplied email", "email", "email address", "contact email", "insured email", "requester email"),
        "email",
    ),
    Concept(
        ("phone", "phone number", "customer phone", "contact phone", "requester phone", "caller phone",
         "mobile", "mobile phone", "callback number"),
        ("supplied phone", "phone", "phone number", "contact phone"),
        "phone",
    ),
    Concept(
        ("company", "customer company", "company name", "organization", "organization name", "account name",
         "firma"),
        ("supplied company", "company", "company name"),
        "name",
    ),
    Concept(
        ("internal comments", "internal notes", "work notes", "private notes", "internal note"),
        ("internal comments", "internal notes", "work notes"),
    ),
    Concept(("tags", "labels", "tag", "label", "keywords"), ("tags", "labels", "keywords")),
    Concept(
        ("effort", "effort hours", "hours", "time spent hours", "hours spent", "aufwand"),
        ("effort hours", "effort", "hours spent"),
    ),
    Concept(("vip", "is vip", "vip customer"), ("vip", "is vip")),
    Concept(
        ("claim number", "claim", "claim id", "claim reference", "file number"),
        ("claim number", "claim id", "claim reference"),
    ),
    Concept(("policy number", "policy", "policy id", "contract number", "police"), ("policy number",
        "policy")),
    Concept(
        ("loss date", "date loss", "accident date", "accident", "date accident", "incident date",
         "date incident", "occurrence date"),
        ("loss date", "date loss", "accident date", "incident date"),
    ),
    Concept(("vehicle make", "make", "car make", "manufacturer", "marke"), ("vehicle make", "make")),
    Concept(("vehicle year", "model year", "year", "baujahr"), ("vehicle year", "model year")),
    Concept(
        ("estimated damage", "damage", "damage amount", "estimated loss", "loss amount", "damage eur",
         "damage usd", "claim amount", "schadenhohe"),
        ("estimated damage", "damage amount", "loss amount", "claim amount"),
    ),
    Concept(("deductible", "excess", "selbstbehalt"), ("deductible", "excess")),
    Concept(("injuries reported", "injured", "injuries", "injury"), ("injuries reported", "injuries")),
    Concept(("damaged parts", "parts"), ("damaged parts", "parts")),
    Concept(("repair estimates", "estimates", "repair estimate"), ("repair estimates", "estimates")),
    Concept(("witnesses", "witness", "witness names"), ("witnesses",)),
)  # fmt: skip
"""All concepts; the first that has a column's phrase at its surest place decides."""

_DONE = ("closed", "solved", "resolved", "done", "complete", "completed")
_BUSY = ("in progress", "working", "active", "under review", "open")
_WAITING = ("pending", "waiting", "on hold", *_BUSY)
_NEW = ("new", "open", "to do", "created", "submitted")
_TOP = ("critical", "urgent", "highest", "very high", "high")

CHOICES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("closed", "solved", "resolved", "done", "complete", "completed", "fixed", "finished",
         "closed complete",
         "geschlossen", "erledigt", "gelost", "ferme", "resolu"), _DONE),
    **dict.fromkeys(
        ("in progress", "working", "work in progress", "assigned", "active", "in arbeit", "in bearbeitung",
         "under investigation", "started", "under review", "in prufung", "en cours"), _BUSY),
    **dict.fromkeys(
        ("pending", "waiting", "on hold", "hold", "awaiting", "waiting for customer", "waiting on customer",
         "awaiting user info", "wartend", "suspended"), _WAITING),
    **dict.fromkeys(("new", "open", "opened", "to do", "todo", "created", "reopened", "submitted",
        "unassigned",
                     "neu", "offen", "ouvert", "nouveau"), _NEW),
    "open": ("open", "new", "in progress", "working"),
    "escalated": ("escalated",),
    "approved": ("approved",), "bewilligt": ("approved",), "accepted": ("approved", "accepted"),
    "denied": ("denied", "rejected"), "rejected": ("denied", "rejected"), "abgelehnt": ("denied", "rejected"),
    **dict.fromkeys(("critical", "urgent", "highest", "very high", "blocker", "emergency", "1 critical",
                     "kritisch", "dringend"), _TOP),
    **dict.fromkeys(("high", "major", "important", "2 high", "hoch", "haute"), ("high", "major")),
    **dict.fromkeys(("medium", "normal", "moderate", "average", "3 moderate", "mittel", "moyenne"),
                    ("medium", "normal", "moderate")),
    **dict.fromkeys(("low", "minor", "4 low", "niedrig", "tief", "basse"), ("low", "minor")),
    **dict.fromkeys(("lowest", "trivial", "planning", "very low", "5 planning"), ("lowest", "trivial",
        "low")),
    **dict.fromkeys(("web", "online", "website", "portal", "web form", "internet", "self service"),
                    ("web", "online", "portal")),
    **dict.fromkeys(("email", "mail"), ("email",)),
    **dict.fromkeys(("phone", "call", "phone call", "voice", "hotline"), ("phone",)),
    **dict.fromkeys(("agent", "vertreter"), ("agent",)),
    **dict.fromkeys(("north", "nord", "norden"), ("north",)), **dict.fromkeys(("south", "sud", "suden"),
        ("south",)),
    **dict.fromkeys(("east", "ost", "est", "osten"), ("east",)),
    **dict.fromkeys(("west", "ouest", "westen"), ("west",)),
}  # fmt: skip
"""Phrase of a value → phrases of choices that mean it, the nearest first."""

TRUE = frozenset({"true", "yes", "y", "1", "ja", "oui", "si", "x", "wahr", "on"})
FALSE = frozenset({"false", "no", "n", "0", "nein", "non", "falsch", "off"})
"""Words for yes and no."""
