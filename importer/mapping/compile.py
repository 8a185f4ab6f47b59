"""A mapping file, a header and a schema → functions from rows to drafts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from importer.mapping.cells import NO_BLANKS, RefusedError, blank_test
from importer.mapping.columns import Columns
from importer.mapping.columnwise import Form, always, by_cells, by_form, by_rows
from importer.mapping.compiled import Compiled, Needed, Referrer, Writer
from importer.mapping.conditions import choosing_function, described, holds_function
from importer.mapping.faults import Faults, Mark, did_you_mean, quoted
from importer.mapping.identity import Place, content_function, key_function, keys_function, mark_function
from importer.mapping.kinds import final_value, kind_of, sentences
from importer.mapping.limits import limited
from importer.mapping.lookups import Refer, refer_function
from importer.mapping.rule import NO_LIMIT, OMIT, Surroundings, Written, cell_rule, lookup_function, stays
from importer.mapping.spec import (
    Condition,
    LookupBy,
    MappingFile,
    Part,
    Rule,
    RuleType,
    Slot,
    Step,
    Text,
    Variable,
    Write,
)
from importer.mapping.templates import Render, filled, form_of, renderer
from importer.mapping.values import Reading, converter
from importer.model.draft import Value
from importer.model.problem import problem
from importer.model.row import Cell
from importer.model.schema import Property, Schema

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


def compile_mapping(
    mapping: MappingFile,
    columns: Sequence[str],
    schema: Schema | None,
    variables: Mapping[str, str] = _NO_VARIABLES,
    *,
    place: Place,
) -> Compiled:
    """Fit ``mapping`` to the header ``columns`` of a file and to ``schema``, once, and return its functions.

    ``variables`` are the connection's and win over the mapping's. ``place`` names a cell for people, from the
    row's number and the index of the column counted from 0. Without a schema, types are those that the
    mapping declares, and no limits are checked. Raises MappingFaultsError: columns that the file does not
    have or has twice, undefined variables, constants and defaults that the schema does not take.
    """
    faults = Faults(mapping.name, mapping.text)
    work = _Compiler(mapping, Columns(columns, faults), schema, {**mapping.variables, **variables}, faults)
    compiled = work.compiled(place)
    faults.stop()
    return compiled


class _Compiler:
    """The state of one compilation; every step notes its faults and goes on."""

    def __init__(
        self,
        mapping: MappingFile,
        columns: Columns,
        schema: Schema | None,
        variables: Mapping[str, str],
        faults: Faults,
    ) -> None:
        self.mapping, self.columns, self.schema = mapping, columns, schema
        self.variables, self.faults = variables, faults
        blanks = NO_BLANKS | frozenset(mapping.read.blank_cells)
        self.around = Surroundings(mapping.target, blanks, blank_test(blanks), faults)

    def compiled(self, place: Place) -> Compiled:
        """Return the functions; they are usable only when no faults were noted."""
        parts = tuple(self._parts())
        writers = tuple(part for part in parts if isinstance(part, Writer))
        context = [(text.name, self._renderer(text)) for text in self.mapping.client_context]
        keys = [(index, self.columns.names[index]) for index in self._key_indices()]
        index_of = self._index_of
        filtering = holds_function(self.mapping.when, index_of, self.around.is_blank)
        names, used = self.columns.names, tuple(sorted(self.columns.used))
        mapped = {self.columns.find(name, at) for name, at in self._feeding_columns()}
        content = content_function([(index, names[index]) for index in used])
        return Compiled(
            columns=names,
            used=used,
            unused_columns=tuple(name for index, name in enumerate(names) if index not in self.columns.used),
            notes=tuple(self.columns.notes),
            feeds=MappingProxyType({w.property: names[w.column] for w in parts if w.column is not None}),
            source=self.mapping.source,
            looks_up=any(True for _ in self._lookups()),
            imported=frozenset(each.object for each in self._lookups() if each.imported),
            create_only=frozenset(self._written_on("create")),
            update_only=frozenset(self._written_on("update")),
            _writers=writers,
            _writes=tuple((writer.property, writer.write) for writer in writers),
            _of_columns=tuple((writer.property, writer.of_columns) for writer in writers),
            _of_references=tuple((r.property, by_rows(r.write)) for r in parts if isinstance(r, Referrer)),
            _of_context=tuple((name, by_rows(render)) for name, render in context),
            _filter=filtering,
            _left_out=problem("FILTERED", condition=described(self.mapping.when)) if filtering else None,
            _referrers=tuple(part for part in parts if isinstance(part, Referrer)),
            _mapped=tuple(sorted(index for index in mapped if index is not None)),
            _needed=tuple(self._needed(parts)),
            _context=tuple(context),
            _padded=frozenset(names[index] for index in used if self._pads(index)),
            _is_blank=self.around.is_blank,
            _key=key_function(keys, self.around.is_blank, place) if keys else None,
            _keys=keys_function(keys, self.around.blanks - NO_BLANKS) if keys else None,
            _content=content,
            _mark=mark_function(used, content),
            _place=place,
        )

    def _parts(self) -> Iterator[Writer | Referrer]:
        """Give the writer or referrer of each property in the order of the mapping file."""
        several: dict[str, list[tuple[Rule | Text, Writer | Referrer]]] = {}
        for part in self.mapping.parts():
            for made in self._made(part):
                several.setdefault(made.property, []).append((part, made))
        for group in several.values():
            if len(group) == 1 and not group[0][0].when:
                yield group[0][1]
            else:
                yield self._choosing(group)

    def _choosing(self, group: Sequence[tuple[Rule | Text, Writer | Referrer]]) -> Writer | Referrer:
        """Return what writes a property by the first of several rules whose condition holds."""
        conditions = [holds_function(part.when, self._index_of, self.around.is_blank) for part, _ in group]
        made = [each for _, each in group]
        first, writers = made[0], [each for each in made if isinstance(each, Writer)]
        if len(writers) == len(made):
            plain = [(holds, w.column, w.write) for holds, w in zip(conditions, writers, strict=True)]
            write = choosing_function(plain)
            return Writer(first.property, first.column, write, by_rows(write), first.made_of, always=False)
        mixed = [(holds, each.column, each.write) for holds, each in zip(conditions, made, strict=True)]
        return Referrer(first.property, first.column, choosing_function(mixed))

    def _index_of(self, condition: Condition) -> int:
        return self.columns.find(condition.column, condition.at) or 0

    def _made(self, part: Rule | Text) -> Iterator[Writer | Referrer]:
        """Give what one rule, constant or template makes; nothing where its column is missing."""
        self._check_write(part)
        if isinstance(part, Rule):
            yield from self._rule_writer(part)
        elif part.columns:
            yield self._template_writer(part)
        else:
            yield self._constant_referrer(part) if part.lookup else self._constant_writer(part)

    def _property(self, name: str) -> tuple[str, Property | None]:
        """Return the name as the schema spells it, and the property if it is there."""
        found = self.schema.find(name) if self.schema else None
        return (found.name if found else name), found

    def _lookups(self) -> Iterator[LookupBy]:
        for part in self.mapping.parts():
            if part.lookup is not None:
                yield part.lookup

    def _written_on(self, when: Write) -> Iterator[str]:
        """Give the properties that are written only when a record is made, or only when it is changed."""
        for part in self.mapping.parts():
            name, found = self._property(part.writes)
            fixed = found is not None and not found.updatable
            if part.write == when or (when == "create" and fixed):
                yield name

    def _check_write(self, part: Rule | Text) -> None:
        name, found = self._property(part.writes)
        if part.write != "update" or found is None:
            return
        if not found.updatable:
            message = f"{quoted(name)} cannot be changed in a record that exists; remove write: update"
            self.faults.add(part.mark("write"), message)
        elif found.required:
            message = f"{quoted(name)} is required when a record is made, so write cannot be update"
            self.faults.add(part.mark("write"), message)

    def _rule_writer(self, rule: Rule) -> Iterator[Writer | Referrer]:
        name, found = self._property(rule.to)
        index = self.columns.find(rule.column, rule.at)
        if rule.lookup is not None:
            refer = self._refer(rule, found)
            referrer = Referrer(name, index, lookup_function(rule, index or 0, found, self.around, refer))
            if index is not None:
                yield referrer
            return
        made = cell_rule(rule, found, self.around)
        if index is not None:
            yield Writer(name, index, _at(index, made.of_cell), by_cells(index, made))

    def _refer(self, part: Rule | Text, found: Property | None) -> Refer:
        return refer_function(part, found, self.mapping.target, self._text_of, self.faults)

    def _constant_referrer(self, text: Text) -> Referrer:
        name, found = self._property(text.name)
        said = self._text_of(text.parts, text.at)
        if said is not None and not said.strip():
            self.faults.add(text.at, f"constant {quoted(text.name)} is empty; it is looked up by its text")
        reference = self._refer(text, found)(said or "")
        return Referrer(name, None, lambda _: reference)

    def _constant_writer(self, text: Text) -> Writer:
        name, found = self._property(text.name)
        kind: RuleType = "text" if found is None or found.type == "unsupported" else found.type
        said = self._text_of(text.parts, text.at)
        final = final_value(said or "", kind, found, self.mapping.target)
        value: Written = None
        if said is None:
            pass  # a variable is not defined, and that is told
        elif said == "":
            self.faults.add(
                text.at, f"constant {quoted(text.name)} is empty; remove it, or give its variable a text"
            )
        elif isinstance(final, RefusedError):
            self.faults.add(text.at, f"constant {quoted(text.name)}: {sentences(final)}")
        else:
            value = _wrapped(final, found)
        return Writer(name, None, lambda _: value, always(value))

    def _template_writer(self, text: Text) -> Writer:
        name, found = self._property(text.name)
        kind: RuleType = "text" if found is None or found.type == "unsupported" else found.type
        convert = converter(kind, Reading(self.mapping.target))
        render, read = self._renderer(text), limited(convert, found)

        def write(cells: Sequence[Cell]) -> Written:
            rendered = render(cells)
            return OMIT if rendered is None else _wrapped(read(rendered), found)

        found_at = (self.columns.find(column, text.at) for column in dict.fromkeys(text.columns))
        made_of = tuple(index for index in found_at if index is not None)
        of_columns = by_rows(write)
        if kind == "text" and stays(found):
            of_columns = by_form(self._form(text, found), of_columns)
        return Writer(name, made_of[0] if made_of else None, write, of_columns, made_of)

    def _form(self, text: Text, found: Property | None) -> Form:
        form, slots = form_of(self._filled(text.parts, text.at))
        places = [(self.columns.find(column, text.at) or 0, steps) for column, steps in slots]
        limit = (found.length if found else None) or NO_LIMIT
        return Form(form, places, limit, self.around.blanks - NO_BLANKS)

    def _filled(self, parts: Sequence[Part], at: Mark) -> tuple[str | Slot, ...]:
        known = {}
        for part in parts:
            if isinstance(part, Variable):
                known[part.name] = self._variable(part.name, at) or "?"
        return filled(parts, known)

    def _text_of(self, parts: Sequence[Part], at: Mark) -> str | None:
        """Return a text that reads no column, its variables filled in; None when one is not defined."""
        texts = [self._variable(part.name, at) if isinstance(part, Variable) else str(part) for part in parts]
        return None if None in texts else "".join(text for text in texts if text is not None)

    def _variable(self, name: str, at: Mark) -> str | None:
        if name in self.variables:
            return self.variables[name]
        hint = did_you_mean(name, self.variables) or "; write it under variables here or in the connection"
        self.faults.add(at, f"variable {quoted(name)} is not defined{hint}")
        return None

    def _renderer(self, text: Text) -> Render:
        def index_of(column: str) -> int:
            return self.columns.find(column, text.at) or 0

        return renderer(self._filled(text.parts, text.at), index_of, self.around.is_blank)

    def _key_indices(self) -> list[int]:
        found = [self.columns.find(key.column, key.at) for key in self.mapping.keys]
        return [index for index in found if index is not None]

    def _feeding_columns(self) -> Iterator[tuple[str, Mark]]:
        """Give the columns whose cells become values of new records."""
        for rule in self.mapping.rules:
            if rule.write != "update":  # a row without other values makes no record
                yield rule.column, rule.at
        for text in self.mapping.templates:
            yield from ((column, text.at) for column in text.columns)

    def _needed(self, writers: Sequence[Writer | Referrer]) -> Iterator[Needed]:
        """Give the properties that every record must have: the match property and those of the schema."""
        columns = {writer.property: writer.column for writer in writers}
        if self.mapping.match:
            match, _ = self._property(self.mapping.match)
            yield Needed(match, columns.get(match), "BLANK_KEY")
        for name, found in self.schema.properties.items() if self.schema else ():
            if found.required and found.writable and found.type != "unsupported":
                yield Needed(name, columns.get(name), "REQUIRED")

    def _pads(self, index: int) -> bool:
        """Say whether all that reads the column makes zeros in front of a number itself, or needs none."""
        verdicts = [
            _has_pad(rule.do) or kind_of(rule, self._property(rule.to)[1]) in ("integer", "number")
            for rule in self.mapping.rules
            if self.columns.find(rule.column, rule.at) == index
        ]
        conditions = [*self.mapping.when, *(each for part in self.mapping.parts() for each in part.when)]
        verdicts += [_has_pad(each.do) for each in conditions if self._index_of(each) == index]
        verdicts += [
            _has_pad(part.steps)
            for text in (*self.mapping.templates, *self.mapping.client_context)
            for part in text.parts
            if isinstance(part, Slot) and self.columns.find(part.column, text.at) == index
        ]
        return bool(verdicts) and all(verdicts)


def _at(index: int, of_cell: Callable[[Cell], Written]) -> Callable[[Sequence[Cell]], Written]:
    return lambda cells: of_cell(cells[index])


def _has_pad(steps: Sequence[Step]) -> bool:
    return any(step.name == "pad" for step in steps)


def _wrapped(value: Value, found: Property | None) -> Value:
    """Return a scalar as the tuple that a multi-valued property takes."""
    return (value,) if found is not None and found.multiple and not isinstance(value, tuple) else value
