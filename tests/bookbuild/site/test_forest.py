from __future__ import annotations

import math

import pytest

from bookbuild.site.forest import LEFT, RIGHT, mark_of, panel, position


def row(value, stderr=0.01, side="both", verdict="verified", part=""):
    return {
        "id": "CO-1" + part,
        "claim": "CO-1",
        "verdict": verdict,
        "claim_verdict": verdict,
        "title": 'Is 1 < 2 & "so on"',
        "statement": f"Part {part}.",
        "prediction": 1.0,
        "measurement": {"value": value, "stderr": stderr},
        "test": {"bound": 0.5, "side": side, "z": 5.0},
    }


class Coin:
    name = "coin"
    docname = "chapters/coin"

    def __init__(self, *rows):
        self.rows = rows


@pytest.mark.parametrize(
    ("side", "accept"),
    [("both", (-1, 1)), ("below", (-math.inf, 1)), ("above", (-1, math.inf))],
)
def test_a_mark_is_scaled_by_its_bound(side, accept):
    mark = mark_of(row(1.25, 0.02, side))
    assert mark.center == pytest.approx(0.5)
    assert (mark.low, mark.high) == pytest.approx((0.3, 0.7))
    assert mark.accept == accept


def test_a_mark_inside_the_range_is_exactly_a_pass():
    assert mark_of(row(1.45, 0.01)).high == pytest.approx(1.0)


def test_the_drawn_range_holds_every_deviation():
    assert position(-math.inf) == LEFT
    assert position(math.inf) == RIGHT
    assert LEFT < position(-1) < position(0) < position(1) < RIGHT


def test_what_lies_far_out_becomes_an_arrow_at_the_edge():
    right = panel(Coin(row(99.0, verdict="falsified")), "ledger.html", "coin.html")
    left = panel(Coin(row(-99.0, verdict="falsified")), "ledger.html", "coin.html")
    assert f"L{float(RIGHT)} " in right
    assert f"L{float(LEFT)} " in left
    assert mark_of(row(None)).center is None
    assert f"L{float(RIGHT)} " in panel(Coin(row(None)), "ledger.html", "coin.html")


def test_every_claim_links_to_its_row_and_says_what_it_is():
    drawn = panel(Coin(row(1.0, part="a"), row(1.1, part="b")), "ledger.html", "coin.html")
    assert drawn.count('href="ledger.html#CO-1"') == 1
    assert 'aria-label="CO-1: verified, 2 parts. Is 1 &lt; 2 &amp; &quot;so on&quot;"' in drawn


def test_every_part_of_a_claim_has_a_mark_and_a_name_of_its_own():
    drawn = panel(Coin(row(1.0, part="a"), row(9.0, part="b", verdict="falsified")), "l", "c")
    assert drawn.count('class="forest-point"') == 2
    assert "<title>CO-1a: verified. Part a. Accepted: 1 ± 0.5</title>" in drawn
    assert '<g class="verdict-falsified"><title>CO-1b' in drawn


def test_verdicts_differ_in_shape():
    shapes = set()
    for verdict in ("verified", "falsified", "inconclusive", "toy"):
        drawn = panel(Coin(row(1.0, verdict=verdict)), "l", "c")
        shapes.add(drawn.split('class="forest-point" d="')[1].split('"')[0])
    assert len(shapes) == 4
