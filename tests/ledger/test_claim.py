"""Claims: how a verdict follows from measurements, and how often it is wrong."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from traindyn.inference import Estimate, critical_value, estimate_mean, exact
from traindyn.ledger import (
    VERDICTS,
    Claim,
    Control,
    Part,
    Rule,
    Size,
    at_least,
    at_most,
    other_system,
    same_run,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)

ALPHA = 0.05
Z = critical_value(ALPHA, 1)


def rule(bound=0.1):
    return within(bound, "smallest effect that matters", "convention")


def limit(kind, number):
    return Rule(kind, "a limit", "paper", limit=number)


def noisy(value, stderr):
    """What is random if it has an error."""
    return Estimate(value, stderr, drawn=stderr != 0)


def part(value=1.0, stderr=0.0, controls=(2.0,), **settings):
    """A part that predicts 1 ± 0.1; controls are given by their values."""
    rule_of_it = settings.pop("rule", rule())
    if rule_of_it.kind == "within":
        settings.setdefault("prediction", 1.0)
    return Part(
        settings.pop("statement", "the rate is one"),
        settings.pop("measurement", noisy(value, stderr)),
        rule_of_it,
        settings.pop("given", [wrong_theory(f"mutant at {c}", noisy(c, stderr)) for c in controls]),
        compares=settings.pop("compares", "simulation"),
        replicates=settings.pop("replicates", "runs" if stderr else ""),
        **settings,
    )


def sizes(*values, stderr=0.0):
    return [Size(10.0 * 2**i, noisy(v, stderr)) for i, v in enumerate(values)]


def claim(*parts, **settings):
    return Claim(settings.pop("id", "BR-1"), "eq. 1", "stated", "Rates are one.", parts)


# --- the rule -------------------------------------------------------------------------------------


def test_range_of_acceptance():
    assert within(0.5, "a step", "size").accept(1.0) == (0.5, 1.5)
    assert at_most(0.5, "a step", "size").accept() == (-math.inf, 0.5)
    assert at_least(0.5, "a step", "size").accept() == (0.5, math.inf)
    assert at_least(-2.0, "a step", "size").accept() == (-2.0, math.inf)


def test_an_exact_theory_is_tested_against_the_noise():
    """It passes up to one half-width and fails from three on."""
    half_width = 0.1 * critical_value()
    for deviation, outcome in [(0.99, "pass"), (1.01, "undecided"), (3.01, "fail")]:
        measured = Estimate(1 + deviation * half_width, 0.1)
        assert within_noise(measured).outcome(measured, 1.0) == outcome
    assert within_noise(Estimate(1.0, 0.1)).origin == "noise"


def test_computed_corrections_widen_what_noise_allows():
    plain, corrected = (within_noise(Estimate(1.0, 0.1), "a finite step", c) for c in (0.0, 0.5))
    assert corrected.bound == pytest.approx(plain.bound + 0.5)
    assert (plain.origin, corrected.origin, corrected.why) == (
        "noise",
        "next order",
        "a finite step",
    )


@pytest.mark.parametrize("bound", [0.0, -1.0, math.nan, math.inf])
def test_bound_must_be_positive_and_finite(bound):
    with pytest.raises(ValueError, match=f"bound must be positive and finite, got {bound}"):
        rule(bound)


@pytest.mark.parametrize(
    ("kind", "value", "outcome"),
    [
        ("at_most", -math.inf, "undecided"),  # what diverged is no evidence, whatever its sign
        ("at_least", math.inf, "undecided"),
        ("at_least", -math.inf, "fail"),
        ("at_most", math.inf, "fail"),
        ("at_least", 5.0, "pass"),
        ("at_least", 0.4, "fail"),
        ("at_most", 0.5, "pass"),
    ],
)
def test_limits_bound_one_direction(kind, value, outcome):
    assert limit(kind, 0.5).outcome(exact(value)) == outcome
    assert rule().outcome(exact(math.inf), 1.0) == "fail"


def test_a_wrong_prediction_must_be_missed_by_the_measurement():
    """The rule of the part decides: 1.09 lies within 0.1 of 1.15, and not of 1.25."""
    assert part(1.09, given=[wrong_prediction("a factor", 1.25)]).verdict == "verified"
    assert part(1.09, given=[wrong_prediction("a factor", 1.15)]).verdict == "inconclusive"
    assert part(1.09, 0.02, given=[wrong_prediction("a factor", 1.25)]).random_tests == 2


def test_the_same_run_elsewhere_is_no_control_alone():
    elsewhere = same_run("at the start", exact(2.0))
    assert part(given=[elsewhere]).verdict == "toy"
    assert part(given=[elsewhere, other_system("no noise", exact(2.0))]).verdict == "verified"
    assert part(given=[same_run("later", exact(1.0))]).verdict == "inconclusive"


def test_outcome_uses_the_error_budget_of_the_book():
    """The edge is 0.1 away: the error that just fits is 0.1 over the critical value."""
    fits = 0.1 / critical_value()
    assert rule().outcome(Estimate(1.0, fits * 0.999), 1.0) == "pass"
    assert rule().outcome(Estimate(1.0, fits * 1.001), 1.0) == "undecided"
    assert rule().outcome(Estimate(1.2, fits * 0.999), 1.0) == "fail"
    assert rule().outcome(Estimate(1.2, fits * 1.001), 1.0) == "undecided"


# --- the verdict ----------------------------------------------------------------------------------

TREND = sizes(1.08, 1.04, 1.02)


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        (part(), "verified"),
        (part(1.2), "falsified"),
        (part(1.2, controls=()), "falsified"),
        (part(1.09, 0.01), "inconclusive"),
        (part(1.09, 0.01, controls=()), "inconclusive"),
        (part(controls=()), "toy"),
        (part(controls=(1.05,)), "inconclusive"),  # the control passes as well
        (part(controls=(2.0, 1.05)), "inconclusive"),  # one control of two passes
        (part(stderr=0.01, controls=(1.12,)), "inconclusive"),  # the control is undecided
        (part(asymptotic=True), "toy"),
        (part(asymptotic=True, sizes=TREND[:2]), "toy"),
        (part(asymptotic=True, sizes=TREND), "verified"),
        (part(asymptotic=True, sizes=TREND, controls=()), "toy"),
        (part(asymptotic=True, sizes=sizes(1.02, 1.02, 1.02)), "inconclusive"),  # flat
        (part(asymptotic=True, sizes=sizes(1.08, 1.01, 1.02)), "inconclusive"),  # grows at the end
        (part(asymptotic=True, sizes=sizes(1.08, 1.04, 1.02, stderr=0.01)), "inconclusive"),
        (part(asymptotic=True, sizes=sizes(1.08, 0.96, 1.02)), "verified"),  # from either side
        (part(1.2, asymptotic=True, sizes=TREND), "falsified"),
        (part(sizes=sizes(1.02, 1.02)), "verified"),  # sizes of a claim that needs none
    ],
)
def test_verdict(case, verdict):
    assert case.verdict == verdict


outcome_names = st.sampled_from([1.0, 1.095, 2.0])  # pass, undecided, fail with an error of 0.002


@given(outcome_names, st.lists(outcome_names, max_size=3), st.booleans(), st.integers(0, 4))
def test_verdict_follows_the_written_rule(value, controls, asymptotic, count):
    """The rule of the page `How to read a verdict`, in its own words."""
    name = {1.0: "pass", 1.095: "undecided", 2.0: "fail"}
    trend = [1.0 + 0.5 / 2**i for i in range(count)]
    case = part(value, 0.002, controls, asymptotic=asymptotic, sizes=sizes(*trend))
    enough_sizes = count >= 3 or not asymptotic
    if name[value] == "fail":
        expected = "falsified"
    elif name[value] == "pass" and controls and {name[c] for c in controls} == {"fail"}:
        expected = "verified" if enough_sizes else "toy"
    elif name[value] == "pass" and not controls:
        expected = "toy"
    else:
        expected = "inconclusive"
    assert case.verdict == expected


@given(st.floats(-3, 3), st.floats(0, 0.2), st.floats(1e-3, 3), st.floats(1, 10))
def test_a_wider_bound_never_falsifies(value, stderr, bound, factor):
    narrow = part(value, stderr, rule=rule(bound))
    wide = part(value, stderr, rule=rule(bound * factor))
    if narrow.verdict != "falsified":
        assert wide.verdict != "falsified"
    if narrow.outcome == "pass":
        assert wide.outcome == "pass"


@given(st.floats(-3, 3), st.floats(0, 0.2), st.lists(st.floats(-3, 3), min_size=2, max_size=4))
def test_a_further_control_never_strengthens_a_verdict(value, stderr, controls):
    fewer, more = part(value, stderr, controls[:-1]), part(value, stderr, controls)
    assert VERDICTS.index(more.verdict) <= VERDICTS.index(fewer.verdict)


@given(
    st.floats(-3, 3),
    st.floats(0, 0.2, allow_subnormal=False),
    st.lists(st.floats(-3, 3), max_size=2),
    st.lists(st.floats(-3, 3), max_size=4),
    st.sampled_from([0.25, 8.0]),
)
def test_a_verdict_does_not_depend_on_the_unit(value, stderr, controls, values, factor):
    """A factor that is a power of two changes no digit of a normal number."""
    settings = {"asymptotic": bool(values)}
    original = part(value, stderr, controls, sizes=sizes(*values, stderr=stderr), **settings)
    scaled = part(
        factor * value,
        factor * stderr,
        [factor * c for c in controls],
        prediction=factor,
        rule=rule(0.1 * factor),
        sizes=sizes(*(factor * v for v in values), stderr=factor * stderr),
        **settings,
    )
    assert scaled.verdict == original.verdict
    assert scaled.random_tests == original.random_tests


def test_random_tests_count_noisy_decisions_only():
    assert part().random_tests == 0
    assert part(stderr=0.01, controls=(2.0, 3.0)).random_tests == 3
    three = sizes(1.5, 1.2, 1.1, stderr=0.01)
    assert part(stderr=0.01, sizes=three).random_tests == 2
    assert part(stderr=0.01, sizes=three, asymptotic=True).random_tests == 5


def test_random_tests_count_declarations_not_errors():
    """Draws that happen to agree are random all the same."""
    assert part(measurement=Estimate(1.0, 0.0, 9), replicates="runs").random_tests == 1


def test_step_sizes_may_shrink():
    steps = [Size(0.1 / 2**i, exact(1 + 0.1 / 2**i)) for i in range(3)]
    assert part(asymptotic=True, sizes=steps).trend_holds


def test_a_limit_says_where_its_sizes_go():
    settings = {"rule": limit("at_most", 3.0), "controls": (9.0,), "asymptotic": True}
    assert part(2.0, **settings, sizes=sizes(4.0, 3.0, 2.0), toward=0.0).verdict == "verified"
    assert part(2.0, **settings, sizes=sizes(4.0, 3.0, 2.0), toward=4.0).verdict == "inconclusive"


@pytest.mark.parametrize("order", [(10.0, 10.0, 20.0), (10.0, 30.0, 20.0), (1.0, 2.0, 2.0)])
def test_sizes_must_be_in_order(order):
    with pytest.raises(ValueError, match="sizes must grow or shrink strictly, got"):
        part(sizes=[Size(size, exact(1.0)) for size in order])


@pytest.mark.parametrize("prediction", [math.nan, math.inf])
def test_prediction_must_be_finite(prediction):
    with pytest.raises(ValueError, match=f"prediction must be finite, got {prediction}"):
        part(prediction=prediction)


# --- the claim ------------------------------------------------------------------------------------


def test_a_claim_is_as_strong_as_its_weakest_part():
    strong, toy, unclear, wrong = part(), part(controls=()), part(1.09, 0.01), part(2.0)
    assert claim(strong, strong).verdict == "verified"
    assert claim(strong, toy).verdict == "toy"
    assert claim(toy, unclear, strong).verdict == "inconclusive"
    assert claim(unclear, wrong, toy).verdict == "falsified"


def test_parts_are_labeled_when_there_are_several():
    assert [p.label for p in claim(part()).parts] == [""]
    assert [p.label for p in claim(part(label="q")).parts] == [""]
    assert [p.label for p in claim(part(), part(), part()).parts] == ["a", "b", "c"]


def test_surprises_name_the_parts_that_differ():
    surprising = claim(part(), part(2.0), part(controls=(), expected="toy"))
    assert surprising.surprises() == ["BR-1b: falsified, expected verified (the rate is one)"]
    with pytest.raises(AssertionError, match="BR-1b: falsified, expected verified"):
        surprising.check()
    assert surprising.expected == "toy"


def test_check_returns_a_claim_that_came_out_as_expected():
    falsified = claim(part(2.0, expected="falsified"))
    assert falsified.check() is falsified


@pytest.mark.parametrize("name", ["BR8", "br-8", "BR-0", "BR-08", "BR-8a", ""])
def test_id_has_two_capitals_and_a_number(name):
    with pytest.raises(ValueError, match=f"id must look like BR-8, got '{name}'"):
        claim(part(), id=name)


@pytest.mark.parametrize("count", [0, 27])
def test_a_claim_has_one_to_26_parts(count):
    with pytest.raises(ValueError, match=f"parts of BR-1 must be between 1 and 26, got {count}"):
        claim(*[part()] * count)


def test_a_claim_shows_itself_as_a_line_that_opens_to_its_table():
    head, summary, empty, *table, last, end = (
        claim(part(), part(1.05))._repr_markdown_().split("\n")
    )
    assert (head, end) == ('<details class="evidence">', "</details>")
    line = "BR-1: 2 of 2 parts hold, the tightest at 0.50 of its bound"
    assert summary == f"<summary>{line}</summary>"
    assert (empty, last) == ("", "")  # Markdown reads a table between empty lines only
    assert "| BR-1a | the rate is one | 1 | 1 | 1 ± 0.1 | mutant at 2.0: 2 | verified |" in table


def test_a_claim_that_fails_stands_open_and_names_the_part():
    markdown = claim(part(), part(2.0))._repr_markdown_()
    assert markdown.startswith(
        '<details class="evidence" open>\n<summary>BR-1: 1 of 2 parts hold; not BR-1b</summary>'
    )
    assert (
        "| BR-1b | the rate is one | 1 | 2 | 1 ± 0.1 | mutant at 2.0: 2 | falsified |" in markdown
    )


# --- measured error rates -------------------------------------------------------------------------
# Every count is binomial; its limits leave out 1e-6 for a correct rule. One test of 5 % replaces
# the book's budget of one in a million, so that errors can be counted.


@pytest.fixture
def large_budget(monkeypatch):
    for module in ("parts", "rules"):
        monkeypatch.setattr(f"traindyn.ledger.{module}.critical_value", lambda: Z)


def verdicts(trials, generator, build):
    """How often each verdict is reached; `build` maps a source of noise to a part."""
    count = dict.fromkeys(VERDICTS, 0)
    for _ in range(trials):
        count[build(generator.normal).verdict] += 1
    return count


def limits(trials, rate):
    return stats.binom.ppf(5e-7, trials, rate), stats.binom.isf(5e-7, trials, rate)


def measured(truth, control, noise, bound=4.0):
    """A part that predicts 0 with acceptance ± bound, all errors 1."""
    return Part(
        "the rate is zero",
        Estimate(truth + noise(), 1.0),
        rule(bound),
        [wrong_theory("mutant", Estimate(control + noise(), 1.0))],
        prediction=0.0,
        compares="simulation",
        replicates="draws",
    )


@pytest.mark.usefixtures("large_budget")
def test_false_alarms_of_a_true_claim():
    """At the edge of acceptance a claim is falsified with probability alpha / 2, inside less."""
    trials = 2_000
    edge = verdicts(trials, np.random.default_rng(1), lambda n: measured(4.0, 20.0, n))
    low, high = limits(trials, ALPHA / 2)
    assert low <= edge["falsified"] <= high
    inside = verdicts(trials, np.random.default_rng(2), lambda n: measured(3.0, 20.0, n))
    low, high = limits(trials, stats.norm.sf(Z + 1))
    assert low <= inside["falsified"] <= high


@pytest.mark.usefixtures("large_budget")
def test_misses_of_a_false_claim():
    """A claim just outside is verified with probability alpha / 2, farther out with less."""
    trials = 2_000
    edge = verdicts(trials, np.random.default_rng(3), lambda n: measured(4.0 + 1e-9, 20.0, n))
    low, high = limits(trials, ALPHA / 2)
    assert low <= edge["verified"] <= high
    outside = verdicts(trials, np.random.default_rng(4), lambda n: measured(5.0, 20.0, n))
    low, high = limits(trials, stats.norm.sf(Z + 1))
    assert low <= outside["verified"] <= high


@pytest.mark.usefixtures("large_budget")
def test_a_mutant_within_the_bound_hardly_ever_counts_as_rejected():
    trials = 2_000
    same = verdicts(trials, np.random.default_rng(5), lambda n: measured(0.0, 4.0, n))
    passes = 2 * stats.norm.cdf(4.0 - Z) - 1
    low, high = limits(trials, passes * ALPHA / 2)
    assert low <= same["verified"] <= high


@pytest.mark.usefixtures("large_budget")
@pytest.mark.parametrize("distance", [2.0, 3.0, 5.0])
def test_power_to_verify(distance):
    """True claim in the middle, bound of 4 errors, mutant `distance` errors beyond the bound."""
    trials = 2_000
    count = verdicts(
        trials,
        np.random.default_rng(int(distance)),
        lambda noise: measured(0.0, 4.0 + distance, noise),
    )
    power = (2 * stats.norm.cdf(4.0 - Z) - 1) * stats.norm.cdf(distance - Z)
    low, high = limits(trials, power)
    assert low <= count["verified"] <= high


@pytest.mark.usefixtures("large_budget")
@pytest.mark.parametrize("n", [3, 10])
def test_false_alarms_with_few_replicas(n):
    """Student's quantile keeps alpha / 2 although the error itself comes from n replicas."""
    trials, generator, alarms = 3_000, np.random.default_rng(n), 0
    for x in generator.normal(size=(trials, n)):
        alarms += rule(100.0).outcome(estimate_mean(x), -100.0) == "fail"
    low, high = limits(trials, ALPHA / 2)
    assert low <= alarms <= high


@pytest.mark.usefixtures("large_budget")
def test_trend_is_seen_and_not_invented():
    """Gaps 10, 10, 10 pass for a trend by chance; gaps 18, 14, 10 with errors 1 seldom do not."""
    trials = 2_000

    def rate(gaps, generator):
        found = 0
        for noise in generator.normal(size=(trials, 3)):
            steps = [
                Size(float(i), Estimate(g + e, 1.0))
                for i, (g, e) in enumerate(zip(gaps, noise, strict=True))
            ]
            found += part(prediction=0.0, sizes=steps).trend_holds
        return found

    # The ends differ by Z sqrt(2) errors with probability alpha / 2; neighbors may only take away.
    assert 0 < rate((10, 10, 10), np.random.default_rng(6)) <= limits(trials, ALPHA / 2)[1]
    # The ends are 8 / sqrt(2) errors apart; a neighbor grows by Z sqrt(2) from -4: below 1e-6.
    found = rate((18, 14, 10), np.random.default_rng(7))
    assert found >= limits(trials, stats.norm.cdf(8 / math.sqrt(2) - Z) - 1e-5)[0]


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: limit("below", 1.0), "kind must be one of within, at_least, at_most, got 'below'"),
        (lambda: within(0.1, "size", "habit"), "origin must be one of noise, next order, "),
        (lambda: within("0.1", "size", "size"), "bound must be a number, got '0.1'"),
        (lambda: within(True, "size", "size"), "bound must be a number, got True"),
        (lambda: within(0.1, " ", "size"), "why must not be empty"),
        (lambda: at_most(None, "size", "size"), "limit must be a number, got None"),
        (lambda: at_least(math.inf, "size", "size"), "limit must be finite, got inf"),
        (lambda: Rule("within", "size", "size", 0.1, 0.2), "limit must not be given to within"),
        (lambda: Rule("at_most", "size", "size", 0.1, 0.2), "bound must not be given to at_most"),
        (lambda: within_noise(exact(1.0)), "measurement must have a finite error above 0"),
        (lambda: within_noise(Estimate(1.0, math.inf)), "measurement must have a finite error"),
        (
            lambda: within_noise(Estimate(1.0, 0.1), "a step", -0.1),
            "corrections must be at least 0 and finite, got -0.1",
        ),
        (lambda: rule().accept(), "prediction must be a number, got None"),
        (lambda: part(prediction=None), "prediction must be a number, got None"),
        (
            lambda: part(rule=limit("at_most", 1.0), prediction=1.0),
            "prediction must not be given to at_most: it has a limit",
        ),
        (
            lambda: part(rule=limit("at_least", 1.0), given=[wrong_prediction("no", 2.0)]),
            "prediction must not be given to at_least: it has a limit",
        ),
        (lambda: part(toward=1.0), "toward must be given to an asymptotic part with a limit alone"),
        (lambda: part(rule=limit("at_most", 1.0), asymptotic=True), "toward must be a number"),
        (lambda: part(compares="theory"), "compares must be one of simulation, algebra, theories"),
        (lambda: part(replicates="runs"), "replicates must be empty: nothing is random"),
        (lambda: part(stderr=0.1, replicates=""), "replicates must be given, got ''"),
        (lambda: part(basis="told"), "basis must be one of stated, "),
        (lambda: part(seen=1), "seen must be of type bool, got 1"),
        (lambda: Control("one", "mutant", exact(1.0)), "kind must be one of wrong theory, other "),
        (lambda: Control("one", "same run"), "control 'one' must have a measurement or a predict"),
        (lambda: Control("one", "same run", exact(1.0), 1.0), "control 'one' must have a measure"),
        (lambda: wrong_prediction("one", math.inf), "prediction must be finite, got inf"),
        (lambda: part(prediction=1j), "prediction must be a number, got 1j"),
        (lambda: part(prediction=10**400), "prediction must be finite, got "),
        (lambda: part(expected="true"), "expected must be one of falsified, "),
        (lambda: part(asymptotic=1), "asymptotic must be of type bool, got 1"),
        (lambda: part(note=None), "note must be a text, got None"),
        (lambda: part(statement=""), "statement must not be empty"),
        (lambda: part(statement="\ud800"), "statement must hold whole characters"),
        (lambda: part(measurement=1.0), "measurement must be of type Estimate, got 1.0"),
        (lambda: other_system("one", 1.0), "measurement must be of type Estimate, got 1.0"),
        (lambda: Size(math.inf, exact(1.0)), "size must be finite, got inf"),
        (lambda: claim(1), "each of parts of BR-1 must be of type Part, got 1"),
        (lambda: Claim("BR-1", "", "stated", "One.", [part()]), "source must not be empty"),
        (lambda: Claim("BR-1", "eq. 1", "told", "One.", [part()]), "basis must be one of stated, "),
    ],
)
def test_arguments_of_another_kind_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.usefixtures("unchecked")
def test_numbers_of_numpy_become_those_of_python():
    numpy = part(prediction=np.float32(0.5), rule=within(np.float64(0.1), "size", "size"))
    assert (type(numpy.prediction), type(numpy.rule.bound)) == (float, float)


@pytest.mark.parametrize("ruled", [rule(), limit("at_most", 1.1), limit("at_least", 0.9)])
@pytest.mark.parametrize("value", [math.inf, -math.inf])
@pytest.mark.parametrize("stderr", [0.0, math.inf])
def test_what_diverged_never_verifies(ruled, value, stderr):
    assert part(value, stderr, rule=ruled).verdict in ("falsified", "inconclusive")
    assert part(controls=(value,), rule=ruled).verdict != "toy"
    trend = sizes(value, 1.04, 1.02)
    assert part(asymptotic=True, sizes=trend).verdict == "inconclusive"
