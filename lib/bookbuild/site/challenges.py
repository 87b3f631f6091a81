"""The directive ``{challenges}``: claims that turn, and where; from a file that a command makes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookbuild.site.book import LEDGER_PAGE, load_book
from bookbuild.site.html import MARKS, badge, raw
from bookbuild.site.table import folding_table, plain_table

FILE = Path("book", "data", "challenges.json")
"""What ``make challenges`` writes, relative to the book's root."""

COLUMNS = ("Claim", "Asked with", "What turns")

Entry = dict[str, Any]


class ChallengesDirective(SphinxDirective):
    """A part of the page: ``table`` of all challenges, or their ``maps``."""

    required_arguments = 1

    def run(self) -> list[Node]:
        """Return the part."""
        name = self.arguments[0]
        if name not in ("table", "maps"):
            raise self.error(f"part must be one of table, maps, got {name!r}")
        app, file = self.env.app, Path(self.env.app.srcdir) / FILE
        book = load_book(app)
        for chapter in book.chapters:
            self.env.note_dependency(str(chapter.source))
        self.env.note_dependency(str(file))
        keys = {row["claim"]: row["key"] for chapter in book.chapters for row in chapter.rows}
        ledger = app.builder.get_relative_uri(self.env.docname, LEDGER_PAGE)
        try:
            found = json.loads(file.read_text(encoding="utf-8"))["maps"]
            if name == "table":
                return [raw(table(found, ledger) + older(found, keys))]
            return [raw("".join(shown(entry, ledger) for entry in found))]
        except (OSError, ValueError, KeyError, TypeError) as error:
            fault = f"{type(error).__name__}: {error}"
            raise self.error(f"{FILE} must be what `make challenges` writes: {fault}") from None


def table(found: Sequence[Entry], ledger: str) -> str:
    """One line per challenge.

    Args:
        found: The maps.
        ledger: Address of the ledger's page.
    """
    lines = [
        [
            _link(entry, ledger),
            f"<span>{', '.join(_label(axis) for axis in _axes(entry))}</span>",
            escape(entry["why"]),
        ]
        for entry in found
    ]
    return folding_table("Claims that turn", COLUMNS, lines, "executions")


def older(found: Sequence[Entry], keys: dict[str, str]) -> str:
    """A sentence about the maps that were made with other sources than the published rows.

    Args:
        found: The maps.
        keys: Of the published rows, by claim.
    """
    claims = {entry["asked"].rstrip("abcdefghijklmnopqrstuvwxyz"): entry["key"] for entry in found}
    stale = [claim for claim, key in claims.items() if not key or keys.get(claim) != key]
    if not stale:
        return ""
    return (
        f"<p>Made with older sources than those of the published rows: {escape(', '.join(stale))}. "
        "<code>make challenges</code> makes them again.</p>"
    )


def shown(entry: Entry, ledger: str) -> str:
    """The map of a challenge: its command, the verdicts, where they turn, what was refused."""
    axes = _axes(entry)
    seeds = entry["seeds"]
    run = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds"
    caption = f"{entry['asked']}: {entry['statement']}"
    told = [*entry["turns"], *entry["refusals"]]
    items = "".join(f"<li>{escape(line)}</li>" for line in told)
    return (
        f"<h3>{_link(entry, ledger)}</h3><p>{escape(entry['why'])}</p>"
        f"<p><code>{escape(entry['command'])}</code> ({run})</p>"
        f"{_grid(entry, axes, escape(caption))}" + (f"<ul>{items}</ul>" if items else "")
    )


def _grid(entry: Entry, axes: Sequence[Entry], caption: str) -> str:
    if len(axes) == 2:
        across, down = axes
        named = {tuple(place["place"]): place["told"] for place in entry["places"]}
        columns = (f"{escape(down['label'])} \\ {escape(across['label'])}", *across["values"])
        lines = [
            [escape(value), *(_cell(named[i, j]) for i in range(len(across["values"])))]
            for j, value in enumerate(down["values"])
        ]
        return plain_table(caption, tuple(map(str, columns)), lines)
    parts = [*entry["places"][0]["parts"]]
    (axis,) = axes
    lines = [
        [escape(value), *(_cell(place["parts"][part]) for part in parts)]
        for value, place in zip(axis["values"], entry["places"], strict=True)
    ]
    return plain_table(caption, (escape(axis["label"]), *parts), lines)


def _cell(told: str) -> str:
    return badge(told) if told in MARKS else escape(told)


def _axes(entry: Entry) -> list[Entry]:
    return [setting for setting in entry["settings"] if len(setting["values"]) > 1]


def _label(axis: Entry) -> str:
    return f"<code>{escape(axis['label'])}</code>"


def _link(entry: Entry, ledger: str) -> str:
    name = escape(entry["asked"])
    return f'<a href="{ledger}#{name}">{name}</a>'


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("challenges", ChallengesDirective)
