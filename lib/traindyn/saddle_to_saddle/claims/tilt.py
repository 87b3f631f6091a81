"""Claim SS-10: how straight a network leaves zero, and how soon its layers have rank one."""

from __future__ import annotations

from traindyn.ledger import Part, wrong_prediction
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.parts import simulated
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.claims.slopes import last_slope, rare, slope_sizes
from traindyn.saddle_to_saddle.results.escape import EscapeRun
from traindyn.saddle_to_saddle.studies.escape_runs import CLOSE, DEPTHS, WIDE
from traindyn.saddle_to_saddle.studies.tilt import tilts
from traindyn.saddle_to_saddle.theory.escape import angle_exponent, rank_one_exponent


@registry.claim(
    10,
    source="derived here",
    basis="derived",
    statement=(
        "At every depth the angle to the right direction goes as α^{1−s₂/s₁}; the layers "
        "themselves become rank one faster, as α, once there are three."
    ),
)
def alignment(context: Context) -> tuple[list[EscapeRun], list[Part]]:
    """SS-10."""
    runs = [tilts(context, depth, values) for values in (WIDE, CLOSE) for depth in DEPTHS]
    return runs, [part for run in runs for part in (_angle(run), _layer(run))]


def _name(run: EscapeRun) -> str:
    return f"s₂/s₁ = {run.ratio:.2g}, L = {run.depth}"


def _angle(run: EscapeRun) -> Part:
    """How the matrix turns into the right direction."""
    return simulated(
        "Exponent in α of the angle to the top singular vectors, toward the second ones, when half "
        f"of s₁ is learned, from α = 1e-8 to 1e-10, median over starts, {_name(run)}",
        last_slope(run, run.angles),
        rare(run),
        [
            wrong_prediction("ratio of squares: 1 − (s₂/s₁)²", 1 - run.ratio**2),
            wrong_prediction("as the layers of a deep network: 1", 1.0),
        ],
        prediction=angle_exponent(1.0, run.ratio),
        sizes=slope_sizes(run, run.angles),
    )


def _layer(run: EscapeRun) -> Part:
    """How a layer becomes rank one."""
    tilt = angle_exponent(1.0, run.ratio)
    rival = ("more layers: 1", 1.0) if run.depth == 2 else ("two layers: 1 − s₂/s₁", tilt)
    return simulated(
        "Exponent in α of the second over the first singular value of a layer when half of s₁ is "
        f"learned, from α = 1e-8 to 1e-10, median over starts, {_name(run)}",
        last_slope(run, run.layer_ratios),
        rare(run),
        [
            wrong_prediction(f"that of {rival[0]}", rival[1]),
            wrong_prediction("ratio of squares: 1 − (s₂/s₁)²", 1 - run.ratio**2),
        ],
        prediction=rank_one_exponent(run.depth, 1.0, run.ratio),
    )
