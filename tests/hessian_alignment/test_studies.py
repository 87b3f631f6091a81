"""Named runs: whose random numbers they have, and what they measure, in small."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from traindyn.curvature import SoftmaxRegression
from traindyn.hessian_alignment.claims.corners import _cumulative, _different
from traindyn.hessian_alignment.experiments.runs import Setting, simulate
from traindyn.hessian_alignment.experiments.xor_chain import Summary
from traindyn.hessian_alignment.studies import corners, softmax
from traindyn.hessian_alignment.studies.blocks import sample_edges
from traindyn.hessian_alignment.studies.chains import squared_rest
from traindyn.hessian_alignment.studies.full_matrix import TIMES, departure_of_sum
from traindyn.hessian_alignment.studies.minibulk import spans
from traindyn.hessian_alignment.studies.noise_floor import floor_moments
from traindyn.hessian_alignment.studies.subspace import largest_between, random_overlaps
from traindyn.hessian_alignment.theory.xor import corner_probabilities
from traindyn.random_matrices import Weights, weighted_edge
from traindyn.runs import Context

SMALL = Setting(100.0, decay=0.1, dimension=20, classes=3, replicas=3)
CONTEXT = Context("ci", 1000, "HA-7")


def test_a_shared_run_has_the_stream_of_its_first_claim():
    found = softmax.trained(CONTEXT, SMALL)
    generator = CONTEXT.of("HA-1").torch_generator(f"{SMALL} {softmax.HORIZON}")
    assert torch.equal(found.weights, simulate(SMALL, softmax.HORIZON, generator).weights)


def test_test_samples_drawn_again_are_those_of_the_spectra():
    spectra = softmax.spectra(CONTEXT, SMALL, "gradient")
    run = softmax.trained(CONTEXT, SMALL)
    generator = CONTEXT.of("HA-1").torch_generator(softmax.samples_name(SMALL))
    for r, x in enumerate(run.last):
        labels, inputs = run.mixture.draw((160,), generator)
        model = SoftmaxRegression(x.numpy(), inputs.numpy(), labels.numpy())
        values = np.linalg.eigvalsh(model.gradient_block(1))[::-1]
        np.testing.assert_allclose(spectra.values[r, 1], values[:4], rtol=1e-10)
    edge = weighted_edge(1 / 8, Weights.sample(model.residuals[:, 2] ** 2)) / 100.0
    assert sample_edges(CONTEXT, SMALL, "gradient")[-1, 2] == pytest.approx(edge)


def test_overlaps_and_angles_of_trained_weights():
    inside = softmax.overlaps(CONTEXT, SMALL, "hessian")
    first = softmax.overlaps(CONTEXT, SMALL, "hessian", count=1)
    start = softmax.overlaps(CONTEXT, SMALL, "hessian", index=0)
    assert (first <= inside).all()
    assert start.mean() < inside.mean()
    assert random_overlaps(CONTEXT, SMALL, "hessian").mean() < inside.mean()
    # two spaces are at most as far from each other as both from a third
    to_means = [softmax.mean_sines(CONTEXT, SMALL, m)[..., 0] for m in ("hessian", "gradient")]
    assert (largest_between(CONTEXT, SMALL) <= np.max(to_means, axis=(0, 2)) * 2 + 1e-9).all()
    assert (softmax.outside_means(CONTEXT, SMALL) < 0.05).all()


def test_the_sum_over_classes_follows_its_own_law_only():
    assert softmax.trained(CONTEXT, SMALL, TIMES).times == TIMES
    assert (departure_of_sum(CONTEXT, SMALL, 0.1) < 1e-12).all()
    assert (departure_of_sum(CONTEXT, SMALL, 0.0) > 0.1).all()
    assert (departure_of_sum(CONTEXT, SMALL, 0.1, "flow") > 1e-8).all()
    with pytest.raises(ValueError, match="law must be"):
        departure_of_sum(CONTEXT, SMALL, 0.1, "none")


def test_the_floor_is_the_same_from_below_and_above():
    below, above = (squared_rest(CONTEXT, start) for start in (0.0, 4.0))
    # 64 runs of four weight vectors in 100 dimensions: a mean errs by 1 %
    assert above.mean() == pytest.approx(below.mean(), rel=0.08)
    assert (squared_rest(CONTEXT, 4.0, decay=0.0) > 10 * above.max()).all()


def test_residuals_of_the_floor_lie_between_those_of_chance_and_of_certainty():
    found = floor_moments(CONTEXT, 100.0)
    assert found.squared.shape == (128,)
    assert 0 < found.residual < 3 / 16  # of π = 1/4
    assert 0 < found.curvature < 3 / 16


def test_population_blocks_of_trained_networks_follow_the_formula():
    found = spans(CONTEXT, 20.0)
    np.testing.assert_allclose(found.measured[:, :4], found.predicted[:, :4], rtol=0.02)
    assert (found.farthest() < 0.05).all()


# --- corners of the XOR network -------------------------------------------------------------------


def test_first_signs_tell_a_corner(monkeypatch):
    """v > 0 takes ±μ, v < 0 takes ±ν, whatever the larger component."""
    means = np.array([[[0.1, -9.0], [-0.1, 9.0], [9.0, 0.1], [-9.0, -0.1]]])
    start = Summary(np.array([[1.0, 1.0, -1.0, -1.0]]), means, np.eye(4)[None])
    end = Summary(start.second, corners.AXES[None], start.rest)
    outcomes = {0.0: SimpleNamespace(state=start), corners.LATE: SimpleNamespace(state=end)}
    monkeypatch.setattr(corners, "outcomes", lambda _: outcomes)
    assert corners.told(CONTEXT).tolist() == [[0, 1, 2, 3]]
    assert corners.as_told(CONTEXT).all()


def test_networks_that_keep_their_first_corners_have_the_law_without_noise():
    start = np.random.default_rng(0).integers(0, 4, (50, 4))
    found = _cumulative(_different(start), start)
    assert [e.value for e in found] == pytest.approx(np.cumsum(corner_probabilities(4))[:3])
    assert [e.stderr for e in found] == [0.0, 0.0, 0.0]


def test_first_signs_are_a_control_variate():
    """The same mean as of plain counts, with the noise of the networks that change only.

    Beyond five standard errors of one of three levels: twice in a million seeds.
    """
    rng = np.random.default_rng(0)
    start = rng.integers(0, 4, (20_000, 4))
    counts = np.minimum(_different(start) + (rng.random(20_000) < 0.05), 4)
    for level, found in zip((1, 2, 3), _cumulative(counts, start), strict=True):
        plain = (counts <= level).mean()
        assert abs(found.value - plain) < 5 * (plain * (1 - plain) / 20_000) ** 0.5
        assert found.stderr < 0.6 * (plain * (1 - plain) / 20_000) ** 0.5
