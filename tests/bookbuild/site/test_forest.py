from __future__ import annotations

import math

import pytest

from bookbuild.site.forest import LEFT, RIGHT, mark_of, panel, position

WITHIN = {"kind": "within", "bound": 0.5, "limit": None}


def row(value, half_width=0.05, rule=None, verdict="verified", part="", controls=()):
    return {
        "id": "CO-1" + part,
        "claim": "CO-1",
        "verdict": verdict,
        "claim_verdict": verdict,
        "title": 'Is 1 < 2 & "so on"',
        "statement": f"Part {part}.",
        "prediction": 1.0,
        "measurement": {"value": value, "half_width": half_width},
        "rule": rule or WITHIN,
        "controls": [{"measurement": {"value": control}} for control in controls],
    }


class Coin:
    name = "coin"
    docname = "chapters/coin"

    def __init__(self, *rows):
        self.rows = rows


def test_a_mark_is_scaled_by_its_bound():
    mark = mark_of(row(1.25, 0.1))
    assert mark.center == pytest.approx(0.5)
    assert (mark.low, mark.high) == pytest.approx((0.3, 0.7))
    assert mark.accept == (-1, 1)


@pytest.mark.parametrize(
    ("kind", "value", "center", "accept"),
    [
        ("at_most", 2.0, 0.5, (-math.inf, 1)),
        ("at_most", 3.0, 1.0, (-math.inf, 1)),
        ("at_most", 5.0, 2.0, (-math.inf, 1)),
        ("at_least", 3.0, -1.0, (-1, math.inf)),
        ("at_least", 5.0, 0.0, (-1, math.inf)),
        ("at_least", 1.0, -2.0, (-1, math.inf)),
    ],
)
def test_a_limit_is_scaled_by_the_nearest_control(kind, value, center, accept):
    """The limit is 3; controls lie at 9 and 5, or at -3 and 1: the nearest is 2 away."""
    rule = {"kind": kind, "bound": None, "limit": 3.0}
    controls = (9.0, None, 5.0) if kind == "at_most" else (-3.0, 1.0)
    mark = mark_of(row(value, 0.2, rule, controls=controls))
    assert mark.center == pytest.approx(center)
    assert mark.high - mark.low == pytest.approx(0.2)
    assert mark.accept == accept
    assert mark_of(row(value, None, rule)).low == -math.inf


def test_a_mark_inside_the_range_is_exactly_a_pass():
    assert mark_of(row(1.45, 0.05)).high == pytest.approx(1.0)


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
