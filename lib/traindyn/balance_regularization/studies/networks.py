"""Studies of two-layer ReLU networks: noise balance, and noise matrices of their neurons."""

from __future__ import annotations

import numpy as np
import torch

from traindyn.balance_regularization.experiments.network_runs import NetworkRun, follow_networks
from traindyn.balance_regularization.experiments.networks import NetworkTask, initial_networks
from traindyn.balance_regularization.experiments.neuron_noise import (
    NeuronRun,
    follow_neurons,
    noise_matrices,
)
from traindyn.balance_regularization.results.networks import (
    NeuronFloors,
    NoiseMatrices,
    NoiseTraces,
)
from traindyn.balance_regularization.theory.networks import (
    active_second_moment,
    balance_rate,
    eigenvalue_floors,
)
from traindyn.runs import Context, study

HIDDEN = {"ci": 50, "laptop": 50, "paper": 200}
REPLICAS = {"ci": 20, "laptop": 20, "paper": 24}
"""Ratios scatter by 0.014 between replicas: the half-width of a mean of 20 is 0.024."""

BALANCE_TIMES = {"ci": 5.5, "laptop": 5.5, "paper": 10.0}
NEARER = 0.87
"""From equal norms the start is nearer, log 4 for log 1/0.09: this much of the time forgets it."""

LEARNING_RATE = 4e-3
DESCENT_RATE, DESCENT_STEPS, DATASET = LEARNING_RATE / 4, 600, 100
SHAPES = {
    (20, 20): (0.3, 1.0),
    (20, 5): (0.47, 0.47),
    (5, 20): (0.47, 0.47),
}
"""Inputs and outputs -> scales of U and W at the start: unbalanced where balance is equality, and
of equal norms where it is not."""

RECORDS = 60
NEURON_STEPS = {"ci": 16_000, "laptop": 16_000, "paper": 100_000}
NEURON_RATE, NEURON_RECORDS, NETWORKS = 8e-3, 40, 16
FITTED = {"ci": 64, "laptop": 64, "paper": 400}
FITTED_SAMPLES, TRACE_SAMPLES = 4000, 50
TASKS = {
    "noise": NetworkTask(4, 6, 3, bias=True),
    "no noise": NetworkTask(4, 6, 3, noise=0.0, bias=True),
    "two outputs": NetworkTask(4, 6, 3, noisy_outputs=2, bias=True),
}
ACTIVE = 0.02
"""Share of the samples at which an active neuron is active."""


def _follow(
    context: Context, shape: tuple[int, int], steps: int, rate: float, dataset: int | None
) -> NetworkRun:
    task = NetworkTask(shape[0], context.choose(**HIDDEN), shape[1])
    start = initial_networks(
        task,
        context.choose(**REPLICAS),
        SHAPES[shape],
        context.torch_generator(f"start {shape}"),
    )
    records = [steps * i // RECORDS for i in range(RECORDS + 1)]
    generator = context.torch_generator(f"{shape} {dataset}")
    return follow_networks(task, start, rate, records, generator, dataset=dataset, probe=500)


@study(stream="BR-5")
def sgd_of_networks(context: Context, shape: tuple[int, int]) -> NetworkRun:
    """SGD of networks with given inputs and outputs."""
    rate = balance_rate(*shape, 1.0, LEARNING_RATE) * LEARNING_RATE
    nearer = 1.0 if shape == (20, 20) else NEARER
    steps = round(nearer * context.choose(**BALANCE_TIMES) / rate)
    return _follow(context, shape, steps, LEARNING_RATE, None)


@study(stream="BR-5")
def descent_of_networks(context: Context) -> NetworkRun:
    """Full-batch descent on few samples."""
    return _follow(context, (20, 20), DESCENT_STEPS, DESCENT_RATE, DATASET)


@study(stream="BR-6")
def neurons(context: Context, task: str) -> NeuronRun:
    """Noise matrices of the neurons of small networks along SGD."""
    steps = context.choose(**NEURON_STEPS) // (1 if task == "noise" else 4)
    start = initial_networks(TASKS[task], NETWORKS, (0.3, 1.2), context.torch_generator("start"))
    return follow_neurons(
        TASKS[task],
        start,
        NEURON_RATE,
        [steps * i // NEURON_RECORDS for i in range(NEURON_RECORDS + 1)],
        2000,
        context.torch_generator(task),
        last_samples=10_000,
    )


def over_floors(run: NeuronRun, task: str) -> NeuronFloors:
    """Smallest eigenvalues over their floors for unit noise, NaN where a neuron is not active."""
    floors = np.array(
        [[eigenvalue_floors(w, 1.0, TASKS[task].outputs) for w in net] for net in run.weights]
    )
    active = run.active[-1] > ACTIVE
    return NeuronFloors(
        *(
            np.where(active, found[-1, 0] / floors[..., which], np.nan)
            for which, found in enumerate((run.c1, run.c2))
        )
    )


@study(stream="BR-6")
def fitted_noise(context: Context) -> NoiseMatrices:
    """Noise matrices of drawn networks whose residual is label noise alone, over their floors."""
    task, many = TASKS["noise"], context.choose(**FITTED)
    networks = initial_networks(task, many, (1.0, 1.0), context.torch_generator("fitted start"))
    generator = context.torch_generator("fitted")
    x, noise = task.draw((many, FITTED_SAMPLES), generator)
    noise.normal_(generator=generator)
    output = networks.backward(x, torch.zeros_like(noise))[1]
    c1, c2 = noise_matrices(networks, x, output + noise)
    weights = networks.incoming.numpy()
    floors = np.array([[eigenvalue_floors(w, 1.0, task.outputs) for w in net] for net in weights])
    least = np.array([[_least(active_second_moment(w)) for w in net] for net in weights])
    along = np.einsum("rhi,rhij,rhj->rh", least, c2.numpy(), least)
    trace = np.einsum("rhii->rh", c1.numpy()) / task.outputs
    return NoiseMatrices(
        trace.sum(axis=1) / floors[..., 0].sum(axis=1),
        along.sum(axis=1) / floors[..., 1].sum(axis=1),
    )


def _least(moment: np.ndarray) -> np.ndarray:
    """Eigenvector of the smallest eigenvalue."""
    return np.asarray(np.linalg.eigh(moment)[1][:, 0])


@study(stream="BR-6")
def traces(context: Context) -> NoiseTraces:
    """Total variances of the gradients of drawn networks, and what C₁ and C₂ say about them."""
    task = TASKS["noise"]
    networks = initial_networks(task, 4, (1.0, 1.0), context.torch_generator("traces start"))
    x, y = task.draw((4, TRACE_SAMPLES), context.torch_generator("traces"))
    c1, c2 = noise_matrices(networks, x, y)
    by_c1 = torch.einsum("roh,rhop,rph->r", networks.outgoing, c1, networks.outgoing)
    by_c2 = torch.einsum("rhi,rhij,rhj->r", networks.incoming, c2, networks.incoming)
    unbiased = TRACE_SAMPLES / (TRACE_SAMPLES - 1)
    outgoing, incoming = networks.noise_terms(x, y)
    return NoiseTraces(
        (unbiased * by_c1).numpy(), (unbiased * by_c2).numpy(), incoming.numpy(), outgoing.numpy()
    )
