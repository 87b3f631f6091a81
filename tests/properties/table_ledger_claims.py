"""Properties of parts, claims and their rows."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from table_ledger import property_of, slow_shrinks, slow_verdict
from table_ledger_rules import (
    any_rule,
    bases,
    controls,
    estimates,
    fields,
    holds_what_it_was_given,
    limits,
    measured_controls,
    near,
    odd,
    ranges,
    slow_half,
    slow_outcome,
    words,
)

from traindyn.ledger import Claim, Part, Size, rows_of
from traindyn.ledger.parts import COMPARED

VERDICTS = ("falsified", "inconclusive", "toy", "verified")

sizes = st.lists(estimates, max_size=4).map(
    lambda found: [Size(10.0 * 2**i, estimate) for i, estimate in enumerate(found)]
)
compared = st.sampled_from(COMPARED)


@st.composite
def part_fields(draw):
    """The arguments of a part, by position and by name."""
    ranged, asymptotic = draw(st.booleans()), draw(st.booleans())
    measurement = draw(estimates)
    named = {
        "compares": draw(compared),
        "replicates": draw(st.sampled_from(["starts", "drawn problems"])) * measurement.drawn,
        "prediction": draw(near) if ranged else None,
        "basis": draw(st.one_of(st.none(), bases)),
        "asymptotic": asymptotic,
        "sizes": draw(sizes),
        "toward": draw(near) if asymptotic and not ranged else None,
        "expected": draw(st.sampled_from(VERDICTS)),
        "note": draw(st.sampled_from(["", "a note"])),
        "seen": draw(st.booleans()),
    }
    rule = draw(ranges if ranged else limits)
    found = draw(st.lists(controls if ranged else measured_controls, max_size=3))
    return (draw(words), measurement, rule, found), named


def part_of(given):
    positional, named = given
    return Part(*positional, **named)


@st.composite
def any_part_fields(draw):
    """Arguments of a part of which one is something else."""
    positional, named = draw(part_fields())
    positional = list(positional)
    if draw(st.booleans()):
        positional[draw(st.integers(0, 3))] = draw(st.one_of(odd, any_rule, estimates, sizes))
    else:
        named[draw(st.sampled_from(sorted(named)))] = draw(st.one_of(odd, near, sizes))
    return tuple(positional), named


def slow_part(given):
    """The fields of a part that says all it must and nothing of no use."""
    (statement, measurement, rule, found), named = given
    assert statement.strip()
    ranged = rule.kind == "within"
    assert (named["prediction"] is not None) == ranged
    assert ranged or all(control.prediction is None for control in found)
    assert (named["toward"] is not None) == (named["asymptotic"] and not ranged)
    assert bool(named["replicates"]) == measurement.drawn
    assert named["compares"] in COMPARED
    assert named["expected"] in VERDICTS
    assert named["asymptotic"] in (True, False)
    assert named["seen"] in (True, False)
    steps = np.sign(np.diff([size.size for size in named["sizes"]]))
    assert len(set(steps)) < 2
    assert 0 not in steps
    order = ("compares", "replicates", "prediction", "basis", "asymptotic", "sizes", "toward")
    more = [named[name] for name in (*order, "expected", "note", "seen")]
    return [statement, measurement, rule, found, *more, ""]


parts = part_fields().map(part_of)
ids = st.builds("{}-{}".format, st.sampled_from(["BR", "XY"]), st.integers(1, 99))
claims = st.builds(
    Claim,
    *(ids, words, bases, words, st.lists(parts, min_size=1, max_size=3)),
    key=st.sampled_from(["", "a1"]),
)


def outcome_in(part, control=None):
    """The outcome of the measurement of a part, or of a control of it."""
    measured, prediction = part.measurement, part.prediction
    if control is not None and control.prediction is None:
        measured = control.measurement
    elif control is not None:
        prediction = control.prediction
    return slow_outcome(part.rule, measured.value, slow_half(measured), prediction)


def slow_part_verdict(part):
    end = part.toward if part.prediction is None else part.prediction
    gaps = [
        (abs(size.measurement.value - (end or 0)), slow_half(size.measurement))
        for size in part.sizes
    ]
    found = [(control.kind, outcome_in(part, control)) for control in part.controls]
    own = outcome_in(part)
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
            "claim_basis": claim.basis,
            "basis": claim.basis if part.basis is None else part.basis,
            "title": claim.statement,
            "statement": part.statement,
            "compares": part.compares,
            "prediction": part.prediction,
            "measurement": slow_number(part.measurement),
            "replicates": part.replicates,
            "rule": {
                "kind": part.rule.kind,
                "bound": part.rule.bound,
                "limit": part.rule.limit,
                "why": part.rule.why,
                "origin": part.rule.origin,
                "outcome": outcome_in(part),
            },
            "controls": [
                {
                    "what": control.what,
                    "kind": control.kind,
                    "prediction": control.prediction,
                    "measurement": slow_number(measured_by(part, control)),
                    "outcome": outcome_in(part, control),
                }
                for control in part.controls
            ],
            "asymptotic": part.asymptotic,
            "toward": part.toward,
            "sizes": [
                {"size": size.size, "measurement": slow_number(size.measurement)}
                for size in part.sizes
            ],
            "random_tests": [
                part.measurement.drawn,
                *(measured_by(part, control).drawn for control in part.controls),
                *(size.measurement.drawn for size in part.sizes if part.asymptotic),
            ].count(True),
            "expected": part.expected,
            "verdict": slow_part_verdict(part),
            "claim_verdict": weak,
            "seconds": 0.0,
            "key": claim.key,
            "seen": part.seen,
            "note": part.note,
        }
        for letter, part in zip(letters, claim.parts, strict=False)
    ]


def measured_by(part, control):
    """What a control has measured: that of the part if it only predicts."""
    return part.measurement if control.measurement is None else control.measurement


def slow_number(measured):
    found = {
        "value": measured.value,
        "stderr": measured.stderr,
        "half_width": slow_half(measured),
        "degrees_of_freedom": measured.degrees_of_freedom,
    }
    found = {name: None if abs(number) == math.inf else number for name, number in found.items()}
    return {**found, "n": measured.n, "unit": measured.unit, "random": measured.drawn}


def equal_rows(found, expected):
    """Equal but for the last digits of half-widths."""
    return close_data(found, expected)


def close_data(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(close_data(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(close_data, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9)
    return type(one) is type(other) and one == other


TABLE = {
    "traindyn.ledger.parts.Part": property_of(
        lambda given: fields(part_of(given)),
        slow_part,
        st.tuples(part_fields()),
        st.tuples(any_part_fields()),
        holds_what_it_was_given,
    ),
    "traindyn.ledger.parts.Part.control_outcome": property_of(
        lambda part, control: part.control_outcome(control),
        outcome_in,
        st.tuples(parts, measured_controls),
        st.tuples(parts, controls),
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
