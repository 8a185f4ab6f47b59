"""``auth = "sf-cli"``: the login that the Salesforce CLI has (facts: salesforce.md §1)."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importer.model.errors import TargetError
from importer.model.secret import Secret
from importer.settings import check_url
from importer.targets.salesforce.given_token import bearer, check_token, identify
from importer.targets.salesforce.hosts import instance_of
from importer.targets.salesforce.session import session_is_over
from importer.transport.delivery import Answered
from importer.transport.signin import Send, Session

TIMEOUT = 90.0
"""Seconds that one command may take; the CLI renews its own session first, and starts slowly."""
DISPLAY = ("org", "display", "--json")
SHOW_TOKEN = ("org", "auth", "show-access-token", "--json")
"""Since plugin-org 5.11.1 (2026-05) ``org display`` hides the token; this command prints it, and does not ask
when it has ``--json`` (facts §1: PO:src/commands/org/auth/show-access-token.ts)."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_SECRETS = re.compile(r"00D\w{12,15}!\S+|force://\S+")


@dataclass(frozen=True, slots=True)
class Login:
    """What the CLI knows: the token, the org's address, the user's name."""

    token: Secret
    instance_url: str
    username: str


class SfCliSignIn:
    """Takes the token of ``org`` (an alias or user name of the CLI; None: its default org)."""

    def __init__(self, org: str | None, trusted_hosts: Sequence[str] = ()) -> None:
        self.base_url = ""
        self.identity_url = ""
        self._org = org
        self._trusted = trusted_hosts
        self._last: Secret | None = None

    async def sign_in(self, send: Send) -> Session:
        """Ask the CLI, which renews its session by itself. Raises TargetError; it never asks a person."""
        login = await asyncio.to_thread(read_login, self._org)
        if login.token == self._last:
            raise TargetError(
                "SESSION_ENDED",
                "The org does not accept the session of the Salesforce CLI, and the CLI has no other.",
                f"Run: sf org login web{self._option}",
            )
        self.base_url = instance_of(login.instance_url, "", self._trusted)
        identity = await identify(send, self.base_url, login.token)
        self._last = login.token
        self.identity_url = identity.url
        return Session(self.base_url, bearer(login.token), identity.username or login.username)

    def expired(self, answer: Answered) -> bool:
        """A 401, but for the kinds that no new session cures."""
        return session_is_over(answer)

    @property
    def _option(self) -> str:
        return f" -o {self._org}" if self._org else ""


def read_login(org: str | None) -> Login:
    """Ask the CLI for the login of ``org``. Blocks up to TIMEOUT a command. Raises TargetError."""
    command = shutil.which("sf")  # on Windows sf.cmd, by PATHEXT
    if command is None:
        raise TargetError(
            "NO_SF_CLI",
            'auth = "sf-cli" needs the Salesforce CLI, and there is no sf on the PATH.',
            "Install it (npm install --global @salesforce/cli), run sf org login web; or use another auth.",
        )
    chosen = ("-o", org) if org else ()
    shown = _result(_ask([command, *DISPLAY, *chosen]), org)
    url, username = shown.get("instanceUrl"), str(shown.get("username") or "")
    try:
        address = check_url(str(url or ""), allow_http=False)
    except ValueError:
        raise _unreadable() from None
    printed = _ask([command, *SHOW_TOKEN, *chosen])
    hidden = not str(shown.get("accessToken") or "").startswith("00D")
    if hidden and printed.get("message"):
        _result(printed, org)
    result = printed.get("result")
    token = result.get("accessToken") if isinstance(result, Mapping) else None
    # A CLI that does not know the second command still shows the token by the first one.
    secret = Secret(str(token or shown.get("accessToken") or ""))
    remedy = "Bring the CLI up to date (sf update);"
    if not secret.reveal().startswith("00D"):
        secret = Secret(f"[REDACTED] {secret.reveal()}")
    check_token(secret, "What sf org display gives as accessToken", remedy)
    return Login(secret, address, username)


def _ask(command: list[str]) -> Mapping[str, object]:
    """Run ``command`` and return its JSON, whatever its exit code. Raises TargetError."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise TargetError(
            "SF_CLI_FAILED",
            f"The Salesforce CLI took longer than {TIMEOUT:g} s.",
            "Run sf org display by hand.",
        ) from None
    except OSError as error:
        raise TargetError(
            "SF_CLI_FAILED",
            f"The Salesforce CLI cannot be started ({error.strerror}).",
            "Run sf org display by hand.",
        ) from None
    return read_output(done.stdout.decode("utf-8", "replace"))


def read_output(text: str) -> Mapping[str, object]:
    """Return the JSON object of an answer of the CLI, empty where there is none.

    Warnings may stand before and after it, and hold braces themselves; it may be coloured.
    """
    text = _COLOURS.sub("", text)
    decoder = json.JSONDecoder()
    place = text.find("{")
    while place >= 0:
        try:
            document, _end = decoder.raw_decode(text, place)
        except ValueError:
            document = None
        if isinstance(document, dict) and "status" in document:
            return document
        place = text.find("{", place + 1)
    return {}


def _result(document: Mapping[str, object], org: str | None) -> Mapping[str, object]:
    result = document.get("result")
    if document.get("status") == 0 and isinstance(result, Mapping):
        return result
    said = _SECRETS.sub("***", str(document.get("message") or "")).strip().partition("\n")[0]
    if not document:
        raise _unreadable()
    which = f"its org {org}" if org else "its default org"
    raise TargetError(
        "SF_CLI_FAILED",
        f"The Salesforce CLI does not show {which}: {said.rstrip('.') or 'it gives no reason'}.",
        "Run sf org list to see what it is signed in to; sf org login web signs in. The alias is org in the"
        " connection.",
    )


def _unreadable() -> TargetError:
    return TargetError(
        "SF_CLI_FAILED",
        "What the Salesforce CLI prints (sf org display --json) cannot be read.",
        "Bring the CLI up to date (sf update), and run that command by hand.",
    )
