"""Published exports of case systems, what a person would map of them, and the score of a draft."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from importer.mapping.guess import CONFIDENCE, Guess, Heading, guess
from importer.mapping.spec import IBM, SALESFORCE, MappingFile, TargetName
from importer.model.row import ReadOptions, Row, Shape
from importer.model.schema import Schema
from importer.readers import open_source
from importer.simulator.ibm.schema import CASE_TYPES
from importer.simulator.salesforce.describe import describe
from importer.simulator.salesforce.objects import sobjects
from importer.targets.ibm import casetype
from importer.targets.salesforce.describe import read_schema

DATA = Path(__file__).parents[2] / "data" / "cases"
ANSWERS: Mapping[str, Mapping[str, Sequence[str]]] = tomllib.loads(
    (DATA / "answers.toml").read_text(encoding="utf-8")
)


FEW = ("zendesk/ticket_data.csv", "sf-gen-ai-demo/Case.csv", "boston311/boston311-dmy-100.csv")
"""Samples for tests that take long."""


@dataclass(frozen=True, slots=True)
class Score:
    """Columns by what became of them: mapped as a person would, otherwise, or left out though worth a rule."""

    right: tuple[str, ...]
    wrong: tuple[str, ...]
    left: tuple[str, ...]


@cache
def case_schema() -> Schema:
    """The schema of the simulator's Case."""
    return read_schema(describe(sobjects()["case"], "67.0", []))


@cache
def claim_schema(name: str = "AUTO_CollisionClaim") -> Schema:
    """The schema of a case type of the simulator."""
    return casetype.read_schema(name, CASE_TYPES[name].metadata())


def heading(
    name: str = "in.csv", target: TargetName = SALESFORCE, record: str = "Case", zone: str | None = None
) -> Heading:
    return Heading(
        name, target, record, "test", "mapping.schema.json", "a schema of the tests", timezone=zone
    )


def guessed(path: Path, schema: Schema | None = None, confidence: int = CONFIDENCE) -> Guess:
    """Draft a mapping of a file."""
    source = open_source(path, ReadOptions())
    schema = schema or case_schema()
    target = SALESFORCE if schema.record_type == "Case" else IBM
    head = heading(path.name, target, schema.record_type, "UTC")
    return guess(source.shape, source.rows(), schema, head, confidence)


def guessed_rows(header: Sequence[str], rows: Sequence[Sequence[object]], **options: object) -> Guess:
    """Draft a mapping of rows that are written in a test."""
    return guess(shape(header), list(numbered(rows)), case_schema(), heading(**options))  # type: ignore[arg-type]


def shape(header: Sequence[str]) -> Shape:
    return Shape("text", tuple(header), 1, "0" * 64, 0)


def numbered(rows: Sequence[Sequence[object]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, 2):
        blank = all(cell is None or not str(cell).strip() for cell in cells)
        yield Row(number, tuple(cells), blank=blank)  # type: ignore[arg-type]


def score(mapping: MappingFile, columns: Sequence[str], answers: Mapping[str, Sequence[str]]) -> Score:
    """Compare a mapping with the answers of a person."""
    rules: dict[str, list[str]] = {}
    for rule in mapping.rules:
        rules.setdefault(rule.column, []).append(rule.to)
    right, wrong, left = [], [], []
    for column in columns:
        accepted = answers.get(column, [""])
        found = rules.get(column, [])
        if any(to not in accepted for to in found):
            wrong.append(column)
        elif found:
            right.append(column)
        elif "" not in accepted:
            left.append(column)
    return Score(tuple(right), tuple(wrong), tuple(left))
