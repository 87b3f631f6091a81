"""The register of the chapter, and that a seed decides a claim's rows."""

import re

import pytest

from traindyn.balance_regularization.claims import registry, run
from traindyn.ledger import rows_of

EXPECTED = [f"BR-{number}" for number in range(1, 24)]


def rows(seed):
    """Rows of BR-1 but for the time they took."""
    claim = run("BR-1", scale="ci", seed=seed).claim
    return [{**row, "seconds": 0.0} for row in rows_of(claim)]


@pytest.fixture(scope="module")
def published():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TRAINDYN_CLAIMS", raising=False)
        yield rows(seed=0)


def test_registered_claims_are_the_expected_ones():
    assert registry.ids == EXPECTED
    assert registry.chapter == "balance_regularization"


def test_statements_are_sentences():
    for statement in registry.statements.values():
        assert re.fullmatch(r"[A-Z].*\.", statement, re.DOTALL)


def test_the_exact_budget_is_verified(published):
    assert [row["id"] for row in published] == ["BR-1a", "BR-1b", "BR-1c", "BR-1d"]
    assert {row["verdict"] for row in published} == {"verified"}
    for row in published:
        assert row["controls"]
        assert {control["outcome"] for control in row["controls"]} == {"fail"}


def test_a_seed_decides_the_rows(published, monkeypatch):
    monkeypatch.delenv("TRAINDYN_CLAIMS", raising=False)
    assert rows(seed=0) == published
    other = rows(seed=1)
    assert [row["verdict"] for row in other] == [row["verdict"] for row in published]
    assert [row["measurement"] for row in other] != [row["measurement"] for row in published]
