"""Curvature along principal directions: the law against random matrices, and its limits."""

import numpy as np
import pytest

from traindyn.anisotropic_noise.theory.directions import curvature_spread


def sampled_spread(h, draws):
    """The same from drawn matrices: eigenvectors of a symmetric matrix with the coupling."""
    g = np.random.default_rng(0)
    half = g.standard_normal((draws, len(h), len(h)))
    coupling = 2 * np.sqrt(h[:, None] * h) / (h[:, None] + h)
    _, axes = np.linalg.eigh(coupling * (half + half.mT))
    return np.einsum("rin,i->rn", axes**2, h).var(axis=1).mean()


@pytest.mark.parametrize("h", [np.geomspace(0.1, 10, 40), np.linspace(1, 3, 30)])
def test_law_is_that_of_random_matrices(h):
    # 600 draws scatter by 1 %, the law errs by 1/N = 0.03: fails less than once in 1000 seeds
    np.testing.assert_allclose(curvature_spread(h), sampled_spread(h, 600), rtol=0.06)


def test_curvatures_in_other_units_only_scale_the_result():
    h = np.geomspace(0.1, 10, 20)
    np.testing.assert_allclose(curvature_spread(5 * h), 25 * curvature_spread(h))


def test_spread_of_random_directions_vanishes_with_size_and_this_one_does_not():
    sizes = (20, 40, 80)
    over_random = [
        curvature_spread(h) / (2 / len(h) * h.var())
        for h in (np.geomspace(0.1, 10, size) for size in sizes)
    ]
    assert over_random[0] > 1.5
    assert np.all(np.diff(over_random) > 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.array([1.0, 0.0]),), "curvatures must be positive"),
        ((np.ones(3), 1), "levels must be at least 2"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        curvature_spread(*arguments)
