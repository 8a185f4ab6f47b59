"""Where secrets are fetched from, and what is said when they are not there."""

import os
import sys

import pytest

from importer.model.errors import SettingsError
from importer.settings import Reference, references
from importer.settings.references import fetch, parse_reference


def secret(scheme, place, environ=None):
    """Fetch and reveal."""
    return fetch(Reference(scheme, str(place)), environ or {}).reveal()


@pytest.mark.parametrize("text", ["hunter2", "http://x", "env:", "envy:X", ":x", ""])
def test_other_texts_are_no_references(text, tmp_path):
    """Only the four schemes with something behind the colon are references."""
    assert parse_reference(text, tmp_path) is None


def test_relative_files_belong_to_the_folder_of_the_connections(tmp_path):
    """A file reference is found beside the connections file, whatever the working folder is."""
    assert parse_reference("file:a/b", tmp_path) == Reference("file", str(tmp_path / "a" / "b"))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"pw\n", "pw"),
        (b"pw\r\n", "pw"),
        (b"pw", "pw"),
        (b"pw\n\n", "pw\n"),
        (b" p w \n", " p w "),
        (b"\xef\xbb\xbfpw\n", "pw"),
    ],
)
def test_file_loses_one_line_end_only(tmp_path, raw, text):
    """Editors end a file with a line end; everything else belongs to the secret."""
    path = tmp_path / "secret"
    path.write_bytes(raw)
    path.chmod(0o600)
    assert secret("file", path) == text


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX matter")
def test_file_that_everybody_can_read(tmp_path):
    """A secret that every user can read is refused with the command that mends it."""
    path = tmp_path / "secret"
    path.write_text("hunter2", encoding="utf-8")
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="every user") as caught:
        secret("file", path)
    assert caught.value.remedy == f"Run: chmod 600 {path}"
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "fault"),
    [(b"", "is empty"), (b"\n", "is empty"), (b"\xff\xfe", "not UTF-8"), (b"x" * 70000, "larger")],
)
def test_file_without_a_usable_secret(tmp_path, raw, fault):
    """Empty, undecodable and oversize files are told apart."""
    path = tmp_path / "secret"
    path.write_bytes(raw)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match=fault):
        secret("file", path)
    with pytest.raises(SettingsError, match="cannot be read"):
        secret("file", tmp_path / "nowhere")


def test_environment():
    """An environment variable that is set gives its text as it is."""
    assert secret("env", "A", {"A": " x "}) == " x "
    with pytest.raises(SettingsError, match="A is not set"):
        secret("env", "A")
    with pytest.raises(SettingsError, match="A is empty"):
        secret("env", "A", {"A": ""})


def test_command_gives_its_output(tmp_path):
    """A command's output is the secret; no shell reads its arguments."""
    script = tmp_path / "say it.py"
    script.write_text("import sys; print(sys.argv[1])", encoding="utf-8")
    assert secret("command", f'"{sys.executable}" "{script}" "$HOME;x"') == "$HOME;x"


@pytest.mark.parametrize(
    ("code", "fault"),
    [("print('hunter2'); raise SystemExit(3)", "ended with 3"), ("", "output is empty")],
)
def test_command_that_fails(tmp_path, code, fault):
    """A failing command is told by its exit code; what it printed is not shown."""
    script = tmp_path / "fail.py"
    script.write_text(code, encoding="utf-8")
    with pytest.raises(SettingsError, match=fault) as caught:
        secret("command", f'"{sys.executable}" "{script}"')
    assert "hunter2" not in str(caught.value)


def test_command_that_hangs_or_is_not_there(tmp_path, monkeypatch):
    """A command that waits for a person ends by its time limit; one that does not exist is told."""
    monkeypatch.setattr(references, "COMMAND_TIMEOUT", 0.2)
    script = tmp_path / "hang.py"
    script.write_text("import time; time.sleep(60)", encoding="utf-8")
    with pytest.raises(SettingsError, match="longer than"):
        secret("command", f'"{sys.executable}" "{script}"')
    with pytest.raises(SettingsError, match="cannot be started"):
        secret("command", str(tmp_path / "nothing"))


@pytest.mark.skipif(os.name == "nt", reason="Windows programs split their command line themselves")
def test_command_with_an_open_quote():
    """A command whose quotes do not fit is told, not run."""
    with pytest.raises(SettingsError, match="quotes"):
        secret("command", 'pass "x')


def test_command_text_is_not_shown():
    """A command may carry a secret in its arguments: its text is never printed."""
    assert "hunter2" not in repr(Reference("command", "curl -u me:hunter2 vault"))


KEYRING = """
class NoBackend(Exception): pass
def get_password(service, user):
    if service == "broken": raise NoBackend("no backend")
    return {("corp/icm", "claims"): "hunter2"}.get((service, user))
"""


def test_keyring(tmp_path, monkeypatch):
    """The last slash parts service and user; no entry and no back end are told with a remedy."""
    (tmp_path / "keyring.py").write_text(KEYRING, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "keyring", raising=False)
    assert secret("keyring", "corp/icm/claims") == "hunter2"
    with pytest.raises(SettingsError, match="no entry corp/icm/other") as caught:
        secret("keyring", "corp/icm/other")
    assert caught.value.remedy == "Run: keyring set corp/icm other"
    with pytest.raises(SettingsError, match="cannot be used"):
        secret("keyring", "broken/x")
    monkeypatch.delitem(sys.modules, "keyring")


def test_keyring_extra_is_not_installed(monkeypatch):
    """Without the extra the message names the command that installs it."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SettingsError, match="extra is not installed") as caught:
        secret("keyring", "a/b")
    assert "pip install keyring" in caught.value.remedy
