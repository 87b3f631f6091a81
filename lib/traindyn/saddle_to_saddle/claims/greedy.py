"""Claims SS-17 and SS-18: the greedy algorithm as the limit of the flow, and which saddle."""

from __future__ import annotations

import numpy as np

from traindyn.inference import exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.completion import BranchRun, GreedyRun
from traindyn.saddle_to_saddle.studies.greedy import branches, greedy_distances
from traindyn.saddle_to_saddle.theory.escape import angle_exponent


@registry.claim(
    17,
    source="abstract: the algorithm approximates the limit; the rate is derived here",
    basis="stated",
    statement=(
        "The flow comes as close to the union of the greedy paths as one likes: the largest "
        "distance falls as α^{1−s₂/s₁}."
    ),
)
def greedy_limit(context: Context) -> tuple[GreedyRun, list[Part]]:
    """SS-17."""
    found = greedy_distances(context)
    s = found.singular_values
    exponent = angle_exponent(float(s[0]), float(s[1]))
    shares = (found.union / found.target).tolist()
    return GreedyRun(found.scales, found.union, exponent), [
        Part(
            "Exponent of the largest distance in α, mean over starts, from 1e-3 to 1e-5",
            exponent,
            exact(found.last_slope(found.union)),
            Test(
                "slope",
                0.08,
                "the third direction adds α^((s₂ − s₃)/s₁), a tenth at these scales; the chords "
                "of the recorded paths 1e-4 of the target",
            ),
            [Control("distance from the first path alone", exact(found.last_slope(found.first)))],
        ),
        Part(
            "Largest distance from the greedy paths, α = 1e-5, over the norm of the target",
            0.0,
            exact(shares[-1]),
            Test("threshold", 0.05, "one twentieth"),
            [Control("α = 0.1", exact(shares[0]))],
            asymptotic=True,
            sizes=[
                Size(float(scale), exact(share))
                for scale, share in zip(found.scales, shares, strict=True)
            ],
        ),
        Part(
            "Loss of the first greedy stage with new weights of 0.01 over that with 0.001",
            1.0,
            exact(found.coarse_loss / found.first_loss),
            Test("equality", 1e-5, "the stage ends at the same critical point"),
            [
                Control(
                    "too short a run, stopped where its gradient is largest",
                    exact(found.steepest_loss / found.first_loss),
                )
            ],
        ),
    ]


@registry.claim(
    18,
    source="abstract: the greedy algorithm; the example is ours",
    basis="extension",
    statement=(
        "The flow visits the greedy saddle even where a better matrix of the same rank exists, but "
        "only from starts that are small enough; from larger ones it branches."
    ),
)
def branching(context: Context) -> tuple[BranchRun, list[Part]]:
    """SS-18."""
    run = branches(context)
    greedy, best, largest, smallest = run.greedy, run.best, run.losses[0], run.losses[-1]
    hits, tiny = (
        int((np.abs(losses - best) < 0.02 * best).sum()) for losses in (largest, smallest)
    )
    return run, [
        Part(
            "Loss of the second plateau from α = 1e-6 over that of the greedy stage, worst start",
            1.0,
            exact(_worst(smallest / greedy)),
            Test("equality", 0.01, "1 %; the best matrix of rank two lies 16 % lower"),
            [
                Control(
                    "α = 0.01, the starts below",
                    exact(_worst(largest[np.isfinite(largest)] / greedy)),
                )
            ],
        ),
        Part(
            f"Starts among {len(largest)} that visit the best matrix instead at α = 0.01",
            1.0,
            exact(float(hits)),
            Test("threshold", 0.5, "one is enough: that some do", side="above"),
            [Control("α = 1e-6, the starts above", exact(float(tiny)))],
        ),
    ]


def _worst(ratios: np.ndarray) -> float:
    """The ratio farthest from one; a start without the plateau counts as a ratio of zero."""
    ratios = np.nan_to_num(ratios)
    return float(ratios[np.argmax(np.abs(ratios - 1))])
