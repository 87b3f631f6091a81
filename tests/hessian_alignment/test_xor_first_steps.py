"""How many first signs turn, against simulated first steps."""

import numpy as np
import pytest
from scipy import stats

from traindyn.hessian_alignment.theory.xor_finite import across_loss, corner_logit
from traindyn.hessian_alignment.theory.xor_first_steps import first_turns, second_turns


def test_the_growing_mode_turns_second_weights():
    g = np.random.default_rng(0)
    d, draws = 400, 10**6
    v, m = g.standard_normal(draws), g.standard_normal((2, draws)) / d**0.5
    start, q = v, np.abs(m[0]) - np.abs(m[1])
    for _ in range(400):  # the flow at the start, to time 40
        v, q = v + 0.1 * q / 8, q + 0.1 * v / 4
    turned = (np.sign(v) != np.sign(start)).mean()
    # the error is 1e-4, the next order 2 % of it
    assert second_turns(d) == pytest.approx(turned, abs=5e-4)


def test_fewer_turn_in_more_dimensions():
    assert second_turns(400) == pytest.approx(second_turns(100) / 2)


def test_noise_turns_first_weights():
    g = np.random.default_rng(1)
    d, precision, draws = 100, 1000.0, 40_000
    v, m = np.abs(g.standard_normal(draws)), g.standard_normal(draws) / d**0.5
    start = m.copy()
    for _ in range(12 * d):
        side = np.where(g.random(draws) < 0.5, 1.0, -1.0)
        seen = g.random(draws) < 0.5  # the corners of the own pair
        active = side * m + g.standard_normal(draws) / precision**0.5 > 0
        m = m + seen * active * side * v / (2 * d)
    turned = ((m > 0) != (start > 0))[v > 0.1]  # slower ones have not decided yet
    expected = first_turns(d, precision)
    slow = 2 * (stats.norm.cdf(0.1) - 0.5)
    # an error of 8e-4, and a kink that is no line beyond its width
    assert turned.mean() * (1 - slow) == pytest.approx(expected, abs=4e-3)


def test_turned_first_weights_do_not_fall_with_the_dimension():
    assert first_turns(100, 1000.0) == first_turns(1000, 1000.0)
    assert first_turns(10**4, 16e4) == pytest.approx(first_turns(10**4, 1e4) / 2, rel=0.01)


def test_a_step_takes_from_the_logit_of_a_corner():
    g = np.random.default_rng(2)
    decay, precision, step, draws = 0.05, 100.0, 0.02, 20_000
    c = corner_logit(decay, precision)
    b, r, total = np.zeros(draws), 4 * decay, 0.0
    for number in range(1200):
        side = np.where(g.random(draws) < 0.5, 1.0, -1.0)
        seen = g.random(draws) < 0.5  # the corners across
        active = side * b + g.standard_normal(draws) * (c / precision) ** 0.5 > 0
        b = b - seen * active * side * step * r * c**0.5
        total += 2 * c**0.5 * np.maximum(b, 0).mean() * (number >= 600) / 600
    # an error of 0.3 %; the kink is no line at all sizes
    assert across_loss(decay, precision, step) == pytest.approx(total, rel=0.02)
    assert across_loss(decay, precision, step / 4) == pytest.approx(
        across_loss(decay, precision, step) / 2
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: second_turns(0), "dimension must be at least 1, got 0"),
        (lambda: first_turns(10, 100.0), r"precision must lie in \(0, 100\), got 100.0"),
        (lambda: across_loss(0.05, 100.0, 0.0), "step must be positive and finite, got 0.0"),
    ],
)
def test_refuse(call, words):
    with pytest.raises(ValueError, match=words):
        call()
