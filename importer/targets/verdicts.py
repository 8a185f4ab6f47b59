"""The table of verdicts in use for a connection: what is built in, and what the connection teaches."""

from __future__ import annotations

from dataclasses import dataclass

from importer.settings import SALESFORCE, ConnectionSettings


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """What a code means for a create: ``verdict`` is a word of a connection's ``verdicts``.

    ``taught``: the connection says so; ``built_in`` is what the table says without it, None for nothing.
    ``message`` is for people.
    """

    code: str
    verdict: str
    taught: bool
    built_in: str | None
    message: str


def verdict_table(settings: ConnectionSettings) -> tuple[VerdictLine, ...]:
    """Return the verdicts in use: the taught ones first, then the built-in ones, then what the rest means."""
    if settings.target == SALESFORCE:
        from importer.targets.salesforce import codes as salesforce

        words = {code: salesforce.WORDS[found.verdict] for code, found in salesforce.CODES.items()}
        texts = {code: found.message for code, found in salesforce.CODES.items()}
        taught = {
            code: found.message for code, found in salesforce.taught_meanings(settings.verdicts).items()
        }
        others = [(name, salesforce.WORDS[found.verdict], found.message) for name, found in salesforce.OTHERS]
    else:
        from importer.targets.ibm import codes as ibm

        words = {code: ibm.WORDS[found.verdict] for code, found in ibm.IDS.items()}
        texts = {code: found.message for code, found in ibm.IDS.items()}
        taught = {code: found.message for code, found in ibm.taught_meanings(settings.verdicts).items()}
        others = [(name, ibm.WORDS[found.verdict], found.message) for name, found in ibm.OTHERS]
    return (
        *(VerdictLine(c, settings.verdicts[c], True, words.get(c), text) for c, text in taught.items()),
        *(VerdictLine(c, words[c], False, words[c], texts[c]) for c in words if c not in taught),
        *(VerdictLine(name, word, False, word, text) for name, word, text in others),
    )
