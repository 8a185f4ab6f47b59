"""From a connection's name to a target, and the journal beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from importer.api.options import ImportOptions, Where
from importer.api.stand_in import StandIn
from importer.journal.database import default_state_folder
from importer.mapping.spec import MappingFile
from importer.model.errors import SettingsError
from importer.model.target import Target
from importer.settings import (
    SIMULATOR,
    Connections,
    ConnectionSettings,
    TargetName,
    load_connections,
    simulator_connection,
)
from importer.targets import RecordKind, make_target

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works: the connections file in use, the chosen connection's name, the state folder."""

    connections: Connections
    name: str | None
    state: Path


def find_place(where: Where) -> Place:
    """Find connections file, connection and state folder. Raises SettingsError.

    The state folder is ``--state``, CASE_IMPORTER_STATE, ``state`` of the connections file, or the user's.
    """
    connections = load_connections(where.connections, os.environ)
    given = os.environ.get("CASE_IMPORTER_STATE")
    state = where.state or (Path(given) if given else None) or connections.state or default_state_folder()
    return Place(connections, where.connection or connections.default, state)


def settings_for(place: Place, target: TargetName, stand_in: StandIn, say: Say) -> ConnectionSettings:
    """Return the settings of the chosen connection, starting the simulator when it is the one.

    Raises SettingsError when there is no connection to choose, or it is for another target.
    """
    if place.name == SIMULATOR:
        address = stand_in.start()
        return simulator_connection(target, address.url)
    settings = place.connections.get(place.name)
    if settings.target != target:
        raise SettingsError(
            "WRONG_TARGET",
            f"Connection {settings.name} is for {settings.target}, the mapping is for {target}.",
            "Name another connection or another mapping.",
        )
    say(f"Connection {settings.name} of {place.connections.file}.")
    return settings


def with_options(settings: ConnectionSettings, options: ImportOptions) -> ConnectionSettings:
    """Return ``settings`` with the rate and concurrency of the command line."""
    if options.rate is not None:
        settings = replace(settings, rate=options.rate)
    if options.concurrency is not None:
        settings = replace(settings, concurrency=options.concurrency)
    return settings


def target_for(settings: ConnectionSettings, mapping: MappingFile) -> Target:
    """Return the target for what ``mapping`` creates. Raises SettingsError for its secrets."""
    options = {**mapping.options, "client_context": bool(mapping.client_context)}
    kind = RecordKind(mapping.record_type, mapping.object_store or "", mapping.match, options)
    return make_target(settings, kind, os.environ)
