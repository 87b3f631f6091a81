"""Claim ON-3: the noise of the gradient lies where the curvature does."""

from __future__ import annotations

import numpy as np

from traindyn.inference import estimate_mean
from traindyn.ledger import Part, within, wrong_theory
from traindyn.runs import Context
from traindyn.your_own_network.claims.parts import NAMES, trained
from traindyn.your_own_network.claims.registry import registry
from traindyn.your_own_network.results.runs import KINDS, Kind, Landscape
from traindyn.your_own_network.studies.runs import landscapes

LIKE = 0.5
"""How far two like shares may be apart: half the way to noise that is alike in all directions."""


@registry.claim(
    3,
    source="ours: noise proportional to the curvature, on networks that classify",
    basis="extension",
    statement=(
        "The noise of the gradient lies in the steep directions as the curvature does, not alike "
        "in all: the top ten eigenvectors hold a like share of both."
    ),
)
def noise(context: Context) -> tuple[dict[Kind, tuple[Landscape, ...]], list[Part]]:
    """ON-3."""
    found = {kind: landscapes(context, kind) for kind in KINDS}
    return found, [_part(kind, found[kind]) for kind in KINDS]


def shares(found: tuple[Landscape, ...], name: str) -> np.ndarray:
    """Per copy the part of noise or curvature that lies in the span."""
    return np.array([getattr(one, name) / getattr(one, f"all_{name}") for one in found])


def _part(kind: Kind, found: tuple[Landscape, ...]) -> Part:
    curvature = shares(found, "curvature")
    uniform = found[0].random ** 2 / curvature
    return trained(
        f"{NAMES[kind]} after SGD from a usual start: share of the noise of the gradient in the "
        "top ten eigenvectors of the Hessian over the share of the Gauss-Newton matrix",
        estimate_mean(shares(found, "noise") / curvature),
        within(LIKE, "half the way to noise that is alike in all directions", "neighbor"),
        [wrong_theory("noise that is alike in all directions", estimate_mean(uniform))],
        prediction=1.0,
        note=(
            "Noise that goes as the square of the curvature would hold somewhat more of the top "
            "ten; this bound does not exclude it."
        ),
    )
