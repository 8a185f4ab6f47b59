"""Number formats of cells: the code that each style index of a workbook shows numbers by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from importer.readers.books.markup import Element

BUILT_IN: dict[int, str] = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "mm-dd-yy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "m/d/yy h:mm",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    49: "@",
    **dict.fromkeys((27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58), "yyyy-mm-dd"),
    **dict.fromkeys((32, 33, 34, 35, 55, 56), "h:mm:ss"),
}
"""Formats without a code in the file (ECMA-376 part 1, 18.8.30); 27 to 58: dates of East Asian locales."""


def formats_of(styles: Element | None) -> list[str]:
    """Return the number format of each cell style of ``styles.xml``, in order."""
    if styles is None:
        return []
    codes = {
        number(element.attributes.get("numFmtId")): element.attributes.get("formatCode", "General")
        for element in styles.all("numFmt")
    }
    cells = styles.first("cellXfs")
    styled = cells.children if cells is not None else []
    ids = [number(style.attributes.get("numFmtId")) for style in styled if style.name == "xf"]
    return codes_of(ids, codes)


def codes_of(ids: Sequence[int], codes: Mapping[int, str]) -> list[str]:
    """Return the format code for each id: the file's own, else the built-in one, else General."""
    return [codes.get(one) or BUILT_IN.get(one, "General") for one in ids]


def number(text: str | None) -> int:
    """Return a whole number of an attribute; 0 for anything else."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
