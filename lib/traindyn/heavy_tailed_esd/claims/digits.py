"""Claim HT-21: what of all this carries over to handwritten digits."""

from __future__ import annotations

from functools import partial

import numpy as np

from traindyn.heavy_tailed_esd.claims.ensembles import SHAPE, SQUARE
from traindyn.heavy_tailed_esd.claims.estimates import midway
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.digits import DigitsCurve
from traindyn.heavy_tailed_esd.results.first_step import OptimizerName
from traindyn.heavy_tailed_esd.studies.digits import LENGTH, digits_curve, many_starts, spikes_of
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT
from traindyn.heavy_tailed_esd.theory.spike import spike_position
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import (
    Part,
    at_least,
    at_most,
    other_system,
    same_run,
    within,
    wrong_prediction,
)
from traindyn.runs import Context

Curves = dict[str, dict[str, DigitsCurve]]

START, ONSET, LARGE, LARGEST = 0, 4, 5, 6
"""Columns of the rates of Adam: 0, 0.3, 1 and 3."""

part = partial(Part, compares="simulation", replicates="starts")
"""A part about the digits, which are given, over starts."""


@registry.claim(
    21,
    source="laws of this chapter on data that they were not made for",
    basis="extension",
    statement=(
        "On handwritten digits the first step makes the spike of the theory and large steps the "
        "tail, with or without labels; but features gain beyond the spike, and without labels too."
    ),
)
def digits(context: Context) -> tuple[Curves, list[Part]]:
    """HT-21."""
    curves = _curves(context.seed)
    clear, shuffled, _ = curves["Adam"].values()
    return curves, [
        *(_spike(name, label, context.seed) for name, label in OPTIMIZERS),
        *_tail(clear, shuffled),
        *_losses(clear, context.seed),
    ]


OPTIMIZERS: tuple[tuple[OptimizerName, str], ...] = (("gd", "gradient descent"), ("adam", "Adam"))


def _curves(seed: int) -> Curves:
    """What the figures show: by optimizer and treatment."""
    options_of: dict[str, dict[str, bool]] = {
        "true labels": {},
        "shuffled labels": {"shuffled": True},
        "true, decorrelated pixels": {"whiten": True},
    }
    return {
        label: {
            treatment: digits_curve(name, **options, seed=seed)
            for treatment, options in options_of.items()
        }
        for name, label in reversed(OPTIMIZERS)
    }


def _spike(name: OptimizerName, label: str, seed: int) -> Part:
    """The place of the spike of one step."""
    place = float(spike_position(LENGTH, ASPECT))
    weaker = (LENGTH + ASPECT) / (LENGTH * (1 + ASPECT / (LENGTH - 1)))
    return part(
        f"Digits: largest eigenvalue after one step of {label} to 1.5 critical lengths, over that "
        "of the law of the spike",
        estimate_mean(spikes_of(name, seed=seed) / place),
        within(midway(1.0, weaker), "half of what γ/ℓ for γ/(ℓ − 1) makes of it", "neighbor"),
        [
            wrong_prediction("a push of the bulk of γ/ℓ for γ/(ℓ − 1)", weaker),
        ],
        prediction=1.0,
    )


def _tail(clear: DigitsCurve, shuffled: DigitsCurve) -> list[Part]:
    """The index after ten steps of Adam."""
    inputs = clear.spectra.shape[-1]

    def moved(after: np.ndarray, before: np.ndarray) -> Estimate:
        return estimate_mean(after - before)

    return [
        part(
            "Digits: Hill's index of the first layer after ten steps of Adam at rate 3",
            estimate_mean(clear.hill[LARGEST]),
            at_most(
                SQUARE + 2 / inputs,
                "the smallest null over all shapes, of square matrices, with 2/d for their finite "
                "size",
                "neighbor",
            ),
            [other_system("random matrices: the start", estimate_mean(clear.hill[START]))],
            seen=True,
        ),
        part(
            "Digits: Hill's index of the first layer after ten steps of Adam at rate 1 on true "
            "labels minus that on shuffled ones",
            moved(clear.hill[LARGE], shuffled.hill[LARGE]),
            SHAPE,
            [
                other_system(
                    "trained minus random matrices: the start",
                    moved(clear.hill[LARGE], clear.hill[START]),
                )
            ],
            prediction=0.0,
            seen=True,
        ),
    ]


def _losses(clear: DigitsCurve, seed: int) -> list[Part]:
    """The loss of a ridge head with the best penalty."""
    true, noise = many_starts(seed=seed).losses, many_starts(shuffled=True, seed=seed).losses
    start, spike, onset = true
    unlabeled = estimate_mean(noise[1] - noise[0])
    rises = at_least(0.0, "above 0 the loss rises", "sign")
    what = "Digits, tuned penalty: change of the test loss"
    return [
        part(
            f"{what} from a spike, ten steps of Adam at rate 0.1, to the onset of the tail at 0.3: "
            "a rise, as in the model",
            estimate_mean(onset - spike),
            rises,
            [same_run("from the start to the spike", estimate_mean(spike - start))],
            expected="falsified",
            seen=True,
            note="Digits are not a linear target: more curved features help beyond the spike.",
        ),
        part(
            f"{what} from the start to ten steps of Adam at rate 0.3 on shuffled labels: no gain, "
            "as in the model",
            unlabeled,
            rises,
            [other_system("true labels", estimate_mean(onset - start))],
            expected="falsified",
            seen=True,
            note="Pixels are correlated: to move the weights at all makes other features.",
        ),
        part(
            f"{what} from the onset of the tail, ten steps of Adam at rate 0.3, to a heavy tail at "
            "rate 3",
            estimate_mean(clear.losses[LARGEST] - clear.losses[ONSET]),
            rises,
            [other_system("shuffled labels, from the start to the onset", unlabeled)],
            seen=True,
        ),
    ]
