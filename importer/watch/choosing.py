"""Which mapping a file is imported with, or why it has to wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from importer.api.prepare import open_input
from importer.mapping import load_mapping
from importer.mapping.columns import missing_columns
from importer.mapping.spec import MappingFile
from importer.model.errors import ImporterError, MappingError, SourceError
from importer.watch.arrivals import Sighting

ENDINGS = (".yaml", ".yml")
MAY_BE_ARRIVING = frozenset(
    {
        "FILE_UNREADABLE", "NO_HEADER", "HEADER_UNCLEAR", "DELIMITER_UNCLEAR", "NOT_DECODABLE",
        "UNCLOSED_QUOTE", "WORKBOOK_UNREADABLE", "SOURCE_CHANGED",
    }
)  # fmt: skip
"""Codes of files that cannot be read, and may be by and by: the rest of them is still to come."""


@dataclass(frozen=True, slots=True)
class Fits:
    """The file is imported with the mapping file ``mapping``."""

    mapping: Path


@dataclass(frozen=True, slots=True)
class Waits:
    """The file cannot be taken; ``why`` in plain words.

    ``passing``: what is in the way goes by itself; ``arriving``: the rest of the file may still come.
    """

    why: str
    passing: bool = False
    arriving: bool = False


Choice = Fits | Waits


class Mappings:
    """The mapping file, or the mapping files of a folder; what changes on disk is read anew."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._loaded: dict[Path, tuple[tuple[int, int], MappingFile | MappingError]] = {}
        self._waits: dict[Path, tuple[object, Waits]] = {}

    @property
    def by_folder(self) -> bool:
        """Whether there is a folder of mappings, and sub-folders of the inbox that name one."""
        return self._place.is_dir()

    def files(self) -> list[Path]:
        """Return the mapping files, in the order of their names."""
        if not self.by_folder:
            return [self._place]
        return sorted(path for path in self._place.iterdir() if path.suffix in ENDINGS and path.is_file())

    def check(self) -> None:
        """Raise MappingError when there is no mapping, or one has faults."""
        files = self.files()
        if not files:
            raise MappingError(
                "NO_MAPPINGS", f"{self._place} holds no mapping file (.yaml).", "Put one there."
            )
        faults = [found for found in map(self._load, files) if isinstance(found, MappingError)]
        if faults:
            raise MappingError(faults[0].code, "\n".join(fault.message for fault in faults), faults[0].remedy)

    def folders(self) -> list[str]:
        """Return the names of the sub-folders that choose a mapping."""
        return [path.stem for path in self.files()] if self.by_folder else []

    def choose(self, seen: Sighting) -> Choice:
        """Return the mapping for the file that was seen, or why there is none. Blocks while it reads.

        A file that waits is read again when it, or a mapping, has changed.
        """
        files = self.files()
        for path in files:
            self._load(path)
        stamp = (seen.state, [(path, self._loaded[path][0]) for path in files])
        before = self._waits.get(seen.path)
        if before is not None and before[0] == stamp:
            return before[1]
        found = self._choose(seen, files)
        self._waits.pop(seen.path, None)
        if isinstance(found, Waits):
            self._waits[seen.path] = (stamp, found)
        return found

    def _choose(self, seen: Sighting, files: list[Path]) -> Choice:
        if seen.sub:
            files = [path for path in files if path.stem.casefold() == seen.sub.casefold()]
            if not files:
                return Waits(f"There is no mapping called {seen.sub}. {_known(self.folders())}")
        tried = [(path, self._fit(path, seen.path)) for path in files]
        fitting = [path for path, found in tried if isinstance(found, Fits)]
        if len(fitting) == 1:
            return Fits(fitting[0])
        if fitting:
            names = ", ".join(path.stem for path in fitting)
            return Waits(f"Several mappings fit: {names}. Put the file into the sub-folder of one of them.")
        return _nearest(tried)

    def _fit(self, mapping_path: Path, file: Path) -> Fits | Waits | list[str]:
        """Return whether a mapping fits, why the file waits, or the columns that it misses."""
        mapping = self._load(mapping_path)
        if isinstance(mapping, MappingError):
            return Waits(f"The mapping {mapping_path.name} has faults: {mapping.message}")
        try:
            source = open_input(file, mapping)
        except SourceError as error:
            if error.code not in MAY_BE_ARRIVING:
                return Fits(mapping_path)  # it will not get better: the import says what is wrong
            why = f"It cannot be read yet: {_words(error)}".replace(str(file), file.name)
            return Waits(why, passing=True, arriving=True)
        missing = missing_columns(mapping, source.shape.columns)
        return missing or Fits(mapping_path)

    def _load(self, path: Path) -> MappingFile | MappingError:
        try:
            found = path.stat()
            state = (found.st_size, found.st_mtime_ns)
        except OSError:
            state = (-1, 0)
        before = self._loaded.get(path)
        if before is not None and before[0] == state:
            return before[1]
        try:
            loaded: MappingFile | MappingError = load_mapping(path)
        except MappingError as error:
            loaded = error
        self._loaded[path] = (state, loaded)
        return loaded


def _nearest(tried: Sequence[tuple[Path, Fits | Waits | list[str]]]) -> Waits:
    """Return why nothing fits: what the nearest mapping misses, else what is wrong with the file."""
    misses = [(path, found) for path, found in tried if isinstance(found, list)]
    if not misses:
        return next(found for _path, found in tried if isinstance(found, Waits))
    path, missing = min(misses, key=lambda pair: len(pair[1]))
    columns = ", ".join(f'"{name}"' for name in missing)
    word = "column" if len(missing) == 1 else "columns"
    nearest = " comes nearest; it" if len(tried) > 1 else ""
    return Waits(
        f"It misses the {word} {columns}. The mapping {path.stem}{nearest} expects "
        f"{'it' if len(missing) == 1 else 'them'} in the header. Correct the header and save the file here "
        "again."
    )


def _known(names: Sequence[str]) -> str:
    return f"There are: {', '.join(names)}."


def _words(error: ImporterError) -> str:
    return f"{error.message} {error.remedy}".strip()
