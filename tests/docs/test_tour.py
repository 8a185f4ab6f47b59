"""What README.md tells a newcomer to type works as it says."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.docs.conftest import Newcomer
from tests.docs.pages import ROOT, block, blocks, text_of

PROGRAM = [sys.executable, "-m", "importer"]
TYPED = re.compile(r"(case-importer|cp) (.*?)(?:\s+# exit (\d+))?")
VARIES = ((r"\d{8}-[0-9a-f]{6}", "RUN"), (r"127\.0\.0\.1:\d+", "HOST"), (r"\d+\.\d s\b.*", "TIME"))


def test_the_first_command(newcomer: Newcomer):
    """Command one, but for the set-up: 200 created, exit 0; its last part again: nothing to do."""
    line = block("README.md", "Two commands", "sh").text.strip()
    *_set_up, last = line.split(" && ")
    program, *words = shlex.split(last)
    assert program == ".venv/bin/case-importer"
    first, again = (
        subprocess.run(
            [*PROGRAM, *words],
            cwd=newcomer.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )
        for _ in range(2)
    )
    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert re.search(r"^  created +200$", first.stdout, re.MULTILINE), first.stdout
    assert (
        "Results: samples" in first.stdout
        and (newcomer.folder / "samples/support-tickets.results.csv").exists()
    )
    assert "Nothing to do" in again.stderr


def test_five_minutes(newcomer: Newcomer):
    """Every command of the tour in order, its exit code, and the lines that README.md shows."""
    corrected, said = False, ""
    with simulator(newcomer.folder) as page:
        for found in blocks(text_of("README.md")):
            if found.heading != "Five minutes":
                continue
            if found.language == "text":
                assert shown(found.text) <= shown(said), said
                if "created         47" in found.text and not corrected:
                    corrected = correct(newcomer.folder / "tickets.csv")
                continue
            said = ""
            for line in found.lines:
                typed = TYPED.fullmatch(line)
                assert typed is not None, line
                words = shlex.split(typed[2])
                if typed[1] == "cp":
                    shutil.copy(*words)
                else:
                    said += give(newcomer, words, int(typed[3] or 0))
        assert "[TCK-2009]" in search(page, "TCK-2009"), "the corrected ticket is on the page"
    assert corrected


def give(newcomer: Newcomer, words: list[str], exit_code: int) -> str:
    if words == ["simulator"]:
        return ""  # it is running all the time
    if "RUN" in words:
        newest = json.loads(newcomer.does("runs", "--json")[1].splitlines()[0])["run"]
        words = [newest if word == "RUN" else word for word in words]
    if words[0] == "run":
        words += ["--rate", "5000/s"]
    code, said = newcomer.does(*words)
    assert code == exit_code, (words, said)
    return said


def search(page: str, text: str) -> str:
    """Open the page as a browser does (the token of its address becomes a cookie) and search it."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    browser.open(page, timeout=10).close()
    with browser.open(f"{page.partition('?')[0]}?q={text}", timeout=10) as answer:
        return str(answer.read().decode())


def correct(path: Path) -> bool:
    """Do what README.md says: in line 12 write P2 instead of P9."""
    lines = path.read_bytes().split(b"\n")
    assert b",P9," in lines[11]
    lines[11] = lines[11].replace(b",P9,", b",P2,")
    path.write_bytes(b"\n".join(lines))
    return True


def shown(text: str) -> set[str]:
    """Return the lines of a text without what differs from run to run."""
    for pattern, word in VARIES:
        text = re.sub(pattern, word, text)
    return {line for line in text.splitlines() if line.strip()}


@contextlib.contextmanager
def simulator(folder: Path) -> Iterator[str]:
    """Run ``case-importer simulator`` as a person does, and end it with Ctrl-C; gives its page."""
    process = subprocess.Popen(
        [*PROGRAM, "simulator"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=os.name == "posix",
    )
    assert process.stdout is not None
    with process:
        try:
            lines = [process.stdout.readline() for _ in range(3)]
            yield lines[1].removeprefix("Its records: ").strip()
        finally:
            if sys.platform == "win32":
                process.terminate()
            else:
                os.killpg(process.pid, signal.SIGINT)
            code = process.wait(20)
    assert code == 0 or sys.platform == "win32"


def test_the_second_command_is_what_ci_runs():
    """CI takes the block behind the mark; it must be there, and run the tests."""
    script = ROOT / ".ci" / "run"
    assert not script.exists() or "<!-- tests -->" in script.read_text(encoding="utf-8")
    behind = text_of("README.md").partition("<!-- tests -->\n```sh\n")[2].partition("\n```")[0]
    assert behind.endswith("-m pytest -n auto") and "requirements.lock" in behind and "\n" not in behind
