"""Properties of the ledger's arguments, verdicts and formats."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
from harness import Property
from hypothesis import strategies as st

from traindyn.ledger import Part, rows, verdicts
from traindyn.system import arguments

VERDICTS = ("falsified", "inconclusive", "toy", "verified")


def same(one, other):
    return type(one) is type(other) and one == other


def property_of(call, reference, ordinary, wild=None, agree=same):
    return Property(call, reference, ordinary, ordinary if wild is None else wild, agree)


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.floats(),
    st.integers(),
    st.complex_numbers(),
    st.fractions(),
    st.lists(st.floats(), max_size=2),
    st.sampled_from(
        [np.float32(0.1), np.int64(3), np.bool_(True), np.array(1.0), 10**400, Decimal(1), "\ud800"]
    ),
    st.sampled_from([object(), Part]),
)
finite = st.floats(allow_nan=False, allow_infinity=False)
numbers = st.one_of(finite, st.integers(-(2**70), 2**70), finite.map(np.float64))


# --- arguments ------------------------------------------------------------------------------------


def slow_number(value, positive):
    """The number in exact arithmetic, and back."""
    exact = Fraction(value) if isinstance(value, int | float | Fraction) else Fraction(value.item())
    assert not isinstance(value, bool)
    assert exact > 0 or not positive
    return float(exact) if exact.denominator > 1 or isinstance(value, float) else kept(value, exact)


def kept(value, exact):
    integer = isinstance(value, int | np.integer)
    return int(exact) if integer else float(exact)


def returns_none(call):
    """What a check returns, as something to compare."""

    def checked(*given):
        call(*given)
        return True

    return checked


KINDS = [int, float, str, list, tuple]
kinds = st.sampled_from(KINDS)
names = st.sampled_from(["red", "green", "blue"])


def slow_text(value, may_be_empty):
    assert may_be_empty or value.split()
    assert not any("\ud800" <= c <= "\udfff" for c in value)
    return value


# --- verdicts -------------------------------------------------------------------------------------

outcomes = st.sampled_from(["pass", "fail", "undecided"])
kinds_of_controls = st.sampled_from(["wrong theory", "other system", "same run", "not told"])
rest_of_case = st.booleans(), st.integers(0, 5), st.booleans()
clear = st.tuples(
    st.just("pass"),
    st.lists(st.tuples(kinds_of_controls, st.just("fail")), min_size=1, max_size=2),
    *rest_of_case,
)
cases = clear | st.tuples(
    outcomes, st.lists(st.tuples(kinds_of_controls, outcomes), max_size=3), *rest_of_case
)


def slow_verdict(outcome, controls, asymptotic, sizes, trend):
    """Each verdict by its own sentence of the page on how to read one."""
    fails = outcome == "fail"
    clear = outcome == "pass" and {found for _, found in controls} <= {"fail"}
    real = {kind for kind, _ in controls} - {"same run"}
    complete = real and (not asymptotic or sizes > 2)
    said = {
        "falsified": fails,
        "toy": clear and not complete,
        "verified": clear and complete and (trend or not asymptotic),
    }
    return next((name for name, holds in said.items() if holds), "inconclusive")


gap = st.tuples(st.floats(0, 9), st.sampled_from([0.0, 0.0, 0.25, 1.0, math.inf]))
wild_gap = st.tuples(st.floats(0), st.floats(0))


def slow_shrinks(gaps):
    if len(gaps) < 3 or math.inf in np.ravel(gaps) or np.isnan(gaps).any():
        return False
    steps = [(b[0] - a[0], math.hypot(a[1], b[1])) for a, b in pairwise(gaps)]
    total, error = gaps[0][0] - gaps[-1][0], math.hypot(gaps[0][1], gaps[-1][1])
    return total > error and all(rise <= noise for rise, noise in steps)


# --- formats --------------------------------------------------------------------------------------


def slow_format(value):
    """Four digits by decimal arithmetic."""
    if value is None:
        return "∞"
    digits = Decimal(value)
    if not digits:
        return "0"
    rounded = Decimal(f"{digits:.3e}")
    place = rounded.adjusted()
    text = f"{rounded:f}" if -3 <= place < 6 else f"{rounded.scaleb(-place):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−") + ("" if -3 <= place < 6 else f"e{place}")


def close_enough(shown_text, exact):
    """Whether what is shown of a value and its error is right to the digits that are shown."""
    value, stderr = exact
    if value is None:
        return shown_text == "∞"
    parts = shown_text.replace("−", "-").split(" ± ")
    slack = abs(Decimal(value)) * Decimal("5.1e-4")
    if stderr:
        slack += Decimal(stderr) * Decimal("0.051")
        error_shown = abs(Decimal(parts[1]) - Decimal(stderr)) <= Decimal(stderr) * Decimal("0.051")
    else:
        error_shown = parts[1:] == ([] if stderr == 0 else ["∞"])
    return error_shown and abs(Decimal(parts[0]) - Decimal(value)) <= slack


values = st.one_of(st.none(), finite)
errors = st.one_of(st.none(), st.just(0.0), st.floats(0, allow_infinity=False))

TABLE = {
    "traindyn.system.arguments.finite_number": property_of(
        lambda value, positive: arguments.finite_number("it", value, positive=positive),
        slow_number,
        st.tuples(numbers, st.just(False)),
        st.tuples(anything, st.booleans()),
    ),
    "traindyn.system.arguments.whole_text": property_of(
        lambda value, empty: arguments.whole_text("it", value, may_be_empty=empty),
        slow_text,
        st.tuples(st.text(max_size=9), st.just(True)),
        st.tuples(anything, st.booleans()),
    ),
    "traindyn.system.arguments.one_of": property_of(
        returns_none(lambda value, known: arguments.one_of("it", value, known)),
        lambda value, known: value in set(known),
        st.tuples(names, st.just(("red", "green", "blue"))),
        st.tuples(st.one_of(names, anything), st.lists(names, max_size=2)),
    ),
    "traindyn.system.arguments.require_kind": property_of(
        returns_none(lambda value, kind: arguments.require_kind("it", value, kind)),
        lambda value, kind: kind in type(value).__mro__,
        st.sampled_from([(1, int), (0.5, float), ("a", str), ([], list)]),
        st.tuples(anything, kinds),
    ),
    "traindyn.system.arguments.all_of": property_of(
        lambda value, kind: arguments.all_of("it", value, kind),
        lambda value, kind: tuple(v for v in [*value] if kind in type(v).__mro__),
        st.tuples(st.lists(st.integers(), max_size=3), st.just(int)),
        st.tuples(st.one_of(anything, st.lists(anything, max_size=3)), kinds),
    ),
    "traindyn.system.arguments.short": property_of(
        arguments.short,
        lambda value: True,
        st.tuples(anything),
        agree=lambda text, _: 0 < len(text) <= 80 and "\n" not in text and "\x1b" not in text,
    ),
    "traindyn.ledger.verdicts.verdict_of": property_of(
        lambda outcome, controls, asymptotic, sizes, trend: verdicts.verdict_of(
            outcome, controls, asymptotic=asymptotic, sizes=sizes, trend_holds=trend
        ),
        slow_verdict,
        cases,
    ),
    "traindyn.ledger.verdicts.weakest": property_of(
        verdicts.weakest,
        lambda names: next(v for v in VERDICTS if v in names),
        st.tuples(st.lists(st.sampled_from(VERDICTS), min_size=1, max_size=4)),
    ),
    "traindyn.ledger.verdicts.shrinks": property_of(
        verdicts.shrinks,
        slow_shrinks,
        st.tuples(st.lists(gap, max_size=5)),
        st.tuples(st.lists(wild_gap, max_size=4)),
    ),
    "traindyn.ledger.rows.format_number": property_of(
        rows.format_number, slow_format, st.tuples(values)
    ),
    "traindyn.ledger.rows.format_estimate": property_of(
        rows.format_estimate, lambda *given: given, st.tuples(values, errors), agree=close_enough
    ),
}
