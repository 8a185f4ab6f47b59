"""Words that people write for words of the language: other tools' names, and the kinds of other systems."""

from __future__ import annotations

from collections.abc import Collection

from importer.model.schema import nearest

_MEANT: dict[str, tuple[str, ...]] = {
    # types
    "text": ("string", "str", "varchar", "textarea", "picklist", "choice", "url"),
    "integer": ("int", "long", "whole"),
    "number": ("float", "double", "decimal", "currency", "money", "percent"),
    "boolean": ("bool", "checkbox", "flag"),
    "datetime": ("timestamp", "date-time", "date_time", "time"),
    "id": ("reference", "guid"),
    # targets
    "salesforce": ("sf", "sfdc", "salesforce.com"),
    "ibm-case-manager": ("ibm", "icm", "baw", "case-manager", "ibm_case_manager"),
    # what is done
    "create": ("insert", "new"),
    "update": ("overwrite", "change"),
    "both": ("upsert", "always"),
    "skip": ("ignore", "keep"),
    "omit": ("skip", "ignore", "leave", "nothing"),
    "null": ("clear", "none", "empty", "nil"),
    "error": ("fail", "reject", "stop", "required"),
    # keys
    "columns": ("fields", "mapping", "mappings", "rules", "properties"),
    "to": ("field", "property", "target", "name", "column"),
    "values": ("map", "mapping", "choices", "translate"),
    "otherwise": ("else", "fallback", "others"),
    "do": ("transform", "transforms", "filter", "filters", "apply"),
    "truncate": ("max_length", "maxlength", "length", "max", "cut"),
    "split": ("separator", "delimiter", "multiple"),
    "format": ("date_format", "dateformat", "pattern"),
    "timezone": ("tz", "zone"),
    "when": ("if", "where", "filter", "condition", "only"),
    "is": ("equals", "eq", "in", "value", "values"),
    "is_not": ("not", "ne", "not_in"),
    "matches": ("pattern", "regex", "like", "match"),
    "lookup": ("reference", "ref", "relation"),
    "by": ("field", "property", "on"),
    "object": ("sobject", "table", "entity"),
    "imported": ("source", "from"),
    "none": ("not_found", "missing"),
    "many": ("several", "multiple", "duplicate", "duplicates"),
    "match": ("external_id", "externalid", "upsert_key", "id"),
    "key": ("id", "keys", "primary_key", "unique"),
    "header_row": ("skip_rows", "skip", "header_line"),
    "delimiter": ("separator", "sep"),
    "blank_cells": ("na_values", "null_values", "nulls", "blanks"),
    "default": ("default_value",),
    "value": ("text",),
}


def nearest_word(word: str, words: Collection[str]) -> str | None:
    """Return the one of ``words`` that ``word`` is spelt like, or meant like; None for neither."""
    folded = word.casefold()
    meant = (known for known in words if folded in _MEANT.get(known, ()))
    return nearest(word, words) or next(meant, None)


def did_you_mean_word(word: str, words: Collection[str]) -> str:
    """Return ``; did you mean "…"?`` with the nearest of ``words``, or an empty text."""
    found = nearest_word(word, words)
    return f'; did you mean "{found}"?' if found else ""
