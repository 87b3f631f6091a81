"""Claim ON-2: the gradient lies in the top eigenspace of the Hessian, the way does not."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import Part, at_least, other_system, within, wrong_theory
from traindyn.runs import Context
from traindyn.your_own_network.claims.parts import NAMES, trained
from traindyn.your_own_network.claims.registry import registry
from traindyn.your_own_network.results.runs import KINDS, Kind, Landscape
from traindyn.your_own_network.studies.runs import LOOKED_AT, landscapes

ROUNDING = float(np.finfo(np.float32).eps) * LOOKED_AT
"""What a sum over the images may lose in single precision."""

MOST, HALF = 0.5, "half way from none of the square to all of it"


@registry.claim(
    2,
    source="ours: the alignment of gradient and weights, on other networks",
    basis="extension",
    statement=(
        "The gradient lies in the span of the top ten eigenvectors of the Hessian, and the weights "
        "travel in it."
    ),
)
def alignment(context: Context) -> tuple[dict[Kind, tuple[Landscape, ...]], list[Part]]:
    """ON-2."""
    found = {kind: landscapes(context, kind) for kind in KINDS}
    parts = [part for kind in KINDS for part in _parts(kind, found[kind])]
    return found, [*parts, *(_symmetric(kind, found[kind]) for kind in KINDS)]


def share(found: tuple[Landscape, ...], name: str) -> Estimate:
    """Mean over copies of a squared overlap."""
    return estimate_mean(np.array([getattr(one, name) for one in found]) ** 2)


def _parts(kind: Kind, found: tuple[Landscape, ...]) -> list[Part]:
    random = wrong_theory("a random direction", exact(found[0].random ** 2))
    where = "lies in the top ten eigenvectors of the Hessian: its share of the square there"
    return [
        trained(
            f"{NAMES[kind]} after SGD from a usual start: the gradient {where}",
            share(found, "gradient"),
            at_least(MOST, HALF, "neighbor"),
            [random],
        ),
        trained(
            f"{NAMES[kind]} after SGD from a usual start: the way from the start to here {where}",
            share(found, "displacement"),
            at_least(MOST, HALF, "neighbor"),
            [random],
            expected="falsified",
            note="Along steep directions SGD moves back and forth; it travels along flat ones.",
        ),
    ]


def _symmetric(kind: Kind, found: tuple[Landscape, ...]) -> Part:
    """That the gradient is one of the loss alone."""
    return Part(
        f"{NAMES[kind]} after SGD from a usual start: the gradient whose share is measured obeys "
        "u·g_u = w·g_w in every unit with the symmetry; largest difference, over the norms",
        exact(max(one.asymmetry for one in found)),
        within(ROUNDING, f"rounding of a mean over {LOOKED_AT} images", "rounding"),
        [
            other_system(
                "a gradient with a decay of the weights",
                exact(min(one.decaying for one in found)),
            )
        ],
        prediction=0.0,
        compares="simulation",
        basis="derived",
    )
