"""Linear regression under SGD: two layers by simulation, one layer by its exact covariance."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from comparison import Row, compare
from scipy import linalg
from torch import Tensor

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.theory.covariance import exact_covariance
from traindyn.anisotropic_noise.theory.regression import RegressionNoise

INPUTS, HIDDEN, SAMPLES = 20, 10, 4000
RATE = 0.002

Layers = tuple[np.ndarray, np.ndarray]


def regression() -> Layers:
    """Inputs and labels with one output."""
    return draw_regression(SAMPLES, INPUTS, np.random.default_rng(0), noise=1e-2)


def starts(replicas: int) -> Layers:
    """Both layers of every replica."""
    g = np.random.default_rng(1)
    first = g.standard_normal((replicas, HIDDEN, INPUTS)) / INPUTS**0.5
    return first, g.standard_normal((replicas, 1, HIDDEN)) / HIDDEN**0.5


def our_sgd(replicas: int, steps: int) -> Layers:
    """Both layers of all replicas after SGD with batches of one, all in one array."""
    x, y = regression()
    *_, last = run_two_layers(x, y, *starts(replicas), RATE, 1, steps, np.random.default_rng(2))
    return last


def samples_seen(replicas: int, steps: int) -> np.ndarray:
    """The samples that :func:`our_sgd` draws, by step and replica."""
    return np.random.default_rng(2).integers(SAMPLES, size=(512, replicas, 1))[:steps, :, 0]


def plain_sgd(steps: int) -> Layers:
    """The first of one replica as one would write it down: modules, autograd, an optimizer."""
    x, y = (torch.from_numpy(a) for a in regression())
    model = torch.nn.Sequential(
        torch.nn.Linear(INPUTS, HIDDEN, bias=False, dtype=torch.float64),
        torch.nn.Linear(HIDDEN, 1, bias=False, dtype=torch.float64),
    )
    with torch.no_grad():
        for parameter, start in zip(model.parameters(), starts(1), strict=True):
            parameter.copy_(torch.from_numpy(start[0]))
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    for sample in samples_seen(1, steps)[:, 0]:
        optimizer.zero_grad()
        (((model(x[sample]) - y[sample]) ** 2).sum() / 2).backward()
        optimizer.step()
    first, second = (p.detach().numpy()[None] for p in model.parameters())
    return first, second


def vmap_sgd(replicas: int, steps: int) -> Layers:
    """All replicas by ``torch.func``: the gradient of one, mapped over replicas."""
    x, y = (torch.from_numpy(a) for a in regression())

    def loss(layers: tuple[Tensor, Tensor], inputs: Tensor, label: Tensor) -> Tensor:
        return ((layers[1] @ (layers[0] @ inputs) - label) ** 2).sum() / 2

    gradient = torch.func.vmap(torch.func.grad(loss))
    first, second = (torch.from_numpy(start) for start in starts(replicas))
    for index in torch.from_numpy(samples_seen(replicas, steps)):
        g1, g2 = gradient((first, second), x[index], y[index])
        first, second = first - RATE * g1, second - RATE * g2
    return first.numpy(), second.numpy()


def distance(one: Layers, other: Layers) -> float:
    """Largest relative difference of a layer."""
    return max(
        float(np.abs(a - b).max() / np.abs(b).max()) for a, b in zip(one, other, strict=True)
    )


def two_layers(replicas: int, steps: int) -> list[Row]:
    """SGD of many replicas of two layers against one by modules, and all by ``torch.func``."""
    rows = []
    for name, minimum, count, plain in (
        ("Python loop of autograd and torch.optim.SGD", 500.0, 1, plain_sgd),
        ("torch.func.vmap of the gradient", 5.0, replicas, partial(vmap_sgd, replicas)),
    ):
        row = compare(
            f"SGD of two layers, {replicas} replicas",
            partial(our_sgd, replicas, steps),
            name,
            partial(plain, steps),
            minimum,
            distance(our_sgd(count, steps), plain(steps)),
            ours_work=replicas * steps,
            other_work=count * steps,
        )
        rows.append(row)
    return rows


def by_kronecker(noise: RegressionNoise, rate: float) -> np.ndarray:
    """The exact covariance for batches of one from one linear system with N² unknowns."""
    size, eye = noise.inputs, np.eye(noise.inputs)
    pairs = (noise.x[:, :, None] * noise.x[:, None, :]).reshape(noise.samples, -1)
    system = np.kron(noise.hessian, eye) + np.kron(eye, noise.hessian)
    system -= rate * pairs.T @ pairs / noise.samples
    return np.linalg.solve(system, rate * noise.covariance.ravel()).reshape(size, size)


def by_lyapunov(noise: RegressionNoise, rate: float) -> np.ndarray:
    """The same by a fixed-point iteration with scipy's solver of the Lyapunov equation."""
    c = np.zeros_like(noise.hessian)
    for _ in range(500):
        weights = np.einsum("pi,ij,pj->p", noise.x, c, noise.x, optimize=True)
        fourth = np.einsum("p,pi,pj->ij", weights, noise.x, noise.x, optimize=True)
        drive = rate * (noise.covariance + fourth / noise.samples)
        updated = linalg.solve_continuous_lyapunov(noise.hessian, drive)
        if np.linalg.norm(updated - c) < 1e-13 * np.linalg.norm(updated):
            break
        c = updated
    return updated


def covariance(inputs: int, kronecker: bool, minimum: float) -> Row:
    """Exact covariance of one layer with two samples per weight, batches of one."""
    x, y = draw_regression(2 * inputs, inputs, np.random.default_rng(0))
    rate = 0.2 / inputs

    def ours() -> np.ndarray:
        return exact_covariance(RegressionNoise(x, y[:, 0]), rate, 1)

    def plain() -> np.ndarray:
        noise = RegressionNoise(x, y[:, 0])
        return by_kronecker(noise, rate) if kronecker else by_lyapunov(noise, rate)

    reference = plain()
    accuracy = float(np.linalg.norm(ours() - reference) / np.linalg.norm(reference))
    name = "one linear system with N² unknowns" if kronecker else "iteration with scipy's solver"
    return compare(f"exact covariance, N = {inputs}", ours, name, plain, minimum, accuracy)


def rows(replicas: int, steps: int, sizes: tuple[int, int, int]) -> list[Row]:
    """All rows.

    Args:
        replicas: Replicas that the library simulates together.
        steps: Steps that are timed, at most 512.
        sizes: Numbers of weights; a linear system is compared at the first, where it fits.
    """
    small, *large = sizes
    return [
        *two_layers(replicas, steps),
        covariance(small, kronecker=True, minimum=40.0),
        *(covariance(size, kronecker=False, minimum=2.0) for size in large),
    ]
