"""Sizes of lazy training against kernels of random networks."""

import numpy as np
import pytest

from traindyn.saddle_to_saddle.experiments.hessian import output_jacobian, tangent_kernel
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, forward, width_scale
from traindyn.saddle_to_saddle.theory.distances import kernel_scale
from traindyn.saddle_to_saddle.theory.lazy import (
    _beside_start,
    hidden_motion,
    kernel_change,
    kernel_spread,
)


def generator():
    return np.random.default_rng(0)


def kernels(network, gamma, draws):
    scale = kernel_scale(network.width, network.depth, gamma)
    starts = network.random(width_scale(network.width, gamma), generator(), draws)
    return starts, np.array([tangent_kernel(network, theta) for theta in starts]) / scale


def test_tangent_kernel_is_the_gram_matrix_of_the_jacobian():
    network = LinearNetwork(2, 3, 5, 4)
    theta = network.random(1.0, generator())
    jacobian = output_jacobian(network, theta)
    np.testing.assert_allclose(tangent_kernel(network, theta), jacobian @ jacobian.T)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_kernels_stray_by_the_spread(depth):
    network = LinearNetwork(3, 2, 300, depth)
    _, found = kernels(network, 1.0, 200)
    strayed = ((found - np.eye(6)) ** 2).sum(axis=(1, 2)).mean() / 6
    # a start strays by about 0.5 of the mean square, 200 starts by 0.035; next order L² / w
    assert strayed**0.5 == pytest.approx(kernel_spread(300, depth, 3, 2), rel=0.08)


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_smallest_step_changes_the_kernel_as_predicted(depth):
    width, gamma = 600, 1 - 0.5 / depth
    network = LinearNetwork(2, 2, width, depth)
    learned = np.diag([1.0, -0.5])
    ratios = []
    for theta in kernels(network, gamma, 5)[0]:
        jacobian, before = output_jacobian(network, theta), tangent_kernel(network, theta)
        a0 = network.product(theta)
        moved = theta
        for _ in range(3):  # Newton's method for the exact product
            missing = (a0 + learned - network.product(moved)).ravel()
            moved = moved + jacobian.T @ np.linalg.solve(before, missing)
        change = np.linalg.norm(tangent_kernel(network, moved) - before) / np.linalg.norm(before)
        ratios.append(change / kernel_change(a0, learned, width, depth, gamma))
    # the kernel strays by 0.09 at most, and enters squared
    np.testing.assert_allclose(np.mean(ratios), 1, atol=0.15)


def test_change_falls_with_the_width_as_predicted():
    change = [kernel_change(np.eye(2), np.eye(2), w, 4, 0.75) for w in (10, 100)]
    assert change[0] / change[1] == pytest.approx(10)


def test_hidden_entries_move_with_their_row_and_column():
    network = LinearNetwork(4, 3, 300, 3)
    missing = generator().standard_normal((3, 4))
    hidden = np.zeros((3, 4), dtype=bool)
    hidden[0, 1] = hidden[2, 3] = hidden[1, 1] = True
    missing[hidden] = 0.0
    flat = hidden.ravel()
    squares = [
        np.sum((k[flat][:, ~flat] @ np.linalg.solve(k[~flat][:, ~flat], missing[~hidden])) ** 2)
        for k in kernels(network, 1.0, 400)[1]
    ]
    # the mean of 400 squares strays by 0.06 at three hidden entries, its root by half of it
    assert np.mean(squares) ** 0.5 == pytest.approx(
        hidden_motion(missing, hidden, 300, 3), rel=0.15
    )


def test_a_step_sees_more_of_a_start_than_its_matrix():
    depth, width, draws = 4, 40, 1500
    network = LinearNetwork(1, 1, width, depth)
    seen, start = np.zeros(draws), np.zeros(draws)
    for i, theta in enumerate(network.random(width**-0.5, generator(), draws)):
        layers = network.layers(theta)
        before = [np.ones((1, 1)), *forward(layers)]
        start[i] = before.pop()[0, 0]
        after = [np.ones((1, 1))]
        for w in layers[:0:-1]:
            after.append(after[-1] @ w)
        moved = np.zeros((1, 1))  # of what comes before a layer, by unit steps of those below
        for level, w in enumerate(layers[:-1]):
            moved = w @ moved + after[depth - 1 - level].T
            seen[i] += (before[level + 1].T @ moved)[0, 0]
    weight = seen @ start / (start @ start)
    assert weight == pytest.approx(10, rel=0.1)  # L(L² - 1)/6; next order L²/w
    beside = ((seen - weight * start) ** 2).mean() / (weight**2 * (start**2).mean())
    assert beside == pytest.approx(_beside_start(depth), rel=0.3)
    assert _beside_start(depth) == 0.09
