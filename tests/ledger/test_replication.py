"""A foreign ledger as a replication: differences in units of the combined error."""

import math

import pytest

from traindyn.inference import Estimate
from traindyn.ledger import Claim, Part, ledger_of, within, wrong_prediction
from traindyn.ledger.replication import agreement_table, agreements


def ledger(*values, chapter="coin"):
    """A claim per value and error."""
    claims = []
    for number, (value, stderr) in enumerate(values, 1):
        part = Part(
            "the rate is one",
            Estimate(value, stderr, drawn=stderr != 0),
            within(0.5, "the half", "size"),
            [wrong_prediction("three", 3.0)],
            prediction=1.0,
            compares="simulation",
            replicates="runs" if stderr else "",
        )
        claims.append(Claim(f"CO-{number}", "eq. 1", "stated", "One.", [part]))
    return ledger_of(chapter, claims, scale="ci", seed=0)


OURS = ledger((1.0, 0.03), (1.0, 0.0), (1.0, 0.0), (1.0, math.inf), (1.0, 0.0))
THEIRS = ledger((1.1, 0.04), (1.0 + 1e-12, 0.0), (1.01, 0.0), (1.0, 0.01), (2.0, 0.0))


def test_differences_are_in_units_of_the_combined_error():
    found = agreements(OURS, THEIRS)
    assert [one.id for one in found] == [f"CO-{i}" for i in range(1, 6)]
    assert found[0].apart == pytest.approx(2.0)
    assert [one.apart for one in found[1:]] == [0.0, math.inf, None, math.inf]
    assert agreements(THEIRS, OURS)[0].apart == pytest.approx(-2.0)
    assert found[4].verdicts == ("verified", "falsified")


@pytest.mark.parametrize(("z", "held"), [(3.0, [1, 1, 0, 0, 0]), (1.9, [0, 1, 0, 0, 0])])
def test_a_row_holds_with_equal_verdicts_within_some_errors(z, held):
    # the fourth pair has other verdicts: an infinite error decides nothing
    assert [one.holds(z) for one in agreements(OURS, THEIRS)] == list(map(bool, held))


def test_only_common_rows_are_compared_and_chapters_must_be_equal():
    assert [one.id for one in agreements(OURS, ledger((1.0, 0.0)))] == ["CO-1"]
    with pytest.raises(ValueError, match="chapter must be 'coin' in both, got 'die'"):
        agreements(OURS, ledger((1.0, 0.0), chapter="die"))
    with pytest.raises(ValueError, match="the second ledger must have schema 2"):
        agreements(OURS, {})


def test_the_table_has_both_values_both_errors_and_both_verdicts():
    lines = agreement_table(agreements(OURS, THEIRS)).splitlines()
    assert " ".join(lines[1].split()) == "CO-1 1.000 ± 0.030 1.100 ± 0.040 +2.00 verified"
    assert lines[2].split() == ["CO-2", "1", "1", "0", "verified"]
    assert lines[3].split() == ["CO-3", "1", "1.01", "not", "equal", "verified", "(!)"]
    assert lines[5].endswith("verified | falsified (!)")
    assert lines[7] == "2 of 5 rows have the same verdict, at most 3 errors apart"
    assert lines[8].startswith("1 rows differ by noise, 2.00 errors in root mean square;")
    with pytest.raises(ValueError, match="z must be positive"):
        agreement_table([], z=0.0)


def test_independent_runs_lie_one_error_apart_on_average():
    """The root mean square of 200 standard normal numbers: 1 ± 0.05; it would leave 0.25 once
    in a million seeds."""
    import numpy as np

    draws = np.random.default_rng(1).normal(1.0, 0.01, (2, 200))
    ours, theirs = (ledger(*((float(x), 0.01) for x in side)) for side in draws)
    table = agreement_table(agreements(ours, theirs))
    assert 0.75 < float(table.split("noise, ")[1].split()[0]) < 1.25
