"""Claim HT-17: the tail is no sign of learned features."""

from __future__ import annotations

import math

import numpy as np

from traindyn.heavy_tailed_esd.claims.ensembles import (
    NULL,
    descent,
    ensemble,
    inputs,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.experiments.training_runs import (
    EnsembleRun,
    Labels,
)
from traindyn.heavy_tailed_esd.results.tails import RateRun
from traindyn.inference import estimate_mean
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context
from traindyn.tails import (
    hill,
)

TEACHER: Labels = "teacher"
SHUFFLED: Labels = "shuffled"
RATES = {"Adam": (0.1, 0.3, 1.0), "GD, in units of d": (0.8, 2.5, 5.0)}


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
    pairs: dict[str, list[tuple[EnsembleRun, EnsembleRun]]] = {}
    for name, rates in RATES.items():
        pairs[name] = []
        for rate in rates:
            optimizer = Optimizer("adam", rate) if name == "Adam" else descent(context, rate)
            pairs[name].append(
                (ensemble(context, optimizer), ensemble(context, optimizer, labels="shuffled"))
            )
    compared = Test("equality", 0.15, "a quarter of the drop of the index at η = 1")
    start = estimate_mean(
        np.array([hill(values) for values in pairs["Adam"][-1][0].start])
        - pairs["Adam"][-1][0].hill[:, -1]
    )
    parts = [
        Part(
            f"Index with labels of the teacher minus index with shuffled ones, {label}",
            0.0,
            estimate_mean(own.hill[:, -1] - alien.hill[:, -1]),
            compared,
            [Control("index before training minus index after it, Adam, η = 1", start)],
        )
        for label, (own, alien) in (
            ("Adam, η = 0.1", pairs["Adam"][0]),
            ("Adam, η = 0.3", pairs["Adam"][1]),
            ("Adam, η = 1", pairs["Adam"][2]),
            ("GD, η = 5d", pairs["GD, in units of d"][2]),
        )
    ]
    moderate = Optimizer("adam", 2.5 / math.sqrt(inputs(context)))
    spike, spike_shuffled = (
        ensemble(context, moderate, samples_per_input=8, steps=2, labels=labels)
        for labels in (TEACHER, SHUFFLED)
    )
    parts += [
        Part(
            "Energy of the teacher's direction in the outliers over chance, Adam, η = 1",
            1.0,
            estimate_mean(pairs["Adam"][2][0].teacher_energy),
            Test("equality", 0.4, "as good as chance; a tail that knew the teacher would have d/k"),
            [Control("in the spike of two moderate steps", estimate_mean(spike.top_energy))],
        ),
        Part(
            "Energy of the teacher's direction in the first direction over chance, two steps with "
            "half again the rate of a first spike, n = 8d",
            30.0,
            estimate_mean(spike.top_energy),
            Test("ordering", 15.0, "more than an order of magnitude is left", side="above"),
            [Control("shuffled labels", estimate_mean(spike_shuffled.top_energy))],
            note="Further steps wash the alignment out at these dimensions.",
        ),
    ]
    teacher, shuffled = (
        {name: np.array([pair[i].hill[:, -1] for pair in rows]) for name, rows in pairs.items()}
        for i in (0, 1)
    )
    grid = {name: np.array(values) for name, values in RATES.items()}
    return RateRun(grid, teacher, shuffled, NULL), parts
