"""Who is told when a file is finished: a TOML file named with ``--notify`` (samples/README.md)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from importer.model.errors import SettingsError
from importer.model.schema import nearest
from importer.model.secret import Secret
from importer.settings.addresses import check_url
from importer.settings.references import beside, fetch, parse_reference

ALL, FAILURES = "all", "failures"
WHEN = (ALL, FAILURES)
SECURITY = {"starttls": 587, "tls": 465, "none": 25}
"""How the connection to a mail server is kept private, and the port that is usual for it."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """POST of a JSON document. ``url`` and ``headers`` may be secrets; they are never shown."""

    url: Secret
    headers: Mapping[str, Secret] = field(default_factory=dict)
    ca_file: Path | None = None
    on: str = ALL


@dataclass(frozen=True, slots=True)
class Hook:
    """A program and its arguments, without a shell; it gets the JSON document on its standard input."""

    run: tuple[str, ...]
    on: str = ALL


@dataclass(frozen=True, slots=True)
class Mail:
    """E-mail by SMTP; ``attach_results`` sends the rows in full."""

    host: str
    port: int
    security: str
    sender: str
    to: tuple[str, ...]
    username: Secret | None = None
    password: Secret | None = None
    ca_file: Path | None = None
    attach_results: bool = False
    on: str = FAILURES


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """What a notify file says; None where it has no such table."""

    webhook: Webhook | None = None
    command: Hook | None = None
    mail: Mail | None = None


KEYS = {
    "webhook": ("url", "headers", "allow_http", "ca_file", "on"),
    "command": ("run", "on"),
    "mail": (
        "server", "security", "username", "password", "from", "to", "attach_results", "ca_file", "on",
    ),
}  # fmt: skip


def load_notify(path: Path, environ: Mapping[str, str]) -> NotifySettings:
    """Read a notify file and fetch its secrets. Raises SettingsError with all of its faults."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(
            "NO_NOTIFY_FILE", f"The file {path} cannot be read ({error.strerror}).", "Check --notify."
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError("BAD_NOTIFY_FILE", f"{path} is not valid TOML: {error}.", "Correct it.") from None
    reader = _Reader(path.absolute().parent, environ)
    found = reader.settings(document)
    if reader.faults:
        lines = "\n".join(f"{path}: {fault}{'' if fault.endswith('?') else '.'}" for fault in reader.faults)
        raise SettingsError("BAD_NOTIFY_FILE", lines, "Correct the file named with --notify.")
    return found


class _Reader:
    """Reads the tables; notes faults and goes on."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ
        self.faults: list[str] = []

    def settings(self, document: Mapping[str, Any]) -> NotifySettings:
        """Return what the document says; only of use without faults."""
        tables: dict[str, dict[str, Any]] = {}
        for name, table in document.items():
            if name not in KEYS or not isinstance(table, dict):
                close = nearest(name, KEYS)
                self.faults.append(f"[{name}] is unknown{f'; did you mean [{close}]?' if close else ''}")
                continue
            tables[name] = table
            for key in table:
                if key not in KEYS[name]:
                    close = nearest(key, KEYS[name])
                    self.faults.append(
                        f"[{name}] {key} is unknown{f'; did you mean {close}?' if close else ''}"
                    )
        webhook, command, mail = (tables.get(name) for name in ("webhook", "command", "mail"))
        return NotifySettings(
            None if webhook is None else self._webhook(webhook),
            None if command is None else self._command(command),
            None if mail is None else self._mail(mail),
        )

    def _webhook(self, table: Mapping[str, Any]) -> Webhook:
        url = self._value("webhook", table, "url", required=True) or Secret("")
        headers = table.get("headers", {})
        if not isinstance(headers, dict):
            self.faults.append('[webhook] headers is a table, as in {Authorization = "env:TOKEN"}')
            headers = {}
        found = {name: self._value("webhook headers", headers, name, required=True) for name in headers}
        base = url.reveal().partition("?")[0]
        if base:
            try:
                check_url(base, allow_http=self._flag("webhook", table, "allow_http"))
            except ValueError as error:
                self.faults.append(f"[webhook] url: {error}")
        shown = {name: value for name, value in found.items() if value is not None}
        return Webhook(url, shown, self._path("webhook", table), self._on("webhook", table, ALL))

    def _command(self, table: Mapping[str, Any]) -> Hook:
        words = self._words("command", table, "run")
        return Hook(words, self._on("command", table, ALL))

    def _mail(self, table: Mapping[str, Any]) -> Mail:
        security = table.get("security", "starttls")
        if security not in SECURITY:
            self.faults.append(f"[mail] security is one of {', '.join(SECURITY)}")
            security = "starttls"
        server = self._text("mail", table, "server")
        host, _, port = server.rpartition(":") if ":" in server else (server, "", "")
        if port and not port.isdecimal():
            self.faults.append("[mail] server: expected for example smtp.example.com:587")
            port = ""
        username = self._value("mail", table, "username")
        password = self._value("mail", table, "password", secret=True)
        if (username is None) != (password is None):
            self.faults.append("[mail] username and password go together")
        return Mail(
            host=host,
            port=int(port or SECURITY[security]),
            security=security,
            sender=self._text("mail", table, "from"),
            to=self._words("mail", table, "to"),
            username=username,
            password=password,
            ca_file=self._path("mail", table),
            attach_results=self._flag("mail", table, "attach_results"),
            on=self._on("mail", table, FAILURES),
        )

    def _value(
        self, name: str, table: Mapping[str, Any], key: str, *, required: bool = False, secret: bool = False
    ) -> Secret | None:
        """Return a text or what its reference names; a ``secret`` must be a reference."""
        text = table.get(key)
        if not isinstance(text, str) or not text:
            if required or text is not None:
                self.faults.append(f"[{name}] {key}: expected a text or a reference such as env:NAME")
            return None
        try:
            reference = parse_reference(text, self._folder)
            if reference is not None:
                return fetch(reference, self._environ)
        except (SettingsError, ValueError) as error:
            self.faults.append(f"[{name}] {key}: {getattr(error, 'message', error)}")
            return None
        if secret:
            self.faults.append(f"[{name}] {key}: a secret is not written here; say env:, file: or keyring:")
            return None
        return Secret(text)

    def _text(self, name: str, table: Mapping[str, Any], key: str) -> str:
        text = table.get(key)
        if not isinstance(text, str) or not text.strip() or any(ch in text for ch in "\r\n"):
            self.faults.append(f"[{name}] {key}: expected a text")
            return ""
        return text.strip()

    def _words(self, name: str, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        words = table.get(key)
        if not isinstance(words, list) or not words or not all(isinstance(w, str) and w for w in words):
            self.faults.append(f"[{name}] {key}: expected a list of texts")
            return ()
        return tuple(words)

    def _flag(self, name: str, table: Mapping[str, Any], key: str) -> bool:
        flag = table.get(key, False)
        if not isinstance(flag, bool):
            self.faults.append(f"[{name}] {key}: expected true or false")
        return flag is True

    def _on(self, name: str, table: Mapping[str, Any], default: str) -> str:
        word = table.get("on", default)
        if word not in WHEN:
            self.faults.append(f"[{name}] on is one of {', '.join(WHEN)}")
            return default
        return str(word)

    def _path(self, name: str, table: Mapping[str, Any]) -> Path | None:
        if "ca_file" not in table:
            return None
        return beside(self._folder, self._text(name, table, "ca_file"))
