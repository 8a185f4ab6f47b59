"""Finding the columns of a file by the names that a mapping uses."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from importer.mapping.faults import Faults, Mark, did_you_mean, quoted
from importer.mapping.spec import MappingFile, Rule


def normal(name: str) -> str:
    """Return a column name as names are compared: NFC, white space collapsed and trimmed."""
    return " ".join(unicodedata.normalize("NFC", name).split())


class Columns:
    """The header of a file. Looking a name up notes faults, notes for the person, and that it is used."""

    def __init__(self, names: Sequence[str], faults: Faults) -> None:
        self.names = tuple(names)
        self.notes: list[str] = []
        self.used: set[int] = set()
        self._faults = faults
        self._exact: dict[str, list[int]] = {}
        self._folded: dict[str, list[int]] = {}
        self._found: dict[str, int | None] = {}
        for index, name in enumerate(names):
            self._exact.setdefault(normal(name), []).append(index)
            self._folded.setdefault(normal(name).casefold(), []).append(index)

    def find(self, name: str, at: Mark) -> int | None:
        """Return the index of the column called ``name``; None after noting a fault at ``at``."""
        if name not in self._found:
            self._found[name] = self._search(name, at)
        elif self._found[name] is None:
            self._search(name, at)
        return self._found[name]

    def _search(self, name: str, at: Mark) -> int | None:
        exact = self._exact.get(normal(name), [])
        places = exact or self._folded.get(normal(name).casefold(), [])
        if not places:
            self._faults.add(at, self._missing(name))
            return None
        if len(places) > 1:
            numbers = ", ".join(str(place + 1) for place in places)
            message = f"the file has {len(places)} columns called {quoted(name)} (columns {numbers})"
            self._faults.add(at, f"{message}; rename all but one")
            return None
        (index,) = places
        self.used.add(index)
        if not exact:
            self.notes.append(
                f"Column {quoted(name)} of the mapping is {quoted(self.names[index])} in the file."
            )
        return index

    def _missing(self, name: str) -> str:
        known = [column for column in self.names if column.strip()]
        hint = did_you_mean(name, known)
        if not hint and known:
            self._faults.note(_listed(known))
        return f"the file has no column {quoted(name)}{hint}"


def _listed(known: Sequence[str]) -> str:
    """Return what the file has, told once however many columns are missing."""
    names = ", ".join(quoted(column) for column in known[:12])
    rest = f" and {len(known) - 12} more" if len(known) > 12 else ""
    return (
        f"The file has the {'columns' if len(known) > 1 else 'column'} {names}{rest}. Is it the right file, "
        "and is its header where the mapping says (read: header_row)?"
    )


def missing_columns(mapping: MappingFile, names: Sequence[str]) -> list[str]:
    """Return the columns that ``mapping`` uses and a header of ``names`` does not have, in order."""
    used = [*mapping.key, *(condition.column for condition in mapping.when)]
    for part in (*mapping.parts(), *mapping.client_context):
        used += [part.column] if isinstance(part, Rule) else part.columns
        used += [condition.column for condition in part.when]
    there = {normal(name).casefold() for name in names}
    return [name for name in dict.fromkeys(used) if normal(name).casefold() not in there]
