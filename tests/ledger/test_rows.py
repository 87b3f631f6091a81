"""Rows: what a claim looks like in JSON and in tables."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traindyn.inference import Estimate, critical_value, estimate_mean, exact
from traindyn.ledger import (
    Claim,
    Part,
    Size,
    at_least,
    at_most,
    format_control,
    format_estimate,
    format_number,
    format_prediction,
    format_range,
    headline,
    markdown_table,
    other_system,
    room_used,
    rows_of,
    text_table,
    within,
    wrong_prediction,
)


def claim(**settings):
    settings = {
        "statement": "the rate is one",
        "prediction": 1.0,
        "measurement": Estimate(1.01, 0.002, 64, "1/step", 63.0),
        "rule": within(0.1, "the step size", "size"),
        "controls": [other_system("tanh", exact(math.inf)), wrong_prediction("a half", 0.5)],
        "compares": "simulation",
        "replicates": "runs",
        "note": "holds for every batch size",
        **settings,
    }
    if not settings["measurement"].drawn:
        settings["replicates"] = ""
    return Claim("BR-8", "eq. 15", "stated", "Rates are one.", [Part(**settings)], seconds=1.5)


def test_a_row_holds_everything_that_was_decided():
    (row,) = rows_of(claim(seen=True, basis="derived"))
    z = critical_value()
    measured = {
        "value": 1.01,
        "stderr": 0.002,
        "half_width": pytest.approx(
            0.002 * Estimate(0.0, 1.0, degrees_of_freedom=63.0).half_width(z)
        ),
        "degrees_of_freedom": 63.0,
        "n": 64,
        "unit": "1/step",
        "random": True,
    }
    diverged = {
        "value": None,
        "stderr": 0.0,
        "half_width": 0.0,
        "degrees_of_freedom": None,
        "n": 1,
        "unit": "1",
        "random": False,
    }
    assert row == {
        "id": "BR-8",
        "claim": "BR-8",
        "source": "eq. 15",
        "claim_basis": "stated",
        "title": "Rates are one.",
        "basis": "derived",
        "statement": "the rate is one",
        "compares": "simulation",
        "prediction": 1.0,
        "measurement": measured,
        "replicates": "runs",
        "rule": {
            "kind": "within",
            "bound": 0.1,
            "limit": None,
            "why": "the step size",
            "origin": "size",
            "outcome": "pass",
        },
        "controls": [
            {
                "what": "tanh",
                "kind": "other system",
                "prediction": None,
                "measurement": diverged,
                "outcome": "fail",
            },
            {
                "what": "a half",
                "kind": "wrong theory",
                "prediction": 0.5,
                "measurement": measured,
                "outcome": "fail",
            },
        ],
        "asymptotic": False,
        "toward": None,
        "sizes": [],
        "random_tests": 2,
        "expected": "verified",
        "verdict": "verified",
        "claim_verdict": "verified",
        "seconds": 1.5,
        "key": "",
        "seen": True,
        "note": "holds for every batch size",
    }


def test_parts_have_rows_of_their_own_and_share_the_verdict_of_the_claim():
    part = claim().parts[0]
    wrong = Part("it is two", exact(1.0), part.rule, prediction=2.0, compares="algebra")
    rows = rows_of(Claim("BR-8", "eq. 15", "stated", "Rates.", [part, wrong]))
    assert [row["id"] for row in rows] == ["BR-8a", "BR-8b"]
    assert [row["verdict"] for row in rows] == ["verified", "falsified"]
    assert {row["claim_verdict"] for row in rows} == {"falsified"}
    assert {row["basis"] for row in rows} == {"stated"}


def test_the_stored_half_width_is_that_of_the_decision():
    """Few replicas: the interval is wider than the normal one, and the row says so."""
    measurement = estimate_mean(np.array([0.9, 1.0, 1.1, 1.2]))
    (row,) = rows_of(claim(measurement=measurement))
    assert row["measurement"]["half_width"] == measurement.half_width(critical_value())
    assert row["measurement"]["half_width"] > 50 * measurement.stderr
    assert row["measurement"]["degrees_of_freedom"] == 3.0


def test_what_diverged_is_stored_as_null():
    sizes = [Size(1.0, exact(math.inf)), Size(2.0, Estimate(0.0, math.inf))]
    (row,) = rows_of(claim(measurement=exact(-math.inf), sizes=sizes))
    assert row["measurement"]["value"] is None
    sizes = [size["measurement"] for size in row["sizes"]]
    assert [(m["value"], m["stderr"]) for m in sizes] == [(None, 0.0), (0.0, None)]
    assert sizes[1]["half_width"] is None
    json.dumps(row, allow_nan=False)


# --- numbers for readers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (64000.0, "64000"),
        (999_960.0, "1e6"),
        (0.001, "0.001"),
        (0.00099999, "0.001"),
        (0.0001234567, "1.235e-4"),
        (-0.0005, "−5e-4"),
        (123.456, "123.5"),
        (6.02214e23, "6.022e23"),
    ],
)
def test_format_number(value, text):
    assert format_number(value) == text


@given(st.floats(-1e300, 1e300, allow_subnormal=False))
def test_a_formatted_number_keeps_four_digits(value):
    read = float(format_number(value).replace("−", "-"))
    assert read == pytest.approx(value, rel=5.001e-4, abs=0)


@pytest.mark.parametrize(
    ("value", "stderr", "text"),
    [
        (0.5, 0.0, "0.5"),
        (None, 0.1, "∞"),
        (0.5, None, "0.5 ± ∞"),
        (-0.5, 0.012, "−0.500 ± 0.012"),
        (0.5, 1.2, "0.5 ± 1.2"),
        (1.5, 12.0, "2 ± 12"),
        (87_654.0, 1_234.0, "87700 ± 1200"),
        (3.0e-9, 1.5e-10, "3e-9 ± 1.5e-10"),
        (1e9, 2.5e7, "1e9 ± 2.5e7"),
    ],
)
def test_format_estimate(value, stderr, text):
    assert format_estimate(value, stderr) == text


@given(st.floats(-1e3, 1e3), st.floats(1e-5, 1e2))
def test_a_formatted_estimate_is_rounded_by_less_than_its_error(value, stderr):
    shown = [float(t) for t in format_estimate(value, stderr).replace("−", "-").split(" ± ")]
    assert abs(shown[0] - value) <= 0.051 * stderr
    assert shown[1] == pytest.approx(stderr, rel=0.051)


@pytest.mark.parametrize(
    ("rule", "text", "predicted"),
    [
        (within(0.5, "a step", "size"), "2 ± 0.5", "2"),
        (at_most(2.5, "a step", "size"), "≤ 2.5", "a limit"),
        (at_least(1.5, "a step", "size"), "≥ 1.5", "a limit"),
    ],
)
def test_format_range(rule, text, predicted):
    prediction = 2.0 if rule.kind == "within" else None
    (row,) = rows_of(claim(rule=rule, prediction=prediction, controls=[]))
    assert (format_range(row), format_prediction(row)) == (text, predicted)


def test_format_control():
    (row,) = rows_of(claim())
    assert [format_control(control) for control in row["controls"]] == ["∞", "predicted 0.5"]


# --- room -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "value", "used"),
    [
        (within(0.1, "size", "size"), 1.04, 0.6),
        (within(0.1, "size", "size"), 0.92, 1.0),
        (at_least(0.5, "size", "size"), 0.9, 0.05),
        (at_most(1.5, "size", "size"), 1.1, 0.05),
        (at_least(0.5, "size", "size"), 0.5, math.inf),
        (at_most(1.5, "size", "size"), 1.6, math.inf),
        (within(0.1, "size", "size"), math.inf, math.inf),
    ],
)
def test_room_is_used_up_to_one_where_a_rule_passes(rule, value, used):
    """The half-width here is 0.02."""
    scale = Estimate(0.0, 1.0, degrees_of_freedom=63.0).half_width(critical_value())
    measured = Estimate(value, 0.02 / scale, 64, "1", 63.0)
    if math.isinf(value):
        measured = Estimate(value, math.inf, 64, "1", 63.0)
    settings = {"rule": rule, "measurement": measured}
    if rule.kind != "within":
        settings |= {"prediction": None, "controls": [other_system("tanh", exact(math.inf))]}
    (row,) = rows_of(claim(**settings))
    assert room_used(row) == pytest.approx(used, rel=1e-9)


def test_a_headline_tells_the_tightest_part_or_those_that_fail():
    (exactly,) = rows_of(claim(measurement=exact(1.0)))
    (tight,) = rows_of(claim(measurement=exact(1.0949)))
    (wrong,) = rows_of(claim(measurement=exact(1.2)))
    assert headline([exactly]) == "BR-8 holds"
    assert headline([tight]) == "BR-8 holds, at 0.94 of its bound"
    assert headline([exactly, tight]) == (
        "BR-8: 2 of 2 parts hold, the tightest at 0.94 of its bound"
    )
    assert headline([tight, wrong, wrong]) == "BR-8: 1 of 3 parts hold; not BR-8, BR-8"
    assert headline([wrong]) == "BR-8 is falsified"


# --- tables ---------------------------------------------------------------------------------------


def test_markdown_table_has_one_line_per_row_and_escapes_bars():
    lines = markdown_table(rows_of(claim(statement="the norm |u|\nis kept"))).splitlines()
    assert lines[0].startswith("| claim | statement | predicted | measured |")
    assert set(lines[1]) == {"|", "-", " "}
    assert lines[2] == (
        r"| BR-8 | the norm \|u\| is kept | 1 | 1.0100 ± 0.0020 | 1 ± 0.1 "
        "| tanh: ∞; a half: predicted 0.5 | verified |"
    )
    bars = [line.replace(r"\|", "").count("|") for line in lines]
    assert bars == [8, 8, 8]


def test_text_table_aligns_its_columns():
    rows = rows_of(claim()) + rows_of(claim(statement="short", measurement=exact(2.0)))
    assert text_table(rows).splitlines() == [
        "claim  predicted  measured         accepted  verdict    statement",
        "BR-8   1          1.0100 ± 0.0020  1 ± 0.1   verified   the rate is one",
        "BR-8   1          2                1 ± 0.1   falsified  short",
    ]


def test_a_row_without_control_says_so():
    assert "| none |" in markdown_table(rows_of(claim(controls=[])))


def test_tables_of_nothing_have_a_head_only():
    assert len(markdown_table([]).splitlines()) == 2
    assert len(text_table([]).splitlines()) == 1
