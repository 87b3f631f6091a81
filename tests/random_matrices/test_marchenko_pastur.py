"""The closed law against quadrature and drawn matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from traindyn.random_matrices import (
    MarchenkoPastur,
)

ASPECTS = [0.05, 0.3, 0.8, 1.0, 2.5, 40.0]


def test_quarter_circle_of_square_matrices():
    """At aspect 1 singular values have the quarter-circle law on [0, 2], known by its angle."""
    law = MarchenkoPastur(1.0)
    s = np.linspace(0, 2, 11)
    quarter = (s * np.sqrt(4 - s**2) / 2 + 2 * np.arcsin(s / 2)) / np.pi
    np.testing.assert_allclose(law.cdf(s**2), quarter, atol=1e-14)
    np.testing.assert_allclose(law.density(s[1:] ** 2), np.sqrt(4 / s[1:] ** 2 - 1) / 2 / np.pi)


@pytest.mark.parametrize("aspect", ASPECTS)
def test_distribution_function_is_the_integral_of_the_density(aspect):
    law = MarchenkoPastur(aspect)
    points = np.linspace(law.low, law.high, 6)
    inner = [integrate.quad(law.density, points[1], h)[0] for h in points[1:]]
    np.testing.assert_allclose(law.cdf(points[1:]) - law.cdf(points[1]), inner, atol=1e-8)
    np.testing.assert_allclose(law.cdf(np.array([-1.0, law.low, law.high, 1e3])),
                               [0, law.atom, 1, 1], atol=1e-14)  # fmt: skip


@pytest.mark.parametrize("aspect", ASPECTS)
def test_mean_is_one_and_variance_the_aspect(aspect):
    law = MarchenkoPastur(aspect)
    cosine, weight = np.polynomial.chebyshev.chebgauss(400)  # resolves both square-root edges
    h = 1 + aspect - 2 * np.sqrt(aspect) * cosine
    mass = weight * np.sqrt(1 - cosine**2) * 2 * np.sqrt(aspect) * law.density(h)
    np.testing.assert_allclose(mass.sum() + law.atom, 1, rtol=2e-3)
    np.testing.assert_allclose(mass @ h, 1, rtol=1e-4)
    np.testing.assert_allclose(mass @ h**2, 1 + aspect, rtol=1e-4)


@given(st.floats(0.01, 50), st.floats(0, 1))
def test_quantile_inverts_the_distribution_function(aspect, probability):
    law = MarchenkoPastur(aspect)
    found = law.quantile(probability)
    if probability <= law.atom > 0:
        assert found == 0
    else:
        assert law.low * (1 - 1e-9) <= found <= law.high * (1 + 1e-9)
        assert float(law.cdf(found)) == pytest.approx(probability, abs=1e-7)


@given(st.floats(0.02, 1))
def test_transposed_matrices_share_their_nonzero_eigenvalues(aspect):
    """Eigenvalues of X X'/N are those of X' X/P, times P/N."""
    wide, tall = MarchenkoPastur(1 / aspect), MarchenkoPastur(aspect)
    h = np.linspace(0.05, 4, 9)
    np.testing.assert_allclose(wide.cdf(h / aspect), 1 - aspect + aspect * tall.cdf(h), atol=1e-7)


@pytest.mark.parametrize(("samples", "inputs"), [(800, 200), (400, 400), (200, 500)])
def test_drawn_matrix_follows_the_law(samples, inputs, drawn):
    values = drawn(samples, inputs)
    law = MarchenkoPastur(inputs / samples)
    values[np.abs(values) < 1e-9] = 0.0
    nonzero = values[values > 0]
    above = (law.cdf(nonzero) - law.atom) / (1 - law.atom)
    # eigenvalues are rigid: the distance is of order log(N)/N = 0.02; never seen above 0.01
    assert stats.kstest(above, "uniform").statistic < 0.02
    assert (values == 0).mean() == pytest.approx(law.atom, abs=1e-12)
    assert np.median(values) == pytest.approx(float(law.quantile(0.5)), abs=0.03)
    swapped = MarchenkoPastur(samples / inputs)
    if samples != inputs:
        assert stats.kstest(values, swapped.cdf).statistic > 0.1


@pytest.mark.parametrize("aspect", [0.0, -1.0, np.inf, np.nan])
def test_aspects_without_a_law_are_refused(aspect):
    with pytest.raises(ValueError, match="aspect must lie in"):
        MarchenkoPastur(aspect)


@pytest.mark.parametrize("probability", [-0.1, 1.1, np.nan])
def test_bad_probabilities_are_refused(probability):
    with pytest.raises(ValueError, match="probability must lie in"):
        MarchenkoPastur(0.5).quantile(probability)
