"""The part of the page on trust that tells what other seeds gave, in sentences and tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from html import escape
from pathlib import Path

from bookbuild.site.book import LEDGER_PAGE, Book
from bookbuild.site.html import badge, quantity
from bookbuild.site.table import plain_table
from traindyn.ledger.seed_statistics import (
    PartStatistics,
    dispersions,
    likely_to_turn,
    mean_dispersion,
    statistics_of,
    unexplained,
)
from traindyn.ledger.seeds import SeedTable, read_seeds


def seeds(book: Book, file: Path) -> str:
    """How many verdicts came out otherwise, and whether stated errors are as large as seen."""
    if not file.is_file():
        return "<p>No other seed was run yet.</p>"
    table = read_seeds(file)
    statistics = statistics_of(table)
    return (
        _verdicts(table, statistics)
        + _turning(statistics)
        + _errors(statistics)
        + _older(book, table)
    )


def _verdicts(table: SeedTable, statistics: Sequence[PartStatistics]) -> str:
    """What was compared, and the parts with another verdict."""
    seeds_of: dict[str, set[int]] = defaultdict(set)
    for run in table.runs:
        seeds_of[run.claim].add(run.seed)
    more = [len(at) - 1 for at in seeds_of.values() if len(at) > 1]
    if not more:
        return f"<p>All {len(seeds_of):,} claims ran at one seed only.</p>"
    few, many = min(more), max(more)
    repeated = [part for part in statistics if sum(part.verdicts.values()) > 1]
    decided = sum(sum(part.verdicts.values()) - 1 for part in repeated)
    flips = sum(len(part.flips) for part in repeated)
    others = f"{many}" if few == many else f"{few} to {many}"
    text = (
        f"<p>At the scale {table.scale}, {len(more):,} of {len(seeds_of):,} claims ran again, at "
        f"{others} other seeds. "
        f"That repeats {decided:,} decisions about {len(repeated):,} parts of claims, "
    )
    if not flips:
        return f"{text}and every one came out as at the first seed.</p>"
    lines = [
        [_link(part.id), f"{badge(part.own)} at seed {part.reference}", _others(part)]
        for part in repeated
        if part.flips
    ]
    return f"{text}of which {flips:,} came out otherwise than at the first seed.</p>" + plain_table(
        "Other verdicts at other seeds", ("Part", "First", "Elsewhere"), lines
    )


def _others(part: PartStatistics) -> str:
    return ", ".join(
        f"{badge(verdict)} at {'seed' if len(at) == 1 else 'seeds'} {', '.join(map(str, at))}"
        for verdict, at in part.elsewhere.items()
    )


def _turning(statistics: Sequence[PartStatistics]) -> str:
    """What one more seed is expected to turn, and the parts that stand closest to it."""
    chances = [part.turning for part in statistics if part.turning is not None]
    if not chances:
        return ""
    text = (
        "<p>A verdict turns when an interval reaches an end of its range. The share of the room up "
        "to there that stays free, and how much that share scatters over seeds, tells how often "
        f"another seed turns a verdict before one does: <strong>{sum(chances):.1g}</strong> of "
        f"{len(chances):,} parts are expected to turn at one more seed. "
        "That is right on average over many sets of seeds; from one set of few, small chances "
        "come out as none.</p>"
    )
    lines = [
        [_link(part.id), quantity(f"{part.margin:.2g}"), quantity(f"{part.turning:.1%}")]
        for part in likely_to_turn(statistics)
    ]
    if lines:
        text += plain_table(
            "Parts that one more seed turns with a chance above one percent",
            ("Part", "Free share of the room", "Chance"),
            lines,
        )
    return text


def _errors(statistics: Sequence[PartStatistics]) -> str:
    """Whether the numbers scatter over seeds as their stated errors say."""
    exact, _, spread = dispersions(statistics)
    lines = [
        [what, quantity(f"{mean.ratio:.2f} ± {mean.error:.2f}"), f"{len(found):,}"]
        for what, found in (
            ("measured less predicted, where theory is exact", exact),
            ("scatter from seed to seed", spread),
        )
        if (mean := mean_dispersion(found)) is not None
    ]
    if not lines or not spread:
        return ""
    odd = unexplained(spread)
    large, small = (
        [one for one in odd if one[1].ratio < 1],
        sorted((one for one in odd if one[1].ratio > 1), key=lambda one: -one[1].ratio),
    )
    text = (
        "<p>An error that is stated should be as large as the numbers scatter. "
        "Two mean squares, in units of the stated errors, tell whether it is: "
        "above 1 errors are too small, below 1 too large.</p>"
        + plain_table("Scatter over stated errors", ("Mean square of", "Ratio", "Parts"), lines)
    )
    if large:
        text += (
            f"<p>Chance does not explain how little {len(large):,} of them scatter. Their errors "
            "are on the safe side: the intervals of medians and shares hold for every law, and are "
            "wider than most laws need.</p>"
        )
    if small:
        named = [
            [_link(name), quantity(f"{one.ratio:.1f} ± {one.error:.1f}"), f"{one.over}"]
            for name, one in small
        ]
        text += plain_table(
            "Parts with errors that are too small", ("Part", "Ratio", "Seeds"), named
        )
    else:
        text += "<p>No part has errors that are too small beyond chance.</p>"
    return text


def _older(book: Book, table: SeedTable) -> str:
    """How many of the claims that ran have changed since."""
    keys = {row["claim"]: row["key"] for chapter in book.chapters for row in chapter.rows}
    ran = {run.claim for run in table.runs}
    older = {run.claim for run in table.runs if keys.get(run.claim) != run.key}
    if not older:
        return ""
    return f"<p>{len(older)} of {len(ran)} claims have changed since these runs.</p>"


def _link(part: str) -> str:
    address = f"{Path(LEDGER_PAGE).name}.html#{escape(part)}"
    return f'<a class="unbroken" href="{address}">{escape(part)}</a>'
