"""Properties of how a ledger of schema 1 is brought up to date."""

from __future__ import annotations

import copy
import math

from hypothesis import strategies as st
from table_ledger import property_of, slow_shrinks, slow_verdict
from table_ledger_files import OTHER, places
from table_ledger_rules import bases, near, words

from traindyn.ledger import check_ledger, upgraded

OLD_Z = 4.891638475699
SIDES = ("both", "below", "above")
VERDICTS = ("falsified", "inconclusive", "toy", "verified")

old_noise = st.sampled_from([0.0, 0.0, 0.001, 0.1, None, 1e308])
old_values = st.one_of(near, near, near, st.none())


def old_outcomes(value, reach, prediction, test):
    """What schema 1 may tell of an interval; what diverged has lost its sign."""
    low = -math.inf if test["side"] == "below" else prediction - test["bound"]
    high = math.inf if test["side"] == "above" else prediction + test["bound"]
    found = set()
    for x in [-math.inf, math.inf] if value is None else [value]:
        ends = (-math.inf, math.inf) if math.isinf(reach) else (x - reach, x + reach)
        if ends[1] < low or ends[0] > high:
            found.add("fail")
        elif low <= ends[0] and ends[1] <= high and not math.isinf(x):
            found.add("pass")
        else:
            found.add("undecided")
    return found


def reach_of(stderr, z):
    return math.inf if stderr is None else z * stderr if stderr else 0.0


def trend_of(row, z):
    gaps = [
        (
            math.inf if size["value"] is None else abs(size["value"] - row["prediction"]),
            reach_of(size["stderr"], z),
        )
        for size in row["sizes"]
    ]
    return slow_shrinks(gaps)


def verdict_of_old(row, trend):
    controls = [("not told", control["outcome"]) for control in row["controls"]]
    outcome = row["test"]["outcome"]
    return slow_verdict(outcome, controls, row["asymptotic"], len(row["sizes"]), trend)


@st.composite
def old_rows(draw, number):
    """A row as a program of schema 1 wrote it; small samples made some intervals wider."""
    prediction = draw(near)
    measured = {"value": draw(old_values), "stderr": draw(old_noise)}
    z = draw(st.sampled_from([OLD_Z, 6.0]))
    test = {
        "kind": draw(st.sampled_from(["equality", "order"])),
        "side": draw(st.sampled_from(SIDES)),
        "bound": draw(st.sampled_from([0.1, 0.5, 1.0])),
        "why": draw(words),
        "z": z,
    }

    def told(found, multiplier):
        reach = reach_of(found["stderr"], multiplier)
        return draw(st.sampled_from(sorted(old_outcomes(found["value"], reach, prediction, test))))

    test["outcome"] = told(measured, z)
    controls = []
    for _ in range(draw(st.integers(0, 2))):
        found = {"what": draw(words), "value": draw(old_values), "stderr": draw(old_noise)}
        wide = draw(st.sampled_from([OLD_Z, 9.0, 1e6]))
        controls.append({**found, "outcome": told(found, wide)})
    sizes = [
        {"size": 2.0**i, "value": draw(old_values), "stderr": draw(old_noise)}
        for i in range(draw(st.integers(0, 4)))
    ]
    asymptotic = draw(st.booleans())
    found = [measured, *controls, *(sizes if asymptotic else [])]
    row = {
        "id": f"BR-{number}",
        "claim": f"BR-{number}",
        "source": draw(words),
        "basis": draw(bases),
        "title": draw(words),
        "statement": draw(words),
        "prediction": prediction,
        "measurement": {**measured, "n": draw(st.integers(1, 9)), "unit": "1/s"},
        "test": test,
        "controls": controls,
        "asymptotic": asymptotic,
        "sizes": sizes,
        "random_tests": sum(one["stderr"] != 0 for one in found),
        "expected": draw(st.sampled_from(VERDICTS)),
        "seconds": 0.5,
        "note": "",
    }
    wide = draw(st.booleans()) and any(size["stderr"] for size in sizes)
    verdict = verdict_of_old(row, trend_of(row, OLD_Z) and not wide)
    return {**row, "verdict": verdict, "claim_verdict": verdict}


@st.composite
def old_ledgers(draw):
    versions = dict.fromkeys(("python", "numpy", "scipy", "torch", "cpu"), "1")
    rows = [draw(old_rows(number)) for number in range(1, draw(st.integers(1, 3)) + 1)]
    head = {"schema": 1, "chapter": "coin", "scale": "ci", "seed": 0, "key": ""}
    return {**head, "environment": versions, "claims": rows}


NUMBERS = st.sampled_from([10**400, -(10**400), 1e308, -1e308, 1e-320, 10**300])
ODD = st.one_of(OTHER, NUMBERS, near, st.sampled_from([[], {}, "x", "below", "middle", [1], 6.0]))


@st.composite
def edited_old(draw):
    """A ledger of schema 1 in which a value is another, or a key is missing."""
    ledger = copy.deepcopy(draw(old_ledgers()))
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.sampled_from(list(places(ledger))))
        parent = ledger
        for step in at[:-1]:
            parent = parent[step]
        if draw(st.integers(0, 4)):
            parent[at[-1]] = draw(ODD)
        else:
            del parent[at[-1]]
    return ledger


def brought_up(ledger):
    """What a ledger says when it is brought up to date and passes."""
    before = repr(ledger)
    new = upgraded(ledger)
    assert repr(ledger) == before
    check_ledger(new)
    return [
        (
            row["id"],
            (row["statement"], row["claim_basis"], row["measurement"]["value"]),
            (row["rule"]["kind"], row["rule"]["bound"], row["rule"]["limit"], row["prediction"]),
            (row["rule"]["outcome"], [control["outcome"] for control in row["controls"]]),
            (row["verdict"], row["random_tests"], row["toward"]),
            {row["compares"], row["rule"]["origin"], *(c["kind"] for c in row["controls"])},
        )
        for row in new["claims"]
    ]


def slow_brought_up(ledger):
    """The same, read from the rows as they were."""
    found = []
    for row in ledger["claims"]:
        test, prediction = row["test"], row["prediction"]
        measured, z = row["measurement"], min(OLD_Z, *(r["test"]["z"] for r in ledger["claims"]))
        reach = reach_of(measured["stderr"], test["z"])
        assert test["outcome"] in old_outcomes(measured["value"], reach, prediction, test)
        for control in row["controls"]:
            assert control["outcome"] in {
                outcome
                for multiplier in (z, math.inf)
                for outcome in old_outcomes(
                    control["value"], reach_of(control["stderr"], multiplier), prediction, test
                )
            }
        trends = {trend_of(row, z), trend_of(row, math.inf)}
        assert row["verdict"] in {verdict_of_old(row, trend) for trend in trends}
        rule = {
            "both": ("within", test["bound"], None, prediction),
            "below": ("at_most", None, prediction + test["bound"], None),
            "above": ("at_least", None, prediction - test["bound"], None),
        }[test["side"]]
        limited = row["asymptotic"] and test["side"] != "both"
        found.append(
            (
                row["id"],
                (row["statement"], row["basis"], measured["value"]),
                rule,
                (test["outcome"], [control["outcome"] for control in row["controls"]]),
                (row["verdict"], row["random_tests"], prediction if limited else None),
                {"not told"},
            )
        )
    return found


TABLE = {
    "traindyn.ledger.upgrades.upgraded": property_of(
        brought_up,
        slow_brought_up,
        st.tuples(old_ledgers()),
        st.tuples(st.one_of(edited_old(), edited_old(), st.none(), st.just([]))),
    ),
}
