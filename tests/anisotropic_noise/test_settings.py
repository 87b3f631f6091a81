"""Minima of two layers with chosen curvatures: what the claims on the second layer start from."""

import numpy as np
import pytest

from traindyn.anisotropic_noise.claims.common import draw_problem, flatness_run
from traindyn.anisotropic_noise.claims.inverse_relation import _curved_like_values, relation_of
from traindyn.anisotropic_noise.claims.many_outputs import _few_samples
from traindyn.anisotropic_noise.claims.settings import draw_setting, ratio_of, worst
from traindyn.inference import Estimate


@pytest.fixture(scope="module")
def setting():
    return draw_setting(40_000, np.random.default_rng(0), second_value=2.0)


def test_variances_are_those_along_the_modes(setting):
    _, a = setting.modes()
    # (n/P)^½ = 0.022 at 40,000 samples
    np.testing.assert_allclose(setting.variances(), a**2 / (a**2 + 4), atol=0.06)


def test_inputs_of_variance_one_over_a_give_the_curvature_a(setting):
    changed = _curved_like_values(setting)
    left, a = setting.modes()
    block = changed.noise.second_layer(changed.noise.hessian)
    np.testing.assert_allclose(np.einsum("ki,kl,li->i", left, block, left), a, rtol=0.05)
    # layers and residuals are the same, so the variances are too
    np.testing.assert_allclose(changed.noise.residuals, setting.noise.residuals, atol=1e-12)
    np.testing.assert_allclose(changed.variances(), setting.variances(), atol=0.06)


def test_a_frozen_first_layer_leaves_equal_variances(setting):
    relation, gap = relation_of("frozen", setting, freeze_first=True)
    np.testing.assert_allclose(relation.variances, 1, atol=0.06)
    assert gap > 0.9


def test_the_same_layers_are_a_minimum_of_few_samples(setting):
    few = _few_samples(setting.noise, 60)
    np.testing.assert_allclose(few.x.T @ few.residuals, 0, atol=1e-12)
    np.testing.assert_array_equal(
        few.second @ few.first, setting.noise.second @ setting.noise.first
    )
    assert few.x.shape == (60, setting.noise.x.shape[1])
    # the noise of few samples is far from their Hessian, unlike that of many
    left, a = setting.modes()
    found = np.einsum("ki,kl,li->i", left, few.second_layer(few.covariance(1e-3, 1)), left)
    gap = np.abs(found / few.temperature(1e-3, 1) - a**2 / (a**2 + 4)).max()
    assert gap > 3 * np.abs(setting.variances() - a**2 / (a**2 + 4)).max()


def test_isotropic_noise_varies_with_the_square_of_flatness():
    noise = draw_problem(60, 12, np.random.default_rng(0))
    run = flatness_run(noise)
    ratio = run.white_variances / run.white_flatness**2
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-10)
    # trace of the Lyapunov equation: tr HC = T tr D / s², summed over the principal directions
    mean = np.average(run.variances, weights=run.flatness**-2)
    expected = np.trace(noise.covariance) / noise.residual_variance / np.trace(noise.hessian)
    assert mean == pytest.approx(expected)


def test_worst_is_the_farthest_from_one_with_the_largest_error():
    found = worst([Estimate(1.1, 0.02, 5), Estimate(0.8, 0.01, 5)])
    assert found.value == pytest.approx(0.2)
    assert found.stderr == 0.02


def test_ratio_adds_relative_errors_in_squares():
    found = ratio_of(Estimate(3.0, 0.09, 8), Estimate(2.0, 0.08, 5))
    assert found.value == 1.5
    assert found.stderr == pytest.approx(1.5 * 0.05)
    assert found.n == 5
