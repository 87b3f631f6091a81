"""Claim AN-16: short windows and epochs fake an inverse relation in one layer."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.results.drift import WindowExponents, WindowRun, WindowVariances
from traindyn.anisotropic_noise.studies.artifacts import exponents, one_layer, two_layers
from traindyn.inference import Estimate
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    16,
    source="beyond the abstract",
    basis="extension",
    statement=(
        "A window that is short against the relaxation, or sampling in epochs, fakes an inverse "
        "relation with exponent 2 in one layer; that of two layers survives both changes."
    ),
)
def artifacts(context: Context) -> tuple[WindowRun, list[Part]]:
    """AN-16."""
    one, two, run = one_layer(context), two_layers(context), exponents(context)
    shown = WindowRun({"one layer": _shown(one), "two layers": _shown(two)}, one.theory)
    return shown, [*_windows(one.windows, run), *_changes(run)]


def _shown(run: WindowVariances) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    width = run.flatness / run.flatness.min()
    return {name: (width, v.mean(axis=0)) for name, v in run.variances.items()}


def _windows(windows: dict[str, int], run: WindowExponents) -> list[Part]:
    """Exponents of one layer."""
    return [
        Part(
            f"One layer, window of {windows['short window']:,} steps: exponent d log V / d log F "
            "of the six flattest directions",
            run.predicted["short window"],
            run.one["short window"],
            Test("slope", 0.4, "a fifth of the exponent 2, the smallest effect that matters"),
            [Control("the long window", run.one["long window"])],
        ),
        Part(
            f"One layer, window of {windows['long window']:,} steps: exponent",
            run.predicted["long window"],
            run.one["long window"],
            Test("slope", 0.5, "half the difference between the two windows"),
            [Control("exponent in the short window", run.one["short window"])],
        ),
    ]


def _changes(run: WindowExponents) -> list[Part]:
    """What a longer window and epochs change in one layer and in two."""
    window_in_one, window_in_two = (
        _change(layers["long window"], layers["short window"]) for layers in (run.one, run.two)
    )
    epochs_in_one, epochs_in_two = (
        _change(layers["epochs"], layers["long window"]) for layers in (run.one, run.two)
    )
    return [
        Part(
            "One layer in epochs, the long window: exponent far from that with replacement",
            -0.5,
            epochs_in_one,
            Test("threshold", 0.1, "a quarter of the exponent 2", side="below"),
            [Control("two layers", epochs_in_two)],
        ),
        Part(
            "Two layers, flattest directions: change of the exponent from a short to a long window",
            0.0,
            window_in_two,
            Test("equality", 0.4, "a fifth of the exponent 2"),
            [Control("one layer", window_in_one)],
        ),
        Part(
            "Two layers: change of the exponent from replacement to epochs",
            0.0,
            epochs_in_two,
            Test("equality", 0.4, "as above"),
            [Control("one layer", epochs_in_one)],
        ),
    ]


def _change(after: Estimate, before: Estimate) -> Estimate:
    freedom = min(after.degrees_of_freedom, before.degrees_of_freedom)
    error = float(np.hypot(after.stderr, before.stderr))
    return Estimate(after.value - before.value, error, after.n, "1", freedom)
