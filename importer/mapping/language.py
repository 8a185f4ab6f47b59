"""The mapping language as pydantic models: they check a file, complete it in editors and document it.

The models check one value at a time; what several keys mean together is checked in meaning.py.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from importer.mapping import spec
from importer.mapping.rule_forms import Constants, Rules, Templates, When
from importer.mapping.scalars import (
    AssignmentRule,
    Count,
    Delimiter,
    Encoding,
    Filled,
    Flag,
    Plain,
    SingleSign,
    Strict,
    Template,
    Text,
    Texts,
    ValueMap,
    Variables,
    Version,
)

NOT_YET = frozenset(["fixed", "trailer", "lookup.file"])
"""Keys that the language keeps a place for and this version does not know: refused, never ignored."""


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
