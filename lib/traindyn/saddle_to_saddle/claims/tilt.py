"""Claim SS-10: how straight a network leaves zero, and how soon its layers have rank one."""

from __future__ import annotations

from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.claims.slopes import last_slope, slope_sizes
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
    runs = {
        (values, depth): tilts(context, depth, values)
        for values in (WIDE, CLOSE)
        for depth in DEPTHS
    }
    parts: list[Part] = []
    for values, changed in ((WIDE, CLOSE), (CLOSE, WIDE)):
        exponent = angle_exponent(*values[:2])
        for depth in DEPTHS:
            run, turned = runs[values, depth], runs[changed, depth]
            other = runs[values, 2 if depth > 2 else 3]
            text = f"s₂/s₁ = {values[1] / values[0]:.2g}, L = {depth}"
            parts += [
                Part(
                    f"Exponent of the angle in α, {text}",
                    exponent,
                    last_slope(run, run.angles),
                    Test(
                        "slope",
                        0.005,
                        "the third direction adds a relative α^(2(s₂ − s₃)/s₁), at most 0.002 in "
                        "the last pair, times the squared ratio of two random tilts",
                    ),
                    [
                        Control(
                            f"s₂/s₁ = {changed[1] / changed[0]:.2g}",
                            last_slope(turned, turned.angles),
                        )
                    ],
                    asymptotic=True,
                    sizes=slope_sizes(run, run.angles),
                ),
                Part(
                    f"Exponent of the second over the first singular value of a layer, {text}",
                    rank_one_exponent(depth, *values[:2]),
                    last_slope(run, run.layer_ratios),
                    Test("slope", 0.005, "the same correction for two layers, smaller for more"),
                    [Control(f"L = {other.depth}", last_slope(other, other.layer_ratios))],
                ),
            ]
    return list(runs.values()), parts
