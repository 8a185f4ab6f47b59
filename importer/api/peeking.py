"""Looking without sending: a mapping with the schema of a connection, of a file, or with none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from importer.api.opening import find_place, settings_for, target_for
from importer.api.options import Where
from importer.api.stand_in import StandIn
from importer.mapping import load_mapping
from importer.mapping.spec import MappingFile
from importer.model.errors import Exit, ImporterError
from importer.model.schema import Schema
from importer.model.target import System, Target
from importer.preflight.schema_file import SavedSchema, check_fits, load_schema, now, save_schema
from importer.settings import ConnectionSettings, simulator_connection


@dataclass(frozen=True, slots=True)
class Look:
    """What ``check`` and ``preview`` are asked for: where from, or by which saved schema.

    ``output`` is where the annotated copy goes.
    """

    mapping: Path
    where: Where
    schema: Path | None = None
    save_schema: Path | None = None
    output: Path | None = None


@dataclass(frozen=True, slots=True)
class Peek:
    """A mapping, and what is known of the system that it is for.

    ``system`` is None unless somebody can be asked; ``saved`` is the schema file in use. ``system_id`` is the
    system whose ledger is looked at, where one is known.
    """

    mapping: MappingFile
    settings: ConnectionSettings
    target: Target
    system: System | None
    schema: Schema | None
    state: Path
    saved: SavedSchema | None = None

    @property
    def system_id(self) -> str | None:
        """The system's id, asked or saved; None where neither is at hand."""
        if self.system is not None:
            return self.system.id
        return self.saved.system if self.saved is not None else None


@asynccontextmanager
async def peek(look: Look) -> AsyncIterator[Peek]:
    """Load the mapping, and the schema of the connection (named or default) or of the file.

    A connection is not used beside a schema file. Raises ImporterError.
    """
    mapping = load_mapping(look.mapping)
    place = find_place(look.where)
    if look.schema is not None or place.name is None:
        if look.save_schema is not None:
            raise ImporterError(
                "NO_CONNECTION",
                "--save-schema asks the system for its schema, and no connection is named.",
                "Name one with --connection.",
                exit=Exit.USAGE,
            )
        yield _alone(look, mapping, place.state)
        return
    with StandIn(place.state) as stand_in:
        settings = settings_for(place, mapping.target, stand_in, lambda _text: None)
        target = target_for(settings, mapping)
        try:
            system = await target.open()
            schema = await target.schema()
            if look.save_schema is not None:
                saved = SavedSchema(schema, mapping.target, system.id, system.name, system.user, now())
                save_schema(look.save_schema, saved)
            yield Peek(mapping, settings, target, system, schema, place.state)
        finally:
            await target.close()


def _alone(look: Look, mapping: MappingFile, state: Path) -> Peek:
    """Nobody is asked: the target needs its settings only for the rate and the object store."""
    settings = simulator_connection(mapping.target, "http://localhost")
    target = target_for(settings, mapping)
    if look.schema is None:
        return Peek(mapping, settings, target, None, None, state)
    saved = load_schema(look.schema)
    check_fits(look.schema, saved, mapping)
    return Peek(mapping, settings, target, None, saved.schema, state, saved)
