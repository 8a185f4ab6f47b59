"""A schema in a file: what ``check --save-schema`` writes and ``--schema`` reads (format: README.md)."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from importer.mapping.spec import MappingFile
from importer.model.errors import ImporterError
from importer.model.schema import Schema

FORMAT = "case-importer schema"
VERSION = 1
LARGEST = 50_000_000
"""Bytes; a describe of an object with 800 fields takes about 1 MB."""


@dataclass(frozen=True, slots=True)
class SavedSchema:
    """A schema, and where and when it was read. ``system`` is the system's id, ``saved`` in ISO 8601."""

    schema: Schema
    target: str
    system: str
    name: str
    user: str
    saved: str


def save_schema(path: Path, saved: SavedSchema) -> None:
    """Write ``saved`` to ``path``; a file that is there is replaced only when it holds a schema.

    Raises ImporterError.
    """
    document = {
        "format": FORMAT,
        "version": VERSION,
        "target": saved.target,
        "system": saved.system,
        "name": saved.name,
        "user": saved.user,
        "saved": saved.saved,
        "schema": json.loads(saved.schema.to_json()),
    }
    if path.exists():
        load_schema(path)
    try:
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ImporterError(
            "SCHEMA_FILE", f"{path} cannot be written: {error.strerror}.", "Name another file."
        ) from None


def load_schema(path: Path) -> SavedSchema:
    """Return what ``path`` holds. Raises ImporterError where it is no schema file of this format."""
    try:
        if path.stat().st_size > LARGEST:
            raise _no_schema(path, "it is too large")
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ImporterError(
            "SCHEMA_FILE",
            f"{path} cannot be read: {error.strerror}.",
            "Name a file that --save-schema wrote.",
        ) from None
    except ValueError:
        raise _no_schema(path, "it is not JSON") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _no_schema(path, f'it does not say "format": "{FORMAT}"')
    if document.get("version") != VERSION:
        version = str(document.get("version"))[:20]
        raise ImporterError(
            "SCHEMA_VERSION",
            f"{path} has the format version {version}; this version of case-importer reads {VERSION}.",
            "Save it again: case-importer check … --connection NAME --save-schema FILE.",
        )
    try:
        schema = Schema.from_json(json.dumps(document["schema"]))
        said = {name: str(document[name]) for name in ("target", "system", "name", "user", "saved")}
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
        raise _no_schema(path, "parts of it are missing or damaged") from None
    return SavedSchema(schema, **said)


def check_fits(path: Path, saved: SavedSchema, mapping: MappingFile) -> None:
    """Raise ImporterError when the schema is of something else than what ``mapping`` creates."""
    if saved.target != mapping.target:
        problem = f"{path} is a schema of {saved.target}, {mapping.name} is for {mapping.target}."
    elif saved.schema.record_type.casefold() != mapping.record_type.casefold():
        problem = (
            f"{path} is the schema of {saved.schema.record_type}, {mapping.name} makes {mapping.record_type}."
        )
    else:
        return
    raise ImporterError(
        "OTHER_SCHEMA", problem, "Name the schema of that record type, or save it with --save-schema."
    )


def now() -> str:
    """Return this moment for ``SavedSchema.saved``."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _no_schema(path: Path, why: str) -> ImporterError:
    return ImporterError(
        "SCHEMA_FILE", f"{path} is no schema file: {why}.", "Name a file that --save-schema wrote."
    )
