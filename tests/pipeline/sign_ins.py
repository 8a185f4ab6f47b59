"""One stage for each way of signing in: the connection, and what the simulator must be started with."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from importer.simulator import Options, serve
from tests.keys import certificate_pem, private_pem, rsa_key
from tests.stage import CASE, CLAIM, Kind, Stage

USER, PASSWORD = "loader@example.com", "s3cret-of-the-stage"
CREDENTIALS = (USER, PASSWORD)
SECRET = 'env:STAGE_SECRET"\n'

_APP = 'client_id = "app"\n'
_LOGIN = 'login_url = "{url}"\n'
_USER = f'username = "{USER}"\n'
_ICM = f'\ntarget = "ibm-case-manager"\nurl = "{{url}}/CaseManager/CASEREST/v1"\n{_USER}'


@dataclass(frozen=True, slots=True)
class Way:
    """A sign-in: its connection, and switches of the simulator under which nothing else gets in."""

    kind: Kind
    body: str
    faults: str = ""

    @property
    def connection(self) -> str:
        return self.body


def _salesforce(auth: str, body: str) -> Way:
    return Way(CASE, f'\ntarget = "salesforce"\nauth = "{auth}"\n{body}')


WAYS: Mapping[str, Way] = {
    "password": _salesforce(
        "password", f'{_APP}{_LOGIN}{_USER}client_secret = "{SECRET}password = "{SECRET}'
    ),
    "client-credentials": _salesforce(
        "client-credentials", f'{_LOGIN}client_id = "{USER}"\nclient_secret = "{SECRET}'
    ),
    "jwt-bearer": _salesforce("jwt-bearer", f'{_APP}{_LOGIN}{_USER}private_key = "file:key.pem"\n'),
    "refresh-token": _salesforce("refresh-token", f'{_APP}{_LOGIN}refresh_token = "{SECRET}'),
    "sf-cli": _salesforce("sf-cli", 'org = "dev"\n'),
    "basic": Way(CLAIM, f'{_ICM}password = "{SECRET}'),
    "basic, csrf": Way(CLAIM, f'{_ICM}csrf = true\npassword = "{SECRET}', "csrf_v1=on"),
    "ltpa": Way(CLAIM, f'{_ICM}auth = "ltpa"\npassword = "{SECRET}', "basic=off"),
    "ltpa, redirect": Way(
        CLAIM, f'{_ICM}auth = "ltpa"\npassword = "{SECRET}', "basic=off,ibm_signin=redirect"
    ),
    "ltpa, csrf": Way(
        CLAIM, f'{_ICM}auth = "ltpa"\ncsrf = true\npassword = "{SECRET}', "basic=off,csrf_v1=on"
    ),
    "zen": Way(CLAIM, f'{_ICM}auth = "zen"\niam_url = "{{url}}"\npassword = "{SECRET}', "basic=off"),
    "zen-api-key": Way(CLAIM, f'{_ICM}auth = "zen-api-key"\napi_key = "{SECRET}', "basic=off"),
}

SIGNED_IN: Mapping[str, Kind] = {
    f"{name} {version}": replace(
        way.kind,
        name=f"{name} {version}",
        connection=way.body.replace("CASEREST/v1", f"CASEREST/{version}"),
        switches=way.faults,
        credentials=CREDENTIALS,
    )
    for version, names in {
        "v1": ("basic", "basic, csrf", "ltpa", "zen", "zen-api-key"),
        "v2": ("basic", "ltpa", "zen", "zen-api-key"),
    }.items()
    for name, way in WAYS.items()
    if name in names
}
"""IBM by each sign-in and each version of CASEREST, where nothing else gets in; v2 always takes a CSRF token."""

SF = """#!{python}
import json, sys, urllib.parse, urllib.request
from pathlib import Path
arguments = sys.argv[1:]
with Path({log!r}).open("a", encoding="utf-8") as log:
    log.write(" ".join(arguments) + "\\n")
mode = Path({mode!r}).read_text(encoding="utf-8")

def give(status, **rest):
    print(json.dumps({{"status": status, **rest, "warnings": []}}))
    sys.exit(status)

if mode == "garbage":
    print("Segmentation fault")
    sys.exit(139)
if arguments[-2:] != ["-o", "dev"] or mode == "unknown":
    give(1, name="NamedOrgNotFoundError", message="No authorization information found for " + arguments[-1] + ".")

def token():
    form = {{"grant_type": "password", "client_id": "PlatformCLI", "client_secret": "x"}}
    form |= {{"username": {user!r}, "password": {password!r}}}
    with urllib.request.urlopen({url!r} + "/services/oauth2/token", urllib.parse.urlencode(form).encode()) as answer:
        return json.load(answer)["access_token"]

if arguments[:2] == ["org", "display"]:
    shown = token() if mode == "old" else "[REDACTED] Use 'sf org auth show-access-token' to view it"
    where = mode if mode.startswith("http") else {url!r}
    give(0, result={{"id": "00D", "apiVersion": "67.0", "accessToken": shown, "instanceUrl": where, "username": {user!r}}})
if arguments[:3] == ["org", "auth", "show-access-token"] and mode not in ("old", "redacted"):
    kept = Path({log!r} + ".token")
    if mode != "stale" or not kept.exists():
        kept.write_text(token(), encoding="utf-8")
    give(0, result={{"accessToken": kept.read_text(encoding="utf-8")}})
print("Error: org auth show-access-token is not a sf command.", file=sys.stderr)
sys.exit(127)
"""


def install_sf(folder: Path, url: str, mode: str = "new") -> Path:
    """Put a stand-in for the Salesforce CLI into ``folder``, which logs what it was asked; give the log.

    ``mode``: new | old (shows the token, does not know the new command) | redacted (hides it, and does not
    know it either) | stale (gives the same token for ever) | unknown | garbage | an address to claim.
    """
    folder.mkdir(exist_ok=True)
    log, state = folder / "asked.txt", folder / "mode.txt"
    state.write_text(mode, encoding="utf-8")
    text = SF.format(
        python=sys.executable, log=str(log), mode=str(state), url=url, user=USER, password=PASSWORD
    )
    program = folder / ("sf.py" if os.name == "nt" else "sf")
    program.write_text(text, encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    if os.name == "nt":
        (folder / "sf.cmd").write_text(f'@"{sys.executable}" "{program}" %*\n', encoding="utf-8")
    return log


async def open_way(folder: Path, name: str, faults: str = "") -> Stage:
    """Start a simulator that takes this way with the right credentials only, and the stage before it."""
    way, key = WAYS[name], rsa_key(0)
    (folder / "key.pem").write_text(private_pem(key), encoding="utf-8")
    (folder / "key.pem").chmod(0o600)
    running = await serve(
        Options(
            store=folder / "sim.db",
            faults=",".join(each for each in (way.faults, faults) if each),
            seed=7,
            credentials=CREDENTIALS,
            jwt_key=certificate_pem(key),
        )
    )
    return Stage(folder, replace(way.kind, connection=way.body), running)
