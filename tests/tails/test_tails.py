"""Tail indices against exact samples, slow references and a public tool."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from traindyn.random_matrices import MarchenkoPastur
from traindyn.tails import (
    against_exponential,
    against_lognormal,
    bootstrap_exponent,
    exponential_density,
    fit_p_value,
    fit_tail,
    hill,
    hill_null,
    lognormal_density,
    name_tail,
    power_law_density,
    random_indices,
)

STORED = json.loads((Path(__file__).parent / "weightwatcher.json").read_text())


def pareto(alpha, n):
    """Quantiles of a power law at the middles of n equal steps: a sample without noise."""
    return (1 - (np.arange(n) + 0.5) / n) ** (-1 / (alpha - 1))


def slow_fit(values):
    """Every cut-off in turn, as the definition reads."""
    values = sorted(values)
    best = (np.inf, None, None)
    for i in range(len(values) - 1):
        tail = values[i:]
        alpha = 1 + len(tail) / sum(np.log(v / values[i]) for v in tail)
        gaps = [abs(1 - (v / values[i]) ** (1 - alpha) - j / len(tail)) for j, v in enumerate(tail)]
        if max(gaps) < best[0]:
            best = (max(gaps), alpha, len(tail))
    return best


@pytest.mark.parametrize("row", STORED["rows"], ids=lambda row: row["matrix"])
def test_the_fit_is_that_of_weightwatcher_to_three_decimals(row):
    fit = fit_tail(np.array(row["eigenvalues"]))
    assert fit.alpha == pytest.approx(row["alpha"], abs=5e-4)
    assert fit.distance == pytest.approx(row["distance"], abs=5e-4)
    assert fit.count == row["tail"]


def test_the_fit_is_that_of_the_definition():
    values = np.random.default_rng(0).lognormal(size=60)
    distance, alpha, count = slow_fit(values)
    fit = fit_tail(values)
    assert (fit.distance, fit.alpha) == pytest.approx((distance, alpha), rel=1e-10)
    assert fit.count == count
    assert fit.share == count / 60


@pytest.mark.parametrize("alpha", [1.5, 2.0, 4.0])
def test_an_exact_power_law_has_its_own_index(alpha):
    values = pareto(alpha, 4000)
    # the discrete sum over quantiles misses about log(n)/n of the integral
    assert hill(values) == pytest.approx(alpha, abs=0.01 * alpha)
    assert fit_tail(values).alpha == pytest.approx(alpha, abs=0.01 * alpha)


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-6, 1e6), st.integers(0, 100))
def test_indices_are_free_of_scale_and_order(scale, seed):
    generator = np.random.default_rng(seed)
    values = generator.lognormal(size=50)
    other = scale * generator.permutation(values)
    assert hill(other) == pytest.approx(hill(values), rel=1e-9)
    assert fit_tail(other).alpha == pytest.approx(fit_tail(values).alpha, rel=1e-9)


def test_raising_a_spectrum_to_a_power_divides_the_exponent_of_its_distribution():
    values = np.random.default_rng(1).lognormal(size=80)
    assert hill(values**3) - 1 == pytest.approx((hill(values) - 1) / 3)


@pytest.mark.parametrize("ratio", [1.0, 1.2, 1.5, 3.0])
def test_the_null_is_the_integral_over_the_density(ratio):
    law = MarchenkoPastur(1 / ratio)
    median = float(law.quantile(np.array([0.5]))[0])
    mean = integrate.quad(
        lambda h: float(law.density(np.array([h]))[0]) * np.log(h / median),
        median,
        law.high,
        limit=200,
    )[0]
    assert hill_null(ratio) == pytest.approx(1 + 0.5 / mean, abs=1e-5)


def test_the_null_rises_with_the_ratio():
    nulls = [hill_null(ratio) for ratio in np.geomspace(1, 20, 12)]
    assert (np.diff(nulls) > 0).all()


def test_random_matrices_have_the_null_index_at_every_size():
    for size in (50, 100, 200):
        drawn = random_indices((3 * size // 2, size), 10, np.random.default_rng(size))
        # spread 5/n of one matrix, offset 2/n: chance of failing about 1e-4 each
        assert abs(drawn.hill.mean() - hill_null(1.5)) < (2 + 4 * 5 / 10**0.5) / size
    assert drawn.alpha.max() > 2 * drawn.alpha.min()  # no null value for the other index


def test_power_law_and_exponential_densities_are_scipys():
    tail = np.sort(np.random.default_rng(2).pareto(1.5, 40) + 1)
    t = np.log(tail / tail[0])
    assert power_law_density(tail) == pytest.approx(stats.expon.logpdf(t, scale=t.mean()))
    rate = stats.expon.logpdf(tail, loc=tail[0], scale=(tail - tail[0]).mean())
    assert exponential_density(tail) == pytest.approx(rate + np.log(tail))


@pytest.mark.parametrize("seed", range(3))
def test_the_lognormal_density_is_that_of_a_direct_search(seed):
    tail = np.sort(np.random.default_rng(seed).lognormal(sigma=0.5, size=60))
    t = np.log(tail / tail[0])

    def cost(parameters):
        center, spread = parameters[0], np.exp(parameters[1])
        law = stats.norm(center, spread)
        return -(law.logpdf(t) - law.logsf(0)).sum()

    found = optimize.minimize(cost, [t.mean(), 0.0], method="Nelder-Mead", tol=1e-12)
    assert lognormal_density(tail).sum() == pytest.approx(-found.fun, abs=1e-6)


def test_rivals_win_on_their_own_ground():
    normal = stats.norm(3.0, 0.4).ppf((np.arange(200) + 0.5) / 200)
    assert against_lognormal(np.exp(normal)).p_value < 1e-6
    assert against_lognormal(pareto(2.0, 4000)).p_value > 0.05
    line = stats.expon().ppf((np.arange(400) + 0.5) / 400) + 0.2
    assert against_exponential(line).ratio < -3
    assert against_exponential(pareto(2.0, 400)).ratio > 3


def test_a_lognormal_law_never_fits_worse():
    for seed in range(20):
        tail = np.random.default_rng(seed).pareto(1.0, 30) + 1
        assert against_lognormal(tail).log_likelihood <= 1e-9


def test_a_power_law_is_named():
    draw = np.random.default_rng(0)  # each of three tests at 5 %: 1 seed in 10 would object
    report = name_tail(draw.pareto(1.0, 400) + 1, draw)
    assert report.name == "power law"
    assert report.objections == ()
    assert abs(report.exponent.value - 2) < 5 * report.exponent.stderr
    assert report.fit_p_value >= 0.05


def test_a_tail_of_few_points_is_never_named():
    draw = np.random.default_rng(1)
    report = name_tail(pareto(2.0, 30), draw)
    assert report.name == "no power law"
    assert "eigenvalues in the tail" in report.objections[0]


def test_a_random_matrix_is_no_power_law():
    draw = np.random.default_rng(2)
    values = np.linalg.svd(draw.standard_normal((150, 100)), compute_uv=False) ** 2
    assert name_tail(values, draw).name == "no power law"


def test_the_bootstrap_error_of_an_independent_sample_is_its_scatter():
    draw = np.random.default_rng(3)
    values = [draw.pareto(1.0, 200) + 1 for _ in range(12)]
    errors = [bootstrap_exponent(v, draw).stderr for v in values]
    scatter = np.std([fit_tail(v).alpha for v in values], ddof=1)
    assert 1 / 3 < np.median(errors) / scatter < 3  # 12 replicas: spread of the ratio about 20 %


def test_the_distance_of_a_true_power_law_is_ordinary():
    draw = np.random.default_rng(4)  # uniform in [0, 1]: below 0.02 in 1 of 50 seeds
    assert fit_p_value(draw.pareto(1.0, 200) + 1, draw) > 0.02
    assert fit_p_value(np.exp(draw.random(600)), draw) < 0.1


def spectrum_of_rank(rank, dtype=float, size=100):
    g = np.random.default_rng(0)
    product = g.standard_normal((size, rank)) @ g.standard_normal((rank, size))
    return np.linalg.svd(product.astype(dtype), compute_uv=False).astype(float)


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("dtype", [float, np.float32])
@pytest.mark.parametrize("rank", [8, 40, 60])
@pytest.mark.parametrize("unit", [1e-250, 1.0, 1e250])
def test_numerical_zeros_are_refused_by_name(rank, dtype, power, unit):
    values = unit * spectrum_of_rank(rank, dtype) ** power
    for call in (hill, fit_tail, lambda v: bootstrap_exponent(v, np.random.default_rng(0))):
        with pytest.raises(ValueError, match=f"numerical zeros, got {100 - rank} of 100"):
            call(values)
    if rank >= 20:
        assert hill(np.sort(values)[-rank:]) > 1


@pytest.mark.parametrize(("rank", "dtype"), [(99, float), (97, float), (90, np.float32)])
def test_few_zeros_are_seen_where_nothing_looks_like_them(rank, dtype):
    values = spectrum_of_rank(rank, dtype) ** 2
    with pytest.raises(ValueError, match=f"numerical zeros, got {100 - rank} of 100"):
        fit_tail(values)


def test_small_eigenvalues_with_a_cause_are_no_zeros():
    bulk = np.linspace(1.0, 40.0, 74)  # as the constant of Adam leaves them: a gap of 1e4 in a
    small = np.geomspace(1e-10, 1e-5, 25)  # spectrum that spreads over many decades itself
    assert hill(np.concatenate([small, bulk, [1e4]])) > 1


@pytest.mark.parametrize(("alpha", "count"), [(2.0, 4000), (1.5, 4000), (1.2, 4000), (1.1, 4000)])
def test_honest_power_laws_of_any_range_are_fitted(alpha, count):
    for seed in range(3):  # the rule documents how rarely it errs
        values = np.random.default_rng(seed).pareto(alpha - 1, count) + 1
        assert hill(values) == pytest.approx(alpha, abs=0.1 * (alpha - 1))


def test_square_random_matrices_are_full():
    for seed in range(50):
        g = np.random.default_rng(seed)
        assert hill(np.linalg.svd(g.standard_normal((40, 40)), compute_uv=False) ** 2) > 1


def test_outliers_far_above_a_bulk_are_honest():
    g = np.random.default_rng(0)
    bulk = np.linalg.svd(g.standard_normal((150, 100)), compute_uv=False) ** 2
    assert hill(np.append(bulk, 1e4 * bulk[0])) > 1


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e150, 1e300])
def test_indices_hold_at_any_scale(scale):
    values = np.random.default_rng(3).lognormal(size=200)
    one, other = fit_tail(values), fit_tail(scale * values)
    assert hill(scale * values) == pytest.approx(hill(values), rel=1e-11)
    assert (other.alpha, other.distance) == pytest.approx((one.alpha, one.distance), rel=1e-11)
    assert other.count == one.count
    with pytest.raises(ValueError, match="positive"):
        hill(1e-320 * values)  # a double keeps few digits there


ONES = np.append(np.ones(60), 2.0)


@pytest.mark.parametrize(
    "values",
    [
        ONES,
        np.round(np.random.default_rng(99).pareto(1.5, 200) + 1, 1),
        np.random.default_rng(0).zipf(2.5, 500).astype(float),
    ],
    ids=["ones and a two", "rounded", "zipf"],
)
def test_the_tail_is_every_value_at_or_above_the_cut_off(values):
    best = (np.inf, 0.0, 0.0)
    for cutoff in np.unique(values)[:-1]:
        tail = np.sort(values[values >= cutoff])
        alpha = 1 + tail.size / np.log(tail / cutoff).sum()
        below = np.searchsorted(tail, tail) / tail.size
        best = min(best, (np.abs(1 - (tail / cutoff) ** (1 - alpha) - below).max(), alpha, cutoff))
    fit = fit_tail(values)
    assert (fit.distance, fit.alpha, fit.cutoff) == pytest.approx(best, rel=1e-12)
    assert fit.count == (values >= fit.cutoff).sum()


def test_hill_takes_all_values_equal_to_the_cut_off():
    values = np.concatenate([np.full(10, 1.0), np.full(20, 2.0), np.full(10, 4.0)])
    assert hill(values) == pytest.approx(1 + 30 / (10 * np.log(2)))
    with pytest.raises(ValueError, match="must differ, all are 4"):
        hill(values, share=0.2)


def test_a_share_is_meant_as_it_is_written():
    values = np.exp(np.arange(30.0))  # 0.9 of 30 are 27, though 30(1 - 0.9) is below 3 in doubles
    assert hill(values, share=0.9) == pytest.approx(1 + 27 / np.arange(27).sum())


def test_values_that_differ_by_rounding_are_one():
    values = np.append(1 + 1e-15 * np.arange(60), 2.0)
    assert fit_tail(values).count == 61


def test_repeated_values_are_no_power_law():
    report = name_tail(ONES, np.random.default_rng(1))
    assert report.name == "no power law"
    assert "60 of 61 eigenvalues in the tail are equal" in report.objections


def test_a_tail_of_two_values_is_reported():
    values = np.append(np.linspace(1, 1.1, 30), [50.0, 51.0])
    assert name_tail(values, np.random.default_rng(0)).name == "no power law"


@pytest.mark.parametrize("generator", [None, 0, np.random, np.random.RandomState(0)])
def test_generators_of_another_kind_are_refused(generator, unchecked):
    for call in (bootstrap_exponent, fit_p_value, name_tail):
        with pytest.raises(ValueError, match=r"generator must be a numpy\.random\.Generator"):
            call(pareto(2.0, 30), generator)


@pytest.mark.parametrize("count", [10**9, 20.0, True, np.nan])
def test_counts_that_are_none_or_never_end_are_refused(count, unchecked):
    with pytest.raises(ValueError, match="resamples must"):
        bootstrap_exponent(pareto(2.0, 30), np.random.default_rng(0), count)
    with pytest.raises(ValueError, match="samples must"):
        fit_p_value(pareto(2.0, 30), np.random.default_rng(0), count)
    with pytest.raises(ValueError, match="replicas must"):
        random_indices((30, 30), count if count != 20.0 else 2.0, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hill(np.ones(5)), "at least 20"),
        (lambda: hill(np.r_[-1.0, np.ones(30)]), "positive"),
        (lambda: hill(np.ones(30)), "differ"),
        (lambda: hill(np.arange(1.0, 40.0), share=1.0), "share"),
        (lambda: fit_tail(np.ones(30)), "differ"),
        (lambda: hill_null(0.5), "ratio"),
        (lambda: hill_null(1.5, share=0.0), "share"),
        (lambda: against_lognormal(np.arange(1.0, 5.0)), "at least 10"),
        (lambda: against_exponential(np.ones(20)), "differ"),
        (lambda: random_indices((30, 30), 0, np.random.default_rng(0)), "replicas"),
        (lambda: bootstrap_exponent(pareto(2.0, 30), np.random.default_rng(0), 5), "resamples"),
        (lambda: fit_p_value(pareto(2.0, 30), np.random.default_rng(0), 5), "samples"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
