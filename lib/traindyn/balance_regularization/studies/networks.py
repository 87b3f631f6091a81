"""Studies of two-layer ReLU networks: noise balance, and noise matrices of their neurons."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.experiments.network_runs import NetworkRun, follow_networks
from traindyn.balance_regularization.experiments.networks import NetworkTask, initial_networks
from traindyn.balance_regularization.experiments.neuron_noise import NeuronRun, follow_neurons
from traindyn.balance_regularization.results.networks import NeuronFloors
from traindyn.balance_regularization.theory.networks import balance_rate, eigenvalue_floors
from traindyn.runs import Context, study

HIDDEN = {"ci": 50, "laptop": 50, "paper": 200}
REPLICAS = {"ci": 16, "laptop": 16, "paper": 24}
"""Ratios scatter by 0.01 between replicas: 16 decide about 0.05 with probability 0.999, with the
quantile of Student's law for their own standard error."""

BALANCE_TIMES = {"ci": 5.5, "laptop": 6.5, "paper": 10.0}
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
NEURON_STEPS = {"ci": 16_000, "laptop": 24_000, "paper": 100_000}
NEURON_RATE, NEURON_RECORDS, NETWORKS = 8e-3, 40, 8
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
    steps = round(context.choose(**BALANCE_TIMES) / rate)
    return _follow(context, shape, steps, LEARNING_RATE, None)


@study(stream="BR-5")
def descent_of_networks(context: Context) -> NetworkRun:
    """Full-batch descent on few samples."""
    return _follow(context, (20, 20), DESCENT_STEPS, DESCENT_RATE, DATASET)


@study(stream="BR-6")
def neurons(context: Context, task: str) -> NeuronRun:
    """Noise matrices of the neurons of small networks along SGD."""
    steps = context.choose(**NEURON_STEPS)
    start = initial_networks(TASKS[task], NETWORKS, (0.3, 1.2), context.torch_generator("start"))
    return follow_neurons(
        TASKS[task],
        start,
        NEURON_RATE,
        [steps * i // NEURON_RECORDS for i in range(NEURON_RECORDS + 1)],
        2000,
        context.torch_generator(task),
        last_samples=20_000,
    )


def over_floors(run: NeuronRun, task: str) -> NeuronFloors:
    """Smallest eigenvalues over their floors for unit noise, of every active neuron."""
    active = run.active[-1] > ACTIVE
    floors = np.array(
        [[eigenvalue_floors(w, 1.0, TASKS[task].outputs) for w in net] for net in run.weights]
    )
    return NeuronFloors(
        *(
            np.asarray((found[-1, 0] / floors[..., which])[active])
            for which, found in enumerate((run.c1, run.c2))
        )
    )
