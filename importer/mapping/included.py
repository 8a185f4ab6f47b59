"""Value maps by name: those of a mapping file, and of the files that it includes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from importer.mapping.document import MAX_BYTES, Node, read_document
from importer.mapping.faults import Faults, MappingFaultsError, Mark, did_you_mean, quoted
from importer.mapping.language import Document, IncludedForm
from importer.mapping.shape import shaped

MAX_FILES = 50
"""So many files may be included by one mapping."""

ReadFile = Callable[[str], str]
"""Gives the text of an included file, by its path from the mapping's folder; raises IncludeError."""


class IncludeError(Exception):
    """A file cannot be included; the text says why."""


def from_folder(folder: Path) -> ReadFile:
    """Return the function that reads included files in ``folder``, and nowhere else."""

    def read(name: str) -> str:
        path = folder / name
        try:
            if not path.resolve().is_relative_to(folder.resolve()):
                raise IncludeError(_OUTSIDE)
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1).decode("utf-8-sig")
        except FileNotFoundError:
            raise IncludeError("there is no such file") from None
        except UnicodeDecodeError:
            raise IncludeError("it is not UTF-8") from None
        except OSError as error:
            raise IncludeError(f"it cannot be read: {error.strerror or type(error).__name__}") from None

    return read


def from_texts(texts: Mapping[str, str]) -> ReadFile:
    """Return the function that takes included files from ``texts``, kept when the mapping was read."""

    def read(name: str) -> str:
        if name not in texts:
            raise IncludeError("it was not kept with this mapping")
        return texts[name]

    return read


def from_nowhere(_name: str) -> str:
    """Refuse: the mapping is a text without a folder."""
    raise IncludeError("only a mapping that is a file can include others")


_OUTSIDE = "it lies outside the mapping's folder"


class ValueMaps:
    """All value maps that the rules of one mapping may name, and the texts of the included files."""

    def __init__(self, document: Document, root: Node, faults: Faults, read: ReadFile) -> None:
        self.maps: dict[str, dict[str, str]] = {}
        self.texts: dict[str, str] = {}
        self._read = read
        self._places: dict[str, str] = {}
        self._folder = Path(faults.name).parent
        self._add(document, root, faults, (Path(faults.name).name,))

    def _add(self, form: Document | IncludedForm, root: Node, faults: Faults, chain: tuple[str, ...]) -> None:
        for name, values in form.value_maps.items():
            at = root.find("value_maps", name).start
            if name in self._places:
                faults.add(
                    at, f"value map {quoted(name)} stands in {self._places[name]} too; keep one of them"
                )
                continue
            self._places[name] = f"{faults.name} line {at.line}"
            self.maps[name] = {text: value.value for text, value in values.items()}
        for number, path in enumerate(form.include or []):
            node = root.find("include", number)
            try:
                self._include(path, faults, chain)
            except IncludeError as refused:
                faults.add(node.mark, f"{quoted(path)} cannot be included: {refused}")

    def _include(self, path: str, faults: Faults, chain: tuple[str, ...]) -> None:
        name = _inside(PurePosixPath(chain[-1]).parent, path)
        if name in chain:
            raise IncludeError(f"it would include itself ({' → '.join([*chain, name])})")
        if name in self.texts:
            return
        if len(self.texts) >= MAX_FILES:
            raise IncludeError(f"a mapping includes at most {MAX_FILES} files")
        text = self.texts[name] = self._read(name)
        inner = faults.included(str(self._folder / name), text)
        try:
            root = read_document(
                text, inner, begins='a file of value maps begins with the line "value_maps:"'
            )
        except MappingFaultsError:  # told with all the others
            return
        self._add(shaped(IncludedForm, root, inner), root, inner, (*chain, name))

    def find(self, name: str, at: Mark, faults: Faults, *, whole: bool) -> Mapping[str, str] | None:
        """Return the map called ``name``; None after noting a fault, unless faults elsewhere explain it."""
        if name not in self.maps and whole:
            hint = did_you_mean(name, self.maps) or "; write it under value_maps"
            faults.add(at, f"there is no value map {quoted(name)}{hint}")
        return self.maps.get(name)


def _inside(folder: PurePosixPath, path: str) -> str:
    """Return ``path``, which stands in a file of ``folder``, as a path from the mapping's folder."""
    if "\\" in path or ":" in path:
        raise IncludeError("a path has / between folders, and no drive")
    if path.startswith("/"):
        raise IncludeError(f"{_OUTSIDE}; write a path from there")
    steps: list[str] = []
    for step in (folder / path).parts:
        if step != "..":
            steps.append(step)
        elif steps:
            steps.pop()
        else:
            raise IncludeError(_OUTSIDE)
    return "/".join(steps)
