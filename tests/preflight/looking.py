"""A folder with a mapping, a file, and a schema: what check says of them, in this process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from importer.api.checking import Checked, check
from importer.api.options import Where
from importer.api.peeking import Look, peek
from importer.preflight.finding import Finding
from importer.preflight.schema_file import SavedSchema, save_schema
from importer.targets.ibm.casetype import read_schema as read_case_type
from importer.targets.salesforce.describe import read_schema as read_describe
from tests.stage import as_csv

SUPPORT, INTERNAL = "012000000000001AAA", "012000000000003AAA"


def field(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    """A field of a describe answer as far as it is read; a text of 80 characters unless told."""
    length = 80 if kind in ("string", "email", "phone", "picklist") else 0
    choices = [{"active": True, "label": value, "value": value} for value in more.pop("choices", ())]
    return {
        "name": name, "type": kind, "label": name, "createable": True, "updateable": True, "nillable": True,
        "length": length, "byteLength": 3 * length, "picklistValues": choices, **more,
    }  # fmt: skip


def describe(*fields: dict[str, Any], sobject: str = "Case") -> dict[str, Any]:
    kinds = [
        {"recordTypeId": SUPPORT, "developerName": "Support", "name": "Support", "available": True},
        {"recordTypeId": INTERNAL, "developerName": "Internal", "name": "Internal", "available": False},
    ]
    return {"name": sobject, "fields": list(fields), "recordTypeInfos": kinds}


@dataclass
class Desk:
    """Files in one folder; ``check`` looks at them by the schema that was saved here, without a connection."""

    folder: Path

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def schema(self, *fields: dict[str, Any], sobject: str = "Case") -> Path:
        path = self.folder / "schema.json"
        saved = SavedSchema(
            read_describe(describe(*fields, sobject=sobject)), "salesforce", "00D1", "Org", "me", "2026-01-01"
        )
        save_schema(path, saved)
        return path

    def case_type(self, *properties: dict[str, Any]) -> Path:
        path = self.folder / "schema.json"
        schema = read_case_type("Claim", {"Properties": list(properties)})
        save_schema(path, SavedSchema(schema, "ibm-case-manager", "icm", "ICM", "me", "2026-01-01"))
        return path

    def mapping(self, columns: str, more: str = "", head: str = "target: salesforce\n") -> Path:
        return self.write("m.yaml", f"version: 1\n{head}source: test\n{more}columns:\n{columns}")

    def look(self, mapping: Path, schema: Path | None = None) -> Look:
        return Look(mapping, Where(None, None, self.folder / "state"), schema)

    async def check(
        self, mapping: Path, rows: Sequence[Sequence[str]] | Path, header: Iterable[str] = (), **more: Any
    ) -> Checked:
        """Check a file, or rows under ``header``, by the schema if one was saved."""
        path = rows if isinstance(rows, Path) else self.write("in.csv", as_csv(rows, tuple(header)))
        schema = self.folder / "schema.json"
        async with peek(self.look(mapping, schema if schema.exists() else None)) as peeked:
            return await check(peeked, path, **more)


def found(checked: Checked, code: str) -> Finding:
    """The one finding with ``code``."""
    [finding] = [each for each in checked.findings if each.code == code]
    return finding


def codes(checked: Checked) -> list[tuple[str, str]]:
    return [(finding.severity, finding.code) for finding in checked.findings]


def as_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
