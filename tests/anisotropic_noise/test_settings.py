"""Minima of two layers with chosen curvatures: what the claims on the second layer start from."""

import numpy as np
import pytest

from traindyn.anisotropic_noise.claims.worst import worst
from traindyn.anisotropic_noise.experiments.minima import around, second_layer
from traindyn.anisotropic_noise.experiments.one_layer import lagged_variances
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.second_layer import InverseRelation
from traindyn.anisotropic_noise.studies.inverse_relation import curved_like_values, relation_of
from traindyn.anisotropic_noise.studies.many_outputs import few_samples
from traindyn.anisotropic_noise.studies.problems import draw_problem, flatness_run
from traindyn.anisotropic_noise.studies.settings import draw_setting, ratio_of, simulate
from traindyn.inference import Estimate
from traindyn.runs import Context


@pytest.fixture(scope="module")
def setting():
    return draw_setting(40_000, np.random.default_rng(0), second_value=2.0)


def test_variances_are_those_along_the_modes(setting):
    _, a = setting.modes()
    # (n/P)^½ = 0.022 at 40,000 samples
    np.testing.assert_allclose(setting.variances(), a**2 / (a**2 + 4), atol=0.06)


def test_inputs_of_variance_one_over_a_give_the_curvature_a(setting):
    changed = curved_like_values(setting)
    left, a = setting.modes()
    block = changed.noise.second_layer(changed.noise.hessian)
    np.testing.assert_allclose(np.einsum("ki,kl,li->i", left, block, left), a, rtol=0.05)
    # layers and residuals are the same, so the variances are too
    np.testing.assert_allclose(changed.noise.residuals, setting.noise.residuals, atol=1e-12)
    np.testing.assert_allclose(changed.variances(), setting.variances(), atol=0.06)


def test_a_frozen_first_layer_leaves_equal_variances(setting):
    relation = relation_of("frozen", setting, freeze_first=True)
    np.testing.assert_allclose(relation.variances, 1, atol=0.06)
    assert relation.gap > 0.9


def test_a_relation_knows_its_exponent_its_order_and_its_range():
    """V = F⁻² in the flat half, V = F⁻¹ in the steep one."""
    width = np.array([0.25, 0.5, 1.0, 2.0, 4.0])
    variances = np.where(width < 1, 1 / width, width**-2.0)
    relation = InverseRelation("", variances, width, width, 0.0)
    assert relation.exponent(3) == pytest.approx(2)
    assert relation.correlation == pytest.approx(-1)
    assert relation.range == 64


def test_frozen_runs_are_two_layers_of_which_one_is_frozen(setting):
    """The fast path, one layer on the outputs of the first, against both layers."""
    context = Context("ci", 0, "test")
    same, later = simulate(setting, context, "frozen", freeze_first=True, share=0.01)
    noise, generator = setting.noise, context.numpy_generator("frozen")
    split = noise.first.size
    covariance = np.zeros((split + 10, split + 10))
    covariance[split:, split:] = setting.temperature * np.eye(10)
    start = around(noise.first, noise.second, covariance, 8 * 15, generator)
    rate, batch = setting.learning_rate, setting.batch_size
    path = run_two_layers(noise.x, noise.y, *start, rate, batch, 500, generator, freeze_first=True)
    along = second_layer(path, noise.second, setting.modes()[0])
    slow = lagged_variances(d for step, d in enumerate(along) if step % 33 == 0)
    for found, expected in zip((same, later), slow, strict=True):
        np.testing.assert_allclose(found, expected / setting.temperature, rtol=1e-7)


def test_the_same_layers_are_a_minimum_of_few_samples(setting):
    few = few_samples(setting.noise, 60)
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
