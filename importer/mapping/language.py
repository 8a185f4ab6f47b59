"""The mapping language as pydantic models: they check a file, complete it in editors and document it.

The models check one value at a time; what several keys mean together is checked in meaning.py.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from importer.mapping import spec
from importer.mapping.scalars import (
    ApiName,
    AssignmentRule,
    Blank,
    Count,
    Delimiter,
    Encoding,
    Filled,
    Fixed,
    Flag,
    Formats,
    Instead,
    Otherwise,
    Pattern,
    Plain,
    Sign,
    SingleSign,
    Step,
    Strict,
    Template,
    Text,
    Texts,
    Timezone,
    Value,
    ValueMap,
    Values,
    Variables,
    Version,
    constant,
    fault,
    no_chain,
)

NOT_YET = frozenset(["fixed", "trailer", "lookup.file"])
"""Keys that the language keeps a place for and this version does not know: refused, never ignored."""


class LookupForm(Strict):
    """Which record's id is written, when the file names the record by something else."""

    object: ApiName | None = Field(
        None,
        description="Salesforce: the object that is searched, such as `Account`, `User`, `RecordType` or "
        "`Queue`.",
    )
    imported: Plain | None = Field(
        None,
        description="A `source`, instead of `object`: the record that this tool made of the row with that "
        "key. It costs no request, and it is the only look-up on IBM.",
    )
    by: ApiName | None = Field(
        None,
        description="The property that holds the text of the cell. Required with `object`; with `imported` "
        "it is always `key`.",
    )
    none: Instead = Field(
        "error",
        description="When no record is found: `error` (default; the row is not sent), `omit` (the property "
        "is left out), or the id to send instead. `{$name}` is a variable.",
    )
    many: Instead = Field(
        "error", description="When more than one record is found: as `none`. Not with `imported`."
    )


Lookup = Annotated[LookupForm, BeforeValidator(no_chain, json_schema_input_type=LookupForm)]


class WhenForm(Strict):
    """A condition on one column: `column`, and one of `is`, `is_not`, `matches`, `blank`."""

    column: Filled = Field(description="Required. The column whose cell is looked at.")
    do: list[Step] = Field([], description="Transforms of the text before it is compared.")
    is_: Texts | None = Field(
        None, alias="is", description="It holds when the text of the cell is this text, or one of a list."
    )
    is_not: Texts | None = Field(
        None, description="It holds when the text is none of these; a blank cell is none of them."
    )
    matches: Pattern | None = Field(
        None, description="It holds when the text fits this pattern, for example `/^P[12]/`."
    )
    blank: Flag | None = Field(
        None, description="`true`: it holds when the cell is blank; `false`: when it is not."
    )

    @model_validator(mode="after")
    def _one_test(self) -> WhenForm:
        if sum(test is not None for test in (self.is_, self.is_not, self.matches, self.blank)) != 1:
            raise fault("a condition has column, and one of is, is_not, matches, blank")
        return self


def _as_conditions(raw: object) -> object:
    return [raw] if isinstance(raw, dict) else raw


When = Annotated[
    list[WhenForm],
    Field(min_length=1),
    BeforeValidator(_as_conditions, json_schema_input_type=WhenForm | list[WhenForm]),
]
"""One condition, or a list of which all must hold."""

_WHEN = (
    "The rule is used for a row when this condition holds, see Conditions. Several rules may write one "
    "property when all but the last have a condition; the first that holds writes."
)
_WRITE = (
    "When the property is written: `create`, `update` or `both` (default). `update` needs `on_match: update`."
)


class RuleForm(Strict):
    """The long form of a column's rule."""

    to: Filled = Field(
        description="Required. The property to write: its API name (Salesforce) or symbolic name (IBM)."
    )
    type: spec.RuleType | None = Field(
        None,
        description="How the text is read, see Types. Default: the property's type in the target's schema "
        "when that is at hand, else `text`.",
    )
    format: Formats | None = Field(
        None,
        description="How dates are written, for example `%d/%m/%Y %H:%M`, or a list of such forms. "
        "Without it only ISO 8601 is read.",
    )
    timezone: Timezone | None = Field(
        None, description="Where times without an offset were written, for example `Europe/Zurich`."
    )
    decimal: Sign | None = Field(None, description="The decimal sign of numbers in text. Default `.`")
    thousands: Sign | None = Field(
        None, description="The sign between groups of three digits of numbers in text. Default: none."
    )
    values: Values | None = Field(
        None,
        description="A value map, text of the cell (exactly) or a pattern such as `/^P[12]/` → value, or the "
        "name of a map under `value_maps`, see Value maps.",
    )
    otherwise: Otherwise = Field(
        "error",
        description="What a text gives that is not in `values`: `error` (default), `keep`, or a value. "
        "A value that is one of these words is written `{value: keep}`.",
    )
    default: Value | None = Field(
        None,
        description="The value of a blank cell. It is final: it passes neither `do` nor `values`, its "
        "numbers have a `.` and its dates are in ISO 8601.",
    )
    blank: Blank = Field(
        "omit",
        description="What a blank cell without a default gives: `omit` (default; the server's own default "
        "applies), `null` (the property is sent empty) or `error`.",
    )
    split: Filled | None = Field(
        None, description="The text that parts several values in one cell, for multi-valued properties."
    )
    do: list[Step] = Field(
        [],
        description="Transforms, done in order, see Transforms. Without them nothing is trimmed or changed.",
    )
    truncate: Count | None = Field(
        None, description="How many characters are kept of a longer text. Default: too long is a problem."
    )
    lookup: Lookup | None = Field(
        None, description="The text names another record, whose id is written, see Look-ups."
    )
    write: spec.Write = Field("both", description=_WRITE)
    when: When | None = Field(None, description=_WHEN)


def _as_rules(raw: object) -> object:
    """Turn the short forms of a column (a property, or one rule) into the list of long ones."""
    items = raw if isinstance(raw, list) else [raw]
    return [{"to": item} if isinstance(item, str) else item for item in items]


Rules = Annotated[
    list[RuleForm],
    Field(min_length=1),
    BeforeValidator(_as_rules, json_schema_input_type=Filled | RuleForm | list[Filled | RuleForm]),
]


class ConstantForm(Strict):
    """The long form of a constant."""

    value: Fixed = Field(description="Required. The text itself, whatever word it is.")
    lookup: Lookup | None = Field(
        None, description="The text names another record, whose id is written, see Look-ups."
    )
    write: spec.Write = Field("both", description=_WRITE)
    when: When | None = Field(None, description=_WHEN)


class TemplateForm(Strict):
    """The long form of a template."""

    value: Template = Field(description="Required. The text itself, whatever word it is.")
    write: spec.Write = Field("both", description=_WRITE)
    when: When | None = Field(None, description=_WHEN)


def _as_template(raw: object) -> object:
    return {"value": raw} if isinstance(raw, str) else raw


Constants = dict[
    str, Annotated[ConstantForm, BeforeValidator(constant, json_schema_input_type=Text | ConstantForm)]
]
Templates = dict[
    str, Annotated[TemplateForm, BeforeValidator(_as_template, json_schema_input_type=Filled | TemplateForm)]
]


ValueMaps = dict[Filled, ValueMap]


class IncludedForm(Strict):
    """A file of value maps that mappings include."""

    include: Texts | None = Field(None, description="More such files: paths from this file's folder.")
    value_maps: ValueMaps = Field({}, description="Value maps by name.")


class ReadForm(Strict):
    """How the file is read; what is left out is detected and shown."""

    sheet: Texts | None = Field(
        None,
        description='The sheet of a workbook, a list of sheets with the same header, or `"*"` for all '
        "visible sheets. Default: the first visible one.",
    )
    header_row: Count | None = Field(
        None, description="The row that holds the column names, counted from 1. Default 1."
    )
    header: Literal["none"] | None = Field(
        None, description="`none`: the file has no header, and `names` gives the column names."
    )
    names: Annotated[list[Filled], Field(min_length=1)] | None = Field(
        None, description="The column names, in order, of a file without a header."
    )
    encoding: Encoding | None = Field(
        None,
        description="The encoding of a text file, for example `cp1252`. UTF-8 and UTF-16 are recognised.",
    )
    delimiter: Delimiter | None = Field(
        None,
        description='The sign between cells of a text file, for example `";"`, or `tab`. Default: found.',
    )
    quote: SingleSign | None = Field(
        None,
        description='The sign around cells of a text file, for example `"\'"`; `none`: quotes are text '
        'like any other. Default: `"`, or what is found.',
    )
    escape: SingleSign | None = Field(
        None,
        description="The sign that makes text of the next one in a text file, for example `\\`, as in "
        '`"5\\" disk"`; `none`: there is no such sign. Default: found; quotes inside a cell are doubled.',
    )
    blank_cells: list[Text] = Field(
        [],
        description="Texts that count as blank besides empty cells. `N/A` is text unless it is listed here.",
    )


class SalesforceOptions(Strict):
    """What Salesforce offers besides properties."""

    assignment_rule: AssignmentRule | None = Field(
        None,
        description="The case assignment rule: `off` (default), `on` for the active one, or the id of one.",
    )
    duplicates: Literal["block", "allow"] | None = Field(
        None, description="What duplicate rules that only warn do: `block` (default) or `allow` the record."
    )


class IbmOptions(Strict):
    """What IBM Case Manager offers besides properties."""

    return_updates: Flag | None = Field(
        None,
        description="`true` asks the server to send back the properties of the new case. Default `false`.",
    )
    wait_ready: Flag | None = Field(
        None,
        description="`true` counts a case as created once the server says that it is Working: each row costs "
        "one request more, or several. Default `false`.",
    )
    external_data_identifier: Plain | None = Field(
        None, description="The identifier that the external data service expects. Default: none is sent."
    )
    client_context: dict[str, Template] = Field(
        {}, description="Names and templates that are handed to the external data service with each row."
    )


OPTIONS: dict[spec.TargetName, type[Strict]] = {spec.SALESFORCE: SalesforceOptions, spec.IBM: IbmOptions}

# Which options are right depends on the target: shape.py checks them by OPTIONS once that is known.
_Options = Annotated[
    dict[str, Any], BeforeValidator(lambda raw: raw, json_schema_input_type=SalesforceOptions | IbmOptions)
]


class Document(Strict):
    """A mapping file of case-importer: columns of a table → properties of cases."""

    version: Version | None = Field(None, description="The version of this language: `1`. Required.")
    target: spec.TargetName | None = Field(
        None, description="The kind of system the rows go to: `salesforce` or `ibm-case-manager`. Required."
    )
    object: Filled | None = Field(
        None, description="Salesforce: the object that rows become. Default `Case`."
    )
    case_type: Filled | None = Field(
        None, description="IBM: the case type (symbolic name) that rows become. Required there."
    )
    object_store: Filled | None = Field(
        None, description="IBM: the target object store (symbolic name), where the connection names none."
    )
    source: Filled | None = Field(
        None,
        description="Whose keys these are, so that keys of two sources never meet. Default: file name.",
    )
    key: Texts | None = Field(
        None,
        description="The column, or list of columns, that identify a row for good. Default: the column that "
        "feeds `match`; without `match`, the content of the cells that the mapping uses. `none`: by content "
        "too, and equal rows of different files are different records.",
    )
    match: Filled | None = Field(None, description="The property that carries the key on the server.")
    on_match: spec.OnMatch | None = Field(
        None,
        description="When the server has a record with that key: `skip` the row (default), `update` the "
        "record, or `error`.",
    )
    read: ReadForm = Field(ReadForm(), description="How the file is read; detected and shown otherwise.")
    when: When | None = Field(
        None,
        description="Rows for which this condition does not hold are left out (`skipped`), see Conditions.",
    )
    include: Texts | None = Field(
        None,
        description="Files with `value_maps` that several mappings share: paths from this file's folder, and "
        "inside it.",
    )
    value_maps: ValueMaps = Field({}, description="Value maps by name, for `values: NAME` in several rules.")
    variables: Variables = Field(
        {}, description="Texts for `{$name}` in constants and templates. A connection may set its own."
    )
    columns: dict[str, Rules] = Field(
        {},
        description="Column → what becomes of its cells: a property, a rule, or a list of these. Names are "
        "compared without regard to runs of blanks; a difference in case alone matches and is told.",
    )
    constants: Constants = Field(
        {},
        description="Property → the text that every record gets. `{$name}` is a variable. The long form is "
        "`{value: …, lookup: …, write: …, when: …}`.",
    )
    templates: Templates = Field(
        {},
        description="Property → a text with column names in braces: `[{Ticket No}] {Summary|trim}`. The long "
        "form is `{value: …, write: …, when: …}`.",
    )
    options: _Options = Field({}, description="What the target offers besides properties.")
