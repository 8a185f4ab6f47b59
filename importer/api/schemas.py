"""Schemas for commands that have no mapping yet, and where drafts find the schema for editors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from importer.api.opening import Place, settings_for
from importer.api.stand_in import StandIn
from importer.mapping.editor import SCHEMA_FILE
from importer.model.schema import Schema
from importer.model.target import System
from importer.settings import SIMULATOR, TargetName
from importer.targets import RecordKind, make_target

STAND_IN_STORE = "ATOSME"
"""The object store of the stand-in server, where nothing names another."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the schema is wanted of: the object or case type, and the object store (IBM)."""

    target: TargetName
    record_type: str
    object_store: str | None = None


async def live_schema(
    place: Place, wanted: Wanted, stand_in: StandIn, environ: Mapping[str, str]
) -> tuple[System, Schema]:
    """Sign in to the chosen connection and read a schema. Raises SettingsError, TargetError."""
    settings = settings_for(place, wanted.target, stand_in, lambda _text: None)
    store = STAND_IN_STORE if place.name == SIMULATOR else ""
    kind = RecordKind(wanted.record_type, wanted.object_store or store)
    target = make_target(settings, kind, environ)
    try:
        system = await target.open()
        return system, await target.schema()
    finally:
        await target.close()


def editor_path(output: Path | None) -> str:
    """Return the path of the schema for editors, as a mapping at ``output`` (None: here) sees it."""
    folder = (output.parent if output is not None else Path()).resolve()
    try:
        return Path(os.path.relpath(SCHEMA_FILE, folder)).as_posix()
    except ValueError:  # Windows: another drive
        return SCHEMA_FILE.as_uri()
