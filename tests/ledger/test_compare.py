"""Two ledgers side by side."""

import math

import pytest

from traindyn.inference import Estimate, exact
from traindyn.ledger import Claim, Part, compare_ledgers, ledger_of, within, wrong_theory


def row_claim(number, value=1.0, stderr=0.01):
    part = Part(
        "the rate is one",
        Estimate(value, stderr, drawn=stderr != 0),
        within(0.1, "the step size", "size"),
        [wrong_theory("mutant", exact(3.0))],
        prediction=1.0,
        compares="simulation",
        replicates="runs" if stderr else "",
    )
    return Claim(f"BR-{number}", "eq. 1", "stated", "Rates are one.", [part])


def ledger(*claims, scale="ci", seed=0, **environment):
    content = ledger_of("balance_regularization", claims, scale=scale, seed=seed)
    content["environment"].update(environment)
    return content


def test_a_ledger_agrees_with_itself():
    ours = ledger(row_claim(1), row_claim(2))
    comparison = compare_ledgers(ours, ours)
    assert comparison.agrees
    assert str(comparison) == "2 rows agree"


def test_versions_and_settings_that_differ_are_listed():
    ours = ledger(row_claim(1), torch="2.13.0", extra="only here")
    theirs = ledger(row_claim(1), scale="laptop", seed=4, torch="2.14.0")
    comparison = compare_ledgers(ours, theirs)
    assert comparison.agrees
    assert comparison.settings == [
        "scale: ci | laptop",
        "seed: 0 | 4",
        "extra: only here | None",
        "torch: 2.13.0 | 2.14.0",
    ]


def test_rows_that_changed_or_are_missing():
    ours = ledger(row_claim(1, 1.0, 0.0), row_claim(2), row_claim(3))
    theirs = ledger(row_claim(1, 1.5, 0.0), row_claim(3), row_claim(4))
    comparison = compare_ledgers(ours, theirs)
    assert not comparison.agrees
    assert comparison.changed == [
        "BR-1: verified | falsified (1 | 1.5)",
        "BR-2: only in the first",
        "BR-4: only in the second",
    ]
    assert str(comparison).splitlines()[0] == "changed  BR-1: verified | falsified (1 | 1.5)"
    assert comparison.equal == 1


@pytest.mark.parametrize(
    ("ours", "theirs", "moved"),
    [
        ((1.0, 0.01), (1.04, 0.01), False),  # 2.8 combined errors
        ((1.0, 0.01), (1.045, 0.01), True),  # 3.2
        ((1.0, 0.0), (1.0 + 1e-10, 0.0), False),  # rounding
        ((1.0, 0.0), (1.0 + 1e-8, 0.0), True),
        ((math.inf, 0.0), (math.inf, 0.0), False),
        ((math.inf, 0.0), (5.0, 0.0), True),
        ((1.0, math.inf), (1.5, 0.5), False),  # an unknown error agrees with everything
    ],
)
def test_values_move_when_they_differ_by_more_than_their_errors(ours, theirs, moved):
    comparison = compare_ledgers(ledger(row_claim(1, *ours)), ledger(row_claim(1, *theirs)))
    assert comparison.agrees
    assert bool(comparison.moved) == moved
    assert comparison.equal == (not moved)


def test_the_tolerance_can_be_chosen():
    pair = ledger(row_claim(1, 1.0)), ledger(row_claim(1, 1.02))
    assert compare_ledgers(*pair, z=1.0).moved == ["BR-1: 1.000 ± 0.010 | 1.020 ± 0.010"]
    assert not compare_ledgers(*pair, z=2.0).moved


def test_comparing_is_symmetric():
    ours, theirs = ledger(row_claim(1), row_claim(2, 1.5)), ledger(row_claim(2), row_claim(3))
    one, other = compare_ledgers(ours, theirs), compare_ledgers(theirs, ours)
    assert (one.agrees, one.equal) == (other.agrees, other.equal)
    assert len(one.changed) == len(other.changed) == 3


@pytest.mark.parametrize("z", [0.0, -1.0, math.nan])
def test_comparing_rejects_a_tolerance(z):
    with pytest.raises(ValueError, match=f"z must be positive and finite, got {z}"):
        compare_ledgers(ledger(), ledger(), z=z)


def test_comparing_rejects_another_chapter():
    other = {**ledger(), "chapter": "heavy_tailed_esd"}
    message = "chapter must be 'balance_regularization' in both, got 'heavy_tailed_esd'"
    with pytest.raises(ValueError, match=message):
        compare_ledgers(ledger(), other)


def test_rows_that_say_something_else_are_told():
    ours, theirs = ledger(row_claim(1), row_claim(2)), ledger(row_claim(1), row_claim(2))
    theirs["claims"][0] |= {"statement": "the rate is\n\x1b[31mtwo", "prediction": 1.001}
    theirs["claims"][0]["rule"] |= {"bound": 0.2}
    theirs["claims"][0]["controls"][0]["kind"] = "other system"
    comparison = compare_ledgers(ours, theirs)
    assert str(comparison).splitlines() == [
        r"restated BR-1: statement: the rate is one | the rate is \x1b[31mtwo",
        "restated BR-1: prediction: 1.0 | 1.001",
        "restated BR-1: bound: 0.1 | 0.2",
        "restated BR-1: kinds of controls: wrong theory | other system",
        "1 rows agree",
    ]


def test_comparing_refuses_what_is_no_ledger():
    broken = ledger(row_claim(1))
    broken["claims"][0]["measurement"]["value"] = math.nan
    with pytest.raises(ValueError, match=r"the second ledger: .*value must be finite, got nan"):
        compare_ledgers(ledger(row_claim(1)), broken)
