"""From a target's offers and a connection's rate to the plan of a load."""

from __future__ import annotations

from importer.mapping.compiled import Compiled
from importer.mapping.spec import MappingFile
from importer.model.target import Target
from importer.pipeline.choose import check_via
from importer.preflight.plan import Load, Plan, Tempo, choose
from importer.settings import ConnectionSettings


def tempo_of(settings: ConnectionSettings) -> Tempo:
    """Return how fast requests of the connection may leave."""
    return Tempo(settings.rate.per_second, settings.concurrency)


def plan_for(
    rows: int,
    target: Target,
    settings: ConnectionSettings,
    mapping: MappingFile,
    compiled: Compiled,
    via: str,
    *,
    size: int = 0,
) -> Plan:
    """Return the plan for ``rows`` rows of about ``size`` bytes together, as a run makes it.

    Raises ImporterError for a path that the target does not have.
    """
    check_via(target, via)
    load = Load(rows, size, updates=str(mapping.on_match) == "update", parents=compiled.own_parents)
    return choose(load, target.offers(), via, tempo_of(settings))
