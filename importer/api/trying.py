"""Trying a connection: signing in and asking which system it is."""

from __future__ import annotations

import os
from dataclasses import dataclass

from importer.api.opening import find_place, settings_for
from importer.api.options import Where
from importer.api.stand_in import StandIn
from importer.model.target import System
from importer.settings import SALESFORCE, SIMULATOR
from importer.targets import RecordKind, make_target
from importer.targets.verdicts import VerdictLine, verdict_table


@dataclass(frozen=True, slots=True)
class Tried:
    """The system behind a connection, lines on what can be created there, and what its codes mean."""

    system: System
    catalogue: tuple[str, ...]
    verdicts: tuple[VerdictLine, ...]


async def try_connection(where: Where) -> Tried:
    """Sign in through the connection and return its system. Raises SettingsError, TargetError."""
    place = find_place(where)
    with StandIn(place.state) as stand_in:
        target_name = SALESFORCE if place.name == SIMULATOR else place.connections.get(place.name).target
        settings = settings_for(place, target_name, stand_in, lambda _text: None)
        target = make_target(settings, RecordKind(record_type=""), os.environ)
        try:
            system = await target.open()
            return Tried(system, tuple(await target.catalogue()), verdict_table(settings))
        finally:
            await target.close()
