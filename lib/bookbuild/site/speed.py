"""The directive ``{speed}``: what ``make bench`` measured, as a story and as tables."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from bookbuild.site.measured_tables import MeasuredTables
from bookbuild.site.table import folding_table, plain_table

FILE = Path("book", "data", "bench.json")
"""What ``make bench`` writes, relative to the book's root."""

RATIO_COLUMNS = (
    "Work",
    "Compared with",
    "Ours",
    "Theirs",
    "Times as fast",
    "Pairs",
    "At least",
    "Difference",
)
SCHEDULE_COLUMNS = ("Cores", "Time", "Times as fast", "Share of ideal")

LONGEST = 10
"""Number of claims that the table of the longest shows."""

Bench = dict[str, Any]


def story(bench: Bench) -> str:
    """What the tables say, in two paragraphs.

    Raises:
        ValueError: If there are no rows or no claims.
    """
    rows, claims = bench["rows"], bench["claims"]
    if not rows or not claims:
        raise ValueError("it holds no rows or no claims")
    ratios = sorted(row["ratio"] for row in rows)
    best, below = max(rows, key=lambda row: row["ratio"]), _below(bench)
    longest, seconds = max(claims.items(), key=lambda item: item[1])
    one, *more = bench["schedule"]
    lengths = ", ".join(
        f"{duration(entry['seconds'])} on {entry['cores']:.0f}" for entry in more[:-1]
    )
    kept = (
        f"{len(below)} of {len(rows)} rows fell below the ratio that they must keep: "
        f"{'; '.join(escape(row['name']) for row in below)}."
        if below
        else f"All {len(rows)} rows keep the ratio that they must."
    )
    return (
        f"<p>All {len(claims)} claims of the book take {duration(one['seconds'])} on one core at "
        f"the scale {escape(bench['environment']['scale'])}. The engine gives every free core the "
        f"longest claim that is left: {lengths}, and {duration(more[-1]['seconds'])} on "
        f"{more[-1]['cores']:.0f} cores. No number of cores goes below the longest claim, "
        f"{escape(longest)}, which takes {duration(seconds)}.</p>"
        "<p>Algebra before simulation and many replicas in one array save more than cores do: "
        f"half of the rows below are at least {times(ratios[len(ratios) // 2])} times as fast as "
        f"the plain way, and at most {times(best['ratio'])} times ({escape(best['name'])}). "
        f"{kept}</p>"
    )


def ratios(bench: Bench) -> str:
    """The table of comparisons."""
    below = _below(bench)
    lines = [
        [
            escape(row["name"]),
            escape(row["reference"]),
            duration(row["ours_s"]),
            duration(row["reference_s"]),
            f"<strong>{times(row['ratio'])}</strong>" + (" (too few)" if row in below else ""),
            f"{times(row['lowest'])} to {times(row['highest'])}",
            times(row["minimum"]),
            f"{row['accuracy']:.0e}",
        ]
        for row in bench["rows"]
    ]
    return folding_table("Ours against the plain way", RATIO_COLUMNS, lines, "executions speed")


def schedule(bench: Bench) -> str:
    """The table of computed lengths on several numbers of cores."""
    one = bench["schedule"][0]["seconds"]
    lines = []
    for entry in bench["schedule"]:
        gain = one / entry["seconds"]
        share = f"{100 * gain / entry['cores']:.0f}\N{NO-BREAK SPACE}%"
        cores = f"{entry['cores']:.0f}"
        lines.append([cores, duration(entry["seconds"]), f"{gain:.1f}", share])
    return plain_table("Length of the whole book, computed", SCHEDULE_COLUMNS, lines)


def longest(bench: Bench) -> str:
    """The table of the claims that take longest."""
    found = sorted(bench["claims"].items(), key=lambda item: -item[1])[:LONGEST]
    lines = [[escape(name), duration(seconds)] for name, seconds in found]
    return plain_table("The longest claims", ("Claim", "Time"), lines)


def machine(bench: Bench) -> str:
    """The table of processor, versions and threads."""
    shown = dict(bench["environment"])
    pools = ", ".join(f"{name}: {threads}" for name, threads in shown.pop("pools").items())
    shown["threads"] = pools
    names = {
        "best_of": "pairs of runs",
        "load": "load at the start",
        "cpu": "processor",
        "claims_at_a_time": "claims at a time",
    }
    lines = [[escape(names.get(name, name)), escape(str(v))] for name, v in shown.items()]
    return plain_table("Machine and versions", ("What", "Value"), lines)


PARTS: dict[str, Callable[[Bench], str]] = {
    "story": story,
    "ratios": ratios,
    "schedule": schedule,
    "longest": longest,
    "machine": machine,
}


class SpeedDirective(MeasuredTables):
    """The parts ``story``, ``ratios``, ``schedule``, ``longest`` and ``machine``."""

    file, writer, parts = FILE, "`make bench`", PARTS


def _below(bench: Bench) -> list[dict[str, Any]]:
    """The rows whose ratio is below its minimum."""
    return [row for row in bench["rows"] if row["ratio"] < row["minimum"]]


def times(ratio: float) -> str:
    """A ratio to two digits.

    >>> [times(x) for x in (0.83, 5.96, 12.4, 2345.0)]
    ['0.83', '6.0', '12', '2,300']
    """
    if ratio >= 10:
        digits = len(f"{ratio:.0f}") - 2
        return f"{round(ratio, -digits):,.0f}"
    return f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}"


def duration(seconds: float) -> str:
    """A time to two digits, with a unit.

    >>> [duration(s).replace(chr(160), " ") for s in (3.2e-8, 4.6e-3, 0.31, 47, 340, 9000)]
    ['32 ns', '4.6 ms', '310 ms', '47 s', '5.7 min', '2.5 h']
    """
    units = ((3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
    for size, unit in units:
        if seconds >= 2 * size or (unit not in ("h", "min") and seconds >= size):
            return f"{times(seconds / size)}\N{NO-BREAK SPACE}{unit}"
    return f"{times(seconds * 1e9)}\N{NO-BREAK SPACE}ns"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("speed", SpeedDirective)
