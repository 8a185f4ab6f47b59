"""Secret references: where a secret lies, and how it is fetched when a connection is opened (design §6)."""

from __future__ import annotations

import importlib
import os
import shlex
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from importer.model.errors import SettingsError
from importer.model.secret import Secret

SCHEMES = ("env", "file", "keyring", "command")
COMMAND_TIMEOUT = 30.0
"""Seconds that a ``command:`` may take; a password manager that waits for a person must not hang a run."""
MAX_SECRET_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Reference:
    """A place where a secret lies: ``scheme`` is one of SCHEMES, ``place`` what stands behind the colon.

    A ``file`` place is an absolute path. The text of a ``command`` is not shown, it may carry a secret.
    """

    scheme: str
    place: str

    def __str__(self) -> str:
        return f"{self.scheme}:…" if self.scheme == "command" else f"{self.scheme}:{self.place}"

    def __repr__(self) -> str:
        return f"Reference({self})"


def parse_reference(text: str, folder: Path) -> Reference | None:
    """Return the reference that ``text`` is, or None for any other text.

    ``folder`` is the one of the connections file, to which relative ``file:`` paths belong. Raises ValueError
    for a ``~NAME`` that is no user of this machine.
    """
    scheme, colon, place = text.partition(":")
    if not colon or scheme not in SCHEMES or not place:
        return None
    if scheme == "file":
        place = str(beside(folder, place))
    return Reference(scheme, place)


def beside(folder: Path, text: str) -> Path:
    """Return the path that ``text`` means in a file of ``folder``, with ``~`` expanded. Raises ValueError."""
    try:
        return folder / Path(text).expanduser()
    except RuntimeError:
        raise ValueError(f"there is no home folder for {text}") from None


def fetch(reference: Reference, environ: Mapping[str, str]) -> Secret:
    """Read the secret that ``reference`` names. Raises SettingsError; its text never holds the secret."""
    if reference.scheme == "env":
        return _from_environment(reference.place, environ)
    if reference.scheme == "file":
        return _from_file(Path(reference.place))
    if reference.scheme == "keyring":
        return _from_keyring(reference.place)
    return _from_command(reference.place)


def _from_environment(name: str, environ: Mapping[str, str]) -> Secret:
    text = environ.get(name)
    if not text:
        state = "empty" if text == "" else "not set"
        raise _missing(
            f"the environment variable {name} is {state}", f"Set {name} and run the command again."
        )
    return Secret(text)


def _from_file(path: Path) -> Secret:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise _missing(f"{path} cannot be read ({error.strerror})", "Correct the path.") from None
    # Windows keeps access lists instead of modes; there this protection is left to the folder's own rights.
    if os.name == "posix" and mode & (stat.S_IROTH | stat.S_IWOTH):
        raise _missing(f"every user of this machine can read or write {path}", f"Run: chmod 600 {path}")
    if len(raw) > MAX_SECRET_BYTES:
        raise _missing(
            f"{path} is larger than {MAX_SECRET_BYTES} bytes", "Name the file that holds the secret."
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _missing(f"{path} is not UTF-8 text", "Save the secret as UTF-8 text.") from None
    return _not_empty(_without_line_end(text), str(path))


def _from_keyring(place: str) -> Secret:
    service, _, user = place.rpartition("/")
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        raise _missing(
            "the keyring extra is not installed",
            "Install the package keyring beside case-importer (pip install keyring), or use env: or file:.",
        ) from None
    try:
        text = keyring.get_password(service, user)
    except Exception as error:  # keyring back ends raise errors of many libraries
        raise _missing(
            f"the system's keyring cannot be used ({type(error).__name__})",
            "A server without a desktop usually has none; use env: or file:.",
        ) from None
    if not text:
        raise _missing(f"the keyring has no entry {place}", f"Run: keyring set {service} {user}")
    return Secret(text)


def _from_command(command: str) -> Secret:
    try:
        # Windows programs split their command line themselves; neither way involves a shell.
        arguments = command if os.name == "nt" else shlex.split(command)
        done = subprocess.run(
            arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_TIMEOUT, check=False
        )
    except ValueError:
        raise _missing("the quotes of the command do not fit", "Correct the command.") from None
    except OSError as error:
        raise _missing(f"the command cannot be started ({error.strerror})", "Correct the command.") from None
    except subprocess.TimeoutExpired:
        raise _missing(
            f"the command took longer than {COMMAND_TIMEOUT:g} s", "Unlock the password store before the run."
        ) from None
    if done.returncode:
        # What it printed is not shown: it may hold the secret.
        raise _missing(f"the command ended with {done.returncode}", "Run it by hand to see why.")
    return _not_empty(_without_line_end(done.stdout.decode("utf-8", "replace")), "the command's output")


def _without_line_end(text: str) -> str:
    """Take off one line end, which editors and ``echo`` add; more of them belong to the secret."""
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def _not_empty(text: str, place: str) -> Secret:
    if not text:
        raise _missing(f"{place} is empty", "Put the secret there.")
    return Secret(text)


def _missing(what: str, remedy: str) -> SettingsError:
    return SettingsError("SECRET_NOT_AVAILABLE", what, remedy)
