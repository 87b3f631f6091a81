"""Spectra of Hessian and noise: distances from laws, and variances from entries."""

import numpy as np
import pytest
from scipy import stats

from traindyn.anisotropic_noise.studies.problems import draw_problem, relative_noise, spread
from traindyn.anisotropic_noise.studies.spectra import (
    balanced_ratios,
    ks_distance,
    share_of_law,
    wrong_law,
)
from traindyn.anisotropic_noise.theory.balance import balanced_part
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.anisotropic_noise.theory.spectra import first_power_law, noise_law, squared_normal
from traindyn.random_matrices import MarchenkoPastur


def test_the_variance_of_eigenvalues_needs_no_eigenvalues():
    matrix = np.random.default_rng(0).standard_normal((7, 7))
    matrix += matrix.T
    assert spread(matrix) == pytest.approx(np.linalg.eigvalsh(matrix).var())


def test_a_distance_is_that_of_scipy():
    values = np.sort(np.random.default_rng(1).standard_normal(30))
    expected = stats.kstest(values, "norm").statistic
    assert ks_distance(stats.norm.cdf(values)) == pytest.approx(expected)


@pytest.mark.parametrize("nodes", [40, 41])
def test_one_sign_of_a_normal_number_is_enough(nodes):
    weights = squared_normal(nodes)
    assert len(weights.values) == (20 if nodes == 40 else 41)
    assert [weights.moment(order) for order in (1, 2, 3)] == pytest.approx([1, 3, 15])


def test_a_share_of_the_way_to_the_law_is_linear():
    law, start = noise_law(0.5), MarchenkoPastur(0.5)
    ends = law.values, start.cdf(law.points)
    assert [share_of_law(end, 0.5) for end in ends] == pytest.approx([1, 0])
    assert share_of_law((ends[0] + ends[1]) / 2, 0.5) == pytest.approx(0.5)
    # weights |r| lie between equal weights and r²
    assert 0.2 < share_of_law(first_power_law(0.5).cdf(law.points), 0.5) < 0.7


def test_the_wrong_law_is_apart_from_both_right_ones():
    gaps = wrong_law(0.5)
    law, wrong = noise_law(0.5), first_power_law(0.5)
    sample = law.quantile((np.arange(4000) + 0.5) / 4000)
    assert gaps.to_noise == pytest.approx(ks_distance(wrong.cdf(sample)), abs=1e-3)
    sample = MarchenkoPastur(0.5).quantile((np.arange(4000) + 0.5) / 4000)
    assert gaps.to_hessian == pytest.approx(ks_distance(wrong.cdf(sample)), abs=1e-3)
    assert gaps.share == share_of_law(wrong.cdf(law.points), 0.5)


def test_the_minimum_is_that_of_least_squares():
    noise = draw_problem(30, 6, np.random.default_rng(2))
    expected = np.linalg.lstsq(noise.x, noise.y, rcond=None)[0]
    np.testing.assert_allclose(noise.minimum, expected, rtol=1e-11)
    with pytest.raises(ValueError, match="independent inputs"):
        _ = RegressionNoise(np.zeros((3, 1)), np.ones(3)).minimum


def test_many_problems_at_once_have_the_ratios_of_single_ones():
    generator = np.random.default_rng(3)
    single = []
    for _ in range(400):
        noise = draw_problem(12, 6, generator)
        balanced = balanced_part(noise.hessian, relative_noise(noise))
        single.append(spread(balanced) / spread(noise.hessian))
    batch = balanced_ratios(6, 4000, generator)
    error = np.hypot(np.std(single) / 20, batch.std() / 4000**0.5)
    # fails less than once in 1,000 seeds
    assert abs(np.mean(single) - batch.mean()) < 4 * error
