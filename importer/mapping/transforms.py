"""The transforms of ``do`` and the filters of templates: few, named, text in and text out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from importer.mapping.cells import refuse, shown
from importer.mapping.faults import did_you_mean, one_of, quoted
from importer.mapping.spec import Step

TextFunction = Callable[[str], str]

MAX_PAD = 1000


class StepError(Exception):
    """A transform is written wrong; the text says how it is written right."""


@dataclass(frozen=True, slots=True)
class Transform:
    """A transform: ``parameters`` by name (``int`` or ``str``), what it does, and an example for the docs."""

    name: str
    make: Callable[..., TextFunction]
    about: str
    example: tuple[str, str]
    parameters: Mapping[str, type[int] | type[str]]

    @property
    def usage(self) -> str:
        """How it is written in a ``do`` list."""
        if not self.parameters:
            return self.name
        if len(self.parameters) == 1:
            return f"{{{self.name}: {next(iter(self.parameters))}}}"
        inner = ", ".join(f"{key}: …" for key in self.parameters)
        return f"{{{self.name}: {{{inner}}}}}"


TRANSFORMS: dict[str, Transform] = {}


def _transform(
    about: str, example: tuple[str, str], **parameters: type[int] | type[str]
) -> Callable[[Callable[..., TextFunction]], Callable[..., TextFunction]]:
    def add(make: Callable[..., TextFunction]) -> Callable[..., TextFunction]:
        name = make.__name__.strip("_")
        TRANSFORMS[name] = Transform(name, make, about, example, parameters)
        return make

    return add


@_transform("removes white space at both ends", ("  Printer ", "Printer"))
def _trim() -> TextFunction:
    return str.strip


@_transform("makes every run of white space one blank and removes it at both ends", ("a    b ", "a b"))
def _collapse() -> TextFunction:
    return lambda text: " ".join(text.split())


@_transform("makes all letters capitals", ("p1", "P1"))
def _upper() -> TextFunction:
    return str.upper


@_transform("makes all letters small", ("New", "new"))
def _lower() -> TextFunction:
    return str.lower


_WORD = re.compile(r"[^\s\-]+")


@_transform(
    "makes the first letter of each word a capital, the others small", ("O'NEIL-smith", "O'neil-Smith")
)
def _title() -> TextFunction:
    return lambda text: _WORD.sub(lambda word: word[0][0].upper() + word[0][1:].lower(), text)


_NO_DIGIT = re.compile(r"[^0-9]")


@_transform("keeps the digits 0 to 9 only", ("+41 44-12", "414412"))
def _digits() -> TextFunction:
    return lambda text: _NO_DIGIT.sub("", text)


@_transform("puts zeros before a text of digits until it has `width` of them", ("42", "00042"), width=int)
def _pad(width: int) -> TextFunction:
    if not 1 <= width <= MAX_PAD:
        raise StepError(f"pad takes a width from 1 to {MAX_PAD}")

    def pad(text: str) -> str:
        if text.isascii() and text.isdigit():
            return text.zfill(width)
        raise refuse("BAD_TRANSFORM", transform="pad", value=shown(text))

    return pad


# `from` is a word of Python, so the parameters of replace come in the order of the registry.
@_transform("replaces each `from` by `to`; both are plain text", ("a/b", "a-b"), **{"from": str, "to": str})
def _replace(old: str, new: str) -> TextFunction:
    if not old:
        raise StepError("replace needs a from that is not empty")
    return lambda text: text.replace(old, new)


def read_step(raw: object) -> Step:
    """Return one item of a ``do`` list (a name, or a name with parameters) as a Step. Raises StepError."""
    if isinstance(raw, str):
        return _checked(raw, {})
    if not isinstance(raw, dict) or len(raw) != 1:
        raise StepError("each item of do is one transform, such as trim or {pad: 5}")
    (name, given), *_ = raw.items()
    transform = _find(str(name))
    if isinstance(given, str):
        given = {next(iter(transform.parameters)): given} if len(transform.parameters) == 1 else {"": given}
    if not isinstance(given, dict):
        raise StepError(f"{transform.name} is written {transform.usage}")
    return _checked(transform.name, given)


def read_filter(text: str) -> Step:
    """Return a filter of a template, ``name`` or ``name:parameter``, as a Step. Raises StepError."""
    name, colon, given = text.partition(":")
    transform = _find(name.strip())
    if len(transform.parameters) > 1:
        raise StepError(f"{transform.name} cannot be written in a template; use do in columns")
    parameters = {parameter: given.strip() for parameter in transform.parameters} if colon else {}
    if colon and not parameters:
        raise StepError(f"{transform.name} takes no parameter")
    if transform.parameters and not colon:
        raise StepError(f"{transform.name} needs a parameter here: {transform.name}:5")
    return _checked(transform.name, parameters)


def steps_function(steps: Sequence[Step]) -> TextFunction | None:
    """Return one function that does all ``steps`` in order; None for none."""
    functions = [TRANSFORMS[step.name].make(*step.parameters) for step in steps]
    if len(functions) < 2:
        return functions[0] if functions else None

    def all_of(text: str) -> str:
        for function in functions:
            text = function(text)
        return text

    return all_of


def _find(name: str) -> Transform:
    if name in TRANSFORMS:
        return TRANSFORMS[name]
    hint = did_you_mean(name, TRANSFORMS) or f"; there are {one_of(sorted(TRANSFORMS))}"
    raise StepError(f"unknown transform {quoted(name)}{hint}")


def _checked(name: str, given: Mapping[str, object]) -> Step:
    transform = _find(name)
    if set(given) != set(transform.parameters):
        raise StepError(f"{transform.name} is written {transform.usage}")
    parameters = tuple(_parameter(transform, key, given[key]) for key in transform.parameters)
    transform.make(*parameters)
    return Step(name, parameters)


def _parameter(transform: Transform, key: str, given: object) -> str | int:
    if not isinstance(given, str):
        raise StepError(f"{transform.name} is written {transform.usage}")
    if transform.parameters[key] is str:
        return given
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise StepError(f"{transform.name} takes a whole number, not {quoted(given)}")
    return int(given)
