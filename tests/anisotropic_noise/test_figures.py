"""Every figure of the chapter on planted results: labels, colors and size of the file."""

import numpy as np
import pytest

from traindyn.anisotropic_noise import figures
from traindyn.anisotropic_noise.results.anisotropy import FlatnessRun, UnevenRun
from traindyn.anisotropic_noise.results.cloud import Cloud, Clouds
from traindyn.anisotropic_noise.results.covariance import ExactCurves, MeanLosses
from traindyn.anisotropic_noise.results.current import CurrentRun
from traindyn.anisotropic_noise.results.depth import CurrentAndRelation
from traindyn.anisotropic_noise.results.digits import DigitsRun
from traindyn.anisotropic_noise.results.drift import DriftRun, WindowRun
from traindyn.anisotropic_noise.results.second_layer import CollapseRun, CoupledRun, ModesRun
from traindyn.anisotropic_noise.results.spectra import AnisotropyRun, SpectraRun, SplitRun
from traindyn.anisotropic_noise.theory.spectra import squared_normal
from traindyn.inference import Estimate
from traindyn.interactive import MAX_BYTES
from traindyn.random_matrices import MarchenkoPastur, weighted_law

G = np.random.default_rng(0)
X3 = np.array([0.05, 0.1, 0.5])
E3 = [Estimate(v, 0.01, 10) for v in (0.1, 0.2, 0.6)]
SPECTRA = {
    c: SpectraRun(
        c,
        1 + 0.3 * G.random(50),
        1 + 0.6 * G.random(50),
        MarchenkoPastur(c),
        weighted_law(c, squared_normal(40), 400),
    )
    for c in (0.1, 0.3, 0.5)
}
FLAT = FlatnessRun(X3, 1 / X3, X3, X3)
ENTROPY = {"isotropic inputs": E3, "uneven inputs": E3}
CURRENT = CurrentRun(X3, X3, 0.1 * X3, X3, 0 * X3, X3, ENTROPY, 0.4)
MODES = ModesRun(X3, 1.0, E3, E3)
COLLAPSE = CollapseRun(["b = 1"], [1 / X3], [E3], 1 / X3, E3)
DRIFT = DriftRun(np.linspace(0, 3, 9), G.random((9, 4)), G.random((9, 2)), X3, X3)
END = DriftRun(np.linspace(0, 7, 9), 1 + G.random((9, 2)), 1 + G.random((9, 2)), X3, np.ones(4))
WINDOWS = dict.fromkeys(("short window", "long window", "epochs"), (1 / X3, X3))
DRAW = {
    "exact_and_frozen": lambda: figures.exact_and_frozen(
        ExactCurves(X3, X3, X3, X3, E3, E3), MeanLosses(X3, 1 + X3, X3, E3)
    ),
    "spectra": lambda: figures.spectra(list(SPECTRA.values()), SplitRun(X3, E3, E3, E3)),
    "anisotropy": lambda: figures.anisotropy(
        AnisotropyRun(X3, {"gaussian": E3, "laplace": E3}, {"gaussian": X3, "laplace": X3}),
        FLAT,
    ),
    "other_inputs": lambda: figures.other_inputs(UnevenRun(FLAT, X3, E3, E3, (0.3, 0.1))),
    "four_outputs": lambda: figures.four_outputs(CoupledRun(X3, E3, E3, E3, E3)),
    "current": lambda: figures.current(CURRENT),
    "headline": lambda: figures.headline(MODES, COLLAPSE),
    "artifacts": lambda: figures.artifacts(
        WindowRun(
            {"one layer": WINDOWS, "two layers": WINDOWS}, {"short window": X3, "long window": X3}
        ),
        64,
        32,
    ),
    "without_current": lambda: figures.without_current(
        CurrentAndRelation(X3, X3, X3), 24, COLLAPSE
    ),
    "slow_life": lambda: figures.slow_life(DRIFT, END, (96, 48)),
    "digits": lambda: figures.digits(DigitsRun({"window": 1 / X3}, {"window": X3}), 20),
}


BOTH = Cloud(0.1 * G.standard_normal((3, 40, 2)), np.tile([0.1, 0.5], (3, 1)))
FROZEN = Cloud(G.standard_normal((3, 40, 2)), np.ones((3, 2)))


def test_every_figure_is_drawn_here():
    assert {*DRAW, "moving_cloud"} == set(figures.__all__)


@pytest.mark.parametrize("name", DRAW)
def test_figure_has_labels_a_legend_and_the_colors_of_the_style(name, draws_in_style):
    figure = draws_in_style(DRAW[name])
    assert all(axes.get_legend() is not None for axes in figure.axes)
    assert all(axes.get_ylabel() for axes in figure.axes)


@pytest.mark.parametrize("name", DRAW)
def test_note_says_how_many_and_what_the_bars_are(name):
    note = DRAW[name]().get_supxlabel()
    assert any(character.isdigit() for character in note)
    assert "intervals of the decision" in note or "no bars" in note
    assert len(note) <= 125


def test_moving_figure_shows_both_cases_at_every_flatness_and_stays_small():
    figure = figures.moving_cloud(Clouds(np.array([1.0, 3.0, 4.0]), BOTH, FROZEN))
    assert figure.slider.first == 1
    assert figure.frames[0] == ("trained as well", "1")
    assert figure.frames[-1] == ("frozen", "4")
    assert list(figure.readouts["variance, horizontal"]) == ["0.10 T"] * 3 + ["1.00 T"] * 3
    assert len(figure._repr_html_()) < MAX_BYTES


def test_lines_of_equal_loss_stretch_as_the_direction_gets_flatter():
    plane, law = figures.moving_cloud(Clouds(np.array([1.0, 3.0, 4.0]), BOTH, FROZEN)).panels
    lines, points = plane.curves
    flatness = np.array([1.0, 3.0, 4.0] * 2)
    height = np.nanmax(lines.y, axis=1)
    assert np.allclose(np.abs(lines.x).max(axis=1) / height, flatness)
    loss = (lines.x / flatness[:, None]) ** 2 + lines.y**2
    assert set(np.round(loss[np.isfinite(loss)], 9)) == {1.0, 4.0}
    assert np.array_equal(points.x[3:], FROZEN.places[..., 0])
    measured = law.curves[1].y
    assert np.isfinite(measured).sum(axis=1).tolist() == [1, 2, 3, 1, 2, 3]
