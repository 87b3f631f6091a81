"""The page on trust, from the ledgers and the files of mutants, seeds and faults."""

from __future__ import annotations

import re
from html import unescape

import pytest

from bookbuild.site import trust
from traindyn.inference import BOOK_RANDOM_TESTS, critical_value

pytestmark = pytest.mark.xdist_group("planted site")  # built once, not once per worker


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_the_page_shows_every_part(built):
    text = text_of(built.page("book/trust"))
    for part in (
        f"pays for {BOOK_RANDOM_TESTS:,}, at z = {critical_value():.2f}.",
        "The 5 rows of the ledger",
        "Compares: simulation 5",
        "Bound from: size 3 Bound from: paper 1 Bound from: convention 1",
        "Control: other system 3 Control: wrong theory 1",
        "Result at seed 0 known before the rule took its form 1",
        "coin 5 4 2 1 1 1 die 0 0 0 0 0 0 All 5 4 2 1 1 1",
        "another exponent (CO-1: survived)",
        "a loop without end (CO-1: crash)",
        "1 parts: 1 have other verdicts at other seeds",
        "CO-2: toy at seed 0, falsified at 4",
        "1 of 1 claims were run with older sources",
        "0 1 3 1 4 1",
        "a command or its processes are killed 2 1",
        "a disk is full or a folder read-only 1 0",
    ):
        assert part in text, f"{part!r} is missing in {text!r}"
    assert "in no catalogue any more" not in text
    assert "<two>" not in built.page("book/trust")


def test_the_number_of_random_tests_is_counted(built):
    """Two parts of CO-1 with three noisy decisions and one, CO-2, CO-10 with five, DI-2."""
    text = text_of(built.page("book/trust"))
    assert "The ledger makes 11 decisions about noisy numbers." in text


def test_what_was_not_run_yet_is_said(planted):
    for name in ("mutants.json", "seeds.json"):
        (planted.root / "book" / "data" / name).unlink()
    status, output = planted.make("build")
    assert status == 0, output
    text = text_of(planted.page("book/trust"))
    assert "Every mutant that was tried was caught." not in text
    assert "No mutant was tried yet." in text
    assert "No other seed was run yet." in text


def test_a_file_that_is_none_of_these_stops_the_build(planted):
    (planted.root / "book" / "data" / "faults.json").write_text("[]")
    status, output = planted.make("build")
    assert status != 0
    assert "the files of faults must be what make writes" in output


def test_parts_have_names(built):
    assert {"promise", "rows", "mutants", "survivors", "seeds", "faults"} == {*trust.PARTS}
    assert "{trust}" not in built.page("book/trust")
