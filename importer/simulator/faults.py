"""Faults: what goes wrong on purpose, when, and repeatably.

Whether a fault strikes depends on the seed, its name and the ordinal of the request within its kind, on
nothing else: the same seed and the same order of requests give the same faults.
"""

from __future__ import annotations

import difflib
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum

from importer.simulator.behaviour import READERS, Behaviour, with_settings
from importer.simulator.options import SpecError

KINDS = (
    *("signin", "describe", "create", "read", "update", "delete", "query", "limits", "info"),
    *("job", "upload", "close", "poll", "result"),
)
"""The kinds of requests; a fault strikes creates unless its rule names others (``@query``, ``@any``)."""


class Phase(Enum):
    """At which point of a request a fault acts."""

    ARRIVAL = "on arrival, before sign-in is checked"
    BEFORE = "instead of handling the request: nothing is saved"
    CHANGE = "while the record is saved"
    AFTER = "after the commit: in place of the answer"


FAULTS: dict[str, tuple[Phase, str]] = {
    "expire_session": (Phase.ARRIVAL, "all tokens and cookies stop being valid, this request's included"),
    "lose_before_commit": (Phase.BEFORE, "the connection is dropped, nothing is saved"),
    "http_429": (Phase.BEFORE, "429"),
    "http_500_before": (Phase.BEFORE, "500, nothing is saved"),
    "http_503_before": (Phase.BEFORE, "503 with an HTML page, nothing is saved"),
    "html_200_before": (Phase.BEFORE, "200 with an HTML page (a proxy's login), nothing is saved"),
    "concurrent_requests": (Phase.BEFORE, "Salesforce 403 ConcurrentRequests, IBM as http_429"),
    "row_lock": (Phase.BEFORE, "Salesforce 400 UNABLE_TO_LOCK_ROW, IBM 500 with a deadlock id"),
    "late_commit": (Phase.BEFORE, "the connection is dropped at once, the commit follows late_by later"),
    "second_writer": (Phase.CHANGE, "another user saves an equal record, without its key, just before"),
    "second_writer_key": (Phase.CHANGE, "another user saves a record with the same key just before"),
    "trigger": (Phase.CHANGE, "a trigger changes a text of the record (README.md names it)"),
    "hide": (Phase.CHANGE, "the record exists but neither queries nor reads show it"),
    "case_failed": (Phase.CHANGE, "IBM: 201, but the case ends as Failed with its folder left behind"),
    "job_fails": (Phase.CHANGE, "a bulk job ends as Failed half-way, with rows unprocessed (strikes closes)"),
    "results_missing": (Phase.CHANGE, "rows of a bulk job are in no result file (strikes closes)"),
    "lose_after_commit": (Phase.AFTER, "the connection is dropped after the commit"),
    "http_500_after": (Phase.AFTER, "500 after the commit"),
    "http_503_after": (Phase.AFTER, "503 with an HTML page after the commit"),
    "http_504_after": (Phase.AFTER, "504 with an HTML page (a router's) after the commit"),
    "html_200_after": (Phase.AFTER, "200 with an HTML page after the commit"),
    "cut_json": (Phase.AFTER, "the connection ends half-way through the body"),
    "cut_gzip": (Phase.AFTER, "a gzip body that ends half-way, correctly framed"),
    "slow": (Phase.AFTER, "the answer comes slow_for later"),
    "hang": (Phase.AFTER, "no answer, the connection stays open"),
    "endless": (Phase.AFTER, "headers, then a body that drips blanks and never ends"),
    "flood": (Phase.AFTER, "headers, then a body without end as fast as the client reads"),
}
"""Each fault with its phase and what happens. Of several that strike before (or after) the first counts."""


_OWN_KINDS = dict.fromkeys(("job_fails", "results_missing"), frozenset({"close"}))
"""Faults that strike other requests than creates when their rule does not say which."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a fault strikes: a probability, every n-th, or given ordinals (first and last, from 1)."""

    probability: float = 0.0
    every: int = 0
    spans: tuple[tuple[int, int], ...] = ()
    kinds: frozenset[str] = frozenset({"create"})

    def strikes(self, seed: int, name: str, ordinal: int) -> bool:
        """Tell whether the fault ``name`` strikes the ``ordinal``-th request of its kinds."""
        if self.every:
            return ordinal % self.every == 0
        if self.spans:
            return any(first <= ordinal <= last for first, last in self.spans)
        if self.probability >= 1.0:
            return True
        return random.Random(f"{seed}:{name}:{ordinal}").random() < self.probability


def read_rule(text: str, kinds: frozenset[str] = frozenset({"create"})) -> Rule | None:
    """Read ``0.05``, ``every:20``, ``at:3+7+10-12``, ``first:5``, ``on``, ``off``, perhaps ``@kinds``."""
    when, _, named = text.partition("@")
    rule = _when(when)
    if not named:
        return rule and replace(rule, kinds=kinds)
    names = frozenset(KINDS if named == "any" else named.split("+"))
    if unknown := names - set(KINDS):
        raise SpecError(
            f"{'+'.join(sorted(unknown))!r} is no kind of request; kinds are {', '.join(KINDS)}, any."
        )
    return rule and replace(rule, kinds=names)


def _when(text: str) -> Rule | None:
    word, _, rest = text.partition(":")
    try:
        match word:
            case "off":
                return None
            case "on":
                return Rule(probability=1.0)
            case "every" if int(rest) > 0:
                return Rule(every=int(rest))
            case "first" if int(rest) > 0:
                return Rule(spans=((1, int(rest)),))
            case "at":
                return Rule(spans=tuple(_span(part) for part in rest.split("+")))
        if 0 < float(text) <= 1:
            return Rule(probability=float(text))
    except ValueError:
        pass
    raise SpecError(f"{text!r} is no rule; write 0.05, every:20, at:3+7, first:5, on or off.")


def _span(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)


@dataclass(slots=True)
class Faults:
    """The rules in force and the ordinals counted so far; ``fired`` lists what struck, by fault."""

    seed: int
    rules: dict[str, Rule] = field(default_factory=dict)
    ordinals: dict[str, int] = field(default_factory=dict)
    fired: dict[str, list[int]] = field(default_factory=dict)

    def draw(self, kind: str) -> tuple[int, tuple[str, ...]]:
        """Count one more request of ``kind``; give its ordinal and the faults that strike it, in order.

        A rule for several kinds counts their requests together.
        """
        self.ordinals[kind] = ordinal = self.ordinals.get(kind, 0) + 1
        struck = []
        for name, rule in self.rules.items():
            if kind not in rule.kinds:
                continue
            place = (
                ordinal if len(rule.kinds) == 1 else sum(self.ordinals.get(each, 0) for each in rule.kinds)
            )
            if rule.strikes(self.seed, name, place):
                struck.append(name)
        return ordinal, tuple(struck)

    def note(self, name: str, ordinal: int) -> None:
        """Remember that the fault ``name`` acted on the request with that ordinal of its kind."""
        self.fired.setdefault(name, []).append(ordinal)


def read_spec(text: str, base: Behaviour | None = None) -> tuple[Behaviour, dict[str, Rule]]:
    """Read ``name=value,name=value``: settings and switches over ``base``, and the rules of faults.

    Raises SpecError, which names the part and the nearest right word.
    """
    pairs = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals:
            raise SpecError(f"{part!r} is not name=value.")
        pairs[name.strip()] = value.strip()
    return read_pairs(pairs, base)


def read_pairs(pairs: dict[str, str], base: Behaviour | None = None) -> tuple[Behaviour, dict[str, Rule]]:
    """Like :func:`read_spec`, from names and values that are apart already."""
    settings, rules = {}, {}
    for name, value in pairs.items():
        if name in READERS:
            settings[name] = value
        elif name in FAULTS:
            try:
                rules[name] = read_rule(value, _OWN_KINDS.get(name, frozenset({"create"})))
            except SpecError as error:
                raise SpecError(f"{name}: {error}") from None
        else:
            raise SpecError(f"There is no fault or switch {name!r}.{_nearest(name, (*FAULTS, *READERS))}")
    ordered = {name: rule for name in FAULTS if (rule := rules.get(name))}
    return with_settings(base or Behaviour(), settings), ordered


def _nearest(word: str, words: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, words, n=1)
    return f" Did you mean {close[0]}?" if close else ""
