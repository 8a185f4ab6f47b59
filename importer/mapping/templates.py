"""Templates: ``[{Ticket No}] {Summary|trim}``. The data is never a template; nothing is ever executed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from importer.mapping.cells import RefusedError, text_of
from importer.mapping.faults import quoted
from importer.mapping.spec import Part, Slot, Variable
from importer.mapping.transforms import StepError, TextFunction, read_filter, steps_function
from importer.model.row import Cell

VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Render = Callable[[Sequence[Cell]], str | None]

_TOKEN = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+")


class TemplateError(Exception):
    """A template is written wrong; the text says what is wrong."""


def parse_text(text: str, *, columns: bool) -> tuple[Part, ...]:
    """Return the parts of a template, or of a constant (``columns`` False), which may hold variables only.

    ``{{`` and ``}}`` are braces. Raises TemplateError, which names all faults.
    """
    parts: list[Part] = []
    faults: dict[str, None] = {}
    for token in _TOKEN.findall(text):
        try:
            _take(parts, token, columns)
        except TemplateError as bad:
            faults[str(bad)] = None
    if faults:
        raise TemplateError("; and ".join(faults))
    return tuple(parts)


def _take(parts: list[Part], token: str, columns: bool) -> None:
    if token in ("{{", "}}"):
        _append(parts, token[0])
    elif token in ("{", "}"):
        raise TemplateError(f"a single {token} has no partner; write {token * 2} for a brace in the text")
    elif token[0] == "{":
        parts.append(_slot(token[1:-1], columns))
    else:
        _append(parts, token)


def _append(parts: list[Part], text: str) -> None:
    """Add literal text, joined to the literal before it, so that equal templates have equal parts."""
    if parts and isinstance(parts[-1], str):
        parts[-1] += text
    else:
        parts.append(text)


def _slot(inner: str, columns: bool) -> Slot | Variable:
    name, *filters = inner.split("|")
    name = name.strip()
    if name.startswith("$"):
        return _variable(name[1:], filters)
    if not columns:
        raise TemplateError(
            f"a constant reads no column; write {{{inner}}} under templates, or {{{{ for a brace"
        )
    if not name:
        raise TemplateError("{} names no column; write {{ and }} for braces in the text")
    try:
        return Slot(name, tuple(read_filter(item.strip()) for item in filters))
    except StepError as bad:
        raise TemplateError(str(bad)) from None


def _variable(name: str, filters: Sequence[str]) -> Variable:
    if not VARIABLE_NAME.fullmatch(name):
        raise TemplateError(f"{quoted('$' + name)} is no name of a variable; use letters, digits and _")
    if filters:
        raise TemplateError(f"a variable takes no filters; write the value of {name} as it is needed")
    return Variable(name)


def filled(parts: Sequence[Part], variables: Mapping[str, str]) -> tuple[str | Slot, ...]:
    """Return ``parts`` with every variable replaced by its text. Raises KeyError for an unknown one."""
    done: list[Part] = []
    for part in parts:
        if isinstance(part, Slot):
            done.append(part)
        else:
            _append(done, variables[part.name] if isinstance(part, Variable) else part)
    return tuple(part for part in done if not isinstance(part, Variable))


def renderer(
    parts: Sequence[str | Slot], index_of: Callable[[str], int], is_blank: Callable[[Cell], bool]
) -> Render:
    """Return the function that fills a template from the raw cells of a row.

    A blank part is empty text; a template whose columns are all blank gives None. Raises RefusedError with
    the column of the cell a filter cannot take.
    """
    slots, tail = _slots(parts)
    if not slots:
        return lambda _: tail
    pieces = [(before, index_of(slot.column), steps_function(slot.steps)) for before, slot in slots]

    def render(cells: Sequence[Cell]) -> str | None:
        texts: list[str] = []
        found = False
        for before, index, steps in pieces:
            texts.append(before)
            cell = cells[index]
            if is_blank(cell):
                continue
            text = _part(cell, index, steps)
            found = found or text != ""
            texts.append(text)
        return "".join(texts) + tail if found else None

    return render


def form_of(parts: Sequence[str | Slot]) -> tuple[str, list[tuple[str, TextFunction | None]]]:
    """Return a template as ``str.format`` takes it, and the columns of its slots with their filters."""
    slots, tail = _slots(parts)
    plain = [text.replace("{", "{{").replace("}", "}}") for text in (*(before for before, _ in slots), tail)]
    return "{}".join(plain), [(slot.column, steps_function(slot.steps)) for _, slot in slots]


def _slots(parts: Sequence[str | Slot]) -> tuple[list[tuple[str, Slot]], str]:
    """Return each slot with the literal text before it, and the text after the last one."""
    slots: list[tuple[str, Slot]] = []
    before = ""
    for part in parts:
        if isinstance(part, Slot):
            slots.append((before, part))
            before = ""
        else:
            before += part
    return slots, before


def _part(cell: Cell, index: int, steps: TextFunction | None) -> str:
    try:
        text = text_of(cell)
        return steps(text) if steps else text
    except RefusedError as refused:
        raise RefusedError(*refused.failures, column=index) from None
