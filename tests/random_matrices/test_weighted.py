"""Weighted samples against closed forms and drawn matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from traindyn.anisotropic_noise.theory.spectra import squared_normal
from traindyn.random_matrices import (
    MarchenkoPastur,
    Weights,
    stieltjes,
    weighted_edge,
    weighted_law,
)

EQUAL = Weights.equal()
TWO = Weights(np.array([1.0, 3.0]), np.array([0.75, 0.25]))


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
def test_squared_normal_weights_match_a_drawn_matrix(aspect, drawn):
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
def test_largest_eigenvalue_sits_at_the_edge(aspect, drawn):
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


@pytest.mark.parametrize("unit", [1e-140, 1e-8, 1e-6, 3.0, 1e8, 1e140])
def test_laws_of_weighted_samples_are_free_of_the_unit(unit):
    h = np.linspace(0.3, 2.2, 50)
    small = Weights.sample(np.array([unit]))
    exact = MarchenkoPastur(0.25).cdf(h)
    assert np.abs(weighted_law(0.25, small).cdf(unit * h) - exact).max() < 1e-4
    one = stieltjes(h, 0.25, EQUAL)
    assert unit * stieltjes(unit * h, 0.25, small) == pytest.approx(one, rel=1e-9)
    assert weighted_edge(0.25, small) == pytest.approx(2.25 * unit, rel=1e-12)


def test_a_law_too_narrow_for_its_grid_is_refused():
    with pytest.raises(ValueError, match="points must be enough for the law"):
        weighted_law(1e-6, EQUAL)


def test_a_law_beyond_the_doubles_is_refused():
    with pytest.raises(ValueError, match="values must have a moment of order 2"):
        weighted_law(0.25, Weights.sample(np.array([1e-200])))


def test_bad_aspects_of_weighted_samples_are_refused():
    with pytest.raises(ValueError, match=r"aspect must lie in \(0, 1\)"):
        weighted_law(1.0, EQUAL)
    for function in (lambda: stieltjes(np.ones(1), 0.0, EQUAL), lambda: weighted_edge(0.0, EQUAL)):
        with pytest.raises(ValueError, match=r"aspect must lie in \[1e-6, 1e6\], got 0.0"):
            function()
