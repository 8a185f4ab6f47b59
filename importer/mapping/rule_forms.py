"""The forms of rules, constants, templates, look-ups and conditions: what stands beside a name."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from importer.mapping import spec
from importer.mapping.scalars import (
    ApiName,
    Blank,
    Count,
    Filled,
    Fixed,
    Flag,
    Formats,
    Instead,
    Otherwise,
    Pattern,
    Plain,
    Sign,
    Step,
    Strict,
    Template,
    Text,
    Texts,
    Timezone,
    Value,
    Values,
    constant,
    fault,
    no_chain,
)


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
