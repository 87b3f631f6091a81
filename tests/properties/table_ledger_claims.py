"""Properties of rules, parts, claims and their rows."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from hypothesis import strategies as st
from table_ledger import anything, property_of, slow_shrinks, slow_verdict

from traindyn.inference import Estimate
from traindyn.ledger import Basis, Claim, Control, Kind, Part, Side, Size, Test, rows_of

Z = -NormalDist().inv_cdf(5e-7)
"""Two-sided normal quantile of one in a million."""

KINDS, SIDES, BASES = (kind.__args__ for kind in (Kind, Side, Basis))
VERDICTS = ("falsified", "inconclusive", "toy", "verified")

kinds, sides, bases = map(st.sampled_from, (KINDS, SIDES, BASES))
words = st.sampled_from(["the rate is one", "a <b and c> d", "|u| of `f(x)`", "é\nü"])
near = st.floats(-2, 2).map(lambda x: round(x, 2))
noise = st.sampled_from([0.0, 0.0, 0.001, 0.1, math.inf])
estimates = st.builds(Estimate, st.one_of(near, st.sampled_from([math.inf, -math.inf])), noise)
bounds = st.sampled_from([0.1, 0.5, 1.0])
tests = st.builds(Test, kinds, bounds, words, sides)
controls = st.lists(st.builds(Control, words, estimates), max_size=3)
sizes = st.lists(estimates, max_size=4).map(
    lambda found: [Size(10.0 * 2**i, estimate) for i, estimate in enumerate(found)]
)
parts = st.builds(
    Part,
    words,
    near,
    estimates,
    tests,
    controls,
    st.booleans(),
    sizes,
    st.sampled_from(VERDICTS),
    st.sampled_from(["", "a note"]),
)
ids = st.builds("{}-{}".format, st.sampled_from(["BR", "XY"]), st.integers(1, 99))
claims = st.builds(Claim, ids, words, bases, words, st.lists(parts, min_size=1, max_size=3))
odd = st.one_of(anything, near, words, estimates, tests, sides, kinds)


def slow_outcome(value, stderr, prediction, bound, side):
    """Pass if both ends of the interval are accepted, fail if no number of it is."""
    reach = 0.0 if stderr == 0 else Z * stderr
    low, high = (-math.inf, math.inf) if math.isinf(reach) else (value - reach, value + reach)
    too_low = side != "below" and low < prediction - bound
    too_high = side != "above" and high > prediction + bound
    if (side != "below" and high < prediction - bound) or (
        side != "above" and low > prediction + bound
    ):
        return "fail"
    return "undecided" if too_low or too_high or math.isinf(value) else "pass"


def outcome_in(part, measured):
    test = part.test
    return slow_outcome(measured.value, measured.stderr, part.prediction, test.bound, test.side)


def slow_part_verdict(part):
    gaps = [
        (abs(size.measurement.value - part.prediction), Z * size.measurement.stderr)
        for size in part.sizes
    ]
    found = [outcome_in(part, control.measurement) for control in part.controls]
    own = outcome_in(part, part.measurement)
    return slow_verdict(own, found, part.asymptotic, len(part.sizes), slow_shrinks(gaps))


def slow_surprises(claim):
    letters = [""] if len(claim.parts) == 1 else "abc"
    lines = [
        f"{claim.id}{letter}: {slow_part_verdict(part)}, expected {part.expected} "
        f"({' '.join(part.statement.split())})"
        for letter, part in zip(letters, claim.parts, strict=False)
    ]
    return [line for line in lines if line.split()[1].strip(",") != line.split()[3]]


def checked(claim):
    """What checking a claim says."""
    try:
        return claim.check() is claim
    except AssertionError as error:
        return str(error)


def slow_rows(claim):
    """The rows that a reader would write by hand."""
    weak = min((slow_part_verdict(part) for part in claim.parts), key=VERDICTS.index)
    letters = [""] if len(claim.parts) == 1 else "abc"
    return [
        {
            "id": claim.id + letter,
            "claim": claim.id,
            "source": claim.source,
            "basis": claim.basis,
            "title": claim.statement,
            "statement": part.statement,
            "prediction": part.prediction,
            "measurement": {**slow_number(part.measurement), "n": 1, "unit": "1"},
            "test": {
                "kind": part.test.kind,
                "side": part.test.side,
                "bound": part.test.bound,
                "why": part.test.why,
                "z": Z,
                "outcome": outcome_in(part, part.measurement),
            },
            "controls": [
                {
                    "what": control.what,
                    **slow_number(control.measurement),
                    "outcome": outcome_in(part, control.measurement),
                }
                for control in part.controls
            ],
            "asymptotic": part.asymptotic,
            "sizes": [{"size": size.size, **slow_number(size.measurement)} for size in part.sizes],
            "random_tests": sum(
                measured.stderr != 0
                for measured in [
                    part.measurement,
                    *(control.measurement for control in part.controls),
                    *(size.measurement for size in part.sizes if part.asymptotic),
                ]
            ),
            "expected": part.expected,
            "verdict": slow_part_verdict(part),
            "claim_verdict": weak,
            "seconds": 0.0,
            "note": part.note,
        }
        for letter, part in zip(letters, claim.parts, strict=False)
    ]


def slow_number(measured):
    return {
        name: None if abs(number) == math.inf else number
        for name, number in (("value", measured.value), ("stderr", measured.stderr))
    }


def equal_rows(found, expected):
    """Equal but for the last digits of the multiplier."""
    z = [row["test"].pop("z") for row in [*found, *expected]]
    return np.allclose(z, Z, rtol=1e-12) and found == expected


def fields(made):
    return [getattr(made, name) for name in made.__dataclass_fields__]


def holds_what_it_was_given(found, given):
    """Whether fields equal arguments, numbers by value and lists as tuples."""
    given = [tuple(value) if isinstance(value, list) else value for value in given]
    return all(one == other for one, other in zip(found, given, strict=False))


TABLE = {
    "traindyn.ledger.parts.Test": property_of(
        lambda *given: fields(Test(*given)),
        lambda *given: given,
        st.tuples(kinds, st.one_of(bounds, st.integers(1, 9)), words, sides),
        st.tuples(odd, odd, odd, odd),
        holds_what_it_was_given,
    ),
    "traindyn.ledger.parts.Test.accept": property_of(
        lambda test, x: [
            test.accept(x)[0] <= y <= test.accept(x)[1] for y in np.arange(-3, 3, 0.3)
        ],
        lambda test, x: [
            (test.side == "below" or y >= x - test.bound)
            and (test.side == "above" or y <= x + test.bound)
            for y in np.arange(-3, 3, 0.3)
        ],
        st.tuples(tests, near),
        agree=lambda a, b: a == b,
    ),
    "traindyn.ledger.parts.Test.outcome": property_of(
        lambda test, measured, x: test.outcome(measured, x),
        lambda test, m, x: slow_outcome(m.value, m.stderr, x, test.bound, test.side),
        st.tuples(tests, estimates, near),
    ),
    "traindyn.ledger.parts.Test.outcome_of": property_of(
        lambda test, value, reach, x: test.outcome_of(value, reach, x),
        lambda test, value, reach, x: slow_outcome(value, reach / Z, x, test.bound, test.side),
        st.tuples(tests, near, st.sampled_from([0.0, math.inf]), near),
    ),
    "traindyn.ledger.parts.Control": property_of(
        lambda *given: fields(Control(*given)),
        lambda *given: given,
        st.tuples(words, estimates),
        st.tuples(odd, odd),
        holds_what_it_was_given,
    ),
    "traindyn.ledger.parts.Size": property_of(
        lambda *given: fields(Size(*given)),
        lambda *given: given,
        st.tuples(near, estimates),
        st.tuples(odd, odd),
        holds_what_it_was_given,
    ),
    "traindyn.ledger.parts.Part": property_of(
        lambda *given: fields(Part(*given)),
        lambda *given: given,
        st.tuples(words, near, estimates, tests, controls, st.booleans(), sizes),
        st.tuples(
            odd, odd, st.one_of(odd, estimates), st.one_of(odd, tests), st.one_of(odd, controls)
        ),
        holds_what_it_was_given,
    ),
    "traindyn.ledger.parts.Part.control_outcome": property_of(
        lambda part, control: part.control_outcome(control),
        lambda part, control: outcome_in(part, control.measurement),
        st.tuples(parts, st.builds(Control, words, estimates)),
    ),
    "traindyn.ledger.claim.Claim": property_of(
        lambda *given: [part.verdict for part in Claim(*given).parts],
        lambda *given: [slow_part_verdict(part) for part in given[-1]],
        st.tuples(ids, words, bases, words, st.lists(parts, min_size=1, max_size=3)),
        st.tuples(
            st.one_of(ids, odd),
            st.one_of(words, odd),
            st.one_of(bases, odd),
            st.one_of(words, odd),
            st.one_of(st.lists(parts, max_size=2), odd, st.lists(odd, max_size=2)),
        ),
    ),
    "traindyn.ledger.claim.Claim.surprises": property_of(
        lambda claim: claim.surprises(), slow_surprises, st.tuples(claims)
    ),
    "traindyn.ledger.claim.Claim.check": property_of(
        checked, lambda claim: "; ".join(slow_surprises(claim)) or True, st.tuples(claims)
    ),
    "traindyn.ledger.claim.rows_of": property_of(
        rows_of, slow_rows, st.tuples(claims), agree=equal_rows
    ),
}
