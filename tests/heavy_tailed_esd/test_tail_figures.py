"""Figures of tails and runs on planted results: they draw, with labels, in little space."""

import io

import numpy as np
import pytest

from traindyn.heavy_tailed_esd.claims.ensembles import index_at
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.experiments.training_runs import Ensemble, run_ensemble
from traindyn.heavy_tailed_esd.figures import runs, tails
from traindyn.heavy_tailed_esd.results.long_runs import LongRun
from traindyn.heavy_tailed_esd.results.overlaps import OverlapRun
from traindyn.heavy_tailed_esd.results.tails import CollapseRun, NamingRun, RateRun, TailRun
from traindyn.inference import exact

G = np.random.default_rng(0)
RUN = run_ensemble(Ensemble(30, 2, Optimizer("adam", 1.0), 2, 0))
TAILS = TailRun(dict.fromkeys(("one", "two", "three"), RUN), 2.45, 1.5, 250.0)
RATES = {"Adam": np.array([0.1, 1.0]), "GD": np.array([0.8, 5.0])}
ROWS = dict.fromkeys(RATES, 2 + G.random((2, 4)))
RATIOS = dict.fromkeys(("start", "sample of a power law"), G.standard_normal(5))
TIMES = np.array([10, 100])
LONG = LongRun(
    np.ones(1), TIMES, np.array([[2.4, 2.2]]), np.ones((1, 2)), np.geomspace([1], [1e-9], 100).T,
    np.ones(1),
)  # fmt: skip
DRAW = {
    "densities": lambda: tails.densities(TAILS),
    "learning rates": lambda: tails.learning_rates(RateRun(RATES, ROWS, ROWS, 2.45), TAILS),
    "collapse": lambda: tails.collapse(
        CollapseRun({"a": (TIMES * 0.01, TIMES * 0.02)}, 2.45), TAILS
    ),
    "mechanisms": lambda: tails.mechanisms(TAILS),
    "names": lambda: tails.names(
        NamingRun(RATIOS, RATIOS, RATIOS, RATIOS, {"trained": exact(0.0)})
    ),
    "overlaps": lambda: runs.overlap_maps(OverlapRun((0, 1, 2, 4, 9), np.array([np.eye(50)] * 5))),
    "long runs": lambda: runs.long_runs(dict.fromkeys("abc", LONG), 2.45),
}


@pytest.mark.parametrize("name", DRAW)
def test_a_figure_has_labels_and_is_small(name):
    figure = DRAW[name]()
    assert any(axes.get_xlabel() for axes in figure.axes)
    file = io.BytesIO()
    figure.savefig(file, format="svg")
    assert len(file.getvalue()) < 300_000


def test_an_index_between_two_rates_is_interpolated():
    weak = run_ensemble(Ensemble(30, 2, Optimizer("adam", 0.3), 2, 0))
    strong = RUN
    checked = 0
    for mark, column in ((5, 1), (10, 2)):
        middle = float(np.sqrt(weak.displacement[0, column] * strong.displacement[0, column]))
        low, high = sorted((weak.displacement[1, column], strong.displacement[1, column]))
        if low < middle < high:
            found = index_at([weak, strong], mark, middle)
            expected = (weak.hill[0, column] + strong.hill[0, column]) / 2
            assert found[0] == pytest.approx(expected)
            checked += 1
    assert checked
    with pytest.raises(ValueError, match="displacement"):
        index_at([weak, strong], 10, 99.0)
