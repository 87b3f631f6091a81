"""The page of claims that turn, from stored maps; and what ``make challenges`` asks."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from bookbuild.challenges import CHOSEN, Chosen, command_of, made
from bookbuild.site.challenges import FILE, older
from traindyn.challenge.command import Challenge

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.xdist_group("planted site")  # built once, not once per worker


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_the_page_shows_a_line_and_a_map_for_each_challenge(built):
    page = built.page("book/challenge")
    text = text_of(page)
    for part in (
        "CO-1a coin.bias@0.5 A bent coin is none.",
        "DI-2 faces , throws Seven faces have another mean.",
        "CO-1a: Rate of <heads> coin.bias@0.5 CO-1a 0.5 ● verified 0.6 refused",
        "CO-1a turns with coin.bias@0.5: verified at 0.5; refused at 0.6",
        "1 run was refused: bias must be < 0.6",
        "traindyn challenge DI-2 (2 seeds)",
        "DI-2: Mean throws \\ faces 6 7 10 0/1 1/1 20 0/2 1/2",
        "Made with older sources than those of the published rows: CO-1, DI-2.",
    ):
        assert part in text.replace(" ,", " ,"), f"{part!r} is missing in {text!r}"
    assert page.count('href="ledger.html#CO-1a"') == 2
    assert "<heads>" not in page


def test_maps_of_the_published_sources_are_not_older():
    maps = [{"asked": "CO-1a", "key": "k"}, {"asked": "DI-2", "key": "l"}]
    assert older(maps, {"CO-1": "k", "DI-2": "l"}) == ""
    assert "rows: DI-2." in older(maps, {"CO-1": "k", "DI-2": "m"})
    assert "rows: CO-1, DI-2." in older([{**m, "key": ""} for m in maps], {"CO-1": "", "DI-2": ""})


def test_what_is_no_map_stops_the_build(planted):
    (planted.root / "book" / "data" / "challenges.json").write_text("{}")
    status, output = planted.make("build")
    assert status != 0
    assert "challenges.json must be what `make challenges` writes: KeyError: 'maps'" in output


def test_a_command_asks_what_was_asked():
    for chosen in CHOSEN:
        words = command_of(chosen.request).split()
        assert words[:3] == ["traindyn", "challenge", chosen.request.asked]
        assert words.count("--set") == len(chosen.request.settings)
        assert not re.search(r"\d\.\d", chosen.why)  # no measured number is typed


def test_the_stored_maps_are_those_that_are_chosen():
    stored = json.loads((ROOT / FILE).read_text(encoding="utf-8"))["maps"]
    assert [entry["command"] for entry in stored] == [command_of(one.request) for one in CHOSEN]
    assert [entry["why"] for entry in stored] == [one.why for one in CHOSEN]
    for entry in stored:
        assert any(place["told"] != entry["places"][0]["told"] for place in entry["places"])


def test_a_challenge_is_made_as_the_page_wants_it():
    found = made(Chosen(Challenge("AN-11", scale="ci", jobs=1), "It does not turn."))
    assert (found["why"], found["chapter"]) == ("It does not turn.", "anisotropic_noise")
    assert found["command"] == "traindyn challenge AN-11 --scale ci"
    assert found["places"][0]["agree"] == 1
