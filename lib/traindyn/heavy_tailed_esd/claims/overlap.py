"""Claim HT-11: how the singular vectors of the weights and of their updates come to agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.heavy_tailed_esd.claims.ensembles import (
    LARGE_ADAM,
    descent,
    inputs,
    small_adam,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.experiments.overlaps import (
    OverlapMaps,
    band_enrichment,
    overlaps_along,
    rank_correlation,
)
from traindyn.heavy_tailed_esd.experiments.training_runs import WIDTH_RATIO, Ensemble
from traindyn.heavy_tailed_esd.results.overlaps import OverlapRun
from traindyn.heavy_tailed_esd.theory.overlaps import first_overlaps
from traindyn.inference import estimate_mean
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context

TIMES = (0, 1, 2, 4, 9)


@dataclass(frozen=True)
class _Along:
    """Statistics of right vectors, one row per problem; the first maps."""

    bands: Float[np.ndarray, "replicas times"]
    correlations: Float[np.ndarray, "replicas times"]
    first: Float[np.ndarray, "replicas two"]
    maps: list[OverlapMaps]


@registry.claim(
    11,
    source="figures on singular-vector overlaps, after the authors' public code and the reviews",
    basis="stated",
    statement=(
        "At the start weights and update share no singular vectors; a large step aligns the first "
        "pair, and further large steps align all of them in order along the diagonal."
    ),
)
def overlaps(context: Context) -> tuple[OverlapRun, list[Part]]:
    """HT-11."""
    settings = {
        "Adam, η = 1": (LARGE_ADAM, TIMES),
        "Adam, small η": (small_adam(context), TIMES),
        "GD, η = 5d": (descent(context, 5.0), (0,)),
        "GD, η = 0.8d": (descent(context, 0.8), (0,)),
    }
    along = {name: _follow(context, *setting) for name, setting in settings.items()}
    large, small = along["Adam, η = 1"], along["Adam, small η"]
    size = inputs(context)
    ell = 0.68 * WIDTH_RATIO * size  # of Adam's first step with η = 1: k_A² h
    left, right = first_overlaps(ell, WIDTH_RATIO)
    uniform = Test("equality", 0.5, "half of what a single large step makes")
    order = band_enrichment(np.eye(size))
    parts = [
        Part(
            "Rank correlation of right singular vectors before the first step",
            0.0,
            estimate_mean(large.correlations[:, 0]),
            uniform,
            [Control("before the tenth step", estimate_mean(large.correlations[:, -1]))],
        ),
        *(
            Part(
                f"Squared overlap of the first {side} vectors after one step of Adam with η = 1",
                predicted,
                estimate_mean(large.first[:, column]),
                Test("equality", 0.02, "1/√d of the length of a row; four over d of the limit"),
                [Control("a small learning rate", estimate_mean(small.first[:, column]))],
            )
            for column, (side, predicted) in enumerate((("left", left), ("right", right)))
        ),
        Part(
            "Smaller of the two after one step of gradient descent with η = 5d",
            1.0,
            estimate_mean(along["GD, η = 5d"].first.min(axis=1)),
            Test("threshold", 0.1, "nine tenths", side="above"),
            [
                Control(
                    "η = 0.8d, below the threshold",
                    estimate_mean(along["GD, η = 0.8d"].first.min(axis=1)),
                )
            ],
        ),
        Part(
            "Overlap within d/20 of the diagonal over the mean, before the tenth step of Adam with "
            "η = 1",
            order / 3,
            estimate_mean(large.bands[:, -1]),
            Test(
                "ordering",
                order / 12,
                "a quarter of the largest value, that of vectors in perfect order",
                side="above",
            ),
            [
                Control("a small learning rate", estimate_mean(small.bands[:, -1])),
                Control("before the first step", estimate_mean(large.bands[:, 0])),
            ],
        ),
        Part(
            "The same with a small learning rate",
            1.0,
            estimate_mean(small.bands[:, -1]),
            Test("equality", order / 30, "a thirtieth of the value of vectors in perfect order"),
            [Control("η = 1", estimate_mean(large.bands[:, -1]))],
        ),
        Part(
            "Rank correlation before the tenth step of Adam with η = 1",
            1.0,
            estimate_mean(large.correlations[:, -1]),
            Test("threshold", 0.05, "nearly the same order", side="above"),
            [Control("a small learning rate", estimate_mean(small.correlations[:, -1]))],
        ),
        Part(
            "Growth of the band between the third step and the tenth",
            1.0,
            estimate_mean(large.bands[:, -1] - large.bands[:, 2]),
            Test("ordering", 0.5, "half of the mean overlap", side="above"),
            [
                Control(
                    "a small learning rate",
                    estimate_mean(small.bands[:, -1] - small.bands[:, 2]),
                )
            ],
        ),
    ]
    bands = {name: found.bands for name, found in along.items() if found.bands.shape[1] > 1}
    correlations = {name: along[name].correlations for name in bands}
    return OverlapRun(TIMES, large.maps, bands, correlations), parts


def _follow(context: Context, optimizer: Optimizer, times: tuple[int, ...]) -> _Along:
    replicas = 10
    size = inputs(context)
    drawn = Ensemble(size, 2, optimizer, replicas, context.seed)
    bands, correlations, first = [], [], []
    maps: list[OverlapMaps] = []
    for replica in range(replicas):
        found = overlaps_along(drawn.problem(replica)[0], optimizer, times)
        before = [found[time][0] for time in times]
        bands.append([band_enrichment(map_.right) for map_ in before])
        correlations.append([rank_correlation(map_.right) for map_ in before])
        after = found[0][1]
        first.append((after.left[0, 0], after.right[0, 0]))
        maps = maps or before
    return _Along(np.array(bands), np.array(correlations), np.array(first), maps)
