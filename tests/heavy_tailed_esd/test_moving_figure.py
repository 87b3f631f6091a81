"""The moving figure: every step of every run, the same tail, and the cosine beside it."""

import json

import numpy as np
import pytest

from traindyn.heavy_tailed_esd import figures
from traindyn.heavy_tailed_esd.figures.moving import BINS, LOWEST
from traindyn.heavy_tailed_esd.results.moving import StepwiseRun
from traindyn.interactive import MAX_BYTES

D, H, PROBLEMS, TIMES = 20, 30, 4, 11
EDGE = (D**0.5 + H**0.5) ** 2
G = np.random.default_rng(0)


def stepwise(name, rate, growth):
    """Spectra inside the bulk, of which a part leaves, the more the later."""
    inside = EDGE * G.uniform(0.1, 0.9, (TIMES, PROBLEMS, D))
    for time in range(TIMES):
        inside[time, :, D - growth * time // 10 :] = EDGE * (2 + time)
    values = np.sort(inside, axis=2)
    cosine = np.linspace(0.1, 0.6, TIMES)[:, None] * np.ones(PROBLEMS)
    return StepwiseRun(name, rate, 8, H, values, values, cosine, cosine / 10)


RUNS = [stepwise(name, rate, 10) for name in ("adam", "gd") for rate in (3.0, 2.0, 1.0)]
FIGURE = figures.ten_steps(RUNS)
SPECTRUM, ALIGNMENT = FIGURE.panels


def test_a_frame_belongs_to_every_optimizer_rate_and_step():
    assert len(FIGURE.frames) == 6 * TIMES
    assert FIGURE.frames[0] == ("Adam", "large", "0")
    assert FIGURE.frames[-1] == ("gradient descent", "small", "10")
    assert FIGURE.slider.first not in (0, TIMES - 1)


def test_densities_integrate_to_one_over_the_decades():
    widths = np.diff(np.log10(BINS))
    for curve in SPECTRUM.curves[:2]:
        np.testing.assert_allclose(curve.y @ widths, 1, atol=LOWEST)
    assert SPECTRUM.y_range[0] == LOWEST


def test_the_law_of_a_random_matrix_integrates_to_one():
    law = SPECTRUM.curves[2]
    assert np.trapezoid(law.y, np.log10(law.x)) == pytest.approx(1, abs=0.01)
    assert law.x[-1] == pytest.approx(1, rel=1e-3)


def test_the_largest_eigenvalue_and_the_cosine_are_those_of_the_frame():
    np.testing.assert_allclose(SPECTRUM.curves[3].x[3 * TIMES + 4], 6.0)
    true, shuffled, chance, now = ALIGNMENT.curves
    np.testing.assert_allclose(true.y[5 * TIMES], np.linspace(0.1, 0.6, TIMES))
    np.testing.assert_allclose(shuffled.y[7], true.y[7] / 10)
    np.testing.assert_allclose(chance.y, np.sqrt(2 / (np.pi * D)))
    np.testing.assert_allclose(now.x[TIMES + 3], 3)
    np.testing.assert_allclose(now.y[TIMES + 3], [0.25, 0.025])


def test_readouts_say_how_much_left_the_bulk():
    found = FIGURE.readouts
    assert found["beyond the edge, true"][TIMES - 1] == "50%"
    assert found["learning rate"][3 * TIMES] == "3 d"
    assert found["cosine, shuffled"][-1] == "0.06"


def test_the_figure_stays_small_and_holds_every_frame():
    html = FIGURE._repr_html_()
    assert len(html.encode()) < MAX_BYTES
    data = json.loads(html.split('application/json">')[1].split("</script>")[0])
    assert len(data["paths"]) == len(data["readouts"]) == 6 * TIMES
