"""The values of the mapping language as checked types, from which language.py builds its models.

Everything arrives as text (document.py); a type says which texts are right and how an editor sees them.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from importer.mapping import spec
from importer.mapping.dates import check_timezone
from importer.mapping.faults import did_you_mean, quoted
from importer.mapping.formats import FormatError, check_format
from importer.mapping.numbers import SignError, check_sign
from importer.mapping.patterns import PatternError, is_pattern, pattern_function
from importer.mapping.templates import VARIABLE_NAME, TemplateError, parse_text
from importer.mapping.transforms import TRANSFORMS, StepError, read_step
from importer.model.record_id import salesforce_id

ENCODINGS = (
    "utf-8", "utf-16", "cp1252", "iso-8859-1", "iso-8859-15", "cp1250", "cp1251", "cp850", "shift_jis",
)  # fmt: skip
"""Encodings that are suggested; any text encoding of Python is accepted."""

_KEYWORDS_OF_BLANK = ("omit", "null", "~")


def fault(message: str) -> PydanticCustomError:
    """Return the error that reaches the person with ``message`` as it stands."""
    return PydanticCustomError("fault", "{message}", {"message": message})


def not_yet(what: str) -> str:
    """Return the sentence that refuses what a later version will know."""
    return f"{what} is not in this version"


def checked(check: Callable[[str], object], *errors: type[Exception]) -> AfterValidator:
    """Return a validator that keeps a text and turns the exceptions of ``check`` into faults."""

    def validate(text: str) -> str:
        try:
            check(text)
        except errors as error:
            raise fault(str(error)) from None
        return text

    return AfterValidator(validate)


def as_list(raw: object) -> object:
    """Return a text as a list of one."""
    return [raw] if isinstance(raw, str) else raw


def keys_of(model: type[BaseModel]) -> list[str]:
    """Return the keys of a form as they are written in a file."""
    return [field.alias or name for name, field in model.model_fields.items()]


class Strict(BaseModel):
    """A mapping of known keys; an unknown one is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# Texts. Editors read `5`, `no` and `true` as numbers and booleans; here every scalar is text.

_ANY_SCALAR = {"type": ["string", "number", "boolean"]}

Text = Annotated[str, WithJsonSchema(_ANY_SCALAR)]
Filled = Annotated[str, Field(min_length=1), WithJsonSchema({**_ANY_SCALAR, "minLength": 1})]
Texts = Annotated[
    list[Filled], Field(min_length=1), BeforeValidator(as_list, json_schema_input_type=Filled | list[Filled])
]
Count = Annotated[int, Field(ge=1), WithJsonSchema({"type": "integer", "minimum": 1})]
Flag = Annotated[Literal["true", "false"], WithJsonSchema({"type": "boolean"})]
Blank = Annotated[spec.Blank, WithJsonSchema({"enum": ["omit", "null", None, "error"]})]


def _no_variable(raw: object) -> object:
    if isinstance(raw, str) and raw.startswith("{$") and raw.endswith("}"):
        raise fault("a variable can stand in constants and templates only")
    return raw


Plain = Annotated[Filled, BeforeValidator(_no_variable, json_schema_input_type=Filled)]
"""A text that is used as it stands."""


# Values that may look like keywords


class ValueForm(Strict):
    """The long form of a value, for texts that would be keywords."""

    value: Filled = Field(description="The value itself, whatever word it is.")


def _value(raw: object) -> object:
    """Turn the short form of a value into the long one; refuse what is hardly meant as a text."""
    if not isinstance(raw, str):
        return raw
    if raw in _KEYWORDS_OF_BLANK:
        raise fault(f"{quoted(raw)} would be sent as that text; if it is meant, write {{value: {raw}}}")
    return {"value": _no_variable(raw)}


def constant(raw: object) -> object:
    """Turn the short form of a text with variables into the long one."""
    return {"value": raw} if isinstance(raw, str) and raw not in _KEYWORDS_OF_BLANK else _value(raw)


WORD, VALUE, NAME, MAP = "<word>", "<value>", "<name>", "<map>"
TAGS = frozenset([WORD, VALUE, NAME, MAP])
"""What pydantic puts into the path of a fault to say which form was tried; it is nothing of the file."""


def _is_keyword(raw: object) -> str:
    return WORD if raw in ("error", "keep") else VALUE


def _is_instead(raw: object) -> str:
    return WORD if raw in ("error", "omit") else VALUE


Value = Annotated[ValueForm, BeforeValidator(_value, json_schema_input_type=Text | ValueForm)]
Otherwise = Annotated[
    Annotated[Literal["error", "keep"], Tag(WORD)] | Annotated[Value, Tag(VALUE)],
    Discriminator(_is_keyword),
]
Fixed = Annotated[Filled, checked(lambda text: parse_text(text, columns=False), TemplateError)]
"""A text with variables."""


class FixedForm(Strict):
    """The long form of a text with variables."""

    value: Fixed = Field(description="The value itself, whatever word it is. `{$name}` is a variable.")


Instead = Annotated[
    Annotated[Literal["error", "omit"], Tag(WORD)]
    | Annotated[
        FixedForm,
        BeforeValidator(lambda raw: constant(raw), json_schema_input_type=Text | FixedForm),
        Tag(VALUE),
    ],
    Discriminator(_is_instead),
]
"""What is sent where a look-up finds no record, or many."""
Template = Annotated[Filled, checked(lambda text: parse_text(text, columns=True), TemplateError)]


def _map_key(text: str) -> str:
    if is_pattern(text):
        _pattern(text)
    return text


def _pattern(text: str) -> str:
    try:
        pattern_function(text)
    except PatternError as bad:
        raise fault(str(bad)) from None
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
ValueMap = Annotated[dict[Annotated[str, AfterValidator(_map_key)], Value], Field(min_length=1)]
Values = Annotated[
    Annotated[Filled, Tag(NAME)] | Annotated[ValueMap, Tag(MAP)],
    Discriminator(lambda raw: NAME if isinstance(raw, str) else MAP),
]
"""A value map, or the name of one."""


# How values are read and changed

Format = Annotated[str, checked(check_format, FormatError)]
Formats = Annotated[
    list[Format], Field(min_length=1), BeforeValidator(as_list, json_schema_input_type=str | list[str])
]
Timezone = Annotated[str, checked(check_timezone, FormatError)]
Sign = Annotated[str, checked(check_sign, SignError)]


def _step(raw: object) -> spec.Step:
    try:
        return read_step(raw)
    except StepError as bad:
        raise fault(str(bad)) from None


def _step_schema() -> dict[str, Any]:
    forms: list[dict[str, Any]] = []
    for name, transform in TRANSFORMS.items():
        kinds = {
            key: {"type": "integer"} if kind is int else _ANY_SCALAR
            for key, kind in transform.parameters.items()
        }
        if not kinds:
            forms.append({"const": name, "description": transform.about})
            continue
        value = _closed(kinds) if len(kinds) > 1 else next(iter(kinds.values()))
        forms.append(_closed({name: {**value, "description": transform.about}}))
    return {"anyOf": forms}


def _closed(properties: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the JSON schema of an object with exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


Step = Annotated[spec.Step, PlainValidator(_step), WithJsonSchema(_step_schema())]


# How a file is read


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
        "".encode(name)
    except (LookupError, ValueError):
        hint = did_you_mean(name, ENCODINGS) or "; write a name such as utf-8 or cp1252"
        raise fault(f"unknown encoding {quoted(name)}{hint}") from None
    return name


def _delimiter(sign: str) -> str:
    sign = "\t" if sign.casefold() == "tab" else sign
    if len(sign) != 1 or sign.isalnum() or sign in '"\r\n':
        raise fault('a delimiter is one character such as ";" or the word tab')
    return sign


def _single_sign(sign: str) -> str:
    if sign != "none" and (len(sign) != 1 or sign.isalnum() or sign.isspace()):
        raise fault("one character is expected here, which is no letter or digit, or the word none")
    return sign


Encoding = Annotated[str, AfterValidator(_encoding)]
Delimiter = Annotated[str, AfterValidator(_delimiter)]
SingleSign = Annotated[str, AfterValidator(_single_sign)]


# Look-ups


_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def _api_name(name: str) -> str:
    if "." in name:
        raise fault(f"{quoted(name)}: {not_yet('a chain of look-ups')}; name a property of the object")
    if not _API_NAME.fullmatch(name):
        raise fault(f"{quoted(name)} is no API name; write one such as Account or Ext_Id__c")
    return name


def no_chain(raw: object) -> object:
    """Refuse a list of look-ups."""
    if isinstance(raw, list):
        raise fault(f"{not_yet('a chain of look-ups')}; write one: {{object: Account, by: AccountNumber}}")
    return raw


ApiName = Annotated[Filled, AfterValidator(_api_name)]


# Single keys of the document


def _version(text: str) -> str:
    if text != "1":
        raise fault(f"version {quoted(text)} is unknown; this case-importer reads version 1")
    return text


def _assignment_rule(text: str) -> str:
    if text in ("off", "on") or (salesforce_id(text) and text.startswith("01Q")):
        return text
    raise fault(f"{quoted(text)} is neither off, on nor the id of an assignment rule (01Q…)")


def _variable_name(name: str) -> str:
    if not VARIABLE_NAME.fullmatch(name):
        raise fault(f"{quoted(name)} is no name of a variable; use letters, digits and _")
    return name


Version = Annotated[str, AfterValidator(_version), WithJsonSchema({"enum": [1, "1"]})]
AssignmentRule = Annotated[str, AfterValidator(_assignment_rule)]
Variables = dict[Annotated[str, AfterValidator(_variable_name)], Text]
