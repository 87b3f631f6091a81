"""Properties of ``traindyn.laws``."""

from __future__ import annotations

import bisect
import itertools
import math

import numpy as np
from harness import Property, close
from hypothesis import strategies as st
from strategies import any_number, mistreated, numbers, samples, seeds

from traindyn.inference.samples import distribution_at
from traindyn.laws import GridLaw


def grid(seed, n, flat):
    """A random grid and distribution function, with flat pieces if asked for."""
    generator = np.random.default_rng(seed)
    points = np.cumsum(generator.random(n) + 0.01)
    steps = generator.random(n - 1)
    if flat:
        steps[generator.random(n - 1) < 0.4] = 0
    steps[generator.integers(n - 1)] += 1
    sums = np.cumsum(steps)
    return points, np.concatenate([[0.0], sums / sums[-1]])


def made(points, values, mean, variance):
    law = GridLaw(points, values, mean, variance)
    return [*law.points, *law.values, law.mean, law.variance]


def law_of(seed, n, flat):
    return GridLaw(*grid(seed, n, flat), 1.0, 1.0)


def slow_cdf(seed, n, flat, v):
    points, values = grid(seed, n, flat)
    v = np.array(v, dtype=float)
    found = np.zeros(v.shape)
    for i, x in np.ndenumerate(v):
        j = bisect.bisect_right(points.tolist(), x)
        if j == 0 or j == n:
            found[i] = float(j == n)
        else:
            part = (x - points[j - 1]) / (points[j] - points[j - 1])
            found[i] = values[j - 1] + part * (values[j] - values[j - 1])
    return found


def slow_density(seed, n, flat, v):
    points, values = grid(seed, n, flat)
    v = np.array(v, dtype=float)
    found = np.zeros(v.shape)
    middles = [(a + b) / 2 for a, b in itertools.pairwise(points)]
    slopes = [(values[i + 1] - values[i]) / (points[i + 1] - points[i]) for i in range(n - 1)]
    for i, x in np.ndenumerate(v):
        if points[0] <= x <= points[-1]:
            j = bisect.bisect_right(middles, x)
            if j in (0, n - 1):
                found[i] = slopes[min(j, n - 2)]
            else:
                part = (x - middles[j - 1]) / (middles[j] - middles[j - 1])
                found[i] = slopes[j - 1] + part * (slopes[j] - slopes[j - 1])
    return found


def slow_quantile(seed, n, flat, p):
    points, values = grid(seed, n, flat)
    p = np.array(p, dtype=float)
    found = np.zeros(p.shape)
    for i, x in np.ndenumerate(p):
        if not 0 <= x <= 1:
            return None
        if x == 0:
            found[i] = max(v for v, mass in zip(points, values, strict=False) if mass == 0)
            continue
        j = next(k for k in range(n) if values[k] >= x)
        part = (x - values[j - 1]) / (values[j] - values[j - 1])
        found[i] = points[j - 1] + part * (points[j] - points[j - 1])
    return found


def gauss(center, width, unit, n=2001):
    s = np.linspace(-9, 9, n)
    return s, unit * (center + width * s), -(s**2) / 2


def from_density(coordinate, points, log_weight):
    law = GridLaw.from_log_density(coordinate, points, log_weight)
    return [law.mean, law.variance, *law.values]


def slow_from_density(coordinate, points, log_weight):
    weight = [math.exp(w - max(log_weight)) for w in log_weight]
    total = math.fsum(weight)
    mean = math.fsum(w * float(v) for w, v in zip(weight, points, strict=False)) / total
    variance = (
        math.fsum(w * (float(v) - mean) ** 2 for w, v in zip(weight, points, strict=False)) / total
    )
    halves = [0.0] + [(a + b) / 2 for a, b in itertools.pairwise(weight)]
    sums = list(itertools.accumulate(halves))
    return [mean, variance, *(s / sums[-1] for s in sums)]


def same(actual, expected):
    return len(actual) == len(expected) and bool(
        np.allclose(actual, expected, rtol=1e-9, atol=1e-200)
    )


def same_moments(actual, expected):
    width = math.sqrt(expected[1])
    return (
        close(actual[2:], expected[2:])
        and abs(actual[0] - expected[0]) < 1e-9 * (abs(expected[0]) + width)
        and math.isclose(actual[1], expected[1], rel_tol=1e-9)
    )


FUNCTIONS = {
    "square": lambda v: v**2,
    "constant": lambda v: 2.0,
    "too few": lambda v: v[:3],
    "nothing": lambda v: v * np.nan,
    "no function": 1,
}

CDFS = {
    "logistic": lambda v: 1 / (1 + np.exp(-v)),
    "uniform": lambda v: np.clip(v, 0, 1),
    "falls": lambda v: 1 / (1 + np.exp(v)),
    "beyond": lambda v: v,
    "nothing": lambda v: v * np.nan,
    "too few": lambda v: v[:1] * 0,
    "complex": lambda v: v * 0j,
    "no function": None,
}


def slow_distribution(name, points):
    found = [float(CDFS[name](np.array([v]))[0]) for v in points]
    falls = any(a > b + 1e-9 for a, b in itertools.pairwise(found))
    return None if falls or not 0 <= min(found) <= max(found) <= 1 else found


grids = st.tuples(seeds, st.integers(2, 12), st.booleans())
points_of = samples(1, 6).map(lambda x: np.abs(x) * 2)
some_points = mistreated(samples(0, 6).map(lambda x: np.abs(x) * 2))
levels = samples(1, 6).map(lambda x: np.clip(np.round(np.abs(x) % 1.2, 2), 0, 1))


def with_grid(points):
    return st.tuples(grids, points).map(lambda pair: (*pair[0], pair[1]))


densities = st.builds(gauss, numbers(-3, 3), numbers(0.1, 3), st.just(1.0), st.just(201))
some_densities = st.tuples(
    mistreated(st.just(np.linspace(-9, 9, 201))),
    mistreated(st.just(np.linspace(-9, 9, 201))),
    mistreated(st.just(-(np.linspace(-9, 9, 201) ** 2))),
)
wild_densities = st.one_of(
    some_densities,
    st.builds(
        gauss,
        numbers(-3, 3),
        numbers(0.1, 3),
        st.sampled_from([1e-300, 1e-140, 1e140, 1e300]),
        st.just(201),
    ),
)

TABLE = {
    "traindyn.laws.GridLaw": Property(
        made,
        lambda p, v, mean, variance: [*map(float, p), *map(float, v), float(mean), float(variance)],
        grids.map(lambda g: (*grid(*g), 1.0, 2.0)),
        st.tuples(
            mistreated(st.just(np.arange(5.0))),
            mistreated(st.just(np.array([0, 0.2, 0.2, 0.7, 1.0]))),
            any_number() | st.just(1.0),
            any_number() | st.just(1.0),
        ),
        agree=same,
    ),
    "traindyn.laws.GridLaw.from_log_density": Property(
        from_density, slow_from_density, densities, wild_densities, agree=same_moments
    ),
    "traindyn.laws.GridLaw.cdf": Property(
        lambda *g: law_of(*g[:3]).cdf(g[3]), slow_cdf, with_grid(points_of), with_grid(some_points)
    ),
    "traindyn.laws.GridLaw.density": Property(
        lambda *g: law_of(*g[:3]).density(g[3]),
        slow_density,
        with_grid(points_of),
        with_grid(some_points),
    ),
    "traindyn.laws.GridLaw.quantile": Property(
        lambda *g: law_of(*g[:3]).quantile(g[3]),
        slow_quantile,
        with_grid(levels),
        with_grid(mistreated(levels) | some_points),
    ),
    "traindyn.laws.GridLaw.expect": Property(
        lambda center, name: GridLaw.from_log_density(*gauss(center, 1, 1)).expect(FUNCTIONS[name]),
        lambda center, name: {"square": center**2 + 1, "constant": 2.0}.get(name),
        st.tuples(numbers(-3, 3), st.sampled_from(["square", "constant"])),
        st.tuples(numbers(-3, 3), st.sampled_from(sorted(FUNCTIONS))),
    ),
    "traindyn.laws.GridLaw.distance": Property(
        lambda *g: law_of(*g[:3]).distance(CDFS[g[3]]),
        lambda *g: max(
            abs(a - b)
            for a, b in zip(grid(*g[:3])[1], slow_distribution(g[3], grid(*g[:3])[0]), strict=False)
        ),
        with_grid(st.sampled_from(["logistic", "uniform"])),
        with_grid(st.sampled_from(sorted(CDFS))),
    ),
    "traindyn.inference.samples.distribution_at": Property(
        lambda name, points: distribution_at(CDFS[name], np.sort(points)),
        lambda name, points: slow_distribution(name, np.sort(points)),
        st.tuples(st.sampled_from(["logistic", "uniform"]), samples(1, 6)),
        st.tuples(st.sampled_from(sorted(CDFS)), samples(1, 6)),
        agree=lambda a, b: b is not None and close(a, b),
    ),
}
