"""Claim HT-17: the tail is no sign of learned features."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from traindyn.heavy_tailed_esd.claims.ensembles import NULL, change
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.tails import EnsembleRun, RateRun
from traindyn.heavy_tailed_esd.studies.ensembles import adam, descent, ensemble, moderate_adam
from traindyn.inference import estimate_mean
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.tails import hill

RATES = {"Adam": (0.1, 0.3, 1.0), "GD, in units of d": (0.8, 2.5, 5.0)}


class Pair(NamedTuple):
    """Runs on the same problems, with labels of the teacher and with shuffled ones."""

    teacher: EnsembleRun
    shuffled: EnsembleRun


@registry.claim(
    17,
    source="beyond the paper",
    basis="extension",
    statement=(
        "The tail is no sign of learned features: labels that have nothing to do with the inputs "
        "make the same one, and its directions do not know the teacher. Those of the spike do."
    ),
)
def no_features(context: Context) -> tuple[RateRun, list[Part]]:
    """HT-17."""
    pairs = {name: [_pair(context, name, rate) for rate in RATES[name]] for name in RATES}
    grid = {name: np.array(values) for name, values in RATES.items()}
    teacher, shuffled = (
        {name: np.array([pair[i].hill[:, -1] for pair in rows]) for name, rows in pairs.items()}
        for i in (0, 1)
    )
    adam_pairs, gd_pairs = pairs.values()
    return RateRun(grid, teacher, shuffled, NULL), [
        *_indices(adam_pairs, gd_pairs[2]),
        *_energies(context, adam_pairs[2].teacher),
    ]


def _pair(context: Context, name: str, rate: float) -> Pair:
    optimizer = adam(rate) if name == "Adam" else descent(context, rate)
    return Pair(ensemble(context, optimizer), ensemble(context, optimizer, labels="shuffled"))


def _indices(adam_pairs: list[Pair], steep: Pair) -> list[Part]:
    """The index with labels of the teacher and with shuffled ones."""
    large = adam_pairs[2].teacher
    start = estimate_mean(np.array([hill(values) for values in large.start]) - large.hill[:, -1])
    return [
        Part(
            f"Index with labels of the teacher minus index with shuffled ones, {label}",
            0.0,
            change(pair.teacher, pair.shuffled),
            Test("equality", 0.15, "a quarter of the drop of the index at η = 1"),
            [Control("index before training minus index after it, Adam, η = 1", start)],
        )
        for label, pair in (
            ("Adam, η = 0.1", adam_pairs[0]),
            ("Adam, η = 0.3", adam_pairs[1]),
            ("Adam, η = 1", adam_pairs[2]),
            ("GD, η = 5d", steep),
        )
    ]


def _energies(context: Context, large: EnsembleRun) -> list[Part]:
    """What the outliers of a tail and a spike know of the teacher."""
    moderate = moderate_adam(context)
    spike = ensemble(context, moderate, samples_per_input=8, steps=2)
    noise = ensemble(context, moderate, samples_per_input=8, steps=2, labels="shuffled")
    return [
        Part(
            "Energy of the teacher's direction in the outliers over chance, Adam, η = 1",
            1.0,
            estimate_mean(large.teacher_energy),
            Test("equality", 0.4, "as good as chance; a tail that knew the teacher would have d/k"),
            [Control("in the spike of two moderate steps", estimate_mean(spike.top_energy))],
        ),
        Part(
            "Energy of the teacher's direction in the first direction over chance, two steps with "
            "half again the rate of a first spike, n = 8d",
            30.0,
            estimate_mean(spike.top_energy),
            Test("ordering", 15.0, "more than an order of magnitude is left", side="above"),
            [Control("shuffled labels", estimate_mean(noise.top_energy))],
            note="Further steps wash the alignment out at these dimensions.",
        ),
    ]
