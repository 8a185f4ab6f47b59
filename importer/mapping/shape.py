"""From nodes to the checked document: each thing that pydantic refuses becomes a fault with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from importer.mapping.document import Node
from importer.mapping.faults import Faults, Mark, one_of, quoted
from importer.mapping.language import NOT_YET, OPTIONS, Document, ReadForm, SalesforceOptions
from importer.mapping.rule_forms import ConstantForm, LookupForm, RuleForm, TemplateForm, WhenForm
from importer.mapping.scalars import TAGS, FixedForm, Strict, ValueForm, keys_of, not_yet
from importer.mapping.words import did_you_mean_word, nearest_word

Path = tuple[int | str, ...]

_ROUNDS = 4


_Form = TypeVar("_Form", bound=Strict)


def shaped(model: type[_Form], root: Node, faults: Faults) -> _Form:
    """Return what is in ``root`` as ``model``; what has faults is noted and left out of it.

    So that the other checks can go on and all faults of a file are found at once. Parts with faults are
    removed and the rest is tried again, silently: what is missing then is missing because of a fault that is
    told already.
    """
    tree = root.plain()
    for attempt in range(_ROUNDS):
        try:
            return model.model_validate(tree)
        except ValidationError as error:
            errors = error.errors(include_url=False)
            paths = [tuple(step for step in found["loc"] if step not in TAGS) for found in errors]
            misspelt = _misspelt(model, errors, paths)
            for found, path in zip(errors, paths, strict=True):
                if attempt == 0 and not (found["type"] == "missing" and path in misspelt):
                    faults.add(*_fault(model, root, found, path))
                _mark_removed(tree, path)
            tree = _swept(tree)
    return model()


def options_of(document: Document, root: Node, faults: Faults) -> Strict:
    """Return the ``options`` of the document, checked for its target."""
    if document.target is None:
        return SalesforceOptions()
    model, node = OPTIONS[document.target], root.child("options")
    if node is None or not isinstance(node.value, dict):  # what is no mapping is told of the document already
        return model()
    return shaped(model, node, faults)


def _misspelt(model: type[BaseModel], errors: Sequence[ErrorDetails], paths: Sequence[Path]) -> set[Path]:
    """Return the paths of keys that are missing only because they are misspelt: one fault is enough."""
    unknown = [path for found, path in zip(errors, paths, strict=True) if found["type"] == "extra_forbidden"]
    meant = ((path, nearest_word(str(path[-1]), _known_keys(model, path))) for path in unknown)
    return {(*path[:-1], key) for path, key in meant if key}


_REMOVED = object()


def _mark_removed(tree: Any, path: Path) -> None:
    """Mark the part at ``path``, or the last part on it when ``path`` names something that is missing."""
    place: tuple[Any, int | str] | None = None
    here = tree
    for step in path:
        in_dict = isinstance(here, dict) and step in here
        if in_dict or (isinstance(here, list) and isinstance(step, int) and step < len(here)):
            place = (here, step)
            here = here[step]
    if place:
        place[0][place[1]] = _REMOVED


def _swept(tree: Any) -> Any:
    """Return ``tree`` without what is marked and without the lists and mappings that this leaves empty."""
    if isinstance(tree, dict):
        inner = {key: _swept(value) for key, value in tree.items() if value is not _REMOVED}
        return {key: value for key, value in inner.items() if value not in ({}, []) or tree[key] == value}
    if isinstance(tree, list):
        return [_swept(item) for item in tree if item is not _REMOVED]
    return tree


def _fault(model: type[BaseModel], root: Node, error: ErrorDetails, path: Path) -> tuple[Mark, str]:
    node = root.find(*path)
    if error["type"] != "extra_forbidden":
        at = node.start if path[-1] == _OF_KEY else node.mark
        return at, _message(model, node, error, path)
    around = root.find(*path[:-1])
    if _unquoted_braces(around):
        return around.mark, _QUOTES
    return node.start, _message(model, node, error, path)


_OF_KEY = "[key]"
"""How pydantic ends the path of a fault in a key rather than in its value."""


_QUOTES = 'a text with braces is written in quotes: "{Column}"'


def _message(model: type[BaseModel], node: Node, error: ErrorDetails, path: Path) -> str:
    kind, name, context = error["type"], str(path[-1]), error.get("ctx", {})
    if kind == "fault":
        return str(context["message"])
    if kind == "extra_forbidden":
        return _unknown_key(path, _known_keys(model, path))
    if kind == "missing":
        return _QUOTES if _unquoted_braces(node) else f"{name} is missing here{_FOR.get(name, '')}"
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", str(context["expected"]))
        return f"{_said(node)} is not one of {one_of(words)}{did_you_mean_word(str(node.plain()), words)}"
    if kind in ("string_type", "string_too_short"):
        missing = "a text is missing here; what belongs to a key stands beside it, or indented below it"
        return missing if node.value == "" else _expected("a text", node)
    if kind in ("int_type", "int_parsing", "int_from_float", "int_parsing_size", "greater_than_equal"):
        return f"{_said(node)} is not a whole number from 1 on"
    if kind in ("list_type", "too_short"):
        return _expected(_FORMS.get(name) or ("a text or a list" if name in _ONE_OR_MORE else "a list"), node)
    if context.get("class_name") in _TEXTS:
        return _expected("a text", node)
    return _expected(_FORMS.get(name) or _MAPPING, node)


_TEXTS = frozenset(form.__name__ for form in (ValueForm, FixedForm, ConstantForm, TemplateForm))
"""Forms of which nearly everybody writes the short one, a text."""


_MAPPING = "a mapping (key: value)"
_ONE_OR_MORE = ("key", "format", "include", "is", "is_not")
_FORMS = {
    "lookup": "a look-up such as {object: Account, by: AccountNumber}",
    "when": "a condition such as {column: State, is: open}",
}
_FOR = {"to": "; it names the property that is written", "column": "; it names the column that is looked at"}


def _expected(what: str, node: Node) -> str:
    if _unquoted_braces(node):
        return _QUOTES
    brackets = what == "a list" and isinstance(node.value, str) and node.value
    hint = f"; write it in brackets: [{_as_item(node.value)}]" if brackets else ""
    if what == _MAPPING and isinstance(node.value, list) and node.value:
        hint = "; write its lines without the - before them"
    return f"{what} is expected here, not {_said(node)}{hint}"


def _as_item(value: object) -> str:
    """Return a text as it stands in a list, in quotes where it may need them."""
    text = str(value)
    return text if text.replace("_", "").isalnum() else quoted(text)


def _said(node: Node) -> str:
    if isinstance(node.value, str):
        return quoted(node.value) if node.value else "nothing"
    empty = "" if node.value else "n empty"
    return f"a{empty} {'list' if isinstance(node.value, list) else 'mapping'}"


def _unquoted_braces(node: Node) -> bool:
    """Say whether a person wrote ``{Column}`` without quotes: to YAML that is a key without a value."""
    if not isinstance(node.value, dict) or len(node.value) != 1:
        return False
    ((key, child),) = node.value.items()
    return child.value == "" and key != "value"


def _unknown_key(path: Path, known: list[str]) -> str:
    name = str(path[-1])
    full = f"{path[-2]}.{name}" if len(path) > 1 else name
    if name in NOT_YET or full in NOT_YET:
        return not_yet(full if full in NOT_YET else name)
    hint = did_you_mean_word(name, known) or f"; known here: {', '.join(known)}"
    return f"unknown key {quoted(name)}{hint}"


def _known_keys(model: type[BaseModel], path: Path) -> list[str]:
    """Return the keys that are right where the unknown key at ``path`` stands."""
    if len(path) == 1:
        return keys_of(model)
    section = path[0]
    depth = {"columns": 3, "when": 0}.get(str(section), 2)
    inner = [step for step in path[depth:-1] if isinstance(step, str)]
    form = _INNER.get(inner[-1], ValueForm) if inner else _SECTIONS.get(section, ValueForm)
    return keys_of(form)


_SECTIONS: dict[int | str, type[BaseModel]] = {
    "read": ReadForm,
    "columns": RuleForm,
    "constants": ConstantForm,
    "templates": TemplateForm,
}
_INNER: dict[int | str, type[BaseModel]] = {"lookup": LookupForm, "when": WhenForm}
