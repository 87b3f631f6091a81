"""Spiked covariances against limits and drawn matrices."""

import numpy as np
import pytest

from traindyn.random_matrices import count_outliers, spiked


def test_a_spike_below_the_threshold_is_not_seen_and_above_it_leaves_continuously():
    for aspect in (0.1, 1.0, 4.0):
        edge = (1 + aspect**0.5) ** 2
        assert spiked(0.99 * aspect**0.5, aspect) == (pytest.approx(edge), 0.0)
        value, cosine = spiked((1 + 1e-6) * aspect**0.5, aspect)
        assert value == pytest.approx(edge, rel=1e-9)
        assert 0 < cosine < 1e-5


def test_many_samples_show_the_population():
    value, cosine = spiked(2.0, 1e-9)
    assert value == pytest.approx(3.0)
    assert cosine == pytest.approx(1.0)


@pytest.mark.parametrize(("size", "aspect"), [(2.0, 0.25), (4.0, 1.0)])
def test_a_drawn_spiked_covariance(size, aspect):
    g = np.random.default_rng(0)
    inputs, found = 400, []
    for _ in range(8):
        x = g.standard_normal((round(inputs / aspect), inputs))
        x[:, 0] *= (1 + size) ** 0.5
        values, vectors = np.linalg.eigh(x.T @ x / len(x))
        found.append((values[-1], vectors[0, -1] ** 2))
    value, cosine = np.mean(found, axis=0)
    # one value scatters by √(2/P) of 1 + size, 7 %; five standard errors of eight are 12 %, a
    # fixed seed is allowed a third of it
    assert value == pytest.approx(spiked(size, aspect)[0], rel=0.04)
    assert cosine == pytest.approx(spiked(size, aspect)[1], abs=0.04)


def test_bad_spikes_are_refused():
    with pytest.raises(ValueError, match="size must be"):
        spiked(-1.0, 0.5)
    with pytest.raises(ValueError, match=r"aspect must lie in \[1e-290, 1e290\], got"):
        spiked(1.0, 0.0)


def test_outliers_lie_above_the_edge_and_its_scatter():
    values = np.array([1.0, 1.04, 1.06, 3.0])
    assert count_outliers(values, 1.0) == 2
    assert count_outliers(values, 1.0, margin=0.0) == 3
    assert count_outliers(7 * values, 7.0) == 2
    assert count_outliers(np.empty(0), 1.0) == 0
    with pytest.raises(ValueError, match="edge must be positive"):
        count_outliers(np.ones(2), 0.0)
    with pytest.raises(ValueError, match="margin must be"):
        count_outliers(np.ones(2), 1.0, -0.1)
