"""Claim HT-17: the tail is no sign of learned features."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from traindyn.heavy_tailed_esd.claims.ensembles import NULL, SHAPE, change
from traindyn.heavy_tailed_esd.claims.parts import simulated
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.tails import EnsembleRun, RateRun
from traindyn.heavy_tailed_esd.studies.ensembles import (
    LARGE_ADAM,
    adam,
    descent,
    ensemble,
    inputs,
    moderate_adam,
)
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep
from traindyn.heavy_tailed_esd.theory.prediction import Prediction
from traindyn.inference import estimate_mean
from traindyn.ledger import (
    Part,
    at_least,
    other_system,
    same_run,
    within_noise,
    wrong_theory,
)
from traindyn.runs import Context

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
        *_indices(context, adam_pairs, gd_pairs[2]),
        *_energies(context, adam_pairs[2].teacher),
    ]


def _pair(context: Context, name: str, rate: float) -> Pair:
    optimizer = adam(rate) if name == "Adam" else descent(context, rate)
    return Pair(ensemble(context, optimizer), ensemble(context, optimizer, labels="shuffled"))


def _indices(context: Context, adam_pairs: list[Pair], steep: Pair) -> list[Part]:
    """The index with labels of the teacher and with shuffled ones."""
    mixed = ensemble(context, LARGE_ADAM, update="permuted")
    structure = other_system(
        "updates as they are minus updates with their entries in random places, Adam, η = 1",
        change(adam_pairs[2].teacher, mixed),
    )
    return [
        simulated(
            "Hill's index after ten steps with labels of the teacher minus that with shuffled "
            f"ones, {label}",
            change(pair.teacher, pair.shuffled),
            SHAPE,
            [structure],
            prediction=0.0,
        )
        for label, pair in (
            ("Adam, η = 0.1", adam_pairs[0]),
            ("Adam, η = 0.3", adam_pairs[1]),
            ("Adam, η = 1", adam_pairs[2]),
            ("gradient descent, η = 5d", steep),
        )
    ]


def _energies(context: Context, large: EnsembleRun) -> list[Part]:
    """What the outliers of a tail and a spike know of the teacher."""
    moderate, size = moderate_adam(context), inputs(context)
    spike = ensemble(context, moderate, samples_per_input=8, steps=2)
    noise = ensemble(context, moderate, samples_per_input=8, steps=2, labels="shuffled")
    energy = estimate_mean(large.teacher_energy)
    first = Prediction.of("adam", FirstStep(1 / 8, ASPECT), size)
    cosine = float(first.alignment(np.array(moderate.learning_rate * first.strength_of_rate)))
    return [
        simulated(
            "Energy of the teacher's direction in the outliers over chance after ten steps of Adam "
            "with η = 1",
            energy,
            within_noise(energy, "the mean over directions that know nothing of the outliers is 1"),
            [
                wrong_theory(
                    "a teacher that lies in the outliers", estimate_mean(size / large.outliers)
                ),
                other_system("a spike of two moderate steps", estimate_mean(spike.top_energy)),
            ],
            prediction=1.0,
        ),
        simulated(
            "Energy of the teacher's direction in the first direction over chance after two steps "
            "of Adam with four thirds of the rate of a first spike, n = 8d",
            estimate_mean(spike.top_energy),
            at_least(
                (1 + cosine**2 * size) / 2,
                "half of the way from chance to what the first step alone should bring",
                "neighbor",
            ),
            [
                other_system("shuffled labels", estimate_mean(noise.top_energy)),
                same_run("the outliers of ten steps with η = 1", energy),
            ],
            note="Further steps wash the alignment out at these dimensions.",
        ),
    ]
