"""Properties of ``traindyn.tails``."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from harness import Property, close
from hypothesis import strategies as st
from scipy import integrate, optimize, stats
from strategies import (
    any_count,
    any_number,
    generators,
    mistreated,
    numbers,
    positive,
    seeds,
)

from traindyn import tails
from traindyn.tails import indices, spectra


def narrow(arrays):
    """Wider ones may be taken for spectra with numerical zeros, as the rule says how rarely."""
    return arrays.filter(lambda v: v.max() < 1e6 * v.min())


def varied(arrays):
    return narrow(arrays).filter(lambda v: np.unique(v).size > 12)


spectrum = narrow(positive(20, 40))


def plain(values):
    return sorted(np.array(values, dtype=float).tolist())


def rng(seed):
    return np.random.default_rng(seed) if isinstance(seed, int) and seed >= 0 else seed


def slow_hill(values, share=0.5):
    values = plain(values)
    exact = Fraction(str(float(share)))
    cutoff = values[min(math.floor((1 - exact) * len(values)), len(values) - 1)]
    tail = [v for v in values if v >= cutoff * (1 - 1e-12)]
    return 1 + len(tail) / math.fsum(math.log(v / tail[0]) for v in tail)


def slow_fits(values):
    """Exponent, distance and count of every cut-off, by the definition."""
    values = plain(values)
    found = {}
    for cutoff in sorted(set(values))[:-1]:
        tail = np.array([v for v in values if v >= cutoff])
        alpha = 1 + len(tail) / math.fsum(np.log(tail / cutoff))
        below = np.array([sum(v < w for v in tail) for w in tail]) / len(tail)
        distance = np.abs(1 - (tail / cutoff) ** (1 - alpha) - below).max()
        found[cutoff] = alpha, distance, len(tail)
    return found


def slow_best(values):
    return min(slow_fits(values).items(), key=lambda item: item[1][1])


def is_a_best_fit(fit, fits):
    alpha, distance, count = fits[fit.cutoff]
    return (
        close([fit.alpha, fit.distance], [alpha, distance])
        and close(fit.distance, min(d for _, d, _ in fits.values()))
        and fit.count == count
        and close(fit.share, count / max(c for _, _, c in fits.values()))
    )


def slow_bootstrap(values, seed, resamples):
    values, generator, drawn = np.array(plain(values)), rng(seed), []
    while len(drawn) < resamples:
        chosen = values[generator.integers(values.size, size=values.size)]
        if len(set(chosen)) > 1:
            drawn.append(slow_best(chosen)[1][0])
    return slow_best(values)[1][0], statistics_stdev(drawn)


def statistics_stdev(values):
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))


def slow_p_value(values, seed, number):
    values, generator, farther, done = np.array(plain(values)), rng(seed), 0, 0
    cutoff, (alpha, distance, count) = slow_best(values)
    body = values[: len(values) - count]
    while done < number:
        n = generator.binomial(len(values), count / len(values)) if body.size else len(values)
        drawn = cutoff * generator.random(n) ** (-1 / (alpha - 1))
        below = generator.choice(body, len(values) - n) if body.size else body
        drawn = np.concatenate([drawn, below])
        if len(set(drawn)) > 1:
            done += 1
            farther += slow_best(drawn)[1][1] > distance
    return farther / number


def named(values, seed, resamples):
    report = tails.name_tail(values, rng(seed), resamples)
    return report.name, report.fit_p_value, report.exponent.value


def slow_name(values, seed, resamples):
    values, generator = np.array(plain(values)), rng(seed)
    cutoff, (alpha, _, count) = slow_best(values)
    tail = values[values >= cutoff]
    p_value = slow_p_value(values, generator, resamples)
    good = count >= 50 and p_value >= 0.05
    return ("power law" if good and rivals_lose(tail) else "no power law"), p_value, alpha


def rivals_lose(tail):
    exponential, lognormal = tails.against_exponential(tail), tails.against_lognormal(tail)
    ties = max(np.unique(tail, return_counts=True)[1]) / tail.size
    return (
        exponential.ratio > 0
        and exponential.p_value < 0.05
        and lognormal.p_value >= 0.05
        and ties / 2 <= stats.kstwo.isf(0.05, tail.size)
    )


def same_name(actual, expected):
    return actual[0] == expected[0] and close(actual[1:], expected[1:])


def slow_null(ratio, share=0.5):
    root = 1 / math.sqrt(ratio)

    def mass(angle):
        """Density of the bulk in the angle, integrated with the substitution that tames it."""
        h = 1 + root**2 - 2 * root * np.cos(angle)
        return 4 * root**2 * np.sin(angle) ** 2 / (2 * np.pi * root**2 * h)

    nodes, weights = np.polynomial.legendre.leggauss(300)

    def above(angle):
        x = angle + (math.pi - angle) * (nodes + 1) / 2
        return (math.pi - angle) / 2 * weights @ mass(x)

    start = optimize.brentq(lambda a: above(a) - share, 0, math.pi, xtol=1e-14)
    cutoff = 1 + root**2 - 2 * root * math.cos(start)

    def log_mass(angle):
        h = 1 + root**2 - 2 * root * math.cos(angle)
        return float(mass(angle)) * math.log(h / cutoff)

    return 1 + share / integrate.quad(log_mass, start, math.pi, epsabs=1e-14, limit=200)[0]


def drawn_indices(shape, replicas, seed):
    found = tails.random_indices(shape, replicas, rng(seed))
    return [found.hill, found.alpha, found.count]


def slow_indices(shape, replicas, seed):
    generator, rows = rng(seed), []
    for _ in range(replicas):
        matrix = generator.standard_normal(tuple(shape))
        values = np.linalg.svd(matrix, compute_uv=False) ** 2
        _, (alpha, _, count) = slow_best(values)
        rows.append([slow_hill(values), alpha, count])
    return np.array(rows).T


def excess(tail):
    tail = np.array(plain(tail))
    return np.log(tail / tail[0])


def slow_power(tail):
    t = excess(tail)
    return stats.expon.logpdf(t, scale=t.mean())


def slow_exponential(tail):
    beyond = np.expm1(excess(tail))
    return stats.expon.logpdf(beyond, scale=beyond.mean()) + excess(tail)


def slow_lognormal(tail):
    """The largest likelihood of a normal law cut off at 0, by direct search."""
    t = excess(tail) / excess(tail).mean()

    def cost(parameters):
        center, spread = parameters[0], math.exp(parameters[1])
        log_mass = stats.norm.logsf(-center / spread)
        return -(stats.norm.logpdf(t, center, spread) - log_mass).sum()

    starts = [(1.0, 0.0), (0.0, 0.0), (-20.0, 1.5), (1.0, math.log(t.std() + 1e-9))]
    options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000, "maxfev": 4000}
    best = min(
        optimize.minimize(cost, start, method="Nelder-Mead", options=options).fun
        for start in starts
    )
    return -best - t.size * math.log(excess(tail).mean())


def as_likely(actual, best):
    """The fit may beat the search, which stops short of the power law, its limit."""
    return -1e-5 < actual.sum() - best < 0.02


def slow_comparison(rival):
    def compare(tail):
        pointwise = slow_power(tail) - rival(tail)
        ratio = pointwise.sum() / (math.sqrt(pointwise.size) * pointwise.std())
        return pointwise.sum(), ratio

    return compare


def agrees(actual, expected):
    total, ratio = expected
    same = np.isclose(actual.log_likelihood, total, rtol=1e-6, atol=1e-6)
    if abs(total) < 1e-6:
        return bool(same)
    return bool(same and np.isclose(actual.ratio, ratio, rtol=1e-5))


shares = numbers(0.05, 0.95)
tail = varied(positive(14, 40))
some_tail = mistreated(st.one_of(tail, positive(1, 30)))
some_spectrum = mistreated(st.one_of(spectrum, positive(0, 30)))
some_seed = st.one_of(seeds, generators)

TABLE = {
    "traindyn.tails.spectra.positive_spectrum": Property(
        spectra.positive_spectrum, plain, st.tuples(spectrum), st.tuples(some_spectrum)
    ),
    "traindyn.tails.spectra.log_spectrum": Property(
        spectra.log_spectrum,
        lambda v: [math.log(x / v[0]) for x in v],
        st.tuples(spectrum.map(np.sort)),
        st.tuples(spectrum.map(np.sort)),
    ),
    "traindyn.tails.spectra.numerical_zeros": Property(
        lambda v, zeros, unit: spectra.numerical_zeros(
            unit * np.concatenate([1e-32 * v[:zeros], np.sort(v)])
        ),
        lambda v, zeros, unit: zeros,
        st.tuples(spectrum.map(np.sort), st.integers(0, 20), st.sampled_from([1, 1e-200, 1e200])),
        st.tuples(spectrum.map(np.sort), st.integers(0, 20), st.sampled_from([1, 1e-99, 1e99])),
    ),
    "traindyn.tails.indices.hill": Property(
        tails.hill,
        slow_hill,
        st.tuples(varied(spectrum), numbers(0.4, 0.95)),
        st.tuples(some_spectrum, any_number() | shares),
    ),
    "traindyn.tails.indices.fit_tail": Property(
        tails.fit_tail,
        slow_fits,
        st.tuples(varied(spectrum)),
        st.tuples(some_spectrum),
        agree=is_a_best_fit,
    ),
    "traindyn.tails.indices.best_cutoff": Property(
        lambda v: indices.best_cutoff(np.log(np.sort(v)))[1:],
        lambda v: slow_best(v)[1][:2],
        st.tuples(varied(spectrum)),
        st.tuples(varied(spectrum)),
    ),
    "traindyn.tails.indices.first_of_equals": Property(
        indices.first_of_equals,
        lambda logs: np.unique(logs, return_index=True)[1],
        st.tuples(spectrum.map(lambda v: np.log(np.sort(v)))),
        st.tuples(spectrum.map(lambda v: np.log(np.sort(v)))),
    ),
    "traindyn.tails.naming.bootstrap_exponent": Property(
        lambda v, seed, n: ((e := tails.bootstrap_exponent(v, rng(seed), n)).value, e.stderr),
        slow_bootstrap,
        st.tuples(varied(positive(20, 24)), seeds, st.just(20)),
        st.tuples(mistreated(positive(15, 24)), some_seed, any_count() | st.just(20)),
        agree=lambda a, b: bool(np.allclose(a, b, rtol=1e-6)),
    ),
    "traindyn.tails.naming.fit_p_value": Property(
        lambda v, seed, n: tails.fit_p_value(v, rng(seed), n),
        slow_p_value,
        st.tuples(varied(positive(20, 24)), seeds, st.just(20)),
        st.tuples(mistreated(positive(15, 24)), some_seed, any_count() | st.just(20)),
    ),
    "traindyn.tails.naming.name_tail": Property(
        named,
        slow_name,
        st.tuples(varied(positive(20, 24)), seeds, st.just(20)),
        st.tuples(mistreated(positive(15, 24)), some_seed, any_count() | st.just(20)),
        agree=same_name,
    ),
    "traindyn.tails.nulls.hill_null": Property(
        tails.hill_null,
        slow_null,
        st.tuples(numbers(1, 50), numbers(0.02, 0.98)),
        st.tuples(any_number() | numbers(1, 1e6), any_number() | numbers(0, 1)),
        agree=lambda a, b: abs(a / b - 1) < 1e-4,
    ),
    "traindyn.tails.nulls.random_indices": Property(
        drawn_indices,
        slow_indices,
        st.tuples(st.tuples(st.integers(20, 24), st.integers(20, 24)), st.just(2), seeds),
        st.tuples(
            st.tuples(any_count(), any_count()) | st.sampled_from([None, 5, (30,), "ab", (30, 30)]),
            any_count(),
            some_seed,
        ),
    ),
    "traindyn.tails.rivals.power_law_density": Property(
        tails.power_law_density, slow_power, st.tuples(tail), st.tuples(some_tail)
    ),
    "traindyn.tails.rivals.exponential_density": Property(
        tails.exponential_density, slow_exponential, st.tuples(tail), st.tuples(some_tail)
    ),
    "traindyn.tails.rivals.lognormal_density": Property(
        tails.lognormal_density,
        slow_lognormal,
        st.tuples(tail),
        st.tuples(some_tail),
        agree=as_likely,
    ),
    "traindyn.tails.rivals.against_exponential": Property(
        tails.against_exponential,
        slow_comparison(slow_exponential),
        st.tuples(tail),
        st.tuples(some_tail),
        agree=agrees,
    ),
    "traindyn.tails.rivals.against_lognormal": Property(
        tails.against_lognormal,
        slow_comparison(tails.lognormal_density),
        st.tuples(tail),
        st.tuples(some_tail),
        agree=agrees,
    ),
}
