"""Solutions and the case types in them, as CASEREST lists them (facts: ibm-case-manager.md §4.1). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from importer.targets.ibm.answers import folded


@dataclass(frozen=True, slots=True)
class Solution:
    """A solution: its name, object store, connection point of the process engine, and prefix (v2 only)."""

    name: str
    object_store: str
    connection_point: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A case type in the list of its solution; ``creatable``: this user may create cases of it.

    None where the server does not say.
    """

    name: str
    label: str
    creatable: bool | None


def read_solutions(document: object) -> tuple[Solution, ...] | None:
    """Return the solutions of an answer, None when it is not one of CASEREST; keys in any case."""
    listed = folded(document).get("solutions")
    if not isinstance(listed, list):
        return None
    members = [folded(member) for member in listed]
    return tuple(
        Solution(
            name=_text(member.get("solutionname")),
            object_store=_text(member.get("targetos")),
            connection_point=_text(member.get("peconnectionpoint")),
            prefix=_text(member.get("solutionprefix")),
        )
        for member in members
        if _text(member.get("solutionname"))
    )


def read_case_types(document: object) -> tuple[Listed, ...]:
    """Return the case types of a solution's list, none when the answer is not one."""
    listed = folded(document).get("casetypes")
    members = [folded(member) for member in listed] if isinstance(listed, list) else []
    return tuple(
        Listed(
            _text(member.get("casetype")),
            _text(member.get("displayname")),
            right if isinstance(right := member.get("hasinstancecreationrights"), bool) else None,
        )
        for member in members
        if _text(member.get("casetype"))
    )


def candidates(solutions: Iterable[Solution], object_store: str, case_type: str) -> list[Solution]:
    """Return the solutions in ``object_store`` that may hold ``case_type``, the likeliest first.

    A case type's name begins with the prefix of the solution that it was made for (facts §6).
    """
    there = [each for each in solutions if each.object_store.casefold() == object_store.casefold()]
    own = [each for each in there if each.prefix and case_type.startswith(f"{each.prefix}_")]
    return own + [each for each in there if each not in own]


def connection_point(solutions: Iterable[Solution], object_store: str) -> str | None:
    """Return the connection point of the object store's solutions; None when they differ or name none."""
    found = {each.connection_point for each in solutions if each.object_store == object_store} - {""}
    return found.pop() if len(found) == 1 else None


def described(solution: Solution, types: Iterable[Listed]) -> str:
    """Return a line for a person: what can be created in ``solution``, and what this user may not."""
    listed = list(types)
    where = f"solution {solution.name}, object store {solution.object_store}"
    able = ", ".join(
        f"{each.name} ({each.label})" if each.label else each.name
        for each in listed
        if each.creatable is not False
    )
    refused = ", ".join(each.name for each in listed if each.creatable is False)
    if not listed:
        return f"{where}: its case types are not listed"
    line = f"{where}: {able or 'no case type that this user may create'}"
    return f"{line}; without the right to create: {refused}" if refused else line


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
