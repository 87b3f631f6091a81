"""Ledgers of schema 1: what becomes of their rules, and that an edited one is still refused."""

import copy
import json

import pytest

from traindyn.ledger import check_ledger, compare_ledgers, read_ledger, upgraded

Z = 4.891638475699


def row(number, side="both", value=1.0, stderr=0.0, outcome="pass", verdict="verified", **more):
    """A row that predicts 1 with a bound of 0.1, and a control at 3."""
    return {
        "id": f"BR-{number}",
        "claim": f"BR-{number}",
        "source": "eq. 1",
        "basis": "stated",
        "title": "Rates are one.",
        "statement": "the rate is one",
        "prediction": 1.0,
        "measurement": {"value": value, "stderr": stderr, "n": 9, "unit": "1/s"},
        "test": {
            "kind": "equality",
            "side": side,
            "bound": 0.1,
            "why": "the step",
            "z": more.pop("z", Z),
            "outcome": outcome,
        },
        "controls": [{"what": "mutant", "value": 3.0, "stderr": 0.0, "outcome": "fail"}],
        "asymptotic": False,
        "sizes": [],
        "random_tests": int(stderr != 0),
        "expected": "verified",
        "verdict": verdict,
        "claim_verdict": verdict,
        "seconds": 1.0,
        "note": "",
    } | more


def ledger(*rows):
    environment = dict.fromkeys(("python", "numpy", "scipy", "torch", "cpu"), "1")
    head = {"schema": 1, "chapter": "balance_regularization", "scale": "ci", "seed": 0, "key": ""}
    return {**head, "environment": environment, "claims": list(rows)}


def steps(*values, stderr=0.0):
    return [{"size": 2.0**i, "value": v, "stderr": stderr} for i, v in enumerate(values)]


def test_rules_around_a_prediction_become_limits():
    low = row(3, "above")
    low["controls"][0]["value"] = -3.0
    new = upgraded(ledger(row(1), row(2, "below"), low))
    check_ledger(new)
    assert [(r["rule"]["kind"], r["rule"]["bound"], r["rule"]["limit"]) for r in new["claims"]] == [
        ("within", 0.1, None),
        ("at_most", None, 1.1),
        ("at_least", None, 0.9),
    ]
    assert [r["prediction"] for r in new["claims"]] == [1.0, None, None]
    told = {(r["compares"], r["rule"]["origin"], r["controls"][0]["kind"]) for r in new["claims"]}
    assert told == {("not told", "not told", "not told")}


def test_noise_keeps_the_multiplier_of_its_row():
    new = upgraded(ledger(row(1, stderr=0.01, z=6.0)))
    check_ledger(new)
    measured = new["claims"][0]["measurement"]
    assert (measured["half_width"], measured["random"]) == (0.06, True)
    assert new["z"] == Z


@pytest.mark.parametrize(
    ("stderr", "outcome"), [(0.1, "fail"), (0.1, "undecided"), (None, "undecided")]
)
def test_the_outcome_of_a_noisy_control_is_taken_over(stderr, outcome):
    verdict = "verified" if outcome == "fail" else "inconclusive"
    old = row(1, verdict=verdict, random_tests=1)
    old["controls"][0] |= {"stderr": stderr, "outcome": outcome}
    check_ledger(upgraded(ledger(old)))


@pytest.mark.parametrize("verdict", ["verified", "inconclusive"])
def test_the_verdict_of_a_noisy_trend_is_taken_over(verdict):
    sizes = steps(2.0, 1.5, 1.05, stderr=0.01)
    old = row(1, "below", verdict=verdict, asymptotic=True, sizes=sizes, random_tests=3)
    new = upgraded(ledger(old))
    check_ledger(new)
    assert new["claims"][0]["toward"] == 1.0


@pytest.mark.parametrize(
    "edit",
    [
        {"verdict": "toy", "claim_verdict": "toy"},
        {"random_tests": 1},
        {"prediction": 2.0},
        {"controls": []},
        {"sizes": steps(1.0, 2.0), "asymptotic": True},
    ],
)
def test_an_edited_ledger_is_refused_all_the_same(edit):
    with pytest.raises(ValueError, match="BR-1"):
        check_ledger(upgraded(ledger(row(1, **edit))))


@pytest.mark.parametrize("name", ["test", "measurement", "prediction", "claim", "sizes"])
def test_what_lacks_an_entry_is_no_ledger(name):
    old = ledger(row(1))
    del old["claims"][0][name]
    with pytest.raises(ValueError, match=r"book\.json must hold what schema 1 asks for"):
        upgraded(old, "book.json")


@pytest.mark.parametrize("other", [None, [], {"schema": 2}, {"schema": True}, {"schema": "1"}])
def test_what_is_not_of_schema_1_stays_as_it_is(other):
    assert upgraded(other) is other


def test_a_file_of_schema_1_is_compared_with_one_of_schema_2(tmp_path):
    old = ledger(row(1), row(2, "below"))
    (tmp_path / "old.json").write_text(json.dumps(old))
    read = read_ledger(tmp_path / "old.json")
    new = copy.deepcopy(read)
    for one in new["claims"]:
        one |= {"compares": "simulation", "seen": True}
        one["rule"]["origin"] = "size"
        one["controls"][0]["kind"] = "wrong theory"
    comparison = compare_ledgers(read, new)
    assert (comparison.agrees, comparison.equal) == (True, 2)
