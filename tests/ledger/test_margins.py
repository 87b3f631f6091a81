"""How far verdicts are from turning, and how often one more seed turns them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from traindyn.inference import Estimate, critical_value, exact
from traindyn.ledger import (
    Claim,
    Part,
    at_least,
    at_most,
    ledger_of,
    other_system,
    rows_of,
    within,
    wrong_prediction,
)
from traindyn.ledger.margins import margin
from traindyn.ledger.seed_statistics import (
    PartStatistics,
    about_margin,
    likely_to_turn,
    statistics_of,
    told,
)
from traindyn.ledger.seeds import SeedRun, SeedTable, runs_of

Z = critical_value()


def claim_of(measured, rule, controls, prediction=None, expected="verified"):
    part = Part(
        "Rate of heads",
        measured,
        rule,
        controls,
        prediction=prediction,
        compares="simulation",
        replicates="runs" if measured.drawn else "",
        expected=expected,
    )
    return Claim("CO-1", "a coin", "derived", "Heads come half of the time.", [part])


def row_of(*arguments, **options):
    (row,) = rows_of(claim_of(*arguments, **options))
    return row


def wide(value, half_width):
    """An estimate with that half-width."""
    return Estimate(value, half_width / Z)


HALF = within(0.2, "a fifth", "size")
CASES = {
    "in the middle": (wide(0.5, 0.05), [wrong_prediction("none", 0.0)], 0.75),
    "to one side": (wide(0.6, 0.05), [wrong_prediction("none", 0.0)], 0.5),
    "a control that is nearly undecided": (wide(0.5, 0.05), [wrong_prediction("less", 0.2)], 0.5),
    "a control that is undecided": (wide(0.5, 0.05), [wrong_prediction("less", 0.29)], -0.8),
    "a control of its own": (
        wide(0.5, 0.05),
        [other_system("bent", wide(0.9, 0.1)), wrong_prediction("none", 0.0)],
        0.5,
    ),
    "undecided, nearer to passing": (wide(0.68, 0.05), [wrong_prediction("none", 0.0)], -0.6),
    "undecided, nearer to failing": (wide(0.73, 0.05), [wrong_prediction("none", 0.0)], -0.4),
    "fails, whatever the controls say": (wide(0.8, 0.05), [wrong_prediction("too", 0.7)], 0.5),
    "without noise": (exact(0.5), [wrong_prediction("none", 0.0)], None),
    "noise of the control alone": (exact(0.5), [other_system("bent", wide(0.9, 0.1))], 0.5),
    "endless": (Estimate(0.5, math.inf), [wrong_prediction("none", 0.0)], -1.0),
}


@pytest.mark.parametrize("name", CASES)
def test_the_margin_is_the_least_distance_of_the_room_that_is_left(name):
    measured, controls, expected = CASES[name]
    found = margin(row_of(measured, HALF, controls, prediction=0.5))
    assert found == (None if expected is None else pytest.approx(expected, abs=1e-9))


@pytest.mark.parametrize(("rule", "sign"), [(at_least, 1), (at_most, -1)])
def test_a_limit_has_one_end(rule, sign):
    controls = [other_system("bent", exact(-sign * 1.0))]
    limit = rule(0.0, "a sign", "sign")
    assert margin(row_of(wide(sign * 0.5, 0.1), limit, controls)) == pytest.approx(0.8)
    assert margin(row_of(wide(sign * -0.5, 0.1), limit, controls)) == pytest.approx(0.8)
    assert margin(row_of(wide(sign * 0.05, 0.1), limit, controls)) == pytest.approx(-0.5)


def test_it_is_negative_where_the_verdict_is_inconclusive_and_nowhere_else():
    generator = np.random.default_rng(0)
    seen = set()
    for value, half_width, other in zip(
        generator.uniform(0, 1, 400),
        generator.uniform(0.01, 0.3, 400),
        generator.uniform(0, 1, 400),
        strict=True,
    ):
        row = row_of(
            wide(value, half_width), HALF, [wrong_prediction("another", other)], prediction=0.5
        )
        seen.add(row["verdict"])
        assert (margin(row) < 0) == (row["verdict"] == "inconclusive")
    assert seen == {"verified", "falsified", "inconclusive"}


def test_a_sweep_holds_the_margins_of_its_rows():
    measured = wide(0.5, 0.05)
    claim = claim_of(measured, HALF, [wrong_prediction("none", 0.0)], prediction=0.5)
    (run,) = runs_of(ledger_of("coin", [claim], scale="ci", seed=3))
    assert run.parts[0].margin == pytest.approx(0.75)


@pytest.mark.parametrize(("mean", "seeds"), [(1.0, 8), (2.0, 8), (2.0, 20), (3.0, 13)])
def test_the_chance_is_right_on_average(mean, seeds):
    sets = np.random.default_rng(0).normal(mean, 1.0, (20_000, seeds))
    foretold = np.array([about_margin([*one])[0] for one in sets])
    chance = math.erfc(mean / 2**0.5) / 2
    assert abs(foretold.mean() - chance) < 4 * foretold.std() / len(sets) ** 0.5


def test_few_seeds_foretell_nothing_and_numbers_without_noise_turn_nothing():
    assert about_margin([1.0, 2.0] * 3) == (None, None)
    assert about_margin([None] * 8) == (0.0, None)
    assert about_margin([1.5] * 8) == (0.0, 1.5)
    assert about_margin([-1.0] * 8) == (1.0, -1.0)


def test_the_likeliest_are_named_first():
    found = [
        PartStatistics("CO-1", 0, {"verified": 9}, (), "noise", turning=chance, margin=1.0)
        for chance in (0.02, None, 0.3, 0.0, 0.01)
    ]
    assert [part.turning for part in likely_to_turn(found)] == [0.3, 0.02]


def test_what_is_told_says_how_many_turn():
    claims = [
        claim_of(
            wide(0.5 + 0.01 * (-1) ** seed, 0.17 + 0.01 * (-1) ** seed),
            HALF,
            [wrong_prediction("none", -0.5)],
            prediction=0.5,
        )
        for seed in range(8)
    ]
    runs = [
        run
        for seed, claim in enumerate(claims)
        for run in runs_of(ledger_of("coin", [claim], scale="ci", seed=seed))
    ]
    chance, mean = about_margin([run.parts[0].margin for run in runs])
    lines = told(statistics_of(SeedTable("ci", tuple(runs))))
    assert chance > 0.01
    assert lines[0] == "1 parts: 0 have other verdicts at other seeds"
    assert lines[1] == f"{chance:.2g} of 1 parts expected to turn at one more seed"
    assert lines[2].startswith(f"CO-1: turns with chance {chance:.2g}, mean margin {mean:.2g} of")
    few = [run for run in runs if isinstance(run, SeedRun) and run.seed < 7]
    assert not any("turn" in line for line in told(statistics_of(SeedTable("ci", tuple(few)))))
