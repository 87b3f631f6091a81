"""The tables of the diagnosis beside other tools."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bookbuild.site import peers

FILE = Path(__file__).parents[3] / peers.FILE


@pytest.fixture
def told():
    return json.loads(FILE.read_text(encoding="utf-8"))


def test_the_file_of_the_book_makes_every_table(told):
    for part in peers.PARTS:
        table = peers.PARTS[part](told)
        assert table.count('<tr role="row">') - table.count("<thead") == len(told[part]), part


def test_the_diagnosis_keeps_what_its_page_says(told):
    """No more products than the best of the others at the same tolerance, the same numbers."""
    for size in {row["parameters"] for row in told["efforts"]}:
        rows = {row["tool"]: row for row in told["efforts"] if row["parameters"] == size}
        ours = rows.pop("this book, one start")
        whole = rows.pop("this book")
        others = list(rows.values())
        assert len(others) == 3
        assert max(ours["residual"], whole["residual"]) <= told["tolerance"]
        assert whole["error"] < 1e-9
        good = [row for row in others if row["residual"] <= told["tolerance"]]
        assert ours["products"] <= min(row["products"] for row in good)
        if size < 10_000:
            assert 2 * ours["seconds"] < min(row["seconds"] for row in good)
    assert {row["number"] for row in told["indices"]} == {"alpha", "D", "stable_rank"}
    for row in told["indices"]:
        assert row["ours"] == pytest.approx(row["theirs"], rel=1e-9)
    assert all(row["share"] <= 0.05 for row in told["recordings"])


def test_a_name_of_another_tool_is_text():
    row = {"layer": "<b>", "number": "α", "tool": "A & B", "ours": 2.0, "theirs": 4.0}
    table = peers.indices({"indices": [row]})
    assert "&lt;b&gt;" in table
    assert "A &amp; B" in table
    assert "5 × 10<sup>−1</sup>" in table
