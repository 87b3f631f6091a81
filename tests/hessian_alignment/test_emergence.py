"""Spectra along runs and at the start, their comparison with theory, and the figures."""

import numpy as np
import pytest
import torch

from traindyn.hessian_alignment import figures
from traindyn.hessian_alignment.claims.compared import edge, first, predicted_count, series
from traindyn.hessian_alignment.experiments.emergence import follow
from traindyn.hessian_alignment.experiments.runs import Setting
from traindyn.hessian_alignment.results.effective import OverlapRun
from traindyn.hessian_alignment.results.emergence import EmergenceRun, StartRun
from traindyn.hessian_alignment.studies.compared import compare


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def followed():
    setting = Setting(20.0, decay=0.05, dimension=40, classes=3, replicas=2)
    return follow(setting, (0.0, 6.0), 8.0, generator(), blocks=(2, 2))


def test_a_run_from_zero_starts_with_equal_weights():
    setting = Setting(20.0, decay=0.05, dimension=40, classes=3, replicas=2)
    run = follow(setting, (0.0, 1.0), 8.0, generator(), from_zero=True, matrices=[("hessian",)] * 2)
    assert not run.trajectory.weights[0].any()
    values = run.spectra[0]["hessian"].values
    np.testing.assert_allclose(values, values[:, :1].repeat(3, axis=1))
    assert list(run.spectra[0]) == ["hessian"]


def test_theory_is_compared_block_by_block(followed):
    found = compare(followed, 1, "hessian", control=True)
    assert found.values.shape == (2, 2, 4)
    assert predicted_count(found) == 3.0
    # eight samples per dimension at d = 40: one block scatters by 15 %
    assert first(found).value == pytest.approx(1.0, abs=0.3)
    assert first(found, naive=True).value > 1.1 * first(found).value
    assert edge(found, plain=True).value > edge(found).value


def test_the_naive_theory_is_not_there_unless_it_was_asked(followed):
    with pytest.raises(ValueError, match="naive must be False"):
        first(compare(followed, 1, "hessian"), naive=True)


def test_spectra_that_nobody_asked_for_change_no_other(followed):
    setting = followed.trajectory.setting
    asked = [(), ("gradient",)]
    few = follow(setting, (0.0, 6.0), 8.0, generator(), matrices=asked, blocks=(1, 1))
    assert [list(found) for found in few.spectra] == [[], ["gradient"]]
    values = followed.spectra[1]["gradient"].values
    np.testing.assert_array_equal(few.spectra[1]["gradient"].values, values[:, :1])
    with pytest.raises(ValueError, match=r"blocks must lie in \[1, 3\], got 4"):
        follow(setting, (0.0,), 8.0, generator(), blocks=(4,))


def rows(run, matrix):
    return [compare(run, index, matrix) for index in range(len(run.spectra))]


def test_a_series_has_one_row_per_time_and_hides_missing_outliers(followed):
    for matrix in ("hessian", "gradient"):
        found = series(rows(followed, matrix))
        assert found.values.shape == (2, 4)
        assert found.outliers.shape == (2, 3)
        assert np.isfinite(found.outliers[:, 0]).all()
        assert (found.outliers[np.isfinite(found.outliers)] > found.edge.min()).all()


def test_figures_draw_what_they_are_given(followed):
    run = EmergenceRun(
        3,
        20.0,
        np.array([0.0, 6.0]),
        {m: series(rows(followed, m)) for m in ("hessian", "gradient")},
    )
    grid = np.linspace(1, 10, 5)
    start = StartRun(3, 1.5, grid, grid / 10, grid, grid / 10)
    drawn = figures.emergence(run, start, (20, 30))
    for axes, matrix in zip(drawn.axes, ("hessian", "gradient"), strict=False):
        marks = [line for line in axes.lines if line.get_marker() == "o"]
        measured = np.array([line.get_ydata() for line in marks]).T
        expected = run.series[matrix].values[:, :3] / run.series[matrix].edge[:, None]
        np.testing.assert_allclose(measured, expected)
    born = figures.birth(run, 7)
    np.testing.assert_allclose(born.axes[1].lines[1].get_ydata(), run.series["hessian"].cosine)
    times = np.arange(3.0)
    path = OverlapRun(50, 1.0, times, *(times + i for i in range(6)))
    left, right = figures.effective([path, path]).axes
    np.testing.assert_array_equal(left.lines[0].get_ydata(), path.m)
    np.testing.assert_array_equal(right.lines[-1].get_ydata(), path.uncorrected_r)
