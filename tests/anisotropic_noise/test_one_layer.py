"""SGD of one and two layers against a plain loop, and how batches are drawn."""

import numpy as np
import pytest
import torch
from scipy.linalg import solve_discrete_lyapunov

from traindyn.anisotropic_noise.experiments.data import draw_regression, label_noise
from traindyn.anisotropic_noise.experiments.deep import balanced_layers, product, run_deep
from traindyn.anisotropic_noise.experiments.one_layer import moments, run_gaussian, run_sgd
from traindyn.anisotropic_noise.experiments.sampling import draw_batches, first_samples
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
    kept = np.array([w.copy() for w in path()])[::3] - 1
    before, after_that = kept[:-1, :, :, None], kept[1:, :, None, :]
    np.testing.assert_allclose(same, np.mean(before * before.swapaxes(2, 3), axis=0))
    np.testing.assert_allclose(after, np.mean(before * after_that, axis=0))


@pytest.mark.parametrize("batch_size", [1, 3])
def test_replicas_share_out_the_problems_in_order(batch_size):
    g = np.random.default_rng(3)
    x, y, start = g.standard_normal((2, 12, 3)), g.standard_normal((2, 12)), np.zeros((4, 3))
    rates = np.array([0.1, 0.2, 0.1, 0.2])
    *_, found = run_sgd(x, y, start, rates, batch_size, 20, generator())
    batches = list(draw_batches(12, batch_size, 4, 20, generator()))
    for replica in range(4):
        w, problem = np.zeros(3), replica // 2
        for batch in batches:
            xs, ys = x[problem][batch[replica]], y[problem][batch[replica]]
            w = w - rates[replica] / batch_size * xs.T @ (xs @ w - ys)
        np.testing.assert_allclose(found[replica], w, atol=1e-12)
    with pytest.raises(ValueError, match="replicas must be a multiple of 2 problems, got 3"):
        first_samples(x, 3)


def test_maps_add_to_the_labels():
    g = np.random.default_rng(4)
    first, second = g.standard_normal((2, 5, 3)), g.standard_normal((2, 2, 5))
    maps = g.standard_normal((2, 2, 3))
    *_, found = run_two_layers(X, Y, first, second, 0.05, 3, 9, generator(), maps=maps)
    labels = Y + X @ maps.mT
    *_, same = run_two_layers(np.array([X, X]), labels, first, second, 0.05, 3, 9, generator())
    for one, other in zip(found, same, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_many_problems_of_gaussian_noise_are_single_ones():
    g = np.random.default_rng(5)
    root = g.standard_normal((2, 3, 3))
    hessians = noises = root @ root.mT / 3
    rates = np.array([0.1, 0.05])
    *_, found = run_gaussian(hessians, noises, np.ones((2, 4, 3)), rates, 1, generator())
    normal = generator().standard_normal((2, 4, 3))
    for p in range(2):
        values, basis = np.linalg.eigh(noises[p])
        push = rates[p] * normal[p] @ (basis * np.sqrt(values)).T
        shrunk = np.ones((4, 3)) @ (np.eye(3) - rates[p] * hessians[p])
        np.testing.assert_allclose(found[p], shrunk + push, atol=1e-12)


@pytest.mark.parametrize("depth", [1, 3])
def test_deep_layers_are_those_of_torch(depth):
    g = np.random.default_rng(6)
    layers = [g.standard_normal((2, 3, 3)) / 2 for _ in range(depth)]
    maps, y = g.standard_normal((2, 3, 3)), g.standard_normal((12, 3))
    *_, found = run_deep(X, y, layers, maps, 0.05, 2, 8, generator())
    for replica in range(2):
        weights = [torch.tensor(layer[replica], requires_grad=True) for layer in layers]
        for batch in draw_batches(12, 2, 2, 8, generator()):
            x = torch.tensor(X[batch[replica]])
            labels = x @ torch.tensor(maps[replica]).T + torch.tensor(y[batch[replica]])
            outputs = x
            for weight in weights:
                outputs = outputs @ weight.T
            loss = 0.5 * ((outputs - labels) ** 2).sum() / 2
            gradients = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                for weight, gradient in zip(weights, gradients, strict=True):
                    weight -= 0.05 * gradient
        for layer, weight in zip(found, weights, strict=True):
            np.testing.assert_allclose(layer[replica], weight.detach().numpy(), atol=1e-12)


def test_balanced_layers_multiply_to_the_singular_values():
    values = np.array([2.0, 0.5])
    layers, axes = balanced_layers(values, 3, 4, generator())
    np.testing.assert_allclose(
        axes[3].mT @ product(layers, 2) @ axes[0], np.tile(np.diag(values), (4, 1, 1)), atol=1e-12
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
    with pytest.raises(ValueError, match="path must have at least 2 records"):
        moments(iter([np.ones((2, 3))]), np.ones(3))
