"""From a target's offers and a connection's rate to the plan of a load."""

from __future__ import annotations

from importer.mapping.spec import MappingFile
from importer.model.errors import Exit, ImporterError
from importer.model.target import Target
from importer.preflight.plan import Load, Plan, Tempo, choose
from importer.settings import ConnectionSettings


def plan_for(
    rows: int,
    target: Target,
    settings: ConnectionSettings,
    mapping: MappingFile,
    via: str,
    *,
    size: int = 0,
    parents: bool = False,
) -> Plan:
    """Return the plan for ``rows`` rows of about ``size`` bytes together.

    ``parents``: rows point to parents in the same file. ``auto`` is what a run does with it: the simplest
    path. Raises ImporterError for a path that the target does not have.
    """
    offers = target.offers()[:1] if via == "auto" else target.offers()
    load = Load(rows, size, updates=str(mapping.on_match) == "update", parents=parents)
    try:
        return choose(load, offers, via, Tempo(settings.rate.per_second, settings.concurrency))
    except ValueError:
        names = ", ".join(offer.name for offer in offers)
        raise ImporterError(
            "NO_SUCH_PATH", f"There is no path {via} here.", f"Use one of: auto, {names}.", exit=Exit.USAGE
        ) from None
