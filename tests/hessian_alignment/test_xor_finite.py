"""The XOR network at finite precision, the kink of the ReLU, Gram matrices without full rank."""

from itertools import pairwise
from math import erf, exp, pi, sqrt

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from traindyn.hessian_alignment.experiments.gram import triangular
from traindyn.hessian_alignment.experiments.xor import XorSetting
from traindyn.hessian_alignment.experiments.xor_chain import (
    Summary,
    one_neuron_per_corner,
    run_chain,
)
from traindyn.hessian_alignment.theory.kink import mean_loss_of_neuron
from traindyn.hessian_alignment.theory.xor import captured_logit
from traindyn.hessian_alignment.theory.xor_finite import corner_logit, critical_decay

SAMPLES = 400_000


def draw(precision, generator):
    """Scalar products with both axes, and labels."""
    axes = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]])
    corner = generator.integers(4, size=SAMPLES)
    x = axes[corner] + generator.normal(size=(SAMPLES, 2)) * precision**-0.5
    return x, corner < 2


@pytest.mark.parametrize("precision", [2.0, 10.0, 300.0])
def test_threshold_in_closed_form(precision):
    """E|1 + ξ/√λ| is elementary: a folded normal law."""
    s = precision**-0.5
    folded = s * sqrt(2 / pi) * exp(-1 / (2 * s**2)) + erf(1 / (s * sqrt(2)))
    assert critical_decay(precision) == pytest.approx((folded - s * sqrt(2 / pi)) / 8, abs=1e-9)


def test_gradient_of_four_neurons_vanishes_at_the_fixed_point():
    """The definition, on drawn samples; off by more than 5 errors once in a million seeds."""
    decay, precision = 0.05, 8.0
    size = corner_logit(decay, precision) ** 0.5
    x, y = draw(precision, np.random.default_rng(0))
    w = torch.tensor(size * np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]))
    v = torch.tensor(size * np.array([1.0, 1, -1, -1]))
    hidden = torch.relu(torch.tensor(x) @ w.T)
    residual = torch.sigmoid(hidden @ v) - torch.tensor(y).double()
    pulls = residual[:, None] * hidden
    error = pulls.std(dim=0) / SAMPLES**0.5
    assert ((pulls.mean(dim=0) + decay * v).abs() < 5 * error).all()
    first = (residual * v[0] * (hidden[:, 0] > 0) * torch.tensor(x[:, 0])).numpy()
    assert abs(first.mean() + decay * size) < 5 * first.std() / SAMPLES**0.5


def test_large_precision_is_the_limit():
    gaps = [captured_logit(0.05) - corner_logit(0.05, 10.0**n) for n in (5, 7, 9)]
    assert all(abs(later) < abs(earlier) / 5 for earlier, later in pairwise(gaps))
    assert critical_decay(1e12) == pytest.approx(1 / 8, abs=1e-6)


def test_logit_vanishes_at_the_threshold():
    limit = critical_decay(10.0)
    near = [corner_logit(limit * (1 - gap), 10.0) for gap in (0.02, 0.01)]
    assert near[0] / near[1] == pytest.approx(2, rel=0.03)  # it starts in proportion


@given(st.floats(0, 2 * np.pi), st.floats(0.2, 3), st.floats(-3, 3), st.floats(3, 100))
def test_both_terms_are_the_slope_of_the_gradient(angle, norm, second, precision):
    w = norm * np.array([np.cos(angle), np.sin(angle)])
    found, step = mean_loss_of_neuron(w, second, precision), 1e-5
    slopes = [
        mean_loss_of_neuron(w + step * e, second, precision).gradient
        - mean_loss_of_neuron(w - step * e, second, precision).gradient
        for e in np.eye(2)
    ]
    total = found.almost_everywhere + found.kink
    np.testing.assert_allclose(np.array(slopes) / (2 * step), total, atol=1e-6)


def test_autograd_sees_the_first_term_only():
    """Second derivative on drawn samples; off by more than 6 errors never in practice."""
    w, second, precision = np.array([0.3, 0.1]), 1.0, 30.0
    x, y = (torch.tensor(a, dtype=torch.float64) for a in draw(precision, np.random.default_rng(1)))

    def loss(row):
        z = second * torch.relu(x @ row)
        return torch.nn.functional.binary_cross_entropy_with_logits(z, y)

    hessian = torch.autograd.functional.hessian(loss, torch.tensor(w)).numpy()
    found = mean_loss_of_neuron(w, second, precision)
    np.testing.assert_allclose(hessian, found.almost_everywhere, atol=6 * 0.3 / SAMPLES**0.5)
    assert np.abs(found.kink).max() > 0.3


def test_cholesky_is_that_of_lapack():
    draws = np.random.default_rng(0).normal(size=(5, 4, 6))
    gram = draws @ draws.mT
    np.testing.assert_allclose(triangular(gram.T).T.mT, np.linalg.cholesky(gram), atol=1e-12)


@pytest.mark.parametrize("rank", [0, 1, 3])
def test_cholesky_of_a_singular_matrix_has_its_gram_matrix(rank):
    draws = np.random.default_rng(1).normal(size=(4, rank))
    gram = (draws @ draws.T)[..., None]
    lower = triangular(gram)
    assert np.isfinite(lower).all()
    np.testing.assert_allclose(lower[..., 0] @ lower[..., 0].T, gram[..., 0], atol=1e-7)


def test_the_chain_starts_from_parallel_neurons():
    start = one_neuron_per_corner(1.0, 3)
    end = run_chain(XorSetting(4, 50, 30.0, 0.05, 3), [1.0], np.random.default_rng(0), start)[-1]
    for values in (end.second, end.means, end.rest):
        assert np.isfinite(values).all()
    assert (np.linalg.eigvalsh(end.rest) > -1e-12).all()


def test_a_silent_network_stays_silent():
    nothing = Summary(np.zeros((2, 4)), np.zeros((2, 4, 2)), np.zeros((2, 4, 4)))
    end = run_chain(XorSetting(4, 9, 1.0, 0.1, 2), [2.0], np.random.default_rng(0), nothing)[-1]
    assert not end.second.any()
    assert not end.rest.any()


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="precision"):
        critical_decay(0.0)
    for decay in (0.0, 0.1):  # the threshold of λ = 10 is below 0.1
        with pytest.raises(ValueError, match="decay"):
            corner_logit(decay, 10.0)
    with pytest.raises(ValueError, match="weights"):
        mean_loss_of_neuron(np.zeros(2), 1.0, 1.0)
    with pytest.raises(ValueError, match="precision"):
        mean_loss_of_neuron(np.ones(2), 1.0, -1.0)
