"""Figures of heads and of the digits, and training on the digits."""

import numpy as np
import pytest
import torch

from traindyn.heavy_tailed_esd import figures
from traindyn.heavy_tailed_esd.experiments.digits import HIDDEN, digits_samples, train_digits
from traindyn.heavy_tailed_esd.results.digits import DigitsCurve
from traindyn.heavy_tailed_esd.results.heads import HeadCurve, HeadsRun, ScheduleRun, SweepRun
from traindyn.inference import Estimate
from traindyn.tails import hill

G = np.random.default_rng(0)
E = [Estimate(v, 0.01, 10) for v in (0.9, 0.85, 1.0)]
KEYS = [(s, k) for s in (0, 1) for k in ("fixed", "tuned")]
X = np.array([0.9, 0.85, 1.0])


def curve(rates: np.ndarray) -> HeadCurve:
    n = len(rates)
    return HeadCurve(
        rates,
        dict.fromkeys(KEYS, E[:n]),
        dict.fromkeys(KEYS, X[:n]),
        2 + X[:n],
        dict.fromkeys((0, 1), 0.05 * X[:n]),
    )


RUN = HeadsRun(
    100,
    8.0,
    0.3,
    curve(np.zeros(1)),
    {"Adam": curve(np.array([0.06, 1, 10])), "gradient descent": curve(np.array([1.0, 2, 5]))},
    0.76,
    (0.79, 0.775),
)
SWEEP = SweepRun(
    {0.1: (E[0], E[1]), 0.3: (E[0], E[1]), 0.5: (E[0], E[1])},
    np.geomspace(1e-3, 1e4, 5),
    (G.random(5), G.random(5)),
    np.array([0.68, 0.76, 0.92]),
)
SCHEDULE = ScheduleRun(np.array([0.2, 0.6, 1.0]), X, E, E, {"fixed": E, "tuned": E}, 2.45)
ROWS = [G.random((3, 4)) for _ in range(3)]
DIGITS = DigitsCurve(np.array([0.0, 0.1, 1.0]), 90 + 60 * G.random((3, 4, 64)), *ROWS)
DRAW = {
    "head_losses": lambda: figures.head_losses(RUN),
    "head_alignments": lambda: figures.head_alignments(RUN),
    "one_step_losses": lambda: figures.one_step_losses(RUN),
    "sweeps": lambda: figures.sweeps(SWEEP, SCHEDULE),
    "digits_spectra": lambda: figures.digits_spectra(
        {"Adam": DIGITS}, {"large": ("Adam", 2), "small": ("Adam", 1)}, 2.45
    ),
    "digits": lambda: figures.digits({"true labels": DIGITS}, 2.45, "Adam"),
}


@pytest.mark.parametrize("name", DRAW)
def test_figure_has_labels_a_legend_and_the_colors_of_the_style(name, draws_in_style):
    figure = draws_in_style(DRAW[name])
    shared = name == "digits"  # one legend for three panels
    assert all(axes.get_legend() is not None for axes in figure.axes[: 1 if shared else None])


def test_digits_are_centered_halves_with_signs_for_labels():
    for whiten in (False, True):
        train, tests = digits_samples(whiten)
        assert len(train.labels) == 899
        assert len(tests.labels) == 898
        both = torch.cat([train.inputs, tests.inputs])
        torch.testing.assert_close(both.mean(dim=0), torch.zeros(64).double(), atol=1e-12, rtol=0)
        assert set(train.labels.tolist()) == {-1.0, 1.0}
    assert digits_samples()[0].inputs.square().mean() == pytest.approx(1, abs=0.05)


def test_decorrelated_pixels_have_variance_one_or_less():
    x = torch.cat([s.inputs for s in digits_samples(True)])
    second = x.T @ x / len(x)
    off = second - torch.diag(torch.diag(second))
    assert off.abs().max() < 1e-10
    assert torch.diag(second).max() == pytest.approx(1)


def test_digits_training_keeps_the_start_and_moves_the_spectrum():
    """Three starts; the index at rate 1 lies 0.8 below the start, ten times its scatter."""
    generator = torch.Generator().manual_seed(1)
    found = train_digits(generator, starts=3, rates=(1e-6, 1.0))
    assert found.rates.tolist() == [0.0, 1e-6, 1.0]
    assert found.hill.shape == found.losses.shape == found.accuracy.shape == (3, 3)
    np.testing.assert_allclose(found.hill[1], found.hill[0], atol=1e-3)
    assert (found.hill[2] < found.hill[0] - 0.4).all()
    assert found.spectra.shape == (3, 3, 64)
    assert [hill(values) for values in found.spectra[2]] == found.hill[2].tolist()
    assert (found.accuracy > 0.8).all()  # chance is a half, over 898 images
    assert HIDDEN == 96


def test_no_start_is_refused():
    with pytest.raises(ValueError, match="starts must be at least 1, got 0"):
        train_digits(torch.Generator(), rates=(1.0,), starts=0)
