"""The drop folder, with real files: what is taken, what waits, where it lands."""

import os
from functools import partial
from pathlib import Path

import openpyxl
import pytest

from importer.model.errors import Exit, ImporterError, SettingsError, TargetError
from importer.watch.options import Names
from tests.watch.conftest import MAPPING, Drop, table


async def test_a_file_comes_back_with_its_results(drop: Drop) -> None:
    """Taken from the inbox, imported, and given back in done/DATE with its results; nothing else is left."""
    drop.put("tickets.csv", table(1, 2))
    assert await drop.watch() == 0
    [landed] = drop.handled
    assert landed.landing.place == "done" and landed.landing.words == "2 created."
    assert landed.source.read_text("utf-8") == table(1, 2)
    assert landed.source.parent.parent == drop.folder / "done"
    assert landed.results is not None and landed.results.parent == landed.source.parent
    assert landed.results.name == "tickets.results.csv" and landed.results.exists()
    assert drop.left() == [] and drop.tickets() == []
    assert drop.loader.moves == [(landed.landing.run, drop.loader.moves[0][1], landed.source)]


async def test_people_find_their_way(drop: Drop) -> None:
    """The root says what each folder is, and STATUS.html links what was done; nothing outside is named."""
    drop.put("a & <b>.csv")
    await drop.watch()
    readme = (drop.folder / "README.txt").read_text("utf-8")
    assert all(name in readme for name in ("inbox", "working", "done", "failed", "STATUS.html"))
    page = (drop.folder / "STATUS.html").read_text("utf-8")
    link = page.split('href="')[1].split('"')[0]
    assert link.startswith("done/") and "a &amp; _b_.csv</a>" in page
    assert "http" not in page.replace("http-equiv", "") and "src=" not in page and "<script" not in page
    assert "text 1" not in page and "K-1" not in page


async def test_pages_of_others_are_not_overwritten(drop: Drop) -> None:
    """A README, a STATUS.html and a note that somebody else wrote stay; ours have another name, always the same."""
    drop.put("a.csv", b"X\n1\n")
    drop.put("a.csv.waiting.txt", b"mine")
    for name in ("README.txt", "STATUS.html"):
        (drop.folder / name).write_text("mine", encoding="utf-8")
    for _time in range(2):
        assert await drop.watch() == 1
    for path in (drop.folder / "README.txt", drop.folder / "STATUS.html", drop.inbox / "a.csv.waiting.txt"):
        assert path.read_text("utf-8") == "mine"
    assert "misses" in (drop.folder / "STATUS-2.html").read_text("utf-8")
    assert {path.name for path in drop.folder.iterdir() if path.is_file()} == {
        "README.txt", "README-2.txt", "STATUS.html", "STATUS-2.html",
    }  # fmt: skip


async def test_a_file_in_work_can_be_seen(drop: Drop) -> None:
    """While it is imported, STATUS.html names it; afterwards it stands among the last files alone."""
    seen: list[str] = []

    async def look(_path: Path) -> None:
        seen.append((drop.folder / "STATUS.html").read_text("utf-8"))

    drop.put("large.csv")
    drop.loader.during = look
    await drop.watch()
    assert "large.csv</td><td>It is being imported" in seen[0]
    assert "being imported" not in (drop.folder / "STATUS.html").read_text("utf-8")


async def test_a_file_that_is_written_slowly_is_taken_when_it_is_quiet(drop: Drop) -> None:
    """As long as a file grows it is left alone; what is imported is all of it, once."""
    drop.put("slow.csv", "No,Text\n")
    for second in range(2, 20, 3):
        drop.clock.at(second, partial(drop.add, "slow.csv", f"K-{second},text\n"))
    assert await drop.watch(once=False, seconds=60) == 130
    assert [data.count(b"K-") for _source, _name, data in drop.loader.loads] == [6]


def workbook(folder: Path) -> bytes:
    book = openpyxl.Workbook()
    for line in (["No", "Text"], *([f"K-{n}", f"text {n}" * 20] for n in range(300))):
        book.active.append(line)  # type: ignore[union-attr]
    book.save(folder / "whole.xlsx")
    return (folder / "whole.xlsx").read_bytes()


async def test_a_workbook_that_is_cut_is_not_taken_before_it_is_whole(drop: Drop, tmp_path: Path) -> None:
    """Cut, quiet for long, then whole: imported once. What stays cut goes to failed in the end."""
    whole = workbook(tmp_path)
    drop.put("regrown.xlsx", whole[:4000])
    drop.put("stump.xlsx", whole[:4000])
    drop.clock.at(40, lambda: drop.put("regrown.xlsx", whole))
    notes: list[str] = []
    drop.clock.at(20, lambda: notes.append(drop.note("stump.xlsx")))
    await drop.watch(once=False, seconds=100)
    assert "cannot be read yet" in notes[0] and str(drop.folder) not in notes[0]
    assert drop.places() == {"regrown.xlsx": "done", "stump.xlsx": "failed"}
    assert [data for _source, name, data in drop.loader.loads if name == "regrown.xlsx"] == [whole]
    note = next((drop.folder / "failed").rglob("*.note.txt")).read_text("utf-8")
    assert "not a whole workbook" in note and "working" not in note


async def test_from_cron_too_a_stump_goes_to_failed_in_the_end(drop: Drop) -> None:
    """Each --once remembers what it saw for the next one; a file that was given anew in between starts anew."""
    drop.put("stump.csv", b"No,Text\nK-1,\xff\n")
    drop.put("again.csv", b"No,Text\nK-1,\xff\n")
    assert await drop.watch() == 5 and not drop.handled
    drop.clock.time += 40
    drop.put("again.csv", b"No,Text\nK-12,\xff\n")
    assert await drop.watch() == 5 and not drop.handled
    drop.clock.time += 20
    assert await drop.watch() == 1 and drop.places() == {"stump.csv": "failed"}
    drop.clock.time += 60
    (drop.folder / ".watch" / "seen.json").write_text("[[", encoding="utf-8")
    assert await drop.watch() == 5, "what cannot be read is forgotten"
    drop.clock.time += 60
    assert await drop.watch() == 1 and drop.places()["again.csv"] == "failed"


WAITS = (
    ("~$open.xlsx", "open.xlsx", "open in Excel"),
    (".~lock.open.ods#", "open.ods", "open in LibreOffice"),
)


@pytest.mark.parametrize(("lock", "name", "word"), WAITS)
async def test_a_file_that_is_open_waits_until_it_is_closed(
    drop: Drop, lock: str, name: str, word: str
) -> None:
    """While the lock file lies there the file waits, with a note; then it is taken and the note goes."""
    drop.put(name, table(1))
    locked = drop.put(lock, b"owner")
    assert await drop.watch() == 5
    assert word in drop.note(name) and word in drop.said()
    locked.unlink()
    assert await drop.watch() == 0
    assert drop.left() == [] and drop.places() == {name: "done"}


@pytest.mark.skipif(os.name != "posix", reason="on Windows an open file cannot be moved at all")
async def test_a_file_that_another_program_has_locked_waits(drop: Drop) -> None:
    """An advisory lock of another program is respected."""
    import fcntl

    with drop.put("a.csv").open("rb+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        assert await drop.watch() == 5
        assert "locked" in drop.note("a.csv")
    assert await drop.watch() == 0


async def test_what_is_no_input_is_left_alone(drop: Drop) -> None:
    """Dotfiles, unfinished downloads, notes of ours and others' files are not touched, and nothing is said."""
    names = [".hidden.csv", "a.csv.part", "b.csv.crdownload", "~$c.xlsx", "Thumbs.db", "d.csv.waiting.txt"]
    for name in names:
        drop.put(name)
    assert await drop.watch() == 0
    assert drop.left() == sorted(names) and not drop.handled


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
async def test_links_and_folders_are_not_followed(drop: Drop, tmp_path: Path) -> None:
    """A link, out of the folder or into it, and a folder wait with a note; what they lead to is not read."""
    secret = tmp_path / "secret.csv"
    secret.write_text(table(9), encoding="utf-8")
    drop.put("sub/file.csv")
    (drop.inbox / "out.csv").symlink_to(secret)
    (drop.inbox / "in.csv").symlink_to(drop.inbox / "sub" / "file.csv")
    os.mkfifo(drop.inbox / "pipe.csv")
    assert await drop.watch() == 1
    assert "is a link" in drop.note("out.csv") and "is a link" in drop.note("in.csv")
    assert "is a folder" in drop.note("sub") and "no file" in drop.note("pipe.csv")
    assert not drop.loader.loads and secret.exists()


async def test_a_file_that_misses_a_column_waits_and_is_taken_when_it_is_corrected(drop: Drop) -> None:
    """The note names the column; saved again in its place, the file is imported and the note is gone."""
    drop.put("a.csv", "No,Txt\nK-1,x\n")
    notes: list[str] = []
    drop.clock.at(20, lambda: notes.append(drop.note("a.csv")))
    drop.clock.at(30, lambda: drop.put("a.csv", table(1)))
    await drop.watch(once=False, seconds=60)
    assert 'misses the column "Text"' in notes[0]
    assert drop.places() == {"a.csv": "done"} and drop.left() == []
    assert drop.said().count("misses the column") == 1, "said once, however often it is looked at"


async def test_failed_when_no_row_became_a_case(drop: Drop) -> None:
    """All rows failed: failed, with results and a note. Some: done, with a note."""
    drop.put("all.csv", "No,Text\nbad,x\nbad,y\n")
    drop.put("some.csv", "No,Text\nbad,x\nK-1,y\n")
    drop.put("empty.csv", "No,Text\n")
    assert await drop.watch() == 3
    assert drop.places() == {"all.csv": "failed", "some.csv": "done", "empty.csv": "done"}
    notes = {path.name: path.read_text("utf-8") for path in drop.folder.rglob("*.note.txt")}
    assert sorted(notes) == ["all.csv.note.txt", "some.csv.note.txt"]
    assert "No row became a case" in notes["all.csv.note.txt"]
    assert all((each.results or Path("?")).exists() for each in drop.handled)


async def test_name_clashes_are_numbered(drop: Drop) -> None:
    """The same name three times a day: nothing is overwritten, results bear the number of their file."""
    for number in (1, 2, 3):
        drop.put("a.csv", table(number))
        assert await drop.watch() == 0
    assert [each.source.name for each in drop.handled] == ["a.csv", "a-2.csv", "a-3.csv"]
    names = [each.results.name for each in drop.handled if each.results]
    assert names == ["a.results.csv", "a-2.results.csv", "a-3.results.csv"]
    assert [each.source.read_text("utf-8") for each in drop.handled] == [table(1), table(2), table(3)]


async def test_folders_have_the_names_that_were_asked_for(drop: Drop) -> None:
    """Names by setting."""
    drop.names = Names("Eingang", "Arbeit", "Fertig", "Fehler")
    drop.put("a.csv")
    await drop.watch()
    assert {path.name for path in drop.folder.iterdir() if not path.name.startswith(".")} == {
        "Eingang", "Arbeit", "Fertig", "Fehler", "README.txt", "STATUS.html",
    }  # fmt: skip
    assert "Eingang" in (drop.folder / "README.txt").read_text("utf-8")


async def test_a_second_watcher_refuses(drop: Drop) -> None:
    """Two watchers on one folder: the second ends with 5 and says who is at work; it touches nothing."""
    await drop.watch()
    drop.put("a.csv")
    second = Drop(drop.folder, drop.mappings)
    refused: list[ImporterError] = []

    async def intrude(_path: Path) -> None:
        with pytest.raises(ImporterError, match="Another watcher is at work") as caught:
            await second.watch()
        refused.append(caught.value)

    drop.loader.during = intrude
    await drop.watch()
    assert refused[0].exit is Exit.LATER and str(os.getpid()) in refused[0].message


async def test_when_the_server_is_away_files_wait_and_are_tried_again(drop: Drop) -> None:
    """A passing reason: the files stay in work with a note, and go when the server is back."""
    for name in ("a.csv", "b.csv"):
        drop.put(name, table(ord(name[0])))
    drop.loader.down = TargetError("UNREACHABLE", "The server is away.", "Wait.", exit=Exit.LATER)
    notes: list[str] = []
    drop.clock.at(12, lambda: notes.extend(p.read_text("utf-8") for p in drop.folder.rglob("*.waiting.txt")))
    drop.clock.at(12, lambda: setattr(drop.loader, "down", None))
    assert await drop.watch(once=False, seconds=100) == 130
    assert len(notes) == 2 and all("The server is away" in note for note in notes)
    assert drop.places() == {"a.csv": "done", "b.csv": "done"} and drop.tickets() == []


async def test_with_once_what_waits_for_the_server_is_five(drop: Drop) -> None:
    """--once: exit 5 while the server is away; the next time goes on with the file in work."""
    drop.put("a.csv")
    drop.loader.down = TargetError("UNREACHABLE", "The server is away.", exit=Exit.LATER)
    assert await drop.watch() == 5 and len(drop.tickets()) == 1
    drop.loader.down = None
    assert await drop.watch() == 0 and drop.places() == {"a.csv": "done"}


async def test_a_refused_sign_in_ends_the_watcher(drop: Drop) -> None:
    """Signing in is not tried again and again, which would lock the account: the watcher ends with 1."""
    drop.put("a.csv")
    drop.loader.down = SettingsError("SECRET_NOT_AVAILABLE", "The password is not there.")
    assert await drop.watch(once=False, seconds=1000) == 1
    assert drop.clock.now() - drop.clock.began < 20
    assert "password is not there" in (drop.folder / "STATUS.html").read_text("utf-8")


async def test_a_file_that_is_changed_while_it_is_imported_is_tried_again(drop: Drop) -> None:
    """The writer was not done: the import says so, and the whole file is imported later."""
    drop.put("a.csv", table(1))

    async def grow(path: Path) -> None:
        if len(drop.loader.loads) == 1:
            with path.open("a") as stream:
                stream.write("K-2,text 2\n")

    drop.loader.during = grow
    assert await drop.watch(once=False, seconds=100) == 130
    assert drop.loader.records == {"K-1": 1, "K-2": 1}
    assert len(drop.loader.loads) == 2 and drop.places() == {"a.csv": "done"}


# several mappings

OTHER = (
    "version: 1\ntarget: salesforce\nsource: other\nkey: Id\ncolumns:\n  Id: Legacy_Id__c\n  Text: Subject\n"
)


def several(drop: Drop) -> Path:
    folder = drop.folder.parent / "mappings"
    folder.mkdir()
    (folder / "tickets.yaml").write_text(MAPPING, encoding="utf-8")
    (folder / "others.yml").write_text(OTHER, encoding="utf-8")
    drop.mappings = folder
    return folder


async def test_mappings_by_sub_folder_and_by_header(drop: Drop) -> None:
    """A sub-folder names a mapping; in the inbox itself the header does, when exactly one fits."""
    several(drop)
    drop.put("tickets/a.csv", table(1))
    drop.put("b.csv", "Id,Text\n1,x\n")
    drop.put("c.csv", table(3))
    drop.put("both.csv", "Id,No,Text\n1,2,x\n")
    drop.put("neither.csv", "Id,Subject\n1,2\n")
    drop.put("nowhere/d.csv", table(4))
    assert await drop.watch() == 1
    assert sorted((name, source) for source, name, _data in drop.loader.loads) == [
        ("a.csv", "drop"), ("b.csv", "other"), ("c.csv", "drop"),
    ]  # fmt: skip
    assert "Several mappings fit: others, tickets" in drop.note("both.csv")
    assert 'misses the column "Text". The mapping others comes nearest' in drop.note("neither.csv")
    assert "no mapping called nowhere" in drop.note("nowhere/d.csv")
    assert (drop.inbox / "others").is_dir(), "made for people to find"


async def test_a_mapping_that_is_corrected_is_read_anew(drop: Drop) -> None:
    """Files wait for a mapping with faults, and go when it is mended; a fault at the start is refused."""
    folder = several(drop)
    drop.clock.at(1, lambda: (folder / "tickets.yaml").write_text("version: 7\n"))
    drop.clock.at(2, lambda: drop.put("tickets/a.csv", table(1)))
    notes: list[str] = []
    drop.clock.at(20, lambda: notes.append(drop.note("tickets/a.csv")))
    drop.clock.at(21, lambda: (folder / "tickets.yaml").write_text(MAPPING))
    await drop.watch(once=False, seconds=60)
    assert "has faults" in notes[0] and drop.places() == {"a.csv": "done"}
    (folder / "tickets.yaml").write_text("version: 7\n", encoding="utf-8")
    with pytest.raises(ImporterError, match="version"):
        await Drop(drop.folder, folder).watch()
