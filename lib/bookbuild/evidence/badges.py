"""A badge per claim and per chapter: JSON that badge services read, and a picture of our own.

The JSON follows the *endpoint* schema of shields.io, version 1: ``label``, ``message``, ``color``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path

from bookbuild.site.book import SHOWN_ORDER, verdicts
from bookbuild.site.html import MARKS
from traindyn import style
from traindyn.ledger import Ledger

FOLDER = "badges"
"""Folder of the published site that holds them."""

COLORS = {
    "verified": style.GREEN,
    "falsified": style.ORANGE,
    "inconclusive": style.GRAY,
    "toy": style.PURPLE,
}
"""Of the verdicts, with a contrast of at least 4.5 : 1 to white."""

NEUTRAL = style.BLUE
"""Of a chapter, whose claims have several verdicts: a falsified one is a result as any other."""

LETTER, MARGIN, HEIGHT = 6.6, 6.0, 20
"""Width of a letter at 11 pixels, space beside a text, and height of a picture, in pixels."""


def badges_of(ledger: Ledger) -> dict[str, dict[str, object]]:
    """The badges of a chapter and of its claims, by the names of their files.

    Raises:
        ValueError: If the ledger holds no claim.
    """
    rows = ledger["claims"]
    if not rows:
        raise ValueError(f"the ledger of {ledger['chapter']} must hold a claim")
    found = {row["claim"]: row["claim_verdict"] for row in rows}
    made = {claim: endpoint(claim, verdict, COLORS[verdict]) for claim, verdict in found.items()}
    told = summary(verdicts(rows))
    label = str(ledger["chapter"]).replace("_", " ")
    return {ledger["chapter"]: endpoint(label, told, NEUTRAL), **made}


def endpoint(label: str, message: str, color: str) -> dict[str, object]:
    """What a badge service reads.

    >>> endpoint("BR-8", "verified", "#00755c")["schemaVersion"]
    1
    """
    return {"schemaVersion": 1, "label": label, "message": message, "color": color}


def summary(counts: Counter[str]) -> str:
    """How many claims have which verdict.

    >>> summary(Counter(verified=3, falsified=1))
    '3 verified, 1 falsified'
    """
    return ", ".join(f"{counts[v]} {v}" for v in SHOWN_ORDER if counts[v])


def picture(badge: dict[str, object]) -> str:
    """A badge as SVG, with its words as its title."""
    label, told = str(badge["label"]), str(badge["message"])
    message = f"{MARKS[told]} {told}" if told in MARKS else told
    left, right = (round(len(text) * LETTER + 2 * MARGIN) for text in (label, message))
    title = f"{label}: {told}"
    text = 'fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" '
        f'role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f'<rect width="{left}" height="{HEIGHT}" fill="{style.INK}"/>'
        f'<rect x="{left}" width="{right}" height="{HEIGHT}" fill="{badge["color"]}"/>'
        f'<g {text} text-anchor="middle"><text x="{left / 2}" y="14">{escape(label)}</text>'
        f'<text x="{left + right / 2}" y="14">{escape(message)}</text></g></svg>\n'
    )


def write_badges(folder: Path, ledgers: Sequence[Ledger]) -> None:
    """Write the badges of ledgers, two files each, into ``badges`` of a folder.

    Raises:
        ValueError: If a ledger holds no claim.
        OSError: If a file cannot be written.
    """
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    for ledger in ledgers:
        for name, badge in badges_of(ledger).items():
            text = json.dumps(badge, ensure_ascii=False)
            (place / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
            (place / f"{name}.svg").write_text(picture(badge), encoding="utf-8")
