"""The directive ``{peers}``: the diagnosis beside public tools, from the file of the benchmark."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from bookbuild.site.measured_tables import MeasuredTables
from bookbuild.site.speed import duration
from bookbuild.site.table import plain_table

FILE = Path("book", "data", "peers.json")
"""What ``tests/benchmarks/peers.py`` writes, relative to the book's root."""

Peers = dict[str, Any]


def efforts(peers: Peers) -> str:
    """What the top eigenpairs cost each tool, and how good they are."""
    lines = [
        [
            escape(row["tool"]),
            f"{row['parameters']:,}",
            f"{row['products']:.0f}",
            duration(row["seconds"]),
            f"{row['residual']:.0e}",
            f"{row['error']:.0e}",
        ]
        for row in peers["efforts"]
    ]
    columns = ("Tool", "Parameters", "Products", "Time", "Residual", "Error")
    return plain_table(f"The {peers['pairs']} largest eigenvalues of a Hessian", columns, lines)


def indices(peers: Peers) -> str:
    """Numbers of weight matrices from two tools."""
    lines = [
        [
            escape(row["layer"]),
            escape(row["number"]),
            f"{row['ours']:.6g}",
            f"{row['theirs']:.6g}",
            f"{abs(row['ours'] / row['theirs'] - 1):.0e}",
        ]
        for row in peers["indices"]
    ]
    tool = escape(", ".join(sorted({row["tool"] for row in peers["indices"]})))
    columns = ("Layer", "Number", "This book", tool, "Difference")
    return plain_table("Numbers of two layers", columns, lines)


def recordings(peers: Peers) -> str:
    """What the recorder costs at its default interval."""
    lines = [
        [
            f"{row['parameters']:,}",
            f"{row['steps']:,}",
            f"{row['looks']:,}",
            f"{100 * row['share']:.1f}\N{NO-BREAK SPACE}%",
        ]
        for row in peers["recordings"]
    ]
    columns = ("Parameters", "Steps of training", "Looks", "Share of the time")
    return plain_table("Cost of recording", columns, lines)


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
