"""The connections file: which one is in use, and the connections in it."""

from __future__ import annotations

import os
import re
import stat
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from importer.model.errors import SettingsError
from importer.model.schema import nearest
from importer.settings.connection import SIMULATOR, ConnectionSettings
from importer.settings.fault import Fault
from importer.settings.parse import parse_connection
from importer.settings.references import beside

ENVIRONMENT = "CASE_IMPORTER_CONNECTIONS"
FILE_NAME = "connections.toml"


@dataclass(frozen=True)
class Connections:
    """The connections of one file; ``file`` is None when there is none (the simulator needs none).

    ``default`` is the connection of a command that names none. ``state`` is the journal folder that the file
    names. ``notes`` say what was passed over and why.
    """

    file: Path | None = None
    default: str | None = None
    state: Path | None = None
    notes: tuple[str, ...] = ()
    looked: tuple[Path, ...] = ()
    _tables: Mapping[str, Mapping[str, object]] = field(default_factory=dict, repr=False)
    _text: str = field(default="", repr=False)
    _commands_allowed: bool = False

    def names(self) -> tuple[str, ...]:
        """Return the names of the file's connections, in its order; none of them is checked yet."""
        return tuple(self._tables)

    def target_of(self, name: str) -> str:
        """Return what the connection ``name`` says its target is, unchecked (for listings)."""
        return str(self._tables[name].get("target", ""))

    def get(self, name: str | None = None) -> ConnectionSettings:
        """Return the connection ``name``, or the default one.

        Raises SettingsError for an unknown name (with the nearest one), or with all faults of the connection.
        """
        wanted = name or self.default
        if wanted is None:
            raise SettingsError(
                "NO_CONNECTION", "No connection is named, and there is no default.", self._how_to_choose()
            )
        table = self._tables.get(wanted)
        if table is None:
            raise self._unknown(wanted)
        assert self.file is not None
        found = parse_connection(wanted, table, self.file.parent, commands_allowed=self._commands_allowed)
        if isinstance(found, list):
            raise self._faulty(wanted, found)
        return found

    def _unknown(self, name: str) -> SettingsError:
        close = nearest(name, (*self._tables, SIMULATOR))
        guess = f" Did you mean {close}?" if close else ""
        where = f"in {self.file}" if self.file else "because there is no connections file"
        return SettingsError(
            "UNKNOWN_CONNECTION", f'There is no connection "{name}" {where}.{guess}', self._how_to_choose()
        )

    def _how_to_choose(self) -> str:
        if self._tables:
            names = ", ".join(self._tables)
            return f'Name one with --connection ({names}), or set default = "…" in {self.file}.'
        passed_over = "".join(f" {note}" for note in self.notes)
        places = ", ".join(map(str, self.looked))
        where = f"Write a connections file at {places}" if places else f"Add one to {self.file}"
        return f"{where}, or use --connection {SIMULATOR}.{passed_over}"

    def _faulty(self, name: str, faults: list[Fault]) -> SettingsError:
        lines = [f"The connection {name} has faults:"]
        for fault in faults:
            line = line_of(self._text, name, fault.key)
            key = f" {fault.key}:" if fault.key else ""
            end = "" if fault.text.endswith("?") else "."
            lines.append(f"{self.file}:{line}: [{name}]{key} {fault.text}{end}")
        return SettingsError("BAD_CONNECTION", "\n".join(lines), "Correct the connections file.")


def load_connections(
    explicit: Path | None, environ: Mapping[str, str], here: Path | None = None
) -> Connections:
    """Find and read the connections file, in the order of design §6; ``explicit`` is ``--connections``.

    Files are never merged: the first one found is the one in use. ``here`` stands for the working folder.
    Raises SettingsError when the named file is missing or a file cannot be read as TOML.
    """
    if explicit is not None:
        return _read(explicit.expanduser(), commands_allowed=True)
    if environ.get(ENVIRONMENT):
        return _read(Path(environ[ENVIRONMENT]).expanduser(), commands_allowed=False)
    own = config_folder(environ, sys.platform) / FILE_NAME
    if own.is_file():
        return _read(own, commands_allowed=True)
    local = (here or Path.cwd()) / FILE_NAME
    looked = (own, local)
    if not local.is_file():
        return Connections(looked=looked)
    reason = why_not_trusted(local)
    if reason:
        return Connections(looked=looked, notes=(f"{local} is not used: {reason}.",))
    return _read(local, commands_allowed=False)


def config_folder(environ: Mapping[str, str], platform: str) -> Path:
    """Return the user's configuration folder of this program on ``platform`` (a value of sys.platform)."""
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    if platform == "win32":
        base = Path(environ["APPDATA"]) if environ.get("APPDATA") else home / "AppData" / "Roaming"
    elif platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(environ["XDG_CONFIG_HOME"]) if environ.get("XDG_CONFIG_HOME") else home / ".config"
    return base / "case-importer"


def why_not_trusted(path: Path) -> str | None:
    """Say why a file that merely lies in the working folder is not used, or None when it may be.

    On Windows there are no owners and modes of this kind: the check is left out there, and a connections.toml
    in a folder that others can write is believed.
    """
    if os.name != "posix":
        return None
    state = path.stat()
    if state.st_uid != os.geteuid():
        return "it belongs to another user; name it with --connections if you trust it"
    if state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"others can write it; run chmod go-w {path}"
    return None


def _read(path: Path, *, commands_allowed: bool) -> Connections:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(
            "NO_CONNECTIONS_FILE",
            f"The connections file {path} cannot be read ({error.strerror}).",
            "Correct the path.",
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(
            "BAD_CONNECTIONS_FILE", f"{path} is not UTF-8 text.", "Save it as UTF-8."
        ) from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            "BAD_CONNECTIONS_FILE",
            f"{path} is not valid TOML: {error}.",
            "Correct that line; texts need quotes.",
        ) from None
    return _connections(path.absolute(), text, document, commands_allowed=commands_allowed)


def _connections(
    path: Path, text: str, document: Mapping[str, object], *, commands_allowed: bool
) -> Connections:
    tables = {name: table for name, table in document.items() if isinstance(table, dict)}
    faults = []
    for name, value in document.items():
        if name in tables or (name in ("default", "state") and isinstance(value, str)):
            continue
        wrong = (
            "expected a text in quotes"
            if name in ("default", "state")
            else "only default and state stand here"
        )
        faults.append(
            f"{path}:{line_of(text, None, name)}: {name}: {wrong}; a connection begins with [NAME]."
        )
    if SIMULATOR in tables:
        faults.append(
            f"{path}:{line_of(text, SIMULATOR, None)}: the name {SIMULATOR} is taken by the stand-in server."
        )
    default, state = document.get("default"), document.get("state")
    if isinstance(default, str) and default not in tables:
        close = nearest(default, tables)
        guess = f" Did you mean {close}?" if close else ""
        faults.append(f'{path}:{line_of(text, None, "default")}: there is no connection "{default}".{guess}')
    if faults:
        raise SettingsError("BAD_CONNECTIONS_FILE", "\n".join(faults), "Correct the connections file.")
    return Connections(
        file=path,
        default=default if isinstance(default, str) else None,
        state=beside(path.parent, state) if isinstance(state, str) else None,
        _tables=tables,
        _text=text,
        _commands_allowed=commands_allowed,
    )


def line_of(text: str, table: str | None, key: str | None) -> int:
    """Return the line (from 1) of ``key`` in ``table`` of a TOML text, as well as a look at lines can tell.

    None for ``table`` is the part before the first table, None for ``key`` the table's own line.
    """
    current: str | None = None
    found: int | None = None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"""\s*\[\s*["']?([^"'\].]+)["']?""", line)
        if header:
            current = header[1].strip()
            if current == table and found is None:
                found = number
        named = re.match(r"""\s*["']?([^"'=\s]+)["']?\s*=""", line)
        if key and current == table and ((named and named[1] == key) or (header and f".{key}]" in line)):
            return number
    return found or 1
