"""Laws of eigenvalues against closed forms, quadrature and drawn matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from traindyn.anisotropic_noise.theory.spectra import squared_normal
from traindyn.random_matrices import (
    MarchenkoPastur,
    Weights,
    spiked,
    stieltjes,
    weighted_edge,
    weighted_law,
)

EQUAL = Weights.equal()
TWO = Weights(np.array([1.0, 3.0]), np.array([0.75, 0.25]))
ASPECTS = [0.05, 0.3, 0.8, 1.0, 2.5, 40.0]


def drawn(samples, inputs, weights=None, seed=0):
    """Eigenvalues of one matrix."""
    g = np.random.default_rng(seed)
    x = g.standard_normal((samples, inputs))
    weighted = x if weights is None else x * weights(g, samples)[:, None]
    return np.linalg.eigvalsh(weighted.T @ x / samples)


# --- the law of Marchenko and Pastur --------------------------------------------------------------


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
def test_drawn_matrix_follows_the_law(samples, inputs):
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


# --- weights --------------------------------------------------------------------------------------


def test_a_sample_of_weights_has_its_moments():
    observed = np.array([0.0, 1.0, 1.0, 4.0])
    weights = Weights.sample(observed)
    assert weights.moment(1) == observed.mean()
    assert weights.moment(2) == (observed**2).mean()
    assert (weights.positive, weights.largest) == (0.75, 4.0)
    assert Weights(np.array([1.0, 9.0]), np.array([1.0, 0.0])).largest == 1.0


@pytest.mark.parametrize(
    ("values", "shares", "message"),
    [
        ([1.0, -1.0], [0.5, 0.5], "values must be finite and not negative"),
        ([1.0, np.inf], [0.5, 0.5], "values must be finite and not negative"),
        ([1.0, 2.0], [1.5, -0.5], "shares must be finite and not negative"),
        ([1.0, 2.0], [0.5, 0.6], "shares must add up to 1"),
        ([0.0, 2.0], [1.0, 0.0], "values must hold a positive weight"),
    ],
)
def test_bad_weights_are_refused(values, shares, message):
    with pytest.raises(ValueError, match=message):
        Weights(np.array(values), np.array(shares))


# --- weighted samples -----------------------------------------------------------------------------


@pytest.mark.parametrize("aspect", [0.05, 0.3, 0.8, 2.0])
def test_equal_weights_give_the_law_of_marchenko_and_pastur(aspect):
    law = MarchenkoPastur(aspect)
    h = np.linspace(0.01, 3.2, 40)
    # the imaginary part 1e-7 smears the square-root edges by about its root
    np.testing.assert_allclose(stieltjes(h, aspect, EQUAL).imag / np.pi, law.density(h), atol=2e-3)
    assert weighted_edge(aspect, EQUAL) == pytest.approx(law.high, rel=1e-12)
    if aspect < 1:
        # a grid of 3,000 points resolves the edges to about a thousandth
        assert weighted_law(aspect, EQUAL).distance(law.cdf) < 2e-3


def test_transform_right_of_the_spectrum_is_the_mean_of_the_law():
    h = np.array([4.0, 7.0])
    law = MarchenkoPastur(0.25)
    slow = [
        integrate.quad(lambda x, z=z: law.density(x) / (x - z), law.low, law.high)[0] for z in h
    ]
    np.testing.assert_allclose(stieltjes(h, 0.25, EQUAL).real, slow, rtol=1e-6)


@pytest.mark.parametrize("aspect", [0.1, 0.5])
def test_squared_normal_weights_match_a_drawn_matrix(aspect):
    def residuals(g, samples):
        t = g.standard_normal(samples) ** 2
        return t / t.mean()  # as residuals over their mean square; else all is off by 2 %

    values = drawn(round(600 / aspect), 600, residuals)
    # eigenvalues are rigid: the distance is of order log(N)/N, here 0.01
    assert stats.kstest(values, weighted_law(aspect, squared_normal()).cdf).statistic < 0.015
    assert stats.kstest(values, MarchenkoPastur(aspect).cdf).statistic > 0.1


@pytest.mark.parametrize("weights", [EQUAL, TWO, squared_normal()])
def test_mean_and_variance_of_the_table_are_those_of_the_law(weights):
    law = weighted_law(0.3, weights)
    middles = (law.points[1:] + law.points[:-1]) / 2
    mass = np.diff(law.values)
    mean = mass @ middles
    np.testing.assert_allclose(mean, law.mean, rtol=0.01)
    np.testing.assert_allclose(mass @ (middles - mean) ** 2, law.variance, rtol=0.05)


@pytest.mark.parametrize("aspect", [0.1, 0.5, 1.5])
@pytest.mark.parametrize("weights", [TWO, Weights(np.array([0.0, 1.0]), np.array([0.9, 0.1]))])
def test_density_ends_at_the_edge(aspect, weights):
    edge = weighted_edge(aspect, weights)
    left, right = stieltjes(edge * np.array([0.999, 1.001]), aspect, weights).imag / np.pi
    assert left > 1e-3
    assert right < 1e-4


@pytest.mark.parametrize("aspect", [0.1, 0.5, 1.5])
def test_largest_eigenvalue_sits_at_the_edge(aspect):
    """For squared uniform weights, given as the very sample that the matrix holds."""
    inputs = 400
    samples = round(inputs / aspect)
    g = np.random.default_rng(1)
    t = g.random(samples) ** 2
    top = drawn(samples, inputs, lambda *_: t, seed=2)[-1]
    edge = weighted_edge(aspect, Weights.sample(t))
    # it scatters by about N^(-2/3) = 0.02 of the edge around a point 0.02 below it
    assert abs(top / edge - 1) < 0.06
    assert abs(top / (MarchenkoPastur(aspect).high * t.mean()) - 1) > 0.1


@given(st.floats(0.05, 0.6), st.floats(0.1, 10))
def test_edge_has_the_unit_of_the_weights(aspect, scale):
    scaled = Weights(scale * TWO.values, TWO.shares)
    assert weighted_edge(aspect, scaled) == pytest.approx(
        scale * weighted_edge(aspect, TWO), rel=1e-9
    )


@given(st.floats(0.05, 5))
def test_splitting_a_weight_in_two_changes_nothing(aspect):
    split = Weights(np.array([1.0, 3.0, 3.0, 7.0]), np.array([0.75, 0.1, 0.15, 0.0]))
    assert weighted_edge(aspect, split) == pytest.approx(weighted_edge(aspect, TWO), rel=1e-12)


def test_bad_aspects_of_weighted_samples_are_refused():
    with pytest.raises(ValueError, match=r"aspect must lie in \(0, 1\)"):
        weighted_law(1.0, EQUAL)
    for function in (lambda: stieltjes(np.ones(1), 0.0, EQUAL), lambda: weighted_edge(0.0, EQUAL)):
        with pytest.raises(ValueError, match="aspect must be positive"):
            function()


# --- spiked covariances ---------------------------------------------------------------------------


def test_a_spike_below_the_threshold_is_not_seen_and_above_it_leaves_continuously():
    for aspect in (0.1, 1.0, 4.0):
        edge = (1 + aspect**0.5) ** 2
        assert spiked(0.99 * aspect**0.5, aspect) == (pytest.approx(edge), 0.0)
        value, cosine = spiked((1 + 1e-6) * aspect**0.5, aspect)
        assert value == pytest.approx(edge, rel=1e-9)
        assert 0 < cosine < 1e-5


def test_many_samples_show_the_population():
    value, cosine = spiked(2.0, 1e-9)
    assert value == pytest.approx(3.0)
    assert cosine == pytest.approx(1.0)


@pytest.mark.parametrize(("size", "aspect"), [(2.0, 0.25), (4.0, 1.0)])
def test_a_drawn_spiked_covariance(size, aspect):
    g = np.random.default_rng(0)
    inputs, found = 400, []
    for _ in range(8):
        x = g.standard_normal((round(inputs / aspect), inputs))
        x[:, 0] *= (1 + size) ** 0.5
        values, vectors = np.linalg.eigh(x.T @ x / len(x))
        found.append((values[-1], vectors[0, -1] ** 2))
    value, cosine = np.mean(found, axis=0)
    # one value scatters by √(2/P) of 1 + size, 7 %; five standard errors of eight are 12 %, a
    # fixed seed is allowed a third of it
    assert value == pytest.approx(spiked(size, aspect)[0], rel=0.04)
    assert cosine == pytest.approx(spiked(size, aspect)[1], abs=0.04)


def test_bad_spikes_are_refused():
    with pytest.raises(ValueError, match="size must be"):
        spiked(-1.0, 0.5)
    with pytest.raises(ValueError, match="aspect must be positive"):
        spiked(1.0, 0.0)
