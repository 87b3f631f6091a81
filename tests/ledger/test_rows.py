"""Rows: what a claim looks like in JSON and in tables."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traindyn.inference import Estimate, critical_value, estimate_mean
from traindyn.ledger import (
    Claim,
    Control,
    Part,
    Size,
    Test,
    format_estimate,
    format_number,
    format_range,
    markdown_table,
    rows_of,
    text_table,
)


def claim(**settings):
    settings = {
        "statement": "the rate is one",
        "prediction": 1.0,
        "measurement": Estimate(1.01, 0.002, 64, "1/step"),
        "test": Test("equality", 0.1, "the step size"),
        "controls": [Control("no noise", Estimate(2.0)), Control("tanh", Estimate(math.inf))],
        "note": "holds for every batch size",
        **settings,
    }
    return Claim("BR-8", "eq. 15", "stated", "Rates are one.", [Part(**settings)], seconds=1.5)


def test_a_row_holds_everything_that_was_decided():
    (row,) = rows_of(claim())
    assert row == {
        "id": "BR-8",
        "claim": "BR-8",
        "source": "eq. 15",
        "basis": "stated",
        "title": "Rates are one.",
        "statement": "the rate is one",
        "prediction": 1.0,
        "measurement": {"value": 1.01, "stderr": 0.002, "n": 64, "unit": "1/step"},
        "test": {
            "kind": "equality",
            "side": "both",
            "bound": 0.1,
            "why": "the step size",
            "z": critical_value(),
            "outcome": "pass",
        },
        "controls": [
            {"what": "no noise", "value": 2.0, "stderr": 0.0, "outcome": "fail"},
            {"what": "tanh", "value": None, "stderr": 0.0, "outcome": "fail"},
        ],
        "asymptotic": False,
        "sizes": [],
        "random_tests": 1,
        "expected": "verified",
        "verdict": "verified",
        "claim_verdict": "verified",
        "seconds": 1.5,
        "note": "holds for every batch size",
    }


def test_parts_have_rows_of_their_own_and_share_the_verdict_of_the_claim():
    part = claim().parts[0]
    wrong = Part("the rate is two", 2.0, Estimate(1.0), part.test)
    rows = rows_of(Claim("BR-8", "eq. 15", "stated", "Rates.", [part, wrong]))
    assert [row["id"] for row in rows] == ["BR-8a", "BR-8b"]
    assert [row["verdict"] for row in rows] == ["verified", "falsified"]
    assert {row["claim_verdict"] for row in rows} == {"falsified"}


def test_the_stored_multiplier_gives_the_interval_that_was_decided():
    """Few replicas: the interval is wider than the normal one, and the row says so."""
    measurement = estimate_mean(np.array([0.9, 1.0, 1.1, 1.2]))
    (row,) = rows_of(claim(measurement=measurement))
    low, high = measurement.interval(critical_value())
    assert row["test"]["z"] * row["measurement"]["stderr"] == pytest.approx((high - low) / 2)
    assert row["test"]["z"] > 10 * critical_value()


def test_what_diverged_is_stored_as_null():
    sizes = [Size(1.0, Estimate(math.inf)), Size(2.0, Estimate(0.0, math.inf))]
    (row,) = rows_of(claim(measurement=Estimate(-math.inf), sizes=sizes))
    assert row["measurement"]["value"] is None
    assert row["sizes"] == [
        {"size": 1.0, "value": None, "stderr": 0.0},
        {"size": 2.0, "value": 0.0, "stderr": None},
    ]
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
    ("side", "text"), [("both", "2 ± 0.5"), ("below", "≤ 2.5"), ("above", "≥ 1.5")]
)
def test_format_range(side, text):
    assert format_range({"prediction": 2.0, "test": {"bound": 0.5, "side": side}}) == text


# --- tables ---------------------------------------------------------------------------------------


def test_markdown_table_has_one_line_per_row_and_escapes_bars():
    lines = markdown_table(rows_of(claim(statement="the norm |u|\nis kept"))).splitlines()
    assert lines[0].startswith("| claim | statement | predicted | measured |")
    assert set(lines[1]) == {"|", "-", " "}
    assert lines[2] == (
        r"| BR-8 | the norm \|u\| is kept | 1 | 1.0100 ± 0.0020 | 1 ± 0.1 "
        "| no noise: 2; tanh: ∞ | verified |"
    )
    bars = [line.replace(r"\|", "").count("|") for line in lines]
    assert bars == [8, 8, 8]


def test_text_table_aligns_its_columns():
    rows = rows_of(claim()) + rows_of(claim(statement="short", measurement=Estimate(2.0)))
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
