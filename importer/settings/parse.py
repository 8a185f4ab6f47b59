"""From a table of connections.toml to ConnectionSettings, with all faults of the table at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from importer.model.schema import nearest
from importer.settings.addresses import check_url, read_hosts
from importer.settings.caserest import AUTO, VERSIONS, caserest
from importer.settings.connection import ConnectionSettings
from importer.settings.fault import Fault
from importer.settings.keys import (
    AUTH_KEYS,
    CODES,
    IBM,
    NO_SWITCH,
    SEARCHES,
    TARGETS,
    VERDICTS,
    Kind,
    Setting,
    TargetName,
    credential_keys,
    keys_of,
)
from importer.settings.references import Reference, beside, parse_reference
from importer.settings.sign_in import check_companions, check_salesforce, complete_ibm
from importer.settings.units import parse_duration, parse_rate, parse_reserve

MAX_CONCURRENCY = 1000
MAX_ROWS = 50_000
LITERAL = (
    "a secret must not stand here, because this file gets copied, backed up and committed;"
    " write where it lies: env:NAME, file:PATH, keyring:SERVICE/USER or command:…"
)


@dataclass(slots=True)
class _Context:
    """What the reader of a value may need to know besides the value."""

    folder: Path
    commands_allowed: bool
    target: TargetName
    allow_http: bool
    faults: list[Fault] = field(default_factory=list)


def parse_connection(
    name: str, table: Mapping[str, object], folder: Path, *, commands_allowed: bool
) -> ConnectionSettings | list[Fault]:
    """Check one table and give its settings, or all its faults.

    ``folder`` is the one of the file, to which relative paths belong. ``commands_allowed`` says whether the
    file may have commands run for secrets. No fault quotes the value of a key that could be a secret.
    """
    target = table.get("target")
    if target not in TARGETS:
        return [Fault("target" if "target" in table else None, _target_fault(target))]
    context = _Context(folder, commands_allowed, target, table.get("allow_http") is True)
    known = {key.name: key for key in keys_of(target)}
    values = {key.name: _default(key, context) for key in known.values() if key.default is not None}
    for key, raw in table.items():
        if key not in known:
            context.faults.append(Fault(key, _unknown_key(key, known)))
            continue
        try:
            values[key] = _READ[known[key].kind](raw, context)
        except ValueError as error:
            context.faults.append(Fault(key, str(error)))
    context.faults.extend(
        Fault(None, f"{key.name} is missing")
        for key in known.values()
        if key.required and key.name not in table
    )
    _check_sign_in(table, values, context)
    _check_search(table, values, context)
    if context.faults:
        return context.faults
    return ConnectionSettings(name=name, **values)  # type: ignore[arg-type]


def _target_fault(target: object) -> str:
    choice = " or ".join(f'"{known}"' for known in TARGETS)
    if target is None:
        return f"target is missing; write target = {choice}"
    close = nearest(str(target), TARGETS)
    return f"unknown target; expected {choice}" + (f" (did you mean {close}?)" if close else "")


def _unknown_key(key: str, known: Mapping[str, Setting]) -> str:
    if key.casefold() in NO_SWITCH:
        return "the verification of certificates cannot be switched off; name your own authority with ca_file"
    within = max((word for word in known if word in key), key=len, default=None)  # base_url: url
    close = within or nearest(key, known)
    return "unknown key" + (f"; did you mean {close}?" if close else f"; known are {', '.join(known)}")


def _default(key: Setting, context: _Context) -> object:
    return _READ[key.kind](key.default, context)


def _check_sign_in(table: Mapping[str, object], values: dict[str, object], context: _Context) -> None:
    """Find credentials that ``auth`` needs and that are missing, and those it has no use for."""
    auth = values.get("auth")
    ways = AUTH_KEYS[context.target]
    if auth not in ways:
        return
    needed, more = ways[str(auth)]
    for key in needed:
        if key not in table:
            context.faults.append(Fault(None, f'{key} is missing; auth = "{auth}" needs it'))
    for key in table:
        if key in credential_keys(context.target) and key not in (*needed, *more):
            context.faults.append(Fault(key, f'auth = "{auth}" has no use for it; remove it'))
    if context.target == IBM:
        complete_ibm(table, values, context.faults)
    else:
        check_salesforce(table, values, context.faults)
    check_companions(table, context.faults)


def _check_search(table: Mapping[str, object], values: dict[str, object], context: _Context) -> None:
    """Find keys that the chosen search has no use for or needs, and fill in where v2 is."""
    search = values.get("search")
    if search not in SEARCHES:
        return
    idle = {"none": ("search_url", "search_operator"), "graphql": ("search_operator",)}.get(str(search), ())
    for key in idle:
        if key in table:
            context.faults.append(Fault(key, f'search = "{search}" has no use for it; remove it'))
    if search == "none" or "search_url" in table:
        return
    if search == "v2" and "url" in values:
        values["search_url"] = caserest(str(values["url"])).of("v2")
    elif search == "graphql":
        example = "https://host.example.com/content-services-graphql/graphql"
        context.faults.append(
            Fault("search", f"search_url is missing: the GraphQL address, such as {example}")
        )


def _caserest_version(raw: object, _context: _Context) -> object:
    return _one_of(raw, (AUTO, *VERSIONS))


def _search(raw: object, _context: _Context) -> object:
    return _one_of(raw, SEARCHES)


def _one_of(raw: object, words: tuple[str, ...]) -> str:
    """Return ``raw`` when it is one of ``words``. Raises ValueError with the nearest of them."""
    if isinstance(raw, str) and raw in words:
        return raw
    close = nearest(raw, words) if isinstance(raw, str) else None
    listed = f"{', '.join(words[:-1])} or {words[-1]}"
    raise ValueError(f"expected {listed}" + (f" (did you mean {close}?)" if close else ""))


def _verdicts(raw: object, context: _Context) -> Mapping[str, str]:
    if not isinstance(raw, Mapping):
        raise ValueError('expected a table of codes, for example {FNRPA0123E = "rejected"}')
    pattern, words = CODES[context.target]
    found: dict[str, str] = {}
    for code, word in raw.items():
        try:
            if not re.fullmatch(pattern, code):
                raise ValueError(f"a verdict is taught for {words}")
            found[code] = _one_of(word, VERDICTS)
        except ValueError as error:
            context.faults.append(Fault(code, str(error)))
    return MappingProxyType(found)


def _auth(raw: object, context: _Context) -> object:
    ways = tuple(AUTH_KEYS[context.target])
    if raw in ways:
        return raw
    return _one_of(raw, ways)


def _words(raw: object, _context: _Context) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("expected a text in quotes")
    return raw


def _text(raw: object, context: _Context) -> str | Reference:
    return _reference(raw, context) or _words(raw, context)


def _secret(raw: object, context: _Context) -> Reference:
    found = _reference(raw, context)
    if found is None:
        raise ValueError(LITERAL)
    return found


def _reference(raw: object, context: _Context) -> Reference | None:
    found = parse_reference(_words(raw, context), context.folder)
    if found and found.scheme == "command" and not context.commands_allowed:
        raise ValueError(
            "command: runs only from your own configuration folder or from a file named with --connections"
        )
    if found and found.scheme == "keyring" and not all(found.place.rpartition("/")[::2]):
        raise ValueError("expected keyring:SERVICE/USER")
    return found


def _names(raw: object, _context: _Context) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(name, str) and name.strip() for name in raw):
        raise ValueError('expected a list of property names, for example ["DEMO_Passengers"]')
    return tuple(map(str.strip, raw))


def _org(raw: object, context: _Context) -> str:
    """Read an alias or a user name; nothing else is ever handed to the command of the Salesforce CLI."""
    text = _words(raw, context)
    if not re.fullmatch(r"[\w.+@][\w.+@-]*", text, re.ASCII):
        raise ValueError("expected an alias or a user name of the Salesforce CLI, as sf org list shows it")
    return text


def _proxy(raw: object, context: _Context) -> str | Reference:
    found = _reference(raw, context)
    if found:
        return found
    text = _words(raw, context)
    if "@" in text:
        raise ValueError("a proxy's password must not stand here; put the whole address behind a reference")
    # A proxy is spoken to in plain http in its own network; what passes through is encrypted end to end.
    try:
        return check_url(text, allow_http=True)
    except ValueError:
        raise ValueError("expected a proxy's address, for example http://proxy.example.com:3128") from None


def _path(raw: object, context: _Context) -> Path:
    path = beside(context.folder, _words(raw, context))
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    return path


def _api_version(raw: object, _context: _Context) -> str:
    text = str(raw)
    if isinstance(raw, bool) or not re.fullmatch(r"\d{2,3}\.0", text):
        raise ValueError('expected a version like "67.0"')
    return text


def _count(raw: object, _context: _Context, most: int = MAX_CONCURRENCY) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or not 1 <= raw <= most:
        raise ValueError(f"expected a whole number from 1 to {most}")
    return raw


def _rows(raw: object, context: _Context) -> int:
    return _count(raw, context, MAX_ROWS)


def _duration(raw: object, context: _Context) -> float:
    seconds = parse_duration(_words(raw, context))
    if not seconds:
        raise ValueError("a time of zero would wait for no answer")
    return seconds


def _flag(raw: object, _context: _Context) -> bool:
    if not isinstance(raw, bool):
        raise ValueError("expected true or false, without quotes")
    return raw


def _variables(raw: object, _context: _Context) -> Mapping[str, str]:
    if not isinstance(raw, Mapping) or not all(isinstance(text, str) for text in raw.values()):
        raise ValueError('expected texts by name, for example {queue = "Support_EMEA"}')
    return MappingProxyType(dict(raw))


_READ: dict[Kind, Callable[[object, _Context], object]] = {
    "target": _words,
    "auth": _auth,
    "url": lambda raw, context: check_url(_words(raw, context), allow_http=context.allow_http),
    "proxy": _proxy,
    "secret": _secret,
    "text": _text,
    "plain": _words,
    "path": _path,
    "api_version": _api_version,
    "rate": lambda raw, context: parse_rate(_words(raw, context)),
    "count": _count,
    "rows": _rows,
    "duration": _duration,
    "flag": _flag,
    "variables": _variables,
    "search": _search,
    "caserest": _caserest_version,
    "verdicts": _verdicts,
    "reserve": lambda raw, _context: parse_reserve(raw),
    "hosts": lambda raw, _context: read_hosts(raw),
    "names": _names,
    "org": _org,
}
