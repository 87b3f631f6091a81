"""The page on trust, from the ledgers and the files of mutants, seeds and faults."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pytest

from bookbuild.site import trust
from bookbuild.site.book import Book
from bookbuild.site.html import MARKS
from bookbuild.site.seeds import seeds
from traindyn.inference import BOOK_RANDOM_TESTS, critical_value
from traindyn.ledger.seeds import Reading, SeedRun, add_runs

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
        "Of 5 mutants 3 were tried on the present code.",
        "a loop without end (CO-1: crashed)",
        "At the scale ci, 1 of 1 claims ran again, at 2 other seeds. That repeats 2 decisions "
        "about 1 parts of claims, of which 1 came out otherwise than at the first seed.",
        f"CO-2 {MARKS['toy']} toy at seed 0 {MARKS['falsified']} falsified at seed 4",
        "1 of 1 claims have changed since these runs.",
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


def run_of(part, seed, value, stderr, verdict="verified", *, random=True, margin=None):
    """A run of a claim of one part."""
    told = (part, verdict, "pass", value, stderr, 5 * stderr, None, 0.0, random, "within", "noise")
    told = (*told, margin)
    return SeedRun(part[:4], seed, "k", (Reading(*told),))


def told_of(tmp_path, runs):
    add_runs(tmp_path / "seeds.json", "ci", runs)
    return text_of(seeds(Book(()), tmp_path / "seeds.json"))


def test_errors_are_beside_the_scatter(tmp_path):
    draws = np.random.default_rng(0).standard_normal((3, 9))
    runs = [
        run_of(part, seed, value * factor, 0.1)
        for part, factor, values in zip(
            ("CO-1", "CO-2", "CO-3"), (0.1, 0.001, 1.0), draws, strict=True
        )
        for seed, value in enumerate(values)
    ]
    text = told_of(tmp_path, runs)
    assert "3 of 3 claims ran again, at 8 other seeds." in text
    assert "repeats 24 decisions about 3 parts of claims, and every one came out as at" in text
    assert "how little 1 of them scatter" in text
    assert re.search(r"errors that are too small Part Ratio Seeds CO-3 \d+\.\d ± 0\.5 9", text)
    text = told_of(tmp_path, [run_of("CO-3", 0, 0.1, 0.1)._replace(key="other")])
    assert "2 of 3 claims ran again" in text
    assert "No part has errors that are too small beyond chance." in text


def test_what_one_more_seed_turns_is_told_before_it_does(tmp_path):
    few = [run_of("CO-1", seed, 0.0, 0.1, margin=0.2 + 0.1 * (seed % 2)) for seed in range(7)]
    assert "expected to turn" not in told_of(tmp_path, few)
    runs = [
        run_of(part, seed, 0.0, 0.1, margin=mean + 0.1 * (-1) ** seed)
        for part, mean in (("CO-1", 0.15), ("CO-2", 0.7))
        for seed in range(8)
    ]
    text = told_of(tmp_path, runs)
    assert "0.07 of 2 parts are expected to turn at one more seed" in text
    assert re.search(r"Part Free share of the room Chance CO-1 0.15 7.1%", text)
    assert "CO-2 0.7" not in text


def test_without_noise_nothing_is_said_of_errors(tmp_path):
    text = told_of(tmp_path, [run_of("CO-1", seed, 0.0, 0.0, random=False) for seed in range(4)])
    assert text.startswith("At the scale ci, 1 of 1 claims ran again, at 3 other seeds.")
    assert "errors" not in text
    (tmp_path / "seeds.json").unlink()
    text = told_of(tmp_path, [run_of("CO-1", 0, 0.0, 0.1)])
    assert text.startswith("All 1 claims ran at one seed only.")
