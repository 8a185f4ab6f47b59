"""The few pieces of HTML that a report is made of. Whatever is text is escaped here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def html(value: object) -> str:
    """Return ``value`` as HTML: escaped, unless it is Html."""
    return value if isinstance(value, Html) else escape(str(value))


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[object]], numbers: Sequence[int] = ()
) -> str:
    """Return a table; the first cell of each row is its header, ``numbers`` are columns of numbers."""

    def cell(place: int, value: object) -> str:
        name = kinds[place]
        if place == 0:
            return f'<th scope="row" class="{name}">{html(value)}</th>'
        return f'<td class="{name}">{html(value)}</td>'

    kinds = ["n" if place in numbers else "t" for place in range(len(head))]
    tops = "".join(
        f'<th scope="col" class="{name}">{escape(title)}</th>'
        for name, title in zip(kinds, head, strict=True)
    )
    body = "".join(
        f"<tr>{''.join(cell(place, value) for place, value in enumerate(row))}</tr>\n" for row in rows
    )
    return (
        f'<div class="wide"><table><caption>{escape(caption)}</caption><thead><tr>{tops}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def numbers_of(chart: str, body: str) -> str:
    """Return a table that is opened by whoever wants the numbers of a chart."""
    return f"<details><summary>{escape(chart)} in numbers</summary>{body}</details>"


def section(name: str, title: str, lead: str, *parts: str) -> str:
    """Return a section with its heading and a sentence."""
    said = f"<p>{html(lead)}</p>" if lead else ""
    return (
        f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(title)}</h2>{said}{"".join(parts)}'
        "</section>\n"
    )


def key(entries: Iterable[tuple[str, str]]) -> str:
    """Return what the colours of a chart mean, from (class name, words)."""
    items = "".join(f'<li><i class="{name}"></i>{escape(words)}</li>' for name, words in entries)
    return f'<ul class="key">{items}</ul>'


def pairs(entries: Iterable[tuple[str, object]], kind: str = "facts") -> str:
    """Return names with their values."""
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{html(value)}</dd></div>" for name, value in entries)
    return f'<dl class="{kind}">{items}</dl>'
