"""Ends of bulks and scatter of outliers at finite size, against drawn matrices."""

import math

import numpy as np
import pytest

from traindyn.hessian_alignment.theory.finite_size import (
    LARGEST_OF_FOUR,
    LOWEST_OF_THREE,
    TRACY_WIDOM_MEAN,
    below_edge,
    outlier_scatter,
    tilt_noise,
)
from traindyn.hessian_alignment.theory.limit_blocks import largest_sine
from traindyn.hessian_alignment.theory.projection import project
from traindyn.random_matrices import Weights, weighted_edge

TWO = Weights(np.array([0.5, 2.0]), np.array([2 / 3, 1 / 3]))


def test_the_largest_eigenvalue_of_weighted_samples_lies_below_the_edge():
    g = np.random.default_rng(0)
    d, samples, draws = 100, 400, 300
    found = []
    for _ in range(draws):
        x = g.standard_normal((samples, d))
        t = g.choice(TWO.values, size=samples, p=TWO.shares)
        found.append(np.linalg.eigvalsh((x.T * t) @ x / samples)[-1])
    measured = np.mean(found) / weighted_edge(d / samples, TWO) - 1
    error = np.std(found) / draws**0.5 / weighted_edge(d / samples, TWO)
    # within five errors, and 15 % for the next order: fails once in a million by chance
    predicted = below_edge(TWO, d / samples, d)
    assert measured == pytest.approx(predicted, abs=5 * error + 0.15 * abs(predicted))
    assert measured < -5 * error


@pytest.mark.parametrize("aspect", [0.05, 0.25, 1.0])
def test_equal_weights_have_johnstones_scale(aspect):
    d = 300
    p, q = (d / aspect) ** 0.5, d**0.5
    scale = (1 / p + 1 / q) ** (1 / 3) / (p + q)
    found = below_edge(Weights.equal(), aspect, d)
    assert found == pytest.approx(TRACY_WIDOM_MEAN * scale, rel=1e-3)


def test_the_end_nears_the_edge_as_the_size_to_the_two_thirds():
    assert below_edge(TWO, 0.25, 800) == pytest.approx(below_edge(TWO, 0.25, 100) / 4)


def test_units_of_weights_do_not_matter():
    larger = Weights(1000 * TWO.values, TWO.shares)
    assert below_edge(larger, 0.25, 50) == pytest.approx(below_edge(TWO, 0.25, 50))


def test_a_weight_that_no_sample_has_does_not_bend_the_edge():
    aspect, d = 0.25, 100
    pole = (aspect + aspect**0.5) / aspect  # of equal weights: where 1 + γ t m = 0 at the edge
    rare = Weights(np.array([1.0, 0.99997 * pole]), np.array([1 - 1e-13, 1e-13]))
    equal = Weights.equal()
    assert below_edge(rare, aspect, d) == pytest.approx(below_edge(equal, aspect, d), rel=1e-6)
    common = Weights(rare.values, np.array([0.9, 0.1]))
    assert below_edge(common, aspect, d) != pytest.approx(below_edge(equal, aspect, d), rel=0.1)


def test_scatter_is_that_of_drawn_sums():
    g = np.random.default_rng(1)
    k, precision, samples, draws = 4, 20.0, 2000, 2000
    seen = project(np.eye(k, 12) * 1.5, np.eye(k, 12), precision)
    w = seen.hessian_weights(0)
    # sums over the samples of class 1, by the quadrature's own points
    own = seen.labels == 1
    terms = w[own] * (seen.points[own] @ seen.centers[1]) ** 2
    shares = seen.shares[own] / seen.shares[own].sum()
    counts = g.multinomial(samples, np.full(k, 1 / k), size=draws)[:, 1:3]
    sums = np.array([[g.choice(terms, size=n, p=shares).sum() for n in pair] for pair in counts])
    measured = (sums[:, 0] - sums[:, 1]).std() / 2**0.5 / sums.mean()
    # the error of a deviation over 2,000 draws is 1.6 %: five of them
    assert outlier_scatter(seen, w, samples) == pytest.approx(measured, rel=0.08)
    assert outlier_scatter(seen, w, 4 * samples) == pytest.approx(
        outlier_scatter(seen, w, samples) / 2
    )


def test_noise_of_tilts_is_that_of_drawn_samples():
    g = np.random.default_rng(4)
    k, precision, samples, draws = 4, 30.0, 1000, 4000
    seen = project(np.eye(k, 12) * 2.5, np.eye(k, 12), precision)
    w = seen.gradient_weights(0)
    per_class, shares = w.reshape(k, -1), k * seen.shares.reshape(k, -1)
    tilts = np.empty((draws, k))
    for draw in tilts:
        counts = g.multinomial(samples, np.full(k, 1 / k))
        drawn = [
            g.choice(v, size=n, p=s) for v, n, s in zip(per_class, counts, shares, strict=True)
        ]
        first, second = (np.array([(v**p).sum() for v in drawn]) for p in (1, 2))
        draw[:] = (second + (second.sum() - second) / precision) / first**2
    mean, squares = ((shares * per_class**p).sum(axis=1) for p in (1, 2))
    plain = (squares + (squares.sum() - squares) / precision) / mean**2 * k / samples
    more, scatter = tilt_noise(seen, w, samples)
    measured = tilts.sum(axis=1) / plain.sum() - 1
    # five errors, and a quarter for the next order and the scatter of squares
    assert measured.mean() == pytest.approx(more, rel=0.25, abs=5 * measured.std() / draws**0.5)
    apart = np.log(tilts[:, 1] / tilts[:, 2]).std() / 2**0.5
    assert scatter == pytest.approx(apart, rel=0.25)


def test_extremes_of_normal_numbers():
    g = np.random.default_rng(2)
    assert g.standard_normal((10**6, 3)).min(axis=1).mean() == pytest.approx(
        LOWEST_OF_THREE, abs=4e-3
    )
    assert g.standard_normal((10**6, 4)).max(axis=1).mean() == pytest.approx(
        LARGEST_OF_FOUR, abs=4e-3
    )


def test_scattered_tilts_make_the_largest_angle_larger():
    tilts = np.full(4, 0.01)
    plain, scattered = largest_sine(tilts, 160), largest_sine(tilts, 160, 0.056)
    g = np.random.default_rng(3)
    noise = 0.056 * g.standard_normal((4000, 4))
    sizes = (tilts / (1 + noise - noise.mean(axis=1, keepdims=True))) ** 0.5
    drawn = g.standard_normal((4000, 160, 4)) / 160**0.5 * sizes[:, None]
    slow = np.linalg.svd(drawn, compute_uv=False)[:, 0].mean()
    # either mean has an error of 0.1 %
    assert scattered == pytest.approx(slow, rel=6e-3)
    assert 1.003 < scattered / plain < 1.008


def test_refuse():
    seen = project(np.zeros((4, 8)), np.eye(4, 8), 4.0)
    with pytest.raises(ValueError, match="dimensions must be at least 1, got 0"):
        below_edge(TWO, 0.25, 0)
    with pytest.raises(ValueError, match="aspect must"):
        below_edge(TWO, 0.0, 9)
    with pytest.raises(ValueError, match="samples must be at least 1, got 0"):
        outlier_scatter(seen, np.ones(len(seen.points)), 0)
    with pytest.raises(ValueError, match="samples must be at least 1, got -1"):
        tilt_noise(seen, np.ones(len(seen.points)), -1)
    assert math.isclose(
        outlier_scatter(seen, np.full(len(seen.points), 3.0), 10),
        outlier_scatter(seen, np.ones(len(seen.points)), 10),
    )
