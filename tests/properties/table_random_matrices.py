"""Properties of ``traindyn.random_matrices``."""

from __future__ import annotations

import itertools
import math

import numpy as np
from harness import Property
from hypothesis import strategies as st
from scipy import integrate, optimize
from strategies import any_count, any_number, mistreated, numbers, samples

from traindyn.random_matrices import (
    MarchenkoPastur,
    Weights,
    count_outliers,
    spiked,
    stieltjes,
    weighted_edge,
    weighted_law,
)


def slow_law(aspect):
    aspect = float(aspect)
    root = math.sqrt(aspect)
    return (1 - root) ** 2, (1 + root) ** 2, max(0.0, 1 - 1 / aspect)


def slow_density(aspect, h):
    low, high, _ = slow_law(aspect)
    h = np.array(h, dtype=float)
    found = np.zeros(h.shape)
    for i, x in np.ndenumerate(h):
        if low < x < high:
            found[i] = math.sqrt((high - x) * (x - low)) / (2 * math.pi * float(aspect) * x)
    return found


def slow_cdf(aspect, h):
    """The density integrated in the angle, where it is smooth."""
    aspect = float(aspect)
    root = math.sqrt(aspect)
    _, _, atom = slow_law(aspect)
    h = np.array(h, dtype=float)
    found = np.zeros(h.shape)

    def density(angle):
        x = (1 - root) ** 2 + 4 * root * math.sin(angle / 2) ** 2
        return 2 * math.sin(angle) ** 2 / (math.pi * x) if x else 2 / math.pi

    for i, x in np.ndenumerate(h):
        part = (x - (1 - root) ** 2) / (4 * root)
        end = 2 * math.asin(math.sqrt(min(max(part, 0.0), 1.0)))
        # the density varies at the angle |1 - root|, which may be tiny: decade by decade from there
        inner = [p for p in abs(1 - root) * 10.0 ** np.arange(-1, 9) if 0 < p < end]
        pieces = itertools.pairwise([0.0, *inner, end])
        mass = sum(integrate.quad(density, a, b, epsabs=1e-11)[0] for a, b in pieces)
        found[i] = 0.0 if x < 0 else atom + mass
    return found


def to_seven_digits(actual, expected):
    return bool(np.shape(actual) == np.shape(expected)) and bool(
        np.allclose(actual, expected, rtol=1e-7, atol=1e-7)
    )


def at_quantile(aspect, p):
    h = MarchenkoPastur(aspect).quantile(p)
    _low, high, atom = slow_law(aspect)
    assert ((h >= 0) & (h <= high * (1 + 1e-12))).all()
    p = np.array(p, dtype=float)
    return np.where(p <= atom, p + h * (atom > 0), slow_cdf(aspect, h))


def slow_spike(size, aspect):
    size, aspect = float(size), float(aspect)
    if size <= math.sqrt(aspect):
        return (1 + math.sqrt(aspect)) ** 2, 0.0
    return (1 + size) * (1 + aspect / size), (1 - aspect / size / size) / (1 + aspect / size)


def same(actual, expected):
    return bool(np.allclose(actual, expected, rtol=1e-9, atol=1e-15))


def law_of(values, shares):
    return Weights(values, shares)


def made(values, shares):
    law = law_of(values, shares)
    return [*law.values, *law.shares, law.largest, law.positive]


def slow_weights(values, shares):
    values, shares = np.array(values, dtype=float), np.array(shares, dtype=float)
    seen = [(t, p) for t, p in zip(values, shares, strict=False) if p > 0]
    return [*values, *shares, max(t for t, _ in seen), sum(p for t, p in seen if t > 0)]


def slow_edge(aspect, values):
    """The least of z(m) left of zero, over the logarithm of the distance to the pole."""
    t = np.array(values, dtype=float)
    unit = t.max()
    t, aspect = t / unit, float(aspect)

    def z(log_gap):
        gap = np.exp(log_gap)
        m = -1 / ((1 + gap) * aspect)
        return -1 / m + np.mean(t / (1 + aspect * t * m))

    found = optimize.minimize_scalar(z, bounds=(-25, 25), options={"xatol": 1e-10})
    return found.fun * unit


def roots(z, aspect, t, imaginary):
    """The solution in the upper half plane whose companion lies there too, by a polynomial."""
    z, t = z + 1j * imaginary, np.where(t < 1e-12, 0.0, t)
    poly = np.polynomial.polynomial
    factors = [np.array([1.0, aspect * v]) for v in t]
    everything = np.array([1.0])
    for factor in factors:
        everything = poly.polymul(everything, factor)
    pulls = np.zeros(1)
    for i, v in enumerate(t):
        others = np.array([1.0])
        for j, factor in enumerate(factors):
            if j != i:
                others = poly.polymul(others, factor)
        pulls = poly.polyadd(pulls, v * others / len(t))
    equation = poly.polymul([0, 1], poly.polysub(pulls, z * everything))
    found = poly.polyroots(poly.polysub(equation, everything))
    with np.errstate(all="ignore"):  # equal weights add solutions at their poles
        pull = (t / (1 + aspect * t * found[:, None])).mean(axis=1)
        error = np.nan_to_num(np.abs(found * (pull - z) - 1), nan=np.inf)
    found = found[error <= max(1e-6, error.min())]
    if abs(z) > 100 * (1 + aspect) * max(t):  # far from the spectrum, where m is near -1/z
        return found[np.argmin(np.abs(found + 1 / z))]
    companion = aspect * found - (1 - aspect) / z
    return found[np.argmax(np.minimum(found.imag, companion.imag))]


def slow_transform(z, aspect, values):
    t, z = np.array(values, dtype=float), np.array(z, dtype=float)
    unit = t.mean()
    imaginary = 16 * max(1.0, np.abs(z / unit).max())
    while imaginary > 1e-7:
        imaginary /= 2
    return np.array([roots(x / unit, float(aspect), t / unit, imaginary) / unit for x in z])


def near(actual, expected):
    """To six digits: roots of a polynomial that nearly coincide at an edge have no more."""
    return bool((np.abs(actual - expected) < 1e-6 * np.abs(expected)).all())


def shares_below(aspect, values, points=3000):
    law = weighted_law(aspect, Weights.sample(values), points)
    return law.cdf(np.mean(np.array(values, dtype=float)) * np.array([0.1, 0.5, 1.0, 2.0]))


def slow_shares(aspect, values, points=3000):
    """The imaginary part of the transform, integrated by the trapezoidal rule."""
    t = np.array(values, dtype=float)
    unit = t.mean()
    t, aspect = t / unit, float(aspect)
    top = slow_edge(aspect, t)
    grid = np.union1d(top * np.linspace(0, 1, 500) ** 2, [0.1, 0.5, 1.0, 2.0])
    density = np.array([roots(x, aspect, t, 1e-7).imag for x in grid]) / np.pi
    mass = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))])
    return np.interp([0.1, 0.5, 1.0, 2.0], grid, mass / mass[-1])


aspects = numbers(0.05, 8)
some_aspect = st.one_of(any_number(), numbers(1e-6, 2), numbers(0.5, 1e6))
weights = st.lists(numbers(0.3, 3), min_size=1, max_size=3).map(np.array)
units = st.sampled_from([1.0, 1e-300, 1e-140, 1e-8, 1e8, 1e140, 1e300])
some_weights = st.one_of(
    st.tuples(weights, units).map(lambda pair: pair[0] * pair[1]), mistreated(weights)
)
some_points = mistreated(st.one_of(samples(0, 5), samples(1, 4).map(lambda x: np.abs(x) % 4)))
law_and_point = st.tuples(aspects, samples(1, 5).map(np.abs))

TABLE = {
    "traindyn.random_matrices.marchenko_pastur.MarchenkoPastur": Property(
        lambda aspect: ((law := MarchenkoPastur(aspect)).low, law.high, law.atom),
        slow_law,
        st.tuples(aspects),
        st.tuples(some_aspect),
        agree=same,
    ),
    "traindyn.random_matrices.marchenko_pastur.MarchenkoPastur.density": Property(
        lambda aspect, h: MarchenkoPastur(aspect).density(h),
        slow_density,
        law_and_point,
        st.tuples(some_aspect, some_points),
        agree=lambda a, b: a.shape == b.shape and same(a, b),
    ),
    "traindyn.random_matrices.marchenko_pastur.MarchenkoPastur.cdf": Property(
        lambda aspect, h: MarchenkoPastur(aspect).cdf(h),
        slow_cdf,
        law_and_point,
        st.tuples(some_aspect, some_points),
        agree=to_seven_digits,
    ),
    "traindyn.random_matrices.marchenko_pastur.MarchenkoPastur.quantile": Property(
        at_quantile,
        lambda aspect, p: np.array(p, dtype=float),
        st.tuples(aspects, samples(1, 5).map(lambda x: np.abs(x) % 1)),
        st.tuples(some_aspect, mistreated(samples(0, 5).map(lambda x: np.abs(x) % 1))),
        agree=to_seven_digits,
    ),
    "traindyn.random_matrices.spikes.spiked": Property(
        spiked,
        slow_spike,
        st.tuples(numbers(0, 9), aspects),
        st.tuples(any_number() | numbers(0, 9), some_aspect),
        agree=same,
    ),
    "traindyn.random_matrices.spikes.count_outliers": Property(
        count_outliers,
        lambda v, edge, margin: sum(float(x) > (1 + float(margin)) * float(edge) for x in v),
        st.tuples(samples(0, 30), numbers(0.1, 3), numbers(0, 1)),
        st.tuples(
            mistreated(samples(0, 30)),
            any_number() | numbers(0.1, 3),
            any_number() | numbers(0, 1),
        ),
        agree=same,
    ),
    "traindyn.random_matrices.weighted.Weights": Property(
        made,
        slow_weights,
        st.tuples(st.just(np.array([0.0, 1.0, 2.0])), st.just(np.array([0.5, 0.25, 0.25]))),
        st.tuples(some_weights, mistreated(weights.map(lambda w: w / w.sum()))),
        agree=same,
    ),
    "traindyn.random_matrices.weighted.Weights.equal": Property(
        lambda: made((law := Weights.equal()).values, law.shares),
        lambda: [1.0, 1.0, 1.0, 1.0],
        st.tuples(),
        st.tuples(),
        agree=same,
    ),
    "traindyn.random_matrices.weighted.Weights.sample": Property(
        lambda x: Weights.sample(x).values,
        lambda x: np.array(x, dtype=float),
        st.tuples(weights),
        st.tuples(some_weights),
        agree=same,
    ),
    "traindyn.random_matrices.weighted.Weights.moment": Property(
        lambda x, order: Weights.sample(x).moment(order),
        lambda x, order: math.fsum(float(v) ** int(order) for v in np.array(x)) / len(x),
        st.tuples(weights, st.integers(0, 4)),
        st.tuples(some_weights, any_count() | st.integers(0, 4)),
        agree=lambda a, b: math.isclose(a, b, rel_tol=1e-9),
    ),
    "traindyn.random_matrices.weighted.weighted_edge": Property(
        lambda aspect, x: weighted_edge(aspect, Weights.sample(x)),
        slow_edge,
        st.tuples(aspects, weights),
        st.tuples(some_aspect, some_weights),
        agree=lambda a, b: math.isclose(a, b, rel_tol=1e-6),
    ),
    "traindyn.random_matrices.weighted.stieltjes": Property(
        lambda z, aspect, x: stieltjes(z, aspect, Weights.sample(x)),
        slow_transform,
        st.tuples(samples(1, 5), aspects, weights),
        st.tuples(mistreated(samples(0, 5)), any_number() | aspects, some_weights),
        agree=near,
    ),
    "traindyn.random_matrices.weighted.weighted_law": Property(
        shares_below,
        slow_shares,
        st.tuples(numbers(0.1, 0.9), weights),
        st.tuples(any_number() | numbers(0.1, 0.9), some_weights, any_count() | st.just(500)),
        agree=lambda a, b: bool(np.abs(a - b).max() < 0.01),
    ),
}
