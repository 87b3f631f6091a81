"""Minima of two layers with chosen curvatures: what the claims on the second layer start from."""

import numpy as np
import pytest

from traindyn.anisotropic_noise.results.second_layer import InverseRelation
from traindyn.anisotropic_noise.studies.inverse_relation import curved_like_values, relation_of
from traindyn.anisotropic_noise.studies.problems import draw_problem, flatness_run
from traindyn.anisotropic_noise.studies.settings import draw_setting


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
    relation = relation_of(setting, freeze_first=True)
    np.testing.assert_allclose(relation.variances, 1, atol=0.06)
    assert relation.gap > 0.3


def test_a_relation_knows_its_exponent_and_its_order():
    """V = F⁻² in the flat half, V = F⁻¹ in the steep one."""
    width = np.array([0.25, 0.5, 1.0, 2.0, 4.0])
    variances = np.where(width < 1, 1 / width, width**-2.0)
    relation = InverseRelation(variances, width, 0.0)
    assert relation.exponent(3) == pytest.approx(2)
    assert relation.correlation == pytest.approx(-1)


def test_isotropic_noise_varies_with_the_square_of_flatness():
    noise = draw_problem(60, 12, np.random.default_rng(0))
    run = flatness_run(noise)
    ratio = run.white_variances / run.white_flatness**2
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-10)
    # trace of the Lyapunov equation: tr HC = T tr D / s², summed over the principal directions
    mean = np.average(run.variances, weights=run.flatness**-2)
    expected = np.trace(noise.covariance) / noise.residual_variance / np.trace(noise.hessian)
    assert mean == pytest.approx(expected)
