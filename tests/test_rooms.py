"""Every chapter's room: its register, its statements, and that a seed decides what it measures."""

import importlib
import re
from pathlib import Path

import pytest

from traindyn.ledger import Registry, rows_of
from traindyn.runs.studies import STORE

ROOMS = {
    "anisotropic_noise": ([f"AN-{number}" for number in range(1, 21)], "AN-15"),
    "balance_regularization": ([f"BR-{number}" for number in range(1, 27)], "BR-21"),
    "hessian_alignment": ([f"HA-{number}" for number in range(1, 24)], "HA-11"),
    "heavy_tailed_esd": ([f"HT-{number}" for number in range(1, 24)], "HT-16"),
    "saddle_to_saddle": ([f"SS-{number}" for number in range(1, 24)], "SS-6"),
    "your_own_network": ([f"ON-{number}" for number in range(1, 8)], "ON-5"),
}
"""The claims of each chapter, and a cheap one that draws random numbers."""


@pytest.fixture(params=ROOMS)
def room(request):
    return request.param


@pytest.fixture
def registry(room) -> Registry:
    return importlib.import_module(f"traindyn.{room}.claims").registry


def measurements(registry: Registry, claim: str, seed: int) -> list[dict]:
    """What the rows of a claim say was measured, by their ids; nothing is taken from a store."""
    STORE.memory.clear()
    found = registry.run(claim, scale="ci", seed=seed).claim
    return [{"id": row["id"], **row["measurement"]} for row in rows_of(found)]


def test_no_chapter_is_left_out():
    chapters = Path(__file__).parents[1] / "chapters"
    assert sorted(ROOMS) == sorted(path.stem for path in chapters.glob("*.py"))


def test_registered_claims_are_the_expected_ones(room, registry):
    assert registry.chapter == room
    assert registry.ids == ROOMS[room][0]


def test_statements_are_sentences(registry):
    for statement in registry.statements.values():
        assert re.fullmatch(r"[A-Z“].*\.", statement, re.DOTALL)


def test_a_seed_decides_the_rows(room, registry, monkeypatch):
    monkeypatch.delenv("TRAINDYN_CLAIMS", raising=False)
    claim = ROOMS[room][1]
    one, again, other = (measurements(registry, claim, seed) for seed in (1, 1, 2))
    assert one == again
    assert one != other
