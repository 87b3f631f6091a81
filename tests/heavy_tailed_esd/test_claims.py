"""The register of the chapter, and its cheapest claims."""

import re

import pytest

from traindyn.heavy_tailed_esd.claims import registry, run
from traindyn.ledger import rows_of

EXPECTED = [f"HT-{number}" for number in range(1, 21)]


@pytest.fixture(autouse=True)
def no_record(monkeypatch):
    monkeypatch.delenv("TRAINDYN_CLAIMS", raising=False)


def test_registered_claims_are_the_expected_ones():
    assert registry.ids == EXPECTED
    assert registry.chapter == "heavy_tailed_esd"


def test_statements_are_sentences():
    for statement in registry.statements.values():
        assert re.fullmatch(r"[A-Z“].*\.", statement, re.DOTALL)


def test_a_cheap_claim_has_the_expected_verdict():
    found = run("HT-3", scale="ci", seed=0).claim.check()
    for row in rows_of(found):
        assert row["controls"]
        assert {control["outcome"] for control in row["controls"]} == {"fail"}


def test_a_seed_decides_the_rows():
    one, again, other = (
        [{**row, "seconds": 0} for row in rows_of(run("HT-3", scale="ci", seed=s).claim)]
        for s in (1, 1, 2)
    )
    assert one == again
    assert [row["measurement"] for row in one] != [row["measurement"] for row in other]
