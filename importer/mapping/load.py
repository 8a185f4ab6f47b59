"""From the text of a mapping file to a MappingFile without faults."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

from importer.mapping.document import Node, read_document
from importer.mapping.faults import Faults, Mark
from importer.mapping.included import ReadFile, ValueMaps, from_folder, from_nowhere
from importer.mapping.language import Document, IbmOptions
from importer.mapping.meaning import check_document, check_mapping, with_key
from importer.mapping.patterns import patterns_of
from importer.mapping.rule_forms import ConstantForm, LookupForm, RuleForm, TemplateForm, WhenForm
from importer.mapping.scalars import FixedForm, Strict, ValueForm
from importer.mapping.shape import options_of, shaped
from importer.mapping.spec import (
    SALESFORCE,
    Condition,
    Given,
    Instead,
    Key,
    LookupBy,
    MappingFile,
    Rule,
    Text,
)
from importer.mapping.templates import parse_text
from importer.model.errors import MappingError
from importer.model.row import ReadOptions


def load_mapping(path: Path) -> MappingFile:
    """Read a mapping file.

    Raises MappingError when it cannot be read, MappingFaultsError with all of its faults.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise MappingError(
            "MAPPING_NOT_FOUND", f"There is no mapping file {path}.", "Check the path after --mapping."
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise MappingError(
            "MAPPING_UNREADABLE",
            f"The mapping file {path} cannot be read: {reason}.",
            "Name a file that you may read.",
        ) from error
    text = _decoded(data, str(path))
    return replace(parse_mapping(text, str(path), from_folder(path.parent)), path=path)


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults = Faults(name, data.decode("utf-8-sig", "replace"))
        line = data.count(b"\n", 0, error.start) + 1
        faults.add(Mark(line, 1), "this line is not UTF-8; save the mapping file as UTF-8")
        faults.stop()
        raise


def parse_mapping(text: str, name: str, read: ReadFile = from_nowhere) -> MappingFile:
    """Read the text of a mapping file; ``name`` stands in messages and gives the default of ``source``.

    ``read`` gives the files that it includes. Raises MappingFaultsError with all faults of the text.
    """
    faults = Faults(name, text)
    root = read_document(text, faults)
    whole = not faults
    document = shaped(Document, root, faults)
    options = options_of(document, root, faults)
    check_document(document, root, faults)
    maps = ValueMaps(document, root, faults, read)
    whole = whole and not faults
    rules = tuple(_rules(document, root, maps, faults))
    mapping = with_key(_mapping_file(document, root, options, name, rules), root, faults, whole=whole)
    check_mapping(mapping, root, faults, whole=whole)
    faults.stop()
    return replace(mapping, digest=_digest(mapping, document.source), text=text, included=maps.texts)


def _mapping_file(
    document: Document, root: Node, options: Strict, name: str, rules: tuple[Rule, ...]
) -> MappingFile:
    context = options.client_context if isinstance(options, IbmOptions) else {}
    return MappingFile(
        name=name,
        path=None,
        version=1,
        target=document.target or SALESFORCE,
        object=document.object or "Case",
        case_type=document.case_type,
        object_store=document.object_store,
        source=document.source or Path(name).stem,
        keys=tuple(_keys(document, root)),
        key_none=False,
        match=document.match,
        on_match=document.on_match or "skip",
        read=_read_options(document),
        variables=dict(document.variables),
        rules=rules,
        constants=tuple(_constants(document.constants, root)),
        templates=tuple(_templates(document.templates, root)),
        options=_fixed_options(options),
        client_context=tuple(_contexts(context, root)),
        digest="",
        when=_conditions(document.when, root.child("when")),
    )


def _keys(document: Document, root: Node) -> Iterator[Key]:
    for number, column in enumerate(document.key or []):
        yield Key(column, root.find("key", number).mark)


def _read_options(document: Document) -> ReadOptions:
    read = document.read
    return ReadOptions(
        sheet=_sheet(read.sheet),
        header_row=read.header_row,
        names=tuple(read.names) if read.names else None,
        encoding=read.encoding,
        delimiter=read.delimiter,
        quote=read.quote,
        escape=read.escape,
        blank_cells=tuple(read.blank_cells),
    )


def _sheet(names: list[str] | None) -> str | tuple[str, ...] | None:
    """Return one name (or ``*``) as it is, several as several."""
    return tuple(names) if names and len(names) > 1 else names[0] if names else None


def _rules(document: Document, root: Node, maps: ValueMaps, faults: Faults) -> Iterator[Rule]:
    whole = not faults
    for column, forms in document.columns.items():
        node = root.find("columns", column)
        items = iter(node.value if isinstance(node.value, list) else [node])
        for form in forms:
            # Items with faults are not among the forms: go on to the one that this form was made from.
            found = next((item for item in items if (item.child("to") or item).value == form.to), node)
            values = form.values
            if isinstance(values, str):
                named = maps.find(values, found.find("values").mark, faults, whole=whole)
                yield _rule(column, form, found, named)
            else:
                given = {text: value.value for text, value in values.items()} if values else None
                yield _rule(column, form, found, given)


def _rule(column: str, form: RuleForm, node: Node, values: Mapping[str, str] | None) -> Rule:
    return Rule(
        column=column,
        to=form.to,
        at=node.start,
        type=form.type,
        formats=tuple(form.format or ()),
        timezone=form.timezone,
        decimal=form.decimal,
        thousands=form.thousands,
        values=values,
        otherwise=Given(form.otherwise.value) if isinstance(form.otherwise, ValueForm) else form.otherwise,
        default=form.default.value if form.default else None,
        blank=form.blank,
        split=form.split,
        do=tuple(form.do),
        truncate=form.truncate,
        lookup=_lookup(form.lookup),
        write=form.write,
        when=_conditions(form.when, node.child("when")),
        marks=_marks(node),
    )


def _conditions(forms: list[WhenForm] | None, node: Node | None) -> tuple[Condition, ...]:
    if not forms or node is None:
        return ()
    items = iter(node.value if isinstance(node.value, list) else [node])
    return tuple(_condition(form, items) for form in forms)


def _condition(form: WhenForm, items: Iterator[Node]) -> Condition:
    # As with rules: conditions with faults are not among the forms.
    node = next(item for item in items if item.find("column").value == form.column)
    return Condition(
        column=form.column,
        at=node.mark,
        do=tuple(form.do),
        any_of=tuple(form.is_ or ()),
        none_of=tuple(form.is_not or ()),
        matches=form.matches,
        blank=None if form.blank is None else form.blank == "true",
    )


def _marks(node: Node) -> dict[str, Mark]:
    """Return where each key of a long form stands; those of its look-up as ``lookup.by``."""
    if not isinstance(node.value, dict):
        return {}
    marks = {key: child.start for key, child in node.value.items()}
    inner = node.child("lookup")
    if inner is not None and isinstance(inner.value, dict):
        marks |= {f"lookup.{key}": child.start for key, child in inner.value.items()}
    return marks


def _lookup(form: LookupForm | None) -> LookupBy | None:
    if form is None:
        return None
    none, many = _instead(form.none), _instead(form.many)
    if form.imported is not None:
        return LookupBy(form.imported, form.by or "key", True, none, many)
    return LookupBy(form.object or "", form.by or "", False, none, many)


def _instead(form: Literal["error", "omit"] | FixedForm) -> Instead:
    return parse_text(form.value, columns=False) if isinstance(form, FixedForm) else form


def _constants(constants: Mapping[str, ConstantForm], root: Node) -> Iterator[Text]:
    for name, form in constants.items():
        node = root.find("constants", name)
        parts = parse_text(form.value, columns=False)
        yield Text(name, parts, node.start, _lookup(form.lookup), form.write, _when(form, node), _marks(node))


def _templates(templates: Mapping[str, TemplateForm], root: Node) -> Iterator[Text]:
    for name, form in templates.items():
        node = root.find("templates", name)
        parts = parse_text(form.value, columns=True)
        yield Text(name, parts, node.start, None, form.write, _when(form, node), _marks(node))


def _when(form: ConstantForm | TemplateForm, node: Node) -> tuple[Condition, ...]:
    return _conditions(form.when, node.child("when"))


def _contexts(context: Mapping[str, str], root: Node) -> Iterator[Text]:
    for name, text in context.items():
        at = root.find("options", "client_context", name).start
        yield Text(name, parse_text(text, columns=True), at)


def _fixed_options(options: Strict) -> dict[str, str | bool]:
    """Return the options that are equal for all rows."""
    given: dict[str, Any] = options.model_dump(exclude_none=True, exclude={"client_context"})
    return {
        name: value == "true" if name in ("return_updates", "wait_ready") else value
        for name, value in given.items()
    }


def _name_of_part(part: Mapping[str, Any]) -> str:
    return str(part["to"] if "to" in part else part["name"])


def _without_places(part: dict[str, Any]) -> None:
    del part["at"]
    part.pop("marks", None)
    for condition in part.get("when", ()):
        _without_places(condition)


def _digest(mapping: MappingFile, source: str | None) -> str:
    """Return the SHA-256 of what the mapping says, without places, in one order, in the long forms."""
    said = asdict(mapping)
    for name in ("name", "path", "digest", "text", "included"):
        del said[name]
    said["source"] = source
    for name in ("keys", "rules", "constants", "templates", "client_context", "when"):
        for part in said[name]:
            _without_places(part)
    for rule in said["rules"]:
        rule["patterns"] = list(patterns_of(rule["values"] or ()))  # their order matters
    for name in ("rules", "constants", "templates", "client_context"):
        said[name] = sorted(said[name], key=_name_of_part)
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()
