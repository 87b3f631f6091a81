"""A map of verdicts: what it says in words, as a table for a terminal, and as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import Any

from traindyn.challenge.bounds import Span
from traindyn.challenge.cells import Cell
from traindyn.challenge.names import spelled
from traindyn.challenge.settings import Setting
from traindyn.ledger.rows import format_estimate, format_number, format_prediction, format_range
from traindyn.ledger.texts import one_line
from traindyn.ledger.verdicts import VERDICTS, weakest


@dataclass(frozen=True)
class Map:
    """The verdicts of a claim over the values of its settings.

    Args:
        asked: Id of the claim, or of its only part that is asked for.
        chapter: Its chapter.
        statement: What it states.
        key: Digest of the sources of the runs; empty if they are not stored.
        scale: ``ci``, ``laptop`` or ``paper``.
        seeds: Each cell was run at each of them.
        settings: In the order in which they were given.
        cells: One for each combination of values and seed.
    """

    asked: str
    chapter: str
    statement: str
    key: str
    scale: str
    seeds: tuple[int, ...]
    settings: tuple[Setting, ...]
    cells: tuple[Cell, ...]

    @property
    def axes(self) -> tuple[Setting, ...]:
        """The settings of several values."""
        return tuple(setting for setting in self.settings if len(setting.values) > 1)

    @property
    def parts(self) -> tuple[str, ...]:
        """Ids of the parts, as the runs that were not refused have them."""
        return tuple(dict.fromkeys(row["id"] for cell in self.cells for row in cell.rows))

    def at(self, place: Sequence[int]) -> list[Cell]:
        """The cells of a place, one per seed.

        Args:
            place: Number of the value on each axis, in the order of the axes.
        """
        numbers = iter(place)
        whole = tuple(next(numbers) if s in self.axes else 0 for s in self.settings)
        return [cell for cell in self.cells if cell.place == whole]

    def told(self, place: Sequence[int], part: str = "") -> str:
        """What became of a place: a verdict, or at how many seeds it is the expected one.

        Args:
            place: As in :meth:`at`.
            part: Id of the part; empty: the claim.
        """
        cells = self.at(place)
        if not any(cell.rows for cell in cells):
            return "broke" if cells[0].refused.startswith("broke: ") else "refused"
        found = [[row for row in cell.rows if part in ("", row["id"])] for cell in cells]
        if len(cells) == 1:
            return weakest(row["verdict"] for row in found[0]) if found[0] else "absent"
        agree = sum(
            bool(rows) and all(row["verdict"] == row["expected"] for row in rows) for rows in found
        )
        return f"{agree}/{len(cells)}"


def text_of(found: Map, spans: dict[str, Span] | None = None) -> str:
    """A map for a terminal.

    Args:
        found: The map.
        spans: By the ids of parts, the bounds by which they hold as the claim stands; none: they
            are not told.
    """
    seeds = f"seed {found.seeds[0]}" if len(found.seeds) == 1 else f"{len(found.seeds)} seeds"
    fixed = [f"{s.label} = {spelled(s.values[0])}" for s in found.settings if s not in found.axes]
    head = ", ".join([f"scale {found.scale}", seeds, *fixed])
    blocks = [f"{found.asked}: {one_line(found.statement)}\n{head}", _table(found)]
    if lines := turns(found):
        blocks.append("\n".join(lines))
    if lines := refusals(found):
        blocks.append("\n".join(lines))
    if spans:
        blocks.append("\n".join(f"{part} {span_told(span)}" for part, span in spans.items()))
    return "\n\n".join(blocks)


def _table(found: Map) -> str:
    axes = found.axes
    if len(axes) == 2:
        across, down = axes
        lines = [[f"{down.label} \\ {across.label}", *map(spelled, across.values)]]
        for j, value in enumerate(down.values):
            row = [found.told((i, j)) for i in range(len(across.values))]
            lines.append([spelled(value), *row])
        return _aligned(lines)
    if axes:
        lines = [[axes[0].label, *found.parts]]
        for i, value in enumerate(axes[0].values):
            lines.append([spelled(value), *(found.told((i,), part) for part in found.parts)])
        if len(found.parts) == 1 and len(found.seeds) == 1:
            lines[0] += ["predicted", "measured", "accepted"]
            for i, line in enumerate(lines[1:]):
                line += _measured(found.at((i,))[0])
        return _aligned(lines)
    lines = [["part", "verdict", "predicted", "measured", "accepted"]]
    for part in found.parts:
        cell = next(cell for cell in found.at(()) if cell.rows)
        own = Cell(cell.place, cell.seed, tuple(row for row in cell.rows if row["id"] == part))
        lines.append([part, found.told((), part), *_measured(own)])
    if len(found.seeds) > 1:
        lines[0][2:] = [f"{name} at seed {found.seeds[0]}" for name in lines[0][2:]]
    return _aligned(lines)


def _measured(cell: Cell) -> list[str]:
    if not cell.rows:
        return []
    row = cell.rows[0]
    measured = row["measurement"]
    number = format_estimate(measured["value"], measured["stderr"])
    return [format_prediction(row), number, format_range(row)]


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    count = max(map(len, lines))
    full = [[*line, *[""] * (count - len(line))] for line in lines]
    widths = [max(len(line[i]) for line in full) for i in range(count)]
    padded = (zip(line, widths, strict=True) for line in full)
    return "\n".join("  ".join(cell.ljust(w) for cell, w in line).rstrip() for line in padded)


def turns(found: Map) -> list[str]:
    """Where the verdict of each part turns along a single axis, a line each; else nothing."""
    if len(found.axes) != 1:
        return []
    (axis,) = found.axes
    lines = []
    for part in found.parts:
        told = [(found.told((i,), part), v) for i, v in enumerate(axis.values)]
        runs = [(name, [v for _, v in group]) for name, group in groupby(told, key=lambda t: t[0])]
        pieces = [
            f"{_in_words(name)} at {spelled(values[0])}"
            + (f" to {spelled(values[-1])}" if len(values) > 1 else "")
            for name, values in runs
        ]
        start = "turns" if len(runs) > 1 else "does not turn"
        lines.append(f"{part} {start} with {axis.label}: {'; '.join(pieces)}")
    return lines


def _in_words(told: str) -> str:
    agree, slash, seeds = told.partition("/")
    return f"as expected at {agree} of {seeds} seeds" if slash else told


def refusals(found: Map) -> list[str]:
    """What was not accepted and why, a line for each reason."""
    counts = Counter(cell.refused for cell in found.cells if cell.refused)
    names = {True: "run broke", False: "run was refused"}
    return [
        f"{number} {names[why.startswith('broke: ')].replace('run was', 'runs were', number > 1)}: "
        f"{one_line(why.removeprefix('broke: '))}"
        for why, number in counts.items()
    ]


def span_told(span: Span) -> str:
    """A sentence about the bounds of a part as it stands.

    >>> span_told(Span(0.01, 0.25)), span_told(Span(2.0, 1.0))
    ('would hold for bounds from 0.01 to 0.25', 'would hold for no bound')
    """
    if span.empty:
        return "would hold for no bound"
    low = "" if span.low == float("-inf") else f" from {format_number(span.low)}"
    high = "" if span.high == float("inf") else f" to {format_number(span.high)}"
    return f"would hold for bounds{low}{high}"


def as_data(found: Map) -> dict[str, Any]:
    """A map as plain data for JSON: axes with values, and for each place what became of it."""
    numbers = [range(len(axis.values)) for axis in found.axes]
    places = [place[::-1] for place in product(*numbers[::-1])]  # the first axis runs fastest
    return {
        "asked": found.asked,
        "chapter": found.chapter,
        "statement": found.statement,
        "key": found.key,
        "scale": found.scale,
        "seeds": list(found.seeds),
        "settings": [
            {"label": s.label, "values": [spelled(v) for v in s.values]} for s in found.settings
        ],
        "places": [_place(found, place) for place in places],
        "turns": turns(found),
        "refusals": refusals(found),
    }


def _place(found: Map, place: tuple[int, ...]) -> dict[str, Any]:
    cells = found.at(place)
    verdicts = Counter(weakest(r["verdict"] for r in cell.rows) for cell in cells if cell.rows)
    return {
        "place": list(place),
        "told": found.told(place),
        "agree": sum(cell.agrees for cell in cells),
        "verdicts": {v: verdicts[v] for v in VERDICTS if verdicts[v]},
        "parts": {part: found.told(place, part) for part in found.parts},
    }
