"""The page on speed, from the file of ``make bench``."""

from __future__ import annotations

import copy
import json
import re
from html import unescape
from pathlib import Path

import pytest

from bookbuild.site import speed

pytestmark = pytest.mark.xdist_group("planted site")  # built once, not once per worker


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture
def bench(built):
    return json.loads((built.root / "book" / "data" / "bench.json").read_text())


def test_the_page_tells_the_story_and_shows_every_table(built):
    text = text_of(built.page("book/speed"))
    for part in (
        "All 3 claims of the book take 4.0 min on one core at the scale laptop.",
        "the longest claim that is left: 3.3 min on 2, and 3.3 min on 4 cores",
        "longest claim, CO-1, which takes 3.3 min.",
        "at least 6.0 times as fast as the plain way, and at most 2,300 times (tossing)",
        "1 of 3 rows fell below the ratio that they must keep: throwing.",
        "tossing a plain loop 2.0 ms 4.7 s 2,300 2,100 to 2,800 5.0 2e-15",
        "throwing a plain loop 2.0 ms 8.0 ms 4.0 (too few)",
        "2 3.3 min 1.2 60 %",
        "CO-1 3.3 min CO-2 30 s DI-2 10 s",
        "processor Abacus <3>",
        "threads blas 1.0: 1, torch: 1",
    ):
        assert part in text, part


def test_cells_name_themselves_on_a_narrow_screen(built):
    table = re.search(r"<table role=.*?</table>", built.page("book/speed"), re.DOTALL).group()
    labels = re.findall(r'data-label="([^"]+)"', table)
    assert labels == list(speed.RATIO_COLUMNS[1:]) * 3


def test_all_rows_may_keep_their_minimum(bench):
    for row in bench["rows"]:
        row["minimum"] = 1.0
    assert "All 3 rows keep the ratio that they must." in speed.story(bench)
    assert "too few" not in speed.ratios(bench)


@pytest.mark.parametrize("empty", ["rows", "claims"])
def test_a_file_without_rows_or_claims_is_refused(bench, empty):
    changed = copy.deepcopy(bench)
    changed[empty] = type(bench[empty])()
    with pytest.raises(ValueError, match="no rows or no claims"):
        speed.story(changed)


def test_the_file_of_the_book_makes_every_part():
    file = Path(__file__).parents[3] / speed.FILE
    bench = json.loads(file.read_text(encoding="utf-8"))
    for part in speed.PARTS.values():
        assert part(bench)
