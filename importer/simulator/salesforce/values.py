"""From a JSON value to the value that is stored: what the JSON reader of the org takes per field type.

A value it cannot read refuses the whole request with JSON_PARSER_ERROR (facts §7). Pure.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from importer.simulator.salesforce.errors import Failure, RefusalError, UnreadableError, refused
from importer.simulator.salesforce.schema import NUMBER_TYPES, TEXT_TYPES, Field

_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:?\d\d)")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")


def stamp(moment: dt.datetime) -> str:
    """Return a datetime as the org prints it: UTC, whole seconds, no colon in the offset."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def read_json(body: bytes) -> tuple[dict[str, Any], str]:
    """Parse a request body; give the object and its text. Raises RefusalError."""
    try:
        text = body.decode("utf-8")
        content = json.loads(text, parse_constant=_no_constant)
        if "\\u" in text:
            json.dumps(content, ensure_ascii=False).encode("utf-8")  # half a surrogate pair cannot be stored
    except json.JSONDecodeError as error:
        raise refused(
            "JSON_PARSER_ERROR", f"{error.msg} at [line:{error.lineno}, column:{error.colno}]"
        ) from None
    except (UnicodeError, ValueError, RecursionError) as error:
        raise refused("JSON_PARSER_ERROR", f"The body is not JSON in UTF-8: {error}") from None
    if not isinstance(content, dict):
        raise refused("JSON_PARSER_ERROR", "The HTTP entity body must be a JSON object at [line:1, column:1]")
    return content, text


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def read_value(field: Field, value: Any, text: str) -> Any:
    """Return what is stored for a JSON value; ``text`` is the body, to name the place. Raises RefusalError.

    Empty text is null. Numbers and booleans in quotes are read when they parse (a decision).
    """
    if value is None or value == "":
        return None
    if field.type in TEXT_TYPES and isinstance(value, str):
        return value
    try:
        return _read(field, value)
    except (ValueError, OverflowError):
        raise _unreadable(field, value, text) from None


def _read(field: Field, value: Any) -> Any:
    if field.type == "boolean":
        return _boolean(value)
    if field.type in NUMBER_TYPES:
        return _number(field, value)
    if not isinstance(value, str):
        raise ValueError
    if field.type == "datetime":
        return read_datetime(value)
    if field.type == "date":
        return _date(value)
    return value


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise ValueError


def _number(field: Field, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError
    number = Decimal(str(value))
    if field.type == "int":
        if number != number.to_integral_value():
            raise ValueError
        return int(number)
    if number.adjusted() > 30:
        return float(number)
    return float(number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP))


def _date(value: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ValueError
    return dt.date.fromisoformat(value).isoformat()


def read_datetime(value: str) -> str:
    """Return a datetime text of a request or query in the stored form. Raises ValueError."""
    if not _DATETIME.fullmatch(value):
        raise ValueError
    return stamp(dt.datetime.fromisoformat(value))


def _unreadable(field: Field, value: Any, text: str) -> RefusalError:
    line, column = _place(field.name, text)
    shown = json.dumps(value) if isinstance(value, dict | list) else str(value)
    message = (
        f"Cannot deserialize instance of {field.type} from {_token(value)} value {shown} "
        f"or request may be missing a required field at [line:{line}, column:{column}]"
    )
    return UnreadableError([Failure("JSON_PARSER_ERROR", message)])


def _token(value: Any) -> str:
    if isinstance(value, bool):
        return "VALUE_TRUE" if value else "VALUE_FALSE"
    names = {str: "VALUE_STRING", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT", dict: "START_OBJECT"}
    return names.get(type(value), "START_ARRAY")


def _place(name: str, text: str) -> tuple[int, int]:
    found = re.search(rf'"{re.escape(name)}"\s*:\s*', text, re.IGNORECASE)
    before = text[: found.end()] if found else ""
    return before.count("\n") + 1, len(before) - before.rfind("\n")
