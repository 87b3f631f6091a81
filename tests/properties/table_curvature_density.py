"""Properties of spectral densities: Gauss rules by hand."""

from __future__ import annotations

import math

import numpy as np
from comparing import arrays, near, plain, seeds, tame
from harness import Property
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import any_number

from traindyn import curvature


def rules(seed, probes, steps):
    g = np.random.default_rng(seed)
    weights = g.random((probes, steps)) + 0.01
    return np.sort(g.standard_normal((probes, steps))), weights / weights.sum(axis=1, keepdims=True)


@st.composite
def wild_rules(draw):
    nodes, weights = rules(draw(seeds), draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    nodes = nodes * draw(st.sampled_from([1.0, 1e160, 1e-160, 1e300]))
    kind = draw(st.sampled_from(["good", "good", "good", "nodes", "weights", "both"]))
    if kind in ("nodes", "both"):
        nodes = draw(arrays((2, 2)))
    if kind in ("weights", "both"):
        weights = draw(arrays((2, 2)))
    return nodes, weights


def averages(rows):
    """Mean and standard error by hand, of any_number() of any size."""
    scale = max(map(abs, rows)) or 1.0
    rows = [row / scale for row in rows]
    mean = sum(rows) / len(rows)
    spread = sum((row - mean) ** 2 for row in rows) / (len(rows) - 1) / len(rows)
    return [mean * scale, math.sqrt(spread) * scale]


def sums(nodes, weights, function):
    return [
        sum(w * function(x) for x, w in zip(row, ws, strict=True))
        for row, ws in zip(plain(nodes), plain(weights), strict=True)
    ]


FUNCTIONS = [np.square, np.abs, np.log, np.exp, lambda x: 1.0, lambda x: x[0], lambda x: 1j * x, 3]


def normal_law(x, width):
    z = x / width
    return (math.exp(-z * z / 2) if abs(z) < 1e150 else 0.0) / math.sqrt(2 * math.pi) / width


def of_rules(call, slow, ordinary, wild, agree):
    """A property of a method: a density is made from drawn rules first."""
    return Property(
        lambda drawn, *rest: call(curvature.SpectralDensity(*drawn, 5), *rest),
        lambda drawn, *rest: slow(*drawn, *rest),
        st.tuples(
            st.tuples(seeds, st.integers(2, 3), st.integers(1, 3)).map(lambda s: rules(*s)),
            *ordinary,
        ),
        st.tuples(wild_rules(), *wild),
        agree,
    )


def estimate(found):
    return [found.value, found.stderr]


def slow_cdf(nodes, weights, points):
    each = [averages(sums(nodes, weights, lambda x, p=p: float(x <= p))) for p in plain(points)]
    return np.transpose(each)


def slow_density(nodes, weights, points, width):
    width = float(width)
    each = [
        averages(sums(nodes, weights, lambda x, p=p: normal_law(p - x, width)))
        for p in plain(points)
    ]
    return np.transpose(each)


few = hnp.arrays(float, 3, elements=tame)

RULES = {
    "SpectralDensity": of_rules(
        lambda made: made.weights.sum(axis=1),
        lambda nodes, weights: [sum(row) for row in plain(weights)],
        (),
        (),
        near,
    ),
    "SpectralDensity.expect": of_rules(
        lambda made, function: estimate(made.expect(function)),
        lambda nodes, weights, function: averages(
            sums(nodes, weights, lambda x: float(function(x)))
        ),
        (st.sampled_from(FUNCTIONS[:2]),),
        (st.sampled_from(FUNCTIONS),),
        near,
    ),
    "SpectralDensity.trace": of_rules(
        lambda made: estimate(made.trace()),
        lambda nodes, weights: averages([5 * x for x in sums(nodes, weights, float)]),
        (),
        (),
        near,
    ),
    "SpectralDensity.cdf": of_rules(
        lambda made, points: made.cdf(points),
        slow_cdf,
        (few,),
        (arrays(3),),
        near,
    ),
    "SpectralDensity.density": of_rules(
        lambda made, points, width: made.density(points, width),
        slow_density,
        (few, st.floats(0.1, 2)),
        (arrays(3), any_number()),
        near,
    ),
}

TABLE = {f"traindyn.curvature.density.{name}": tried for name, tried in RULES.items()}
