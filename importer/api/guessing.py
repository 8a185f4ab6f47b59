"""``guess``: from a file and a schema (asked for, saved, or the standard one) to a drafted mapping."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from importer.api.opening import Place, find_place
from importer.api.options import Where
from importer.api.schemas import STAND_IN_STORE, Wanted, editor_path, live_schema
from importer.api.stand_in import StandIn
from importer.mapping.dates import check_timezone
from importer.mapping.formats import FormatError
from importer.mapping.guess import CONFIDENCE, Guess, Heading, guess
from importer.model.errors import Exit, ImporterError
from importer.model.row import ReadOptions
from importer.model.schema import Schema
from importer.preflight.schema_file import load_schema
from importer.readers import open_source
from importer.settings import IBM, SALESFORCE, SIMULATOR, TargetName


@dataclass(frozen=True, slots=True)
class GuessOptions:
    """The options of ``guess``. ``target`` alone means: ask nobody. ``confidence`` in per cent."""

    where: Where = field(default_factory=Where)
    target: TargetName | None = None
    schema: Path | None = None
    object: str | None = None
    case_type: str | None = None
    object_store: str | None = None
    timezone: str | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    confidence: int = CONFIDENCE
    output: Path | None = None


@dataclass(frozen=True, slots=True)
class _Basis:
    """What the rows are to become: the schema, of which target, and in words where it is from."""

    target: TargetName
    schema: Schema
    said: str
    object_store: str | None = None


async def guess_mapping(path: Path, options: GuessOptions) -> Guess:
    """Look at the file and draft a mapping. Blocks while it reads. Raises ImporterError."""
    _check(options)
    source = open_source(path, options.read)
    basis = await _basis(options)
    heading = Heading(
        file=path.name,
        target=basis.target,
        record_type=basis.schema.record_type,
        source=source_name(path),
        editor=editor_path(options.output),
        basis=basis.said,
        object_store=basis.object_store or options.object_store,
        timezone=options.timezone,
        read=options.read,
    )
    return guess(source.shape, source.rows(), basis.schema, heading, options.confidence)


def source_name(path: Path) -> str:
    """Return the file's name without what differs from export to export: dates, numbers, copies."""
    words = re.split(r"[\W_]+", path.name.partition(".")[0])
    kept = [letters for word in words if (letters := word.strip("0123456789"))]
    return "-".join(kept).casefold() or "source"


def _check(options: GuessOptions) -> None:
    if options.timezone is not None:
        try:
            check_timezone(options.timezone)
        except FormatError as error:
            raise ImporterError(
                "BAD_TIMEZONE", f"--timezone: {error}.", "Name a zone such as UTC.", exit=Exit.USAGE
            ) from None
    if options.object is not None and options.case_type is not None:
        raise ImporterError(
            "TWO_TYPES", "--object is for Salesforce, --case-type for IBM.", "Give one.", exit=Exit.USAGE
        )


async def _basis(options: GuessOptions) -> _Basis:
    if options.schema is not None:
        saved = load_schema(options.schema)
        target: TargetName = IBM if saved.target == IBM else SALESFORCE
        return _Basis(target, saved.schema, f"schema of {saved.name}, saved {saved.saved}")
    if options.target is not None and options.where.connection is None:
        return _standard(options)
    place = find_place(options.where)
    if place.name is None:
        raise ImporterError(
            "NO_SCHEMA",
            "Nothing says what the rows are to become: no connection is named and none is the default.",
            "Name a system with --connection, a saved schema with --schema, or --target salesforce.",
            exit=Exit.USAGE,
        )
    target = _target(place, options)
    with StandIn(place.state) as stand_in:
        wanted = Wanted(target, _record_type(target, options), options.object_store)
        system, schema = await live_schema(place, wanted, stand_in, os.environ)
    store = STAND_IN_STORE if target == IBM and place.name == SIMULATOR else None
    name = "the simulator" if place.name == SIMULATOR else system.name
    return _Basis(target, schema, f"schema of {name}", options.object_store or store)


def _target(place: Place, options: GuessOptions) -> TargetName:
    """Return the target of the connection; the simulator speaks for both."""
    named = options.target or (IBM if options.case_type else SALESFORCE)
    return named if place.name == SIMULATOR else place.connections.get(place.name).target


def _record_type(target: TargetName, options: GuessOptions) -> str:
    if target == SALESFORCE:
        return options.object or "Case"
    if options.case_type is None:
        raise ImporterError(
            "NO_CASE_TYPE",
            "IBM Case Manager makes cases of a case type, and none is named.",
            "Name its symbolic name with --case-type.",
            exit=Exit.USAGE,
        )
    return options.case_type


def _standard(options: GuessOptions) -> _Basis:
    from importer.targets.salesforce.standard import STANDARD_CASE

    if options.target == SALESFORCE and (options.object or "Case").casefold() == "case":
        said = "no connection: standard fields of Case only, no choices of picklists"
        return _Basis(SALESFORCE, STANDARD_CASE, said)
    raise ImporterError(
        "NO_SCHEMA",
        "Without a system or a saved schema only the standard fields of Salesforce cases are known.",
        "Name a system with --connection, or a saved schema with --schema.",
        exit=Exit.USAGE,
    )
