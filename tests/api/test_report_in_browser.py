"""The report in a real browser: Chromium, without a window, looks at the page in light, in dark, and on paper."""

from __future__ import annotations

import asyncio
import re
import shutil
import struct
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from importer.api.reporting import report
from importer.results.report.style import STYLE
from tests.pipeline.conftest import Open, open_kind
from tests.stage import CASE

__all__ = ["open_kind"]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")

WIDTH, HEIGHT, SCALE = 800, 3000, 0.5
"""The window, and how large its picture is: small pictures are looked at quickly."""
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
DARK = "--blink-settings=preferredColorScheme=0"
Colour = tuple[int, int, int]


@dataclass
class Picture:
    """Rows of pixels."""

    rows: list[list[Colour]]

    def counts(self) -> Counter[Colour]:
        return Counter(pixel for row in self.rows for pixel in row)


async def browse(folder: Path, page: Path, *options: str) -> None:
    """Let the browser, with a profile of its own, do what ``options`` say with ``page``."""
    profile = folder / f"profile-{len(list(folder.glob('profile-*')))}"
    process = await asyncio.create_subprocess_exec(
        *(str(CHROMIUM), *QUIET, f"--user-data-dir={profile}", *options, page.as_uri()),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err.decode(errors="replace")[-2000:]


def read_png(path: Path) -> Picture:
    """Return the pixels of a PNG file of 8 bits a channel (PNG specification, chapter 9 for its filters)."""
    content, place, data, size = path.read_bytes(), 8, b"", (0, 0, 0)
    while place < len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        kind, body = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colours = struct.unpack(">IIBB", body[:10])
            assert depth == 8 and colours in (2, 6)
            size = (width, height, 3 if colours == 2 else 4)
        data += body if kind == b"IDAT" else b""
        place += 12 + length
    width, height, step = size
    raw, line = zlib.decompress(data), width * step
    before, rows = bytearray(line), []
    for number in range(height):
        start = number * (line + 1)
        row = _unfilter(raw[start], bytearray(raw[start + 1 : start + 1 + line]), before, step)
        rows.append([(row[x], row[x + 1], row[x + 2]) for x in range(0, line, step)])
        before = row
    return Picture(rows)


def _unfilter(kind: int, row: bytearray, above: bytearray, step: int) -> bytearray:
    for x in range(len(row) if kind else 0):
        a = row[x - step] if x >= step else 0
        b, c = above[x], above[x - step] if x >= step else 0
        if kind == 4:
            p = a + b - c
            near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))
            row[x] = (row[x] + near[2]) & 255
        else:
            row[x] = (row[x] + (a, b, (a + b) // 2)[kind - 1]) & 255
    return row


def colours_of(scheme: str) -> dict[str, Colour]:
    """Return the style sheet's colours by name in light or dark."""
    block = STYLE.split(":root {")[2 if scheme == "dark" else 1].split("}")[0]
    found = re.findall(r"--([a-z0-9]+): #([0-9a-f]{6})", block)
    return {name: (int(h[:2], 16), int(h[2:4], 16), int(h[4:], 16)) for name, h in found}


@pytest.fixture
async def page(open_kind: Open) -> Path:
    """A report with all that is drawn, and with names that are longer than the page is wide."""
    stage = await open_kind(CASE, "latency=10ms,http_429=every:20,retry_after=0.3")
    rows = [[*row[:3], "nothing"] if place % 5 == 0 else row for place, row in enumerate(stage.kind.rows(60))]
    header = ("No", "Text", "Amount", "Mail_" + "ofTheCustomer" * 12)
    text = stage.kind.mapping.replace("  Mail:", f"  {header[3]}:")
    path = stage.folder / f"{'a-file-with-a-very-long-name' * 4}.csv"
    path.write_text("\n".join(",".join(line) for line in [header, *rows]) + "\n", encoding="utf-8")
    ended = await stage.run(path, mapping=stage.mapping(text))
    with stage.journal() as journal:
        return report(journal, ended.run, stage.folder / "page.html", with_values=True)[0]


async def test_it_looks_right_in_light_and_in_dark_and_on_paper(page: Path, tmp_path: Path) -> None:
    """Ground and chart colours of each scheme are there, nothing runs over the edge, and it prints."""
    for scheme, options in (("light", ()), ("dark", (DARK,))):
        shot = tmp_path / f"{scheme}.png"
        size = (f"--window-size={WIDTH},{HEIGHT}", f"--force-device-scale-factor={SCALE}")
        await browse(tmp_path, page, *options, *size, f"--screenshot={shot}")
        picture, colours = read_png(shot), colours_of(scheme)
        counts = picture.counts()
        pixels = sum(counts.values())
        assert len(picture.rows[0]) == WIDTH * SCALE
        assert counts[colours["card"]] > pixels * 0.25, "not blank, and in this scheme"
        for name, least in (("created", 2000), ("failed", 500), ("rate", 2000), ("slow", 50)):
            assert counts[colours[name]] > least, (scheme, name, counts[colours[name]])
        edge = {pixel for row in picture.rows for pixel in (*row[:4], *row[-4:])}
        assert edge == {colours["page"]}, "nothing runs over the left or the right edge at 800 pixels"
    paper = tmp_path / "report.pdf"
    await browse(tmp_path, page, DARK, "--no-pdf-header-footer", f"--print-to-pdf={paper}")
    content = paper.read_bytes()
    pages = len(re.findall(rb"/Type\s*/Page\b", content))
    assert content.startswith(b"%PDF-") and 2 <= pages <= 8 and len(content) > 20_000
