"""SGD of one and two layers against a plain loop, and how batches are drawn."""

import numpy as np
import pytest
import torch
from scipy.linalg import solve_discrete_lyapunov

from traindyn.anisotropic_noise.experiments.data import draw_regression, label_noise
from traindyn.anisotropic_noise.experiments.one_layer import moments, run_gaussian, run_sgd
from traindyn.anisotropic_noise.experiments.sampling import draw_batches
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers

X, Y = draw_regression(12, 3, np.random.default_rng(0), outputs=2)


def generator():
    return np.random.default_rng(7)


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("sampling", ["replacement", "epochs"])
def test_one_layer_is_the_plain_loop(batch_size, sampling):
    start = np.random.default_rng(1).standard_normal((5, 3))
    found = [
        w.copy()
        for w in run_sgd(X, Y[:, 0], start, 0.1, batch_size, 30, generator(), sampling=sampling)
    ]
    slow = start.copy()
    for step, batch in enumerate(draw_batches(12, batch_size, 5, 30, generator(), sampling)):
        for replica in range(5):
            for sample in batch[replica]:
                residual = X[sample] @ (found[step - 1] if step else start)[replica] - Y[sample, 0]
                slow[replica] -= 0.1 / batch_size * residual * X[sample]
        np.testing.assert_allclose(found[step], slow, atol=1e-12)


@pytest.mark.parametrize("frozen", [None, 0, 1])
@pytest.mark.parametrize("batch_size", [1, 3])
def test_two_layers_are_those_of_torch(frozen, batch_size):
    g = np.random.default_rng(1)
    first, second = g.standard_normal((4, 5, 3)), g.standard_normal((4, 2, 5))
    *_, (w1, w2) = run_two_layers(
        X,
        Y,
        first,
        second,
        0.05,
        batch_size,
        20,
        generator(),
        freeze_first=frozen == 0,
        freeze_second=frozen == 1,
    )
    for replica in range(4):
        weights = [torch.tensor(w[replica], requires_grad=True) for w in (first, second)]
        for batch in draw_batches(12, batch_size, 4, 20, generator()):
            x, y = (torch.tensor(v[batch[replica]]) for v in (X, Y))
            loss = 0.5 * ((x @ weights[0].T @ weights[1].T - y) ** 2).sum() / batch_size
            gradients = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                for layer, grad in enumerate(gradients):
                    weights[layer] -= 0.05 * grad * (layer != frozen)
        np.testing.assert_allclose(w1[replica], weights[0].detach().numpy(), atol=1e-12)
        np.testing.assert_allclose(w2[replica], weights[1].detach().numpy(), atol=1e-12)


def test_epochs_hold_every_sample_once():
    batches = np.array(list(draw_batches(12, 4, 3, 6, generator(), "epochs")))
    for epoch in (batches[:3], batches[3:]):
        for replica in range(3):
            assert sorted(epoch[:, replica].ravel()) == list(range(12))


@pytest.mark.parametrize("block", [1, 64, 100])
def test_batches_with_replacement_come_in_whole_blocks(block):
    drawing, other = generator(), generator()
    found = np.array(list(draw_batches(12, 3, 5, 130, drawing, block=block)))
    whole = other.integers(12, size=(-(-130 // block) * block, 5, 3))
    np.testing.assert_array_equal(found, whole[:130])
    assert drawing.random() == other.random()


def test_replacement_draws_every_sample_equally():
    counts = np.bincount(
        np.concatenate([b.ravel() for b in draw_batches(12, 2, 50, 240, generator())]), minlength=12
    )
    # 2,000 expected per sample, standard deviation 43
    assert counts.sum() == 24_000
    assert np.abs(counts - 2000).max() < 5 * 43


def test_moments_are_averages_over_records():
    def path():
        return run_sgd(X, Y[:, 0], np.zeros((2, 3)), 0.1, 1, 10, generator())

    same, after = moments(path(), np.ones(3), every=3)
    kept = np.array([w.copy() for w in path()]) - 1
    records = [0, 3, 6]
    np.testing.assert_allclose(
        same, np.mean([kept[t][:, :, None] * kept[t][:, None, :] for t in records], axis=0)
    )
    np.testing.assert_allclose(
        after, np.mean([kept[t][:, :, None] * kept[t + 1][:, None, :] for t in records], axis=0)
    )


def test_gaussian_noise_has_its_stationary_covariance():
    hessian, noise = np.array([[1.0, 0.3], [0.3, 0.5]]), np.diag([2.0, 1.0])
    path = run_gaussian(hessian, noise, np.zeros((20_000, 2)), 0.1, 200, generator())
    *_, last = path
    shrink = np.eye(2) - 0.1 * hessian
    expected = solve_discrete_lyapunov(shrink, 0.01 * noise)
    # standard error of a variance of 20,000 values: 1 %
    np.testing.assert_allclose(last.T @ last / len(last), expected, atol=0.05 * expected.max())


@pytest.mark.parametrize(("law", "kurtosis"), [("gaussian", 3), ("rademacher", 1), ("laplace", 6)])
def test_label_noise_has_its_moments(law, kurtosis):
    xi = label_noise(law, (400_000,), generator())
    # standard errors below 0.002 and 0.06 (Laplace: eighth moment 2,520)
    assert abs(xi.var() - 1) < 0.02
    assert abs((xi**4).mean() - kurtosis) < 0.4


def test_inputs_have_the_spread():
    x, _ = draw_regression(20_000, 2, generator(), spread=np.array([4.0, 0.25]))
    np.testing.assert_allclose(x.var(axis=0), [4, 0.25], rtol=0.06)  # standard error 1 %


@pytest.mark.usefixtures("unchecked")
def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="law must be"):
        label_noise("cauchy", (2,), generator())
    with pytest.raises(ValueError, match="samples, inputs and outputs"):
        draw_regression(0, 1, generator())
    with pytest.raises(ValueError, match="noise must be finite"):
        draw_regression(2, 1, generator(), noise=-1.0)
    with pytest.raises(ValueError, match="batch_size must divide 12 in epochs, got 5"):
        next(draw_batches(12, 5, 1, 1, generator(), "epochs"))
    with pytest.raises(ValueError, match="replicas must be at least 1"):
        next(draw_batches(12, 5, 0, 1, generator()))
    with pytest.raises(ValueError, match="learning_rate must be positive"):
        next(run_sgd(X, Y[:, 0], np.zeros((1, 3)), 0.0, 1, 1, generator()))
    with pytest.raises(ValueError, match="every must be at least 1"):
        moments(iter([]), np.ones(3), every=0)
    with pytest.raises(ValueError, match="path must have at least 2 steps"):
        moments(iter([np.ones((2, 3))]), np.ones(3))
