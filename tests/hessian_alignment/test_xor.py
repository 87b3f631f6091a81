"""The XOR network against autograd, its chain against direct training, its closed forms."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from traindyn.hessian_alignment.experiments import xor
from traindyn.hessian_alignment.experiments.xor import (
    XorSetting,
    XorState,
    layer_spectra,
    random_network,
    train_xor,
    xor_mixture,
)
from traindyn.hessian_alignment.experiments.xor_chain import (
    Summary,
    embed,
    run_chain,
    second_layer,
)
from traindyn.hessian_alignment.theory.xor import (
    accuracy,
    captured_logit,
    corner_eigenvalues,
    corner_probabilities,
    initial_lead,
    plane_tilt,
)

SMALL = XorSetting(neurons=3, dimension=8, precision=5.0, decay=0.2, replicas=2)


def source(seed=0):
    return torch.Generator().manual_seed(seed)


def loss_of(w, v, x, y):
    z = torch.relu(x @ w.T) @ v
    return torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="mean")


def test_training_is_that_of_autograd():
    found = dict(zip((8, 24), train_xor(SMALL, [1.0, 3.0], source()), strict=True))
    generator = source()
    start = random_network(SMALL, generator)
    blocks = list(xor_mixture(8, 5.0).stream(2, 24, generator))
    labels, inputs = (torch.cat(parts) for parts in zip(*blocks, strict=True))
    for r in range(2):
        w, v = start.first[r], start.second[r]
        for step, (label, x) in enumerate(zip(labels[:, r], inputs[:, r], strict=True), 1):
            w, v = w.clone().requires_grad_(), v.clone().requires_grad_()
            loss = loss_of(w, v, x[None], (label < 2).double()[None])
            loss = loss + SMALL.decay / 2 * ((w**2).sum() + (v**2).sum())
            gradients = torch.autograd.grad(loss, (w, v))
            w, v = (p.detach() - g / 8 for p, g in zip((w, v), gradients, strict=True))
            if step in found:
                torch.testing.assert_close(found[step].first[r], w, rtol=0, atol=1e-12)
                torch.testing.assert_close(found[step].second[r], v, rtol=0, atol=1e-12)


def test_steps_taken_together_are_steps_one_by_one(monkeypatch):
    together = train_xor(SMALL, [0.0, 2.5, 20.0], source(4))
    monkeypatch.setattr(xor, "TOGETHER", 1)
    for one, other in zip(together, train_xor(SMALL, [0.0, 2.5, 20.0], source(4)), strict=True):
        torch.testing.assert_close(one.first, other.first, rtol=0, atol=1e-12)
        torch.testing.assert_close(one.second, other.second, rtol=0, atol=1e-12)


def test_blocks_are_those_of_autograd():
    state = random_network(replace(SMALL, neurons=6, replicas=1), source(1))
    found = layer_spectra(state, 5.0, 60, source(2), "hessian", few=2)
    component, x = xor_mixture(8, 5.0).draw((60,), source(2))
    y = (component < 2).double()
    w, v = state.first[0], state.second[0]
    second = torch.autograd.functional.hessian(lambda u: loss_of(w, u, x, y), v)
    values, vectors = np.linalg.eigh(second.numpy())
    np.testing.assert_allclose(found.second[0], values[::-1], atol=1e-13)
    inside = np.linalg.norm(vectors[:, -4:].T @ v.numpy()) / np.linalg.norm(v.numpy())
    assert found.second_overlap[0] == pytest.approx(inside)
    i = int(v.abs().argmax())

    def of_row(row):
        return loss_of(torch.cat([w[:i], row[None], w[i + 1 :]]), v, x, y)

    block = torch.autograd.functional.hessian(of_row, w[i]).numpy() / float(v[i]) ** 2
    np.testing.assert_allclose(found.first[0, 0], np.linalg.eigvalsh(block)[:-4:-1], atol=1e-13)


def test_the_chain_has_the_law_of_training():
    """Means of v², |m|² and tr R over 2,000 runs; by chance off once in some 1,000 seeds."""
    setting = XorSetting(neurons=2, dimension=12, precision=4.0, decay=0.1, replicas=2000)
    direct = train_xor(setting, [2.0], source(3))[-1]
    chain = run_chain(setting, [2.0], np.random.default_rng(3))[-1]
    w = direct.first.numpy()
    pairs = [
        ((direct.second.numpy() ** 2).sum(1), (chain.second**2).sum(1)),
        ((w[..., :2] ** 2).sum((1, 2)), (chain.means**2).sum((1, 2))),
        ((w[..., 2:] ** 2).sum((1, 2)), np.trace(chain.rest, axis1=1, axis2=2)),
    ]
    for one, other in pairs:
        error = np.hypot(one.std(), other.std()) / 2000**0.5
        assert abs(one.mean() - other.mean()) < 4 * error


def test_the_chain_starts_where_it_is_told():
    setting = replace(SMALL, precision=1e6)
    start = Summary(np.zeros((2, 3)), np.ones((2, 3, 2)), np.eye(3) * np.ones((2, 1, 1)))
    end = run_chain(setting, [1.0], np.random.default_rng(0), start)[-1]
    # v = 0: the first layer feels no gradient at first, so the means shrink by about (1 - δβ)^8
    assert np.all(np.abs(end.means - (1 - 0.2 / 8) ** 8) < 0.5)
    assert np.all(end.second != 0)


def test_captured_corners_of_a_hand_made_network():
    c = captured_logit(0.05)
    size = c**0.5
    means = np.array([[[size, 0.0], [0.0, -size]]])
    state = Summary(np.array([[size, -size]]), means, 1e-12 * np.eye(2)[None])
    np.testing.assert_array_equal(state.captured(c), [[True, False, False, True]])
    layer = second_layer(state, 1e9, 40_000, np.random.default_rng(0))
    for values, predicted in zip(layer.values.values(), corner_eigenvalues(0.05), strict=True):
        # frequencies of corners scatter by 1 % of 40,000 samples
        np.testing.assert_allclose(values[0], predicted, rtol=0.06)
    for overlaps in layer.overlaps.values():
        assert overlaps[0, 1] == pytest.approx(1)
    # at the other corners one neuron votes for the wrong label every second time, else none votes
    assert layer.accuracy[0] == pytest.approx(0.625, abs=0.015)


def test_embedded_networks_have_the_statistics_and_the_second_layer():
    generator = np.random.default_rng(0)
    summary = run_chain(XorSetting(3, 9, 5.0, 0.1, 2), [2.0], generator)[0]
    state = embed(summary, 9)
    w = state.first.numpy()
    np.testing.assert_allclose(w[:, :, :2], summary.means)
    np.testing.assert_allclose(w[:, :, 2:] @ w[:, :, 2:].mT, summary.rest, atol=1e-12)
    few = second_layer(summary, 5.0, 40_000, generator)
    for matrix, values in few.values.items():
        direct = layer_spectra(state, 5.0, 40_000, source(), matrix, few=0)
        # two draws of 40,000 samples: 5 % is ten times their scatter
        np.testing.assert_allclose(direct.second, values, rtol=0.05)
        np.testing.assert_allclose(few.overlaps[matrix][:, -1], 1)


@pytest.mark.parametrize("captured", list(itertools.product([True, False], repeat=4)))
def test_accuracy_from_the_votes_of_random_samples(captured):
    """Slow reference: place the neurons where their pushes cancel and let them vote."""
    decay, eta = 0.05, np.random.default_rng(0).normal(size=200_000)
    corners = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    likely = 8 * decay / (1 + 8 * decay)
    right = []
    for c, label in enumerate([1, 1, -1, -1]):
        votes = np.zeros(len(eta))
        for e, taken in enumerate(captured):
            along = corners[c] @ corners[e]
            if taken and along == 0:  # noise along e, shifted until the neuron is active as often
                opposite = captured[c ^ 1]
                shift = stats.norm.ppf(likely if opposite else 1 / 2)
                votes += [1, 1, -1, -1][e] * (eta * corners[e].sum() + shift > 0)
            elif taken and along == 1:
                votes += 1e3 * label
        right.append(np.mean(votes * label > 0) + np.mean(votes == 0) / 2)
    # a share of 200,000 samples scatters by 0.0011
    assert accuracy(captured, decay) == pytest.approx(np.mean(right), abs=0.005)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_corner_probabilities_by_enumeration(k):
    counts = [len(set(choice)) for choice in itertools.product(range(4), repeat=k)]
    expected = np.bincount(counts, minlength=5)[1:] / 4**k
    np.testing.assert_allclose(corner_probabilities(k), expected)


def test_the_start_of_the_second_layer():
    """Large d, no logit: the ratio of eigenvalues within the scatter of 40,000 samples."""
    hidden = np.maximum(np.random.default_rng(0).normal(size=(40_000, 6)), 0)
    values = np.linalg.eigvalsh(hidden.T @ hidden)
    assert values[-1] / values[:-1].mean() == pytest.approx(initial_lead(6), rel=0.03)


def test_bad_arguments_are_refused():
    for decay in (0.0, 0.125):
        with pytest.raises(ValueError, match="decay"):
            captured_logit(decay)
    with pytest.raises(ValueError, match="neurons"):
        corner_probabilities(0)
    with pytest.raises(ValueError, match="captured"):
        accuracy([True], 0.05)
    with pytest.raises(ValueError, match="decay"):
        accuracy([True] * 4, 0.2)
    with pytest.raises(ValueError, match="dimension"):
        embed(Summary(np.zeros((1, 4)), np.zeros((1, 4, 2)), np.zeros((1, 4, 4))), 5)
    with pytest.raises(ValueError, match="dimension"):
        run_chain(replace(SMALL, dimension=5), [1.0], np.random.default_rng(0))
    with pytest.raises(ValueError, match="labels"):
        run_chain(replace(SMALL, labels="shuffled"), [1.0], np.random.default_rng(0))


def test_a_state_is_kept_for_every_time():
    kept = train_xor(SMALL, [0.0, 1.0], source())
    assert [type(state) for state in kept] == [XorState, XorState]
    assert kept[0].first.shape == (2, 3, 8)


def test_tilt_of_the_plane_from_random_samples():
    """Noise times weights against its definition; 200,000 samples scatter by 1 %."""
    decay, precision, aspect = 0.05, 300.0, 1 / 8
    noise = np.random.default_rng(0).normal(size=(2, 200_000)) * precision**-0.5
    z = captured_logit(decay) * (np.abs(1 + noise[0]) - np.abs(noise[1]))
    s = 1 / (1 + np.exp(-z))
    for w, rate in ((s * (1 - s), 1 - 8 * decay), ((1 - s) ** 2, 2 * (1 - 4 * decay))):
        expected = (4 * aspect / precision * (w**2).mean() / w.mean() ** 2) ** 0.5
        assert plane_tilt(rate, decay, precision, aspect) == pytest.approx(expected, rel=0.01)
