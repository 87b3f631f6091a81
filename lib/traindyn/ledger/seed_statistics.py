r"""What many seeds say of a part: its verdicts, and whether its errors are as large as it says.

Two dispersions are 1 where the stated errors are right. *About the prediction*: the mean square of
:math:`(m - p)/s`, mapped from Student's law to the normal one; it exceeds 1 also where theory errs.
*About the mean*: the variance of :math:`m - p` over seeds, over the mean of the :math:`s^2`. What
theory leaves out at every seed does not enter, nor what both owe to the same draws; without a
prediction it is the variance of :math:`m`.

*How a part may turn*: margins (:mod:`traindyn.ledger.margins`) scatter over seeds, and their mean
and scatter say how often the next one falls below zero, before any has.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special

from traindyn.inference.decisions import BOOK_ERROR_RATE
from traindyn.ledger.seeds import Reading, SeedTable

FARTHEST = 37.0
"""Beyond this a normal law leaves nothing that a double holds."""

LEAST = 3
"""Seeds of which a dispersion is taken."""

ENOUGH = 8
"""Seeds from which the next margin is foretold: with fewer the estimate scatters too much."""

LIKELY = 0.01
"""Chance of another verdict at the next seed, above which a part is named."""


class Dispersion(NamedTuple):
    """A mean square over what it should be."""

    ratio: float
    error: float
    """Standard error of the ratio where the stated errors are right; with many parts, as found."""
    chance: float
    """Of a ratio at least this far on its side of the middle, where the stated errors are right."""
    over: int
    """Number of seeds, or of parts, behind it."""


@dataclass(frozen=True)
class PartStatistics:
    """What the seeds say of a part.

    Args:
        id: The part.
        reference: The seed that flips are counted from: 0, else the lowest.
        verdicts: How often each verdict came.
        flips: Seeds with another verdict than the reference, and that verdict.
        origin: Where the bound of its rule comes from; ``noise``: theory is exact.
        about_prediction: Of a random part with a prediction; None: not enough seeds.
        about_mean: Of a random part; None: not enough seeds.
        turning: Chance that the next seed gives another verdict; None: not enough seeds.
        margin: Mean margin over the seeds; None: no noise can turn the verdict, or ``turning`` is.
    """

    id: str
    reference: int
    verdicts: dict[str, int]
    flips: tuple[tuple[int, str], ...]
    origin: str
    about_prediction: Dispersion | None = None
    about_mean: Dispersion | None = None
    turning: float | None = None
    margin: float | None = None

    @property
    def own(self) -> str:
        """The verdict at the reference."""
        flipped = {verdict for _, verdict in self.flips}
        return next(verdict for verdict in self.verdicts if verdict not in flipped)

    @property
    def elsewhere(self) -> dict[str, list[int]]:
        """By other verdict, the seeds at which it came."""
        found: dict[str, list[int]] = defaultdict(list)
        for seed, verdict in self.flips:
            found[verdict].append(seed)
        return dict(found)


def statistics_of(table: SeedTable) -> list[PartStatistics]:
    """The statistics of each part of a table, in its order."""
    found: dict[str, dict[int, Reading]] = defaultdict(dict)
    for run in table.runs:
        for part in run.parts:
            found[part.id][run.seed] = part
    return [_of_part(name, readings) for name, readings in found.items()]


def _of_part(name: str, readings: dict[int, Reading]) -> PartStatistics:
    reference = min(readings)  # no seed is below 0
    own = readings[reference].verdict
    flips = tuple((s, r.verdict) for s, r in sorted(readings.items()) if r.verdict != own)
    random = [
        r for r in readings.values() if r.random and r.value is not None and (r.stderr or 0) > 0
    ]
    predicted = [r for r in random if r.prediction is not None]
    return PartStatistics(
        name,
        reference,
        dict(Counter(r.verdict for r in readings.values())),
        flips,
        readings[reference].origin,
        about_prediction(predicted) if len(predicted) >= LEAST else None,
        about_mean(random) if len(random) >= LEAST else None,
        *about_margin([r.margin for r in readings.values()]),
    )


def about_margin(margins: Sequence[float | None]) -> tuple[float | None, float | None]:
    r"""The chance that the margin of one more seed is below zero, and the mean margin.

    It is the one function of mean :math:`\mu` and standard deviation :math:`s` of n normal margins
    that is right on average, whatever their law's mean and deviation: the incomplete beta function
    :math:`I_x(n/2 - 1, n/2 - 1)` at :math:`x = \tfrac12 - \mu\sqrt n/2(n - 1)s`, 0 where x is
    negative (Lieberman and Resnikoff 1955). So the sum over parts is right on average as well.

    Args:
        margins: One per seed; None where no noise can turn the verdict.

    Returns:
        Chance and mean; the chance is None for fewer than :data:`ENOUGH` seeds, and 0 without a
        mean where no seed has a margin.

    >>> about_margin([None] * 8), about_margin([1.0, 2.0])
    ((0.0, None), (None, None))
    """
    if len(margins) < ENOUGH:
        return None, None
    given = np.array([m for m in margins if m is not None])
    if (n := len(given)) < LEAST:
        return 0.0, None
    mean, scatter = float(given.mean()), float(given.std(ddof=1))
    if not scatter:
        return float(mean < 0), mean
    place = 0.5 - mean * math.sqrt(n) / (2 * (n - 1) * scatter)
    return float(special.betainc(n / 2 - 1, n / 2 - 1, min(max(place, 0.0), 1.0))), mean


def about_prediction(readings: Sequence[Reading]) -> Dispersion:
    """Mean square of the normal scores of (measured - predicted)/stderr; it should be 1.

    Args:
        readings: Random readings with predictions and finite errors, at least one.

    Raises:
        ValueError: If a number is missing.
    """
    value, stderr, freedom = _numbers(readings)
    prediction = np.array([_needed("prediction", r.prediction) for r in readings])
    pull = np.abs(value - prediction) / stderr
    score = np.minimum(-special.ndtri(special.stdtr(freedom, -pull)), FARTHEST)
    total, count = float((score**2).sum()), len(readings)
    chance = min(special.chdtr(count, total), special.chdtrc(count, total))
    return Dispersion(total / count, math.sqrt(2 / count), float(chance), count)


def about_mean(readings: Sequence[Reading]) -> Dispersion:
    """Variance of (measured - predicted), or of measured, over the mean squared stderr.

    It should be 1. For normal values of one error it follows a law of Fisher. A prediction may be
    computed from the draws that are measured, and then moves with them.

    Args:
        readings: Random readings with finite errors, at least two.

    Raises:
        ValueError: If there are fewer, or a number is missing.
    """
    if (count := len(readings)) < 2:
        raise ValueError(f"readings must be at least 2, got {count}")
    value, stderr, freedom = _numbers(readings)
    if all(r.prediction is not None for r in readings):
        value = value - np.array([r.prediction for r in readings], dtype=float)
    ratio = float(value.var(ddof=1) / (stderr**2).mean())
    both = count - 1, float(freedom.sum())
    if math.isinf(both[1]):
        below, above = (f(both[0], both[0] * ratio) for f in (special.chdtr, special.chdtrc))
    else:
        below, above = (f(*both, ratio) for f in (special.fdtr, special.fdtrc))
    error = math.sqrt(2 / both[0] + 2 / both[1])
    return Dispersion(ratio, error, float(min(below, above)), count)


def _numbers(readings: Sequence[Reading]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, errors and degrees of freedom."""
    value = np.array([_needed("value", r.value) for r in readings])
    stderr = np.array([_needed("stderr", r.stderr) for r in readings])
    if not (stderr > 0).all():
        raise ValueError(f"stderr must be above 0, got {stderr.min()}")
    told = [r.degrees_of_freedom for r in readings]
    return value, stderr, np.array([math.inf if f is None else f for f in told])


def _needed(name: str, number: float | None) -> float:
    if number is None:
        raise ValueError(f"{name} must be given")
    return number


def mean_dispersion(found: Sequence[tuple[str, Dispersion]]) -> Dispersion | None:
    """The mean over parts, with the error of the scatter over claims: their parts go together.

    Args:
        found: Ids of parts, such as ``BR-8a``, and their dispersions.

    Returns:
        The mean; None if there are parts of fewer than two claims.
    """
    claims: dict[str, list[float]] = defaultdict(list)
    for name, dispersion in found:
        claims[name.rstrip("abcdefghijklmnopqrstuvwxyz")].append(dispersion.ratio)
    if len(claims) < 2:
        return None
    means = np.array([float(np.mean(ratios)) for ratios in claims.values()])
    error = float(means.std(ddof=1)) / math.sqrt(len(means))
    mean = float(means.mean())
    chance = float(special.ndtr(-abs(mean - 1) / error)) if error else float(mean == 1)
    return Dispersion(mean, error, chance, len(found))


def told(statistics: Sequence[PartStatistics]) -> list[str]:
    """Lines for readers: verdicts that flipped, and errors that are too small or too large.

    A part is named where chance has less than the book's error rate for all parts together.
    """
    flipped = [part for part in statistics if part.flips]
    lines = [f"{len(statistics)} parts: {len(flipped)} have other verdicts at other seeds"]
    for part in flipped:
        others = ", ".join(
            f"{v} at {' '.join(map(str, found))}" for v, found in part.elsewhere.items()
        )
        lines.append(f"{part.id}: {part.own} at seed {part.reference}, {others}")
    lines += _turning(statistics)
    found = dispersions(statistics)
    pull = "(measured − predicted)/stderr, mean square"
    lines += _lines(f"{pull}, exact theory", found.exact)
    lines += _lines(f"{pull}, other bounds", found.other)[:1]
    return lines + _lines("variance over seeds over stderr²", found.spread)


def _turning(statistics: Sequence[PartStatistics]) -> list[str]:
    """What the next seed may turn."""
    chances = [part.turning for part in statistics if part.turning is not None]
    if not chances:
        return []
    expected = f"{sum(chances):.2g} of {len(chances)} parts expected to turn at one more seed"
    return [
        expected,
        *(
            f"{part.id}: turns with chance {part.turning:.2g}, mean margin {part.margin:.2g} of "
            "its room"
            for part in likely_to_turn(statistics)
        ),
    ]


def likely_to_turn(statistics: Sequence[PartStatistics]) -> list[PartStatistics]:
    """The parts that one more seed turns with a chance above :data:`LIKELY`, likeliest first."""
    found = [part for part in statistics if (part.turning or 0.0) > LIKELY]
    return sorted(found, key=lambda part: -(part.turning or 0.0))


class Dispersions(NamedTuple):
    """The dispersions of parts that have them, with their ids."""

    exact: list[tuple[str, Dispersion]]
    """About the prediction, where theory is exact."""
    other: list[tuple[str, Dispersion]]
    """About the prediction, where theory leaves something out."""
    spread: list[tuple[str, Dispersion]]
    """About the mean."""


def dispersions(statistics: Sequence[PartStatistics]) -> Dispersions:
    """The dispersions of parts by what they are about."""
    pulls = [(part, part.about_prediction) for part in statistics]
    exact, other = (
        [(part.id, pull) for part, pull in pulls if pull and (part.origin == "noise") == is_exact]
        for is_exact in (True, False)
    )
    return Dispersions(
        exact, other, [(part.id, part.about_mean) for part in statistics if part.about_mean]
    )


def _lines(what: str, found: Sequence[tuple[str, Dispersion]]) -> list[str]:
    """The mean dispersion of parts, and those that chance does not explain."""
    if not found:
        return []
    mean = mean_dispersion(found)
    shown = _shown(mean) if mean else "of too few claims for a mean"
    return [
        f"{what}: {shown}, {len(found)} parts",
        *(
            f"{part}: {what}: {_shown(dispersion)}, {dispersion.over} seeds"
            for part, dispersion in unexplained(found)
        ),
    ]


def unexplained(found: Sequence[tuple[str, Dispersion]]) -> list[tuple[str, Dispersion]]:
    """The parts whose dispersion has a chance below the book's error rate over their number.

    Args:
        found: Ids of parts, such as ``BR-8a``, and their dispersions.
    """
    return [one for one in found if one[1].chance < BOOK_ERROR_RATE / len(found)]


def _shown(dispersion: Dispersion) -> str:
    return f"{dispersion.ratio:.3g} ± {dispersion.error:.2g}"
