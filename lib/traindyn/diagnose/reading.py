"""What the numbers of a diagnosis say in plain words, and what they do not say."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from traindyn.diagnose.diagnosis import Diagnosis
from traindyn.diagnose.landscape import LayerAlignment
from traindyn.diagnose.weights import LayerWeights
from traindyn.inference import Estimate

SIGNIFICANT = 3.0
"""Standard errors that make a difference worth a sentence."""

CLOSED = 1.5
"""Ratio of the last to the next eigenvalue below which the top space is not well defined."""


class Reading(NamedTuple):
    """One sentence on what was seen, and one on its limit."""

    says: str
    limit: str


def readings(found: Diagnosis) -> list[Reading]:
    """Sentences on a diagnosis, in the order of its lenses."""
    return [
        *_weights(found.weights),
        *_curvature(found),
        *_layers(found.layers),
        *_density(found),
        *_noise(found),
        *_balance(found),
    ]


def _names(layers: list[str]) -> str:
    shown = ", ".join(layers[:4])
    return f"{shown} and {len(layers) - 4} more" if len(layers) > 4 else shown


WEIGHTS = {
    "random": (
        "{} cannot be told from random matrices: no eigenvalue lies above the edge",
        "Learning may still hide in the bulk or in the eigenvectors.",
    ),
    "spikes": (
        "{} have a few eigenvalues above a random bulk",
        "A spike says that one direction grew, not that it is a useful one.",
    ),
    "heavy tail": (
        "{} have a heavier tail than random matrices, but no power law",
        "A tail index without its null and its rivals does not say more.",
    ),
    "power law": (
        "{} have a tail that no rival fits better than a power law",
        "One spectrum cannot say where the tail comes from; a large learning rate suffices.",
    ),
}


def _weights(layers: tuple[LayerWeights, ...]) -> Iterator[Reading]:
    for name, (says, limit) in WEIGHTS.items():
        if chosen := [layer.layer for layer in layers if layer.name == name]:
            yield Reading(says.format(_names(chosen)) + ".", limit)


def _curvature(found: Diagnosis) -> Iterator[Reading]:
    top = found.curvature
    if top is None:
        return
    k = len(top.values)
    says = f"The sharpest direction has curvature {top.values[0]:.3g}"
    if top.held_out:
        says += f"; on samples that did not choose it {with_error(top.held_out[0])}"
    yield Reading(
        f"{says}.",
        "The first number is too large: the direction was chosen by those samples.",
    )
    if not top.gap >= CLOSED:
        ratio = f"ratio {top.gap:.2f} at the end" if top.gap > 0 else "the last is zero"
        yield Reading(
            f"The top {k} eigenvalues are not apart from the rest ({ratio}), so their span is not "
            "well defined.",
            "Choose a count at which the ratio is large before reading overlaps.",
        )
    elif top.gradient > 3 * top.random:
        yield Reading(
            f"The gradient lies to {top.gradient:.2f} in the top {k} directions, a random vector "
            f"to {top.random:.2f}; the weights to {top.weights:.2f}.",
            "An overlap is a cosine, and says nothing about progress along these directions.",
        )


def _layers(layers: tuple[LayerAlignment, ...]) -> Iterator[Reading]:
    aligned = [x.layer for x in layers if x.gap > CLOSED and x.gradient > 3 * x.random]
    led = [x.layer for x in layers if x.layer in aligned and x.weights > 3 * x.random]
    if aligned:
        more = f"; the weights too in {_names(led)}" if led else "; the weights in none"
        yield Reading(
            f"Layer by layer the gradient is aligned in {_names(aligned)}{more}.",
            "Blocks leave out how layers act together.",
        )


def _density(found: Diagnosis) -> Iterator[Reading]:
    if found.density is not None:
        negative = found.density.negative
        kind = "no clear" if negative.value <= SIGNIFICANT * negative.stderr else "some"
        yield Reading(
            f"The Hessian has {kind} negative curvature: a share {with_error(negative)} of its "
            "eigenvalues.",
            f"Eigenvalues within {found.density.width:.2g} of zero count as zero.",
        )


def _noise(found: Diagnosis) -> Iterator[Reading]:
    if found.noise is None:
        return
    if found.noise.slope is not None:
        yield Reading(
            "Along the top directions the noise of the gradient rises with the curvature to the "
            f"power {with_error(found.noise.slope)}; noise proportional to the Hessian has 1.",
            "The power is fitted through few directions, and its error is their scatter.",
        )
    yield Reading(
        f"Noise and Hessian miss commuting by {with_error(found.noise.commutator)} of what is "
        "possible.",
        "The noise of finitely many samples does not commute even where its law does.",
    )


def _balance(found: Diagnosis) -> Iterator[Reading]:
    for layer in found.balance:
        mean = layer.imbalance
        if mean is None:
            continue
        apart = abs(mean.value) > SIGNIFICANT * mean.stderr
        side = "outgoing" if mean.value > 0 else "incoming"
        state = f"tilted to their {side} weights" if apart else "balanced on average"
        if not layer.change:
            moves = "its gradient is zero"
        else:
            away = mean.value * layer.change > 0
            side_of = "away from" if away else "toward"
            moves = f"plain SGD moves them {side_of} balance at this point"
        yield Reading(
            f"The {layer.neurons} neurons of {layer.layer} are {state} ({with_error(mean)} of the "
            f"sum); {moves}.",
            "Exact for plain SGD; momentum, weight decay and Adam have other accounts.",
        )


def plain(value: float | None) -> str:
    """A number with three digits; a dash for none.

    >>> plain(0.12345), plain(None)
    ('0.123', '–')
    """
    return "–" if value is None or not math.isfinite(value) else f"{value:.3g}"


def with_error(estimate: Estimate | None) -> str:
    """A value and its standard error to two digits of the error; a dash for none.

    >>> with_error(Estimate(0.12345, 0.0021)), with_error(Estimate(12345.0, 670.0))
    ('0.1235 ± 0.0021', '12340 ± 670')
    """
    if estimate is None or not math.isfinite(estimate.value):
        return "–"
    value, error = estimate.value, estimate.stderr
    if not 0 < error < math.inf:
        return plain(value) if error == 0 else f"{plain(value)} ± ?"
    digits = 1 - math.floor(math.log10(error))
    shown = (round(value, digits), round(error, digits))
    return " ± ".join(f"{number:.{max(digits, 0)}f}" for number in shown)
