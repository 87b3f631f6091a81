"""Another bound decides a claim again, and the bounds at which a verdict turns."""

import math

import pytest

from traindyn.challenge.bounds import Span, decided_by, parts_of, span_of
from traindyn.inference import Estimate, critical_value, exact
from traindyn.ledger import (
    Claim,
    Part,
    at_least,
    at_most,
    other_system,
    within,
    wrong_prediction,
)

NEAR = Part(
    "near",
    exact(1.2),
    within(0.1, "a tenth", "size"),
    [wrong_prediction("two", 2.0), other_system("zero", exact(0.4))],
    prediction=1.0,
    compares="algebra",
)
LOW = Part("low", exact(1.0), at_most(2.0, "two", "size"), [other_system("high", exact(3.0))],
           compares="algebra")  # fmt: skip
HIGH = Part("high", exact(5.0), at_least(2.0, "two", "size"), [other_system("low", exact(3.0))],
            compares="algebra")  # fmt: skip


def claim(*parts):
    return Claim("CO-1", "eq. 1", "stated", "It is near.", parts)


def verdicts(rows):
    return {row["id"]: row["verdict"] for row in rows}


def test_a_bound_takes_the_place_of_those_of_within():
    whole = claim(NEAR, LOW, HIGH)
    assert verdicts(decided_by(whole)) == {
        "CO-1a": "falsified",
        "CO-1b": "verified",
        "CO-1c": "inconclusive",
    }
    assert verdicts(decided_by(whole, 0.3))["CO-1a"] == "verified"
    assert verdicts(decided_by(whole, 0.9))["CO-1a"] == "inconclusive"  # a control passes
    assert verdicts(decided_by(whole, 0.3))["CO-1b"] == "verified"  # its limit stays
    assert decided_by(whole, 0.3)[0]["rule"]["bound"] == 0.3


def test_a_bound_is_the_limit_where_there_is_no_other():
    assert verdicts(decided_by(claim(LOW), 0.5)) == {"CO-1": "falsified"}
    assert verdicts(decided_by(claim(LOW), 3.5)) == {"CO-1": "inconclusive"}
    assert verdicts(decided_by(claim(NEAR, HIGH), 4.0, "CO-1b")) == {"CO-1b": "verified"}
    assert verdicts(decided_by(claim(NEAR, HIGH), -4.0, "CO-1b")) == {"CO-1b": "inconclusive"}


def test_parts_are_chosen_by_their_id():
    assert parts_of(claim(LOW)) == parts_of(claim(LOW), "CO-1") == claim(LOW).parts
    assert [part.label for part in parts_of(claim(NEAR, LOW), "CO-1b")] == ["b"]
    with pytest.raises(ValueError, match="claim must be CO-1 or one of CO-1a, CO-1b, got 'CO-2'"):
        parts_of(claim(NEAR, LOW), "CO-2")
    with pytest.raises(ValueError, match="bound must be positive and finite"):
        decided_by(claim(NEAR), 0.0)


@pytest.mark.parametrize("part", [NEAR, LOW, HIGH])
def test_a_part_holds_inside_its_span_and_nowhere_else(part):
    low, high = span_of(part)
    assert low < high
    for share, holds in ((0.01, True), (0.5, True), (0.99, True), (-0.01, False), (1.01, False)):
        bound = low + share * (high - low)
        (row,) = decided_by(claim(part), bound)
        assert (row["verdict"] == "verified") == holds


def test_errors_narrow_the_span():
    noisy = Part(
        "near",
        Estimate(1.2, 0.01),
        NEAR.rule,
        [wrong_prediction("two", 2.0)],
        prediction=1.0,
        compares="algebra",
        replicates="runs",
    )
    half_width = noisy.measurement.half_width(critical_value())
    assert half_width > 0.05
    assert span_of(noisy) == pytest.approx((0.2 + half_width, 0.8 - half_width), rel=1e-12)


def test_without_a_control_there_is_no_other_end_and_a_span_may_be_empty():
    alone = Part("low", exact(1.0), at_most(2.0, "two", "size"), compares="algebra")
    assert span_of(alone) == Span(1.0, math.inf)
    assert Span(1.0, 1.0).empty
    assert not Span(1.0, 2.0).empty
