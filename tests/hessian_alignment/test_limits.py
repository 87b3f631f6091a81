"""Blocks along the limit of SGD: known limits, and one network whose blocks are measured."""

from dataclasses import replace

import numpy as np
import pytest

from traindyn.hessian_alignment.experiments.runs import Setting
from traindyn.hessian_alignment.studies.limits import (
    expected_largest_sine,
    limit,
    outside,
    weights_at,
)
from traindyn.hessian_alignment.theory.bbp import block_spectrum
from traindyn.hessian_alignment.theory.limit_blocks import largest_sine, limit_block, limit_weights
from traindyn.hessian_alignment.theory.projection import project
from traindyn.hessian_alignment.theory.separated_classes import (
    amplitude,
    class_weights,
    confidence,
    misalignment,
)
from traindyn.hessian_alignment.theory.xor import corner_eigenvalues
from traindyn.hessian_alignment.theory.xor_finite import corner_blocks, corner_logit

SETTING = Setting(1e4, decay=0.1, dimension=400)


@pytest.mark.parametrize("matrix", ["hessian", "gradient"])
def test_strong_signals_have_the_closed_forms(matrix):
    found = limit(SETTING, matrix)
    right = confidence(amplitude(4, 0.1, 50.0), 4)
    weights = class_weights(right, 4, matrix)
    np.testing.assert_allclose(found.outliers, np.sort(weights)[::-1] / 4, rtol=5e-3)
    law = misalignment(4, 1e4, 0.1, 1.0, 1 / 8, matrix, 50.0)
    assert 1 - found.overlap == pytest.approx(law, rel=0.02)
    np.testing.assert_allclose(found.tilts, 4 / 8 / 1e4 * outside(SETTING), rtol=0.02)
    assert found.own_mean == pytest.approx(1, abs=1e-3)


def test_without_noise_weights_have_one_amplitude():
    a = amplitude(4, 0.1, 20.0)
    x = limit_weights(4, 1e8, 0.1, 1.0, 20.0)
    expected = a * (4 * np.eye(4) - 1) / 3
    np.testing.assert_allclose(x[:, :4], expected, atol=1e-4)
    rest = np.exp(-2 * 0.1 * 20.0) * np.eye(4)  # of the start
    np.testing.assert_allclose(x[:, 4:] @ x[:, 4:].T, rest, atol=1e-4)


def test_weights_that_know_nothing_have_equal_outliers():
    weights = limit_weights(4, 50.0, 0.1, 1.0, 30.0)
    found = limit_block(weights, 50.0, 1 / 8, "hessian", correlated=False)
    np.testing.assert_allclose(found.outliers, found.outliers[0], rtol=1e-6)


def test_the_largest_of_one_angle_is_its_mean():
    # E chi_n / √n = 1 - 1/4n
    assert largest_sine(np.array([0.04]), 50) == pytest.approx(0.2 * (1 - 1 / 200), rel=0.01)
    assert largest_sine(np.full(4, 0.01), 400) > 0.1
    with pytest.raises(ValueError, match="directions must be at least 2, got 1"):
        largest_sine(np.full(2, 0.01), 1)
    assert expected_largest_sine(SETTING, "hessian") == pytest.approx((1 / 2e4) ** 0.5, rel=0.15)


def test_only_symmetric_settings_have_this_limit():
    with pytest.raises(ValueError, match="setting must have equal classes"):
        weights_at(replace(SETTING, geometry="simplex"), 1.0)


def test_a_captured_corner_at_finite_precision():
    found = corner_blocks(0.05, 1e10)
    np.testing.assert_allclose([found.hessian, found.gradient], corner_eigenvalues(0.05), rtol=1e-4)
    # the same by plain sampling of the neuron's own corner and of those beside it
    generator, precision = np.random.default_rng(0), 30.0
    c = corner_logit(0.05, precision)
    x = generator.standard_normal((10**6, 2)) / precision**0.5
    own, beside = (np.add(x, corner) for corner in ((1.0, 0.0), (0.0, 1.0)))
    total = 0.0
    for points, share in ((own, 1 / 4), (beside, 1 / 2)):
        s = 1 / (1 + np.exp(-c * (np.abs(points[:, 0]) - np.abs(points[:, 1]))))
        hidden = np.maximum(points[:, 0], 0)
        total += share * c * (s * (1 - s) * hidden**2).mean()
    # -μ is seen only beyond five deviations; sampling errs by 0.1 %
    assert corner_blocks(0.05, precision).hessian == pytest.approx(total, rel=0.005)


def test_equal_outliers_have_orthogonal_eigenvectors():
    seen = project(np.zeros((4, 40)), np.eye(4, 40), 50.0)
    found = block_spectrum(seen, np.ones(len(seen.points)), 1 / 8, correlated=False)
    gram = found.vectors.T @ found.vectors
    np.testing.assert_allclose(gram, gram[0, 0] * np.eye(4), atol=1e-6)
