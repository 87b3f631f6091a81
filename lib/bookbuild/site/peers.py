"""The directive ``{peers}``: the diagnosis beside public tools, from the file of the benchmark."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from bookbuild.site.measured_tables import MeasuredTables
from bookbuild.site.speed import duration
from bookbuild.site.table import folding_table

FILE = Path("book", "data", "peers.json")
"""What ``tests/benchmarks/peers.py`` writes, relative to the book's root."""

Peers = dict[str, Any]


def efforts(peers: Peers) -> str:
    """What the top eigenpairs cost each tool, and how good they are: a table per network."""
    columns = ("Tool", "Products", "Time", "Residual", "Error")
    return "".join(
        folding_table(
            f"The {peers['pairs']} largest eigenvalues, {parameters:,} parameters",
            columns,
            [
                [
                    escape(row["tool"]),
                    f"{row['products']:.0f}",
                    duration(row["seconds"]),
                    scientific(row["residual"]),
                    scientific(row["error"]),
                ]
                for row in rows
            ],
            "executions speed",
        )
        for parameters, rows in groupby(peers["efforts"], itemgetter("parameters"))
    )


def indices(peers: Peers) -> str:
    """Numbers of weight matrices from two tools."""
    lines = [
        [
            f"{escape(row['layer'])}, {escape(row['number'])}",
            f"{row['ours']:.6g}",
            f"{row['theirs']:.6g}",
            scientific(abs(row["ours"] / row["theirs"] - 1)),
        ]
        for row in peers["indices"]
    ]
    tool = escape(", ".join(sorted({row["tool"] for row in peers["indices"]})))
    columns = ("Layer and number", "This book", tool, "Difference")
    return folding_table("Numbers of two layers", columns, lines, "executions speed")


def recordings(peers: Peers) -> str:
    """What the recorder costs at its default interval."""
    lines = [
        [
            f"{row['parameters']:,}",
            f"{row['steps']:,}",
            f"{row['looks']:,}",
            f"{100 * row['share']:.2f}\N{NO-BREAK SPACE}%",
        ]
        for row in peers["recordings"]
    ]
    columns = ("Parameters", "Steps of training", "Looks", "Share of the time")
    return folding_table("Cost of recording", columns, lines, "executions speed")


def scientific(value: float) -> str:
    """A small number to one digit, as HTML that does not break.

    >>> scientific(0.0), scientific(2.4e-13)
    ('none', '<span class="unbroken">2 × 10<sup>−13</sup></span>')
    """
    if not value:
        return "none"
    digit, _, power = f"{value:.0e}".partition("e")
    minus = "\N{MINUS SIGN}" if int(power) < 0 else ""
    return f'<span class="unbroken">{digit} × 10<sup>{minus}{abs(int(power))}</sup></span>'


PARTS: dict[str, Callable[[Peers], str]] = {
    "efforts": efforts,
    "indices": indices,
    "recordings": recordings,
}


class PeersDirective(MeasuredTables):
    """The tables ``efforts``, ``indices`` and ``recordings``."""

    file, writer, parts = FILE, "the benchmark", PARTS


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("peers", PeersDirective)
