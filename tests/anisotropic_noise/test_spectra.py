"""Laws of eigenvalues against closed forms and drawn matrices."""

import numpy as np
import pytest
from scipy import integrate, stats

from traindyn.anisotropic_noise.theory.spectra import gaussian_weights, stieltjes, weighted_law

EQUAL = (np.ones(1), np.ones(1))


def marchenko_pastur(h, aspect):
    low, high = (1 - aspect**0.5) ** 2, (1 + aspect**0.5) ** 2
    inside = np.sqrt(np.maximum((high - h) * (h - low), 0))
    return inside / (2 * np.pi * aspect * h)


@pytest.mark.parametrize("aspect", [0.05, 0.3, 0.8])
def test_equal_weights_give_the_law_of_marchenko_and_pastur(aspect):
    h = np.linspace(0.01, 3.2, 40)
    density = stieltjes(h, aspect, EQUAL).imag / np.pi
    np.testing.assert_allclose(density, marchenko_pastur(h, aspect), atol=2e-3)
    law = weighted_law(aspect, EQUAL)
    for point in ((1 - aspect**0.5) ** 2 + 0.2 * aspect**0.5, 1.0):
        mass = integrate.quad(marchenko_pastur, (1 - aspect**0.5) ** 2, point, args=(aspect,))[0]
        # a grid of 3,000 points resolves the square-root edges to about a thousandth
        assert abs(float(law.cdf(np.array(point))) - mass) < 2e-3


@pytest.mark.parametrize("aspect", [0.1, 0.5])
def test_squared_normal_weights_match_a_drawn_matrix(aspect):
    g = np.random.default_rng(0)
    inputs = 600
    samples = round(inputs / aspect)
    x, t = g.standard_normal((samples, inputs)), g.standard_normal(samples) ** 2
    t /= t.mean()  # as residuals over their mean square; else the whole spectrum is off by 2 %
    values = np.linalg.eigvalsh((x * t[:, None]).T @ x / samples)
    law = weighted_law(aspect, gaussian_weights())
    # eigenvalues are rigid: the distance is of order log(N)/N, here 0.01
    assert stats.kstest(values, law.cdf).statistic < 0.015
    assert stats.kstest(values, weighted_law(aspect, EQUAL).cdf).statistic > 0.1


@pytest.mark.parametrize("weights", [EQUAL, gaussian_weights()])
def test_mean_and_variance_of_the_table_are_those_of_the_law(weights):
    law = weighted_law(0.3, weights)
    middles = (law.points[1:] + law.points[:-1]) / 2
    mass = np.diff(law.values)
    mean = mass @ middles
    np.testing.assert_allclose(mean, law.mean, rtol=0.01)
    np.testing.assert_allclose(mass @ (middles - mean) ** 2, law.variance, rtol=0.05)


def test_bad_aspects_are_refused():
    with pytest.raises(ValueError, match="aspect must lie in"):
        weighted_law(1.0, EQUAL)
    with pytest.raises(ValueError, match="aspect must be positive"):
        stieltjes(np.ones(1), 0.0, EQUAL)
