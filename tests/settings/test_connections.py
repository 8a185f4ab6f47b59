"""Which connections file is in use, and what is read from it."""

import os
from pathlib import Path

import pytest

from importer.model.errors import SettingsError
from importer.settings import config_folder, load_connections

MINIMAL = (
    '[uat]\ntarget = "ibm-case-manager"\nurl = "https://h/CASEREST/v1"\nusername = "u"\npassword = "env:P"\n'
)


def write(path: Path, text: str = MINIMAL) -> Path:
    """Write a connections file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
def places(tmp_path):
    """All four places at which a file may lie, and an environment that points to them."""
    here = tmp_path / "here"
    here.mkdir()
    own = tmp_path / "config"
    environ = {"XDG_CONFIG_HOME": str(own), "APPDATA": str(own), "HOME": str(tmp_path)}
    return here, config_folder(environ, os.sys.platform) / "connections.toml", environ, tmp_path


def test_order_of_places(places):
    """--connections wins over the environment, that over the user's folder, that over the working folder."""
    here, own, environ, root = places
    assert load_connections(None, environ, here).file is None
    local = write(here / "connections.toml")
    assert load_connections(None, environ, here).file == local
    write(own)
    assert load_connections(None, environ, here).file == own
    named = write(root / "named.toml")
    environ["CASE_IMPORTER_CONNECTIONS"] = str(named)
    assert load_connections(None, environ, here).file == named
    explicit = write(root / "explicit.toml")
    assert load_connections(explicit, environ, here).file == explicit


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {"HOME": "/h"}, "/h/.config/case-importer"),
        ("linux", {"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, "/x/case-importer"),
        ("darwin", {"HOME": "/h"}, "/h/Library/Application Support/case-importer"),
        ("win32", {"HOME": "/h", "APPDATA": "/a"}, "/a/case-importer"),
        ("win32", {"HOME": "/h"}, "/h/AppData/Roaming/case-importer"),
    ],
)
def test_configuration_folder(platform, environ, folder):
    """Each system has its own place for configuration."""
    assert config_folder(environ, platform) == Path(folder)


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX matter")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_working_folder_file_that_others_can_write(places, mode):
    """A file that somebody else may have written is passed over, and that is said."""
    here, _, environ, _ = places
    write(here / "connections.toml").chmod(mode)
    found = load_connections(None, environ, here)
    assert found.file is None and "others can write it" in found.notes[0]
    with pytest.raises(SettingsError) as caught:
        found.get("uat")
    assert "others can write it" in caught.value.remedy


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs the right to give files away")
def test_working_folder_file_of_another_user(places):
    """A file of another user is passed over, even if only that user can write it."""
    here, _, environ, _ = places
    os.chown(write(here / "connections.toml"), 12345, -1)
    assert "belongs to another user" in load_connections(None, environ, here).notes[0]


def test_named_file_that_is_missing(tmp_path):
    """A file that was named must be there: exit 1 with its path."""
    for arguments in [
        (tmp_path / "no.toml", {}),
        (None, {"CASE_IMPORTER_CONNECTIONS": str(tmp_path / "no.toml")}),
    ]:
        with pytest.raises(SettingsError, match=r"no\.toml cannot be read") as caught:
            load_connections(*arguments)
        assert caught.value.exit == 1


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[uat\n", "is not valid TOML"),
        ("[uat]\ntarget = salesforce\n", "line 2"),
        ("defautl = 'uat'\n" + MINIMAL, ":1: defautl: only default and state stand here"),
        ("default = 'uaz'\n" + MINIMAL, ':1: there is no connection "uaz". Did you mean uat?'),
        ("default = 'simulator'\n" + MINIMAL, ':1: there is no connection "simulator"'),
        ("\ndefault = 3\n" + MINIMAL, ":2: default: expected a text"),
        (MINIMAL + "[simulator]\ntarget = 'salesforce'\n", ":6: the name simulator is taken"),
    ],
)
def test_faults_of_the_file(tmp_path, text, fault):
    """A file that cannot be used as a whole says where and why."""
    with pytest.raises(SettingsError) as caught:
        load_connections(write(tmp_path / "connections.toml", text), {})
    assert fault in caught.value.message


def test_a_faulty_connection_does_not_stop_another(tmp_path):
    """Only the connection in use is checked."""
    path = write(tmp_path / "connections.toml", MINIMAL + '[bad]\ntarget = "nothing"\n')
    connections = load_connections(path, {})
    assert connections.names() == ("uat", "bad")
    assert connections.get("uat").name == "uat"
    assert connections.target_of("bad") == "nothing"
    with pytest.raises(SettingsError, match=r"connections\.toml:7: \[bad\] target: unknown target"):
        connections.get("bad")


def test_default_and_unknown_names(tmp_path):
    """No name means the default; an unknown one is answered with the nearest."""
    connections = load_connections(write(tmp_path / "connections.toml", 'default = "uat"\n' + MINIMAL), {})
    assert connections.get().name == "uat"
    with pytest.raises(SettingsError, match=r'There is no connection "uta" in .* Did you mean uat') as caught:
        connections.get("uta")
    assert caught.value.exit == 1
    with pytest.raises(SettingsError, match="no default"):
        load_connections(write(tmp_path / "connections.toml"), {}).get()


def test_without_any_file_the_places_are_named(places):
    """Who has no file learns where to write one, and that the simulator needs none."""
    here, own, environ, _ = places
    with pytest.raises(SettingsError) as caught:
        load_connections(None, environ, here).get("prod")
    assert str(own) in caught.value.remedy and "--connection simulator" in caught.value.remedy


def test_state_folder_belongs_to_the_file(tmp_path):
    """A relative state folder lies beside the file."""
    path = write(tmp_path / "connections.toml", 'state = "journal"\n' + MINIMAL)
    assert load_connections(path, {}).state == tmp_path / "journal"


def test_byte_order_mark_is_no_fault(tmp_path):
    """Windows editors put a BOM in front; it is not part of the first key."""
    path = tmp_path / "connections.toml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert load_connections(path, {}).names() == ("uat",)


def test_commands_run_only_from_files_of_the_users_own(places):
    """A command is believed from the user's folder and --connections, from nowhere else."""
    here, own, environ, root = places
    text = MINIMAL.replace("env:P", "command:pass show icm")
    write(here / "connections.toml", text)
    with pytest.raises(SettingsError, match="command: runs only from your own"):
        load_connections(None, environ, here).get("uat")
    named = write(root / "named.toml", text)
    with pytest.raises(SettingsError, match="command: runs only from your own"):
        load_connections(None, {**environ, "CASE_IMPORTER_CONNECTIONS": str(named)}, here).get("uat")
    assert load_connections(named, environ, here).get("uat").password.scheme == "command"
    write(own, text)
    assert load_connections(None, environ, here).get("uat").password.scheme == "command"


def test_texts_of_the_file_do_not_print(tmp_path):
    """The object that holds the file's text shows none of it."""
    connections = load_connections(write(tmp_path / "connections.toml", MINIMAL + 'token = "hunter2"\n'), {})
    assert "hunter2" not in repr(connections)
