"""Properties of rules and controls, and what claims, rows and files of these tests are made of."""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import NormalDist

import mpmath
import numpy as np
from hypothesis import strategies as st
from table_ledger import anything, property_of

from traindyn.inference import Estimate, exact
from traindyn.ledger import (
    ORIGINS,
    Basis,
    Control,
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

Z = -NormalDist().inv_cdf(1e-7)
"""Two-sided normal quantile of one in five million."""

BASES = Basis.__args__
KINDS = ("wrong theory", "other system", "same run", "not told")


def slow_quantile(freedom):
    """Where a law of Student has the tail of one in ten million, from its distribution function."""
    if math.isinf(freedom):
        return Z
    low, high = 5.0, 400.0
    while high - low > 1e-13 * low:
        middle = (low + high) / 2
        share = mpmath.betainc(freedom / 2, 0.5, 0, freedom / (freedom + middle**2), True)
        low, high = (middle, high) if share > 2e-7 else (low, middle)
    return low


QUANTILES = {freedom: slow_quantile(freedom) for freedom in (math.inf, 3.0, 20.0)}

words = st.sampled_from(["the rate is one", "a <b and c> d", "|u| of `f(x)`", "é\nü"])
near = st.floats(-2, 2).map(lambda x: round(x, 2))
noise = st.sampled_from([0.0, 0.001, 0.1, math.inf])
wide = st.one_of(near, near, st.sampled_from([math.inf, -math.inf]))
certain = st.builds(exact, wide, st.sampled_from(["1", "1/s"]))
uncertain = st.builds(
    Estimate,
    *(wide, noise, st.integers(1, 9), st.just("1"), st.sampled_from(sorted(QUANTILES))),
)
estimates = st.one_of(certain, uncertain)
origins = st.sampled_from(ORIGINS)
bases = st.sampled_from(BASES)
bounds = st.sampled_from([0.1, 0.5, 1.0])
ranges = st.builds(within, bounds, words, origins)
limits = st.one_of(*(st.builds(kind, near, words, origins) for kind in (at_least, at_most)))
any_rule = st.one_of(ranges, limits)
measured_controls = st.one_of(
    *(st.builds(kind, words, estimates) for kind in (wrong_theory, other_system, same_run)),
    st.builds(lambda what, found: Control(what, "not told", measurement=found), words, estimates),
)
controls = st.one_of(measured_controls, st.builds(wrong_prediction, words, near))
odd = st.one_of(anything, near, words, estimates, any_rule, origins, st.sampled_from(KINDS))


def slow_half(measured):
    return QUANTILES[measured.degrees_of_freedom] * measured.stderr if measured.stderr else 0.0


def slow_within_noise(measured, why, corrections):
    origin = "next order" if corrections else "noise"
    return ["within", why, origin, corrections + 2 * slow_half(measured), None]


def slow_range(rule, prediction):
    if rule.kind == "within":
        return float(prediction) - rule.bound, float(prediction) + rule.bound
    return {"at_least": (rule.limit, math.inf), "at_most": (-math.inf, rule.limit)}[rule.kind]


def slow_outcome(rule, value, reach, prediction):
    """Pass if both ends of the interval are accepted, fail if no number of it is."""
    lower, upper = slow_range(rule, prediction)
    low, high = (-math.inf, math.inf) if math.isinf(reach) else (value - reach, value + reach)
    accepted = [lower <= end <= upper for end in (low, high)]
    if not any(accepted) and (high < lower or low > upper):
        return "fail"
    return "pass" if all(accepted) and not math.isinf(value) else "undecided"


def fields(made):
    return [getattr(made, name) for name in made.__dataclass_fields__]


def holds_what_it_was_given(found, given):
    """Whether fields equal arguments, numbers by value and lists as tuples."""
    given = [tuple(value) if isinstance(value, list) else value for value in given]
    given = [float(value) if isinstance(value, Fraction) else value for value in given]
    return all(one == other for one, other in zip(found, given, strict=False))


def slow_rule(kind, why, origin, bound, limit):
    """A rule with the one number that its kind needs."""
    assert origin in ORIGINS
    assert why.strip()
    own, other = (bound, limit) if kind == "within" else (limit, bound)
    assert other is None
    assert math.isfinite(own)
    assert kind in ("at_least", "at_most") or (kind == "within" and own > 0)
    return kind, why, origin, bound, limit


def rule_of(maker):
    return lambda *given: fields(maker(*given))


def slow_control(what, kind, measurement, prediction):
    assert what.strip()
    assert kind in KINDS
    assert (measurement is None) != (prediction is None)
    assert measurement is None or type(measurement) is Estimate
    assert prediction is None or math.isfinite(prediction)
    return what, kind, measurement, prediction


control_fields = st.one_of(
    st.tuples(words, st.sampled_from(KINDS), estimates, st.none()),
    st.tuples(words, st.sampled_from(KINDS), st.none(), st.one_of(near, st.integers(-9, 9))),
)
rule_fields = st.one_of(
    st.tuples(st.just("within"), words, origins, bounds | st.integers(1, 9), st.none()),
    st.tuples(st.sampled_from(["at_least", "at_most"]), words, origins, st.none(), near),
)
number = st.one_of(near, bounds, st.integers(-9, 9), st.none(), anything)
decided = st.one_of(st.tuples(ranges, near), st.tuples(limits, st.none()))
huge = st.sampled_from([10**308, -(10**308), 1.7e308, -1.7e308])
any_decided = st.tuples(
    st.one_of(any_rule, st.builds(within, huge.map(abs), words, origins)),
    st.one_of(st.none(), near, huge, anything),
)


def control_table():
    """Entries of the four ways to make a control."""
    made = {
        wrong_theory: ("wrong theory", True),
        wrong_prediction: ("wrong theory", False),
        other_system: ("other system", True),
        same_run: ("same run", True),
    }
    return {
        f"traindyn.ledger.parts.{maker.__name__}": property_of(
            rule_of(maker),
            lambda what, given, kind=kind, measured=measured: slow_control(
                what, kind, *((given, None) if measured else (None, given))
            ),
            st.tuples(words, estimates if measured else near),
            st.tuples(odd, odd),
            holds_what_it_was_given,
        )
        for maker, (kind, measured) in made.items()
    }


def rule_table():
    """Entries of the three ways to make a rule."""
    return {
        f"traindyn.ledger.rules.{maker.__name__}": property_of(
            rule_of(maker),
            lambda number, why, origin, maker=maker: slow_rule(
                maker.__name__,
                *(why, origin),
                *((number, None) if maker is within else (None, number)),
            ),
            st.tuples(bounds if maker is within else near, words, origins),
            st.tuples(number, odd, st.one_of(origins, odd)),
            holds_what_it_was_given,
        )
        for maker in (within, at_least, at_most)
    }


TABLE = {
    "traindyn.ledger.rules.Rule": property_of(
        lambda *given: fields(Rule(*given)),
        slow_rule,
        rule_fields,
        st.one_of(
            rule_fields,
            st.tuples(
                st.one_of(st.sampled_from(["within", "at_least", "at_most"]), odd),
                *(st.one_of(words, odd), st.one_of(origins, odd), number, number),
            ),
        ),
        holds_what_it_was_given,
    ),
    "traindyn.ledger.rules.Rule.accept": property_of(
        lambda rule, x: [
            rule.accept(x)[0] <= y <= rule.accept(x)[1] for y in np.arange(-3, 3, 0.3)
        ],
        lambda rule, x: [
            slow_outcome(rule, y, 0.0, x) == "pass" for y in np.arange(-3, 3, 0.3).tolist()
        ],
        decided,
        any_decided,
        agree=lambda a, b: a == b,
    ),
    "traindyn.ledger.rules.Rule.outcome": property_of(
        lambda case, measured: case[0].outcome(measured, case[1]),
        lambda case, m: slow_outcome(case[0], m.value, slow_half(m), case[1]),
        st.tuples(decided, estimates),
        st.tuples(any_decided, st.one_of(estimates, odd)),
    ),
    "traindyn.ledger.rules.Rule.outcome_of": property_of(
        lambda case, value, reach: case[0].outcome_of(value, reach, case[1]),
        lambda case, value, reach: slow_outcome(case[0], value, reach, case[1]),
        st.tuples(decided, wide, st.sampled_from([0.0, 0.25, math.inf])),
        st.tuples(any_decided, st.one_of(wide, odd), st.one_of(near, st.just(math.inf), odd)),
    ),
    "traindyn.ledger.rules.within_noise": property_of(
        lambda *given: fields(within_noise(*given)),
        slow_within_noise,
        st.tuples(uncertain.filter(lambda m: 0 < m.stderr < math.inf), words, st.floats(0, 9)),
        st.tuples(st.one_of(estimates, odd), st.one_of(words, odd), st.one_of(st.just(0.0), odd)),
        lambda a, b: a[:3] == b[:3] and math.isclose(a[3], b[3], rel_tol=1e-9) and a[4] is b[4],
    ),
    "traindyn.ledger.parts.Control": property_of(
        lambda *given: fields(Control(*given)),
        slow_control,
        control_fields,
        st.one_of(control_fields, st.tuples(odd, odd, odd, odd)),
        holds_what_it_was_given,
    ),
    "traindyn.ledger.parts.Size": property_of(
        lambda *given: fields(Size(*given)),
        lambda *given: given,
        st.tuples(near, estimates),
        st.tuples(odd, odd),
        holds_what_it_was_given,
    ),
    **control_table(),
    **rule_table(),
}
