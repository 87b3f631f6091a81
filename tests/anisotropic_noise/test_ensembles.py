"""Many problems of one layer at once, and the rules for what they measure."""

import numpy as np
import pytest

from traindyn.anisotropic_noise.claims.shares import agreement, close, share
from traindyn.anisotropic_noise.results.covariance import Shares
from traindyn.anisotropic_noise.results.estimators import pair_distances
from traindyn.anisotropic_noise.studies.ensembles import Ensemble, draw_problems
from traindyn.anisotropic_noise.theory.covariance import exact_covariance
from traindyn.inference import Estimate, critical_value


@pytest.fixture(scope="module")
def ensemble():
    problems = draw_problems(60, 12, 3, np.random.default_rng(0))
    return Ensemble(problems, 0.2, 2, 4, 5, 65, 10)


def test_every_problem_has_the_step_size_and_its_own_covariance(ensemble):
    traces = [np.trace(noise.hessian) for noise in ensemble.noises]
    np.testing.assert_allclose(ensemble.rates * traces, 0.2)
    expected = exact_covariance(ensemble.noises[7], float(ensemble.rates[7]), 2)
    np.testing.assert_allclose(ensemble.stationary[7], expected)


def test_simulated_moments_are_those_of_the_recursion_soon_after_the_start(ensemble):
    same, later = ensemble.simulated(np.random.default_rng(1))
    assert same.shape == later.shape == (60, 2, 4, 3, 3)
    predicted = ensemble.predicted()
    for start in range(2):
        distances = pair_distances(same[:, start], predicted[:, start])
        # 60 problems: fails less than once in 1,000 seeds
        assert abs(distances.mean()) < 4 * distances.std() / 60**0.5
    # from 0 the covariance is still below its end, from twice the end above
    ends = np.trace(ensemble.stationary, axis1=1, axis2=2)
    below, above = np.trace(predicted, axis1=2, axis2=3).T
    assert (below < ends).all()
    assert (above > ends).all()


def test_smaller_steps_last_as_long_in_units_of_the_rate(ensemble):
    finer = ensemble.with_steps(0.1, 1)
    assert (finer.skip, finer.steps, finer.every, finer.batch_size) == (10, 130, 20, 1)


def test_an_agreement_is_one_less_the_largest_distance():
    assert agreement(Estimate(0.25, 0.0, 5)).value == 0.75
    two = agreement(Estimate(0.25, 0.01, 5), Estimate(0.5, 0.01, 5))
    assert two.value == 0.5
    rule = close(two, 0.1)
    assert rule.limit == pytest.approx(1 - 2 * two.half_width(critical_value()) - 0.01)


def test_a_share_is_a_ratio_of_means():
    assert share(Shares(np.array([1.0, 2.0]), np.array([2.0, 4.0]))).value == 0.5
