"""What the keys of a mapping file mean together: targets, keys, rules for one property, useless keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from importer.mapping.cells import RefusedError
from importer.mapping.columns import normal
from importer.mapping.document import Node
from importer.mapping.faults import Faults, Mark, did_you_mean, one_of, quoted
from importer.mapping.kinds import NEEDS, default_fault, final_value, misfits, sentences
from importer.mapping.language import Document
from importer.mapping.lookups import check_lookup
from importer.mapping.spec import IBM, SALESFORCE, Given, Key, MappingFile, Rule, Text
from importer.mapping.values import Reading, converter


def check_document(document: Document, root: Node, faults: Faults) -> None:
    """Note what is missing in the document, and keys that its target or its other keys leave without use."""
    given = {key.casefold() for key in root.value} if isinstance(root.value, dict) else set()
    if "version" not in given:  # in capitals it is an unknown key, and told as that
        faults.add(root.mark, "version is missing; write version: 1")
    if "target" not in given:
        faults.add(root.mark, f"target is missing; write target: {SALESFORCE} or target: {IBM}")
    misplaced = {SALESFORCE: ("case_type", "object_store"), IBM: ("object",)}
    for key in misplaced[document.target] if document.target else ():
        if node := root.child(key):
            instead = {"case_type": "; write object", "object": "; write case_type"}.get(key, "")
            faults.add(node.start, f"{key} is of no use with target: {document.target}{instead}")
    if document.target == IBM and root.child("case_type") is None:
        faults.add(root.find("target").mark, "case_type is missing; it names the case type that rows become")
    if document.on_match and root.child("match") is None:
        faults.add(root.find("on_match").start, "on_match is of no use without match")
    _check_read(document, root, faults)


def _check_read(document: Document, root: Node, faults: Faults) -> None:
    read = document.read
    if read.header and read.header_row:
        faults.add(root.find("read", "header_row").start, "header_row is of no use with header: none")
    if read.header and root.find("read").child("names") is None:
        faults.add(root.find("read", "header").start, "header: none needs names, the names of the columns")
    if read.names and root.find("read").child("header") is None:
        faults.add(
            root.find("read", "names").start,
            "names needs header: none; a file with a header names its columns",
        )


def with_key(mapping: MappingFile, root: Node, faults: Faults, *, whole: bool) -> MappingFile:
    """Return ``mapping`` with ``key: none`` understood, and with the key or the rule that ``match`` implies.

    With ``whole`` False parts of the document are left out because of faults; nothing is called missing then.
    """
    node = root.child("key")
    if node is not None and node.value == "none":
        if mapping.match:
            faults.add(node.start, "key: none cannot stand with match, which needs a key")
        return replace(mapping, keys=(), key_none=True)
    if mapping.match is None:
        return mapping
    at = root.find("match").start
    feeds = list(_feeding(mapping, mapping.match))
    if feeds:
        return _with_fed_key(mapping, mapping.match, feeds[0], at, faults)
    if len(mapping.keys) == 1:
        implied = Rule(column=mapping.keys[0].column, to=mapping.match, at=at)
        return replace(mapping, rules=(*mapping.rules, implied))
    if whole:
        hint = did_you_mean(mapping.match, [name for name, _ in mapping.written()])
        faults.add(
            at,
            f"no rule writes {quoted(mapping.match)}, which match needs{hint or '; add the rule, or a key'}",
        )
    return mapping


def _feeding(mapping: MappingFile, match: str) -> Iterator[Rule | Text]:
    for rule in mapping.rules:
        if rule.to.casefold() == match.casefold():
            yield rule
    for text in (*mapping.templates, *mapping.constants):
        if text.name.casefold() == match.casefold():
            yield text


def _with_fed_key(
    mapping: MappingFile, match: str, feed: Rule | Text, at: Mark, faults: Faults
) -> MappingFile:
    columns = (feed.column,) if isinstance(feed, Rule) else feed.columns
    if not columns:
        faults.add(
            feed.at,
            f"{quoted(match)} carries the key, so it cannot be a constant: all rows would have the same",
        )
        return mapping
    _check_match_rule(feed, faults)
    if not mapping.keys:
        if len(columns) > 1:
            faults.add(
                at,
                f"key is missing; {quoted(match)} is made of {_listed(columns)}: write them under key",
            )
            return mapping
        return replace(mapping, keys=(Key(columns[0], feed.at),))
    if {_name(column) for column in columns} != {_name(column) for column in mapping.key}:
        message = f"key is {_listed(mapping.key)}, but match {quoted(match)} is fed by {_listed(columns)}"
        faults.add(mapping.keys[0].at, f"{message}; both must name the same columns")
    return mapping


def _check_match_rule(rule: Rule | Text, faults: Faults) -> None:
    useless = {
        "lookup": rule.lookup is not None,
        "write": rule.write == "update",
        "when": bool(rule.when),
    }
    if isinstance(rule, Rule):
        useless |= {
            "default": rule.default is not None,
            "split": rule.split is not None,
            "truncate": rule.truncate is not None,
        }
    for key, given in useless.items():
        if given:
            faults.add(
                rule.mark(key),
                f"{key} cannot stand in the rule of the match property: it carries each row's own key",
            )


def _name(column: str) -> str:
    return normal(column).casefold()


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(quoted(column) for column in columns)


def check_mapping(mapping: MappingFile, root: Node, faults: Faults, *, whole: bool) -> None:
    """Note properties that are written twice, and keys of rules that contradict each other or do nothing."""
    _check_written_once(mapping, faults)
    _check_key_once(mapping, faults)
    for rule in mapping.rules:
        _check_rule(rule, mapping, faults)
        check_lookup(rule, mapping, faults)
        _check_write(rule, mapping, faults)
    for text in (*mapping.constants, *mapping.templates):
        check_lookup(text, mapping, faults)
        _check_write(text, mapping, faults)
    for text in mapping.templates:
        if not text.columns:
            faults.add(
                text.at, f"the template of {quoted(text.name)} reads no column; write it under constants"
            )
    if whole and not mapping.rules and not mapping.templates:
        faults.add(root.mark, "no column is mapped; write rules under columns")


def _check_written_once(mapping: MappingFile, faults: Faults) -> None:
    """Several rules may write one property when a row can tell which: all but the last have a condition."""
    before: dict[str, Rule | Text] = {}
    for part in mapping.parts():
        earlier = before.get(part.writes.casefold())
        before[part.writes.casefold()] = part
        if earlier is None:
            continue
        name, at, line = quoted(part.writes), part.mark("to"), earlier.mark("to").line
        if not earlier.when and part.when:
            faults.add(at, f"{name} is always written in line {line}; the rule without when stands last")
        elif not earlier.when:
            twice = f"{name} is written in line {line} too; a property is written by one rule"
            faults.add(at, f"{twice}, or by the first of several whose when holds")
        elif part.write != earlier.write:
            faults.add(
                part.mark("write"),
                f"{name} has write: {earlier.write} in line {line}; both rules need the same",
            )


def _check_key_once(mapping: MappingFile, faults: Faults) -> None:
    seen: set[str] = set()
    for key in mapping.keys:
        if _name(key.column) in seen:
            faults.add(key.at, f"{quoted(key.column)} stands in key twice")
        seen.add(_name(key.column))


def _check_write(part: Rule | Text, mapping: MappingFile, faults: Faults) -> None:
    carries_key = mapping.match is not None and part.writes.casefold() == mapping.match.casefold()
    if part.write == "update" and mapping.on_match != "update" and not carries_key:
        faults.add(
            part.mark("write"),
            "write: update needs on_match: update; without it no record is ever changed",
        )


def _check_rule(rule: Rule, mapping: MappingFile, faults: Faults) -> None:
    if rule.otherwise != "error" and rule.values is None:
        faults.add(rule.mark("otherwise"), "otherwise is of no use without values")
    if rule.default is not None and rule.blank != "omit":
        faults.add(
            rule.mark("blank"), f"blank: {rule.blank} and default contradict each other; keep one of them"
        )
    if rule.thousands and rule.thousands == (rule.decimal or "."):
        faults.add(
            rule.mark("thousands"),
            f"thousands and decimal are both {quoted(rule.thousands)}; they must differ",
        )
    if rule.type is None or rule.lookup:
        return
    unused = misfits(rule, rule.type)
    for key in unused:
        faults.add(
            rule.mark(key), f"{key} is of no use with type: {rule.type}; it is for {one_of(NEEDS[key])}"
        )
    if not unused:
        _check_values(rule, mapping, faults)


def _check_values(rule: Rule, mapping: MappingFile, faults: Faults) -> None:
    """Note texts of the mapping that are none of the rule's declared type."""
    assert rule.type is not None
    reading = Reading(mapping.target, rule.formats, rule.timezone, rule.decimal, rule.thousands)
    convert = converter(rule.type, reading)
    given = [("values", text) for text in (rule.values or {}).values()]
    if isinstance(rule.otherwise, Given):
        given.append(("otherwise", rule.otherwise.text))
    for key, text in given:
        try:
            convert(text)
        except RefusedError as refused:
            faults.add(rule.mark(key), f"{key} of {quoted(rule.column)}: {sentences(refused)}")
    if rule.default is not None:
        final = final_value(rule.default, rule.type, None, mapping.target, rule.timezone)
        if isinstance(final, RefusedError):
            faults.add(rule.mark("default"), default_fault(rule, final))
