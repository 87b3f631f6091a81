"""The forest plot of the book: every claim, its decided parts against their ranges of acceptance.

A claim is a band with a link; each of its parts is a mark at ``(measured - predicted) / bound``
with the interval of its decision. A limit has no prediction: its end of the range stands at 1 (or
-1), and the nearest control at 2 (or -2). Pass means that the interval lies inside the shaded
range. All colors come from the style sheet, so that the plot follows the light and the dark theme.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from itertools import groupby
from operator import itemgetter

from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookbuild.site.book import LEDGER_PAGE, Chapter, load_book
from bookbuild.site.html import MARKS, chapter_label, raw
from traindyn.ledger import Row, format_range, plain

REACH = 2.4
"""Largest deviation drawn, in units of the bound; an arrow marks what lies beyond."""

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 320, 60, 312, 8, 40
ROW, PITCH = 18, 6.5
"""Least height of a claim's band, and distance of its parts."""


@dataclass(frozen=True)
class Mark:
    """A row of the plot in units of its bound.

    Args:
        center: Deviation of the measured value; ``None`` if it diverged.
        low: Lower end of the interval of the decision.
        high: Its upper end.
        accept: Ends of the range of acceptance; infinite on the open side of a one-sided test.
    """

    center: float | None
    low: float
    high: float
    accept: tuple[float, float]


def mark_of(row: Row) -> Mark:
    """Scale a row of the ledger by its bound, or by how far from its limit the next control is.

    >>> rule = {"kind": "within", "bound": 0.5}
    >>> measured = {"value": 1.25, "half_width": 0.5}
    >>> mark_of({"prediction": 1.0, "measurement": measured, "rule": rule})
    Mark(center=0.5, low=-0.5, high=1.5, accept=(-1.0, 1.0))
    """
    rule, measurement = row["rule"], row["measurement"]
    match rule["kind"]:
        case "within":
            origin, unit, accept = row["prediction"], rule["bound"], (-1.0, 1.0)
        case "at_most":
            unit = _to_control(row)
            origin, accept = rule["limit"] - unit, (-math.inf, 1.0)
        case _:
            unit = _to_control(row)
            origin, accept = rule["limit"] + unit, (-1.0, math.inf)
    if measurement["value"] is None:
        return Mark(None, math.inf, math.inf, accept)
    center = (measurement["value"] - origin) / unit
    half_width = measurement["half_width"]
    reach = math.inf if half_width is None else half_width / unit
    return Mark(center, center - reach, center + reach, accept)


def _to_control(row: Row) -> float:
    """How far the nearest control is from a limit; else the limit itself, or one."""
    limit = row["rule"]["limit"]
    values = [control["measurement"]["value"] for control in row["controls"]]
    distances = [abs(value - limit) for value in values if value is not None and value != limit]
    return min(distances, default=abs(limit)) or 1.0


def position(deviation: float) -> float:
    """Horizontal place of a deviation, held inside the drawn range.

    >>> position(0.0), position(-99.0), position(99.0)
    (186.0, 60.0, 312.0)
    """
    held = min(max(deviation, -REACH), REACH)
    return round(LEFT + (RIGHT - LEFT) * (held + REACH) / (2 * REACH), 1)


def panel(chapter: Chapter, ledger_page: str, chapter_page: str) -> str:
    """One chapter's plot as inline SVG with a heading; every row links to the ledger.

    Args:
        chapter: The chapter.
        ledger_page: Address of the ledger page.
        chapter_page: Address of the chapter's page.
    """
    bands = ""
    bottom: float = TOP
    for claim_id, group in groupby(chapter.rows, key=itemgetter("claim")):
        parts = list(group)
        height = max(ROW, PITCH * (len(parts) + 1))
        bands += _band(claim_id, parts, bottom, height, ledger_page)
        bottom += height
    grid = "".join(
        f'<path class="forest-grid" d="M{position(x)} {TOP}V{bottom}"/>'
        f'<text class="forest-tick" x="{position(x)}" y="{bottom + 14}">{label}</text> '
        for x, label in [(-2, "−2"), (-1, "−1"), (0, "0"), (1, "1"), (2, "2")]
    )
    name = chapter_label(chapter.name)
    return (
        f'<figure class="forest-panel"><figcaption><a href="{chapter_page}">{name}</a></figcaption>'
        f' <svg viewBox="0 0 {WIDTH} {bottom + BOTTOM}" role="group" '
        f'aria-label="Deviation of every decided part of {name} from its prediction">{grid}{bands}'
        f'<text class="forest-tick" x="{position(0)}" y="{bottom + 32}">'
        f"(measured − predicted) / bound</text></svg></figure>"
    )


def _band(claim_id: str, parts: list[Row], y: float, height: float, ledger_page: str) -> str:
    """One claim: its name, a link to its row, and a mark for each part."""
    count = f", {len(parts)} parts" if len(parts) > 1 else ""
    label = f"{claim_id}: {parts[0]['claim_verdict']}{count}. {plain(parts[0]['title'])}"
    first = y + (height - PITCH * len(parts)) / 2
    marks = "".join(_part(row, first + PITCH * i) for i, row in enumerate(parts))
    return (
        f'<a class="forest-row" href="{ledger_page}#{claim_id}" aria-label="{escape(label)}">'
        f'<path class="forest-hit" d="M0 {y}h{WIDTH}v{height}h{-WIDTH}Z"/>'
        f'<text class="forest-id" x="8" y="{first + PITCH / 2 + 4}">{claim_id}</text>{marks}</a> '
    )


def _part(row: Row, y: float) -> str:
    mark, middle = mark_of(row), y + PITCH / 2
    left, right = (position(end) for end in mark.accept)
    title = f"{row['id']}: {row['verdict']}. {plain(row['statement'])}"
    return (
        f'<g class="verdict-{row["verdict"]}">'
        f"<title>{escape(title)} Accepted: {format_range(row)}</title>"
        f'<path class="forest-accept" d="M{left} {y}H{right}v{PITCH}H{left}Z"/>'
        f"{_whisker(mark, middle)}{_point(row['verdict'], mark, middle)}</g>"
    )


def _whisker(mark: Mark, y: float) -> str:
    if mark.center is None or mark.low == mark.high:
        return ""
    x1, x2 = position(mark.low), position(mark.high)
    return f'<line class="forest-whisker" x1="{x1}" x2="{x2}" y1="{y}" y2="{y}"/>'


def _point(verdict: str, mark: Mark, y: float) -> str:
    center = float("inf") if mark.center is None else mark.center
    x = position(center)
    if abs(center) > REACH:
        tip = 6 if center > 0 else -6
        return f'<path class="forest-point" d="M{x - tip} {y - 3.5}L{x} {y}L{x - tip} {y + 3.5}Z"/>'
    shape = {
        "verified": f"M{x - 3} {y}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z",
        "falsified": f"M{x - 4} {y}L{x} {y - 4}L{x + 4} {y}L{x} {y + 4}Z",
        "inconclusive": f"M{x - 3.2} {y - 3.2}h6.4v6.4h-6.4Z",
        "toy": f"M{x - 4} {y + 3.3}L{x} {y - 4}L{x + 4} {y + 3.3}Z",
    }[verdict]
    return f'<path class="forest-point" d="{shape}"/>'


class ForestDirective(SphinxDirective):
    """The forest plot of all executed chapters, one panel per chapter."""

    def run(self) -> list[Node]:
        """Return the plot."""
        book = load_book(self.env.app)
        relative = self.env.app.builder.get_relative_uri
        panels = []
        for chapter in book.chapters:
            self.env.note_dependency(str(chapter.source))
            ledger = relative(self.env.docname, LEDGER_PAGE)
            panels.append(panel(chapter, ledger, relative(self.env.docname, chapter.docname)))
        key = "".join(
            f' <li class="verdict-{verdict}"><span aria-hidden="true">{mark}</span> {verdict}</li>'
            for verdict, mark in MARKS.items()
        )
        legend = f'<ul class="forest-key" aria-label="Marks">{key}<li>→ beyond the axis</li></ul> '
        return [raw(f'<div class="forest">{legend}{"".join(panels)}</div>')]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("forest", ForestDirective)
