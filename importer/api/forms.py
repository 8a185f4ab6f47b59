"""``mapping template``: a workbook to fill in, from a mapping and a schema (asked for, saved, or none)."""

from __future__ import annotations

import os
from pathlib import Path

from importer.api.opening import find_place
from importer.api.options import Where
from importer.api.schemas import Wanted, live_schema
from importer.api.stand_in import StandIn
from importer.mapping import load_mapping
from importer.mapping.blank_form import BlankForm, form_of
from importer.mapping.spec import MappingFile
from importer.model.schema import Schema
from importer.preflight.schema_file import check_fits, load_schema
from importer.results.blank_form import form_workbook


async def make_form(path: Path, where: Where, schema: Path | None) -> tuple[BlankForm, bytes]:
    """Return the form of the mapping at ``path`` and its workbook. Raises ImporterError."""
    mapping = load_mapping(path)
    form = form_of(mapping, await _schema(mapping, where, schema))
    return form, form_workbook(form)


async def _schema(mapping: MappingFile, where: Where, saved: Path | None) -> Schema | None:
    if saved is not None:
        found = load_schema(saved)
        check_fits(saved, found, mapping)
        return found.schema
    place = find_place(where)
    if place.name is None:
        return None
    with StandIn(place.state) as stand_in:
        wanted = Wanted(mapping.target, mapping.record_type, mapping.object_store)
        _system, schema = await live_schema(place, wanted, stand_in, os.environ)
    return schema
