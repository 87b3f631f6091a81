"""The account of balance over some steps, and how the imbalance depends on the learning rate."""

from __future__ import annotations

import numpy as np
import torch

from traindyn.runs import Context, study
from traindyn.your_own_network.experiments.balance import PAIRS, both_squares, budget
from traindyn.your_own_network.experiments.networks import Kind, make_network, random_copies
from traindyn.your_own_network.experiments.training import train
from traindyn.your_own_network.results.runs import Account, Rates
from traindyn.your_own_network.studies.runs import BATCH, COPIES, LEARNING_RATE

ACCOUNT_COPIES, ACCOUNT_STEPS = 4, 40
"""Copies and steps of the exact account; one copy would do."""

RATE, RATE_STEPS, RATE_FACTOR, MORE = 0.05, 120, 2, 2
"""Learning rate, steps with it, how many times more with a rate that much smaller, and how many
times more copies than elsewhere."""


@study(stream="account")
def accounts(context: Context, kind: Kind, momentum: float = 0.0) -> dict[str, Account]:
    """Change of every imbalance, and what the account of plain SGD says, by pair of layers."""
    network = make_network(kind).double()
    generator = context.torch_generator(kind)
    start = random_copies(network, ACCOUNT_COPIES, 1.0, generator)
    run = train(
        network,
        start,
        [ACCOUNT_STEPS],
        generator,
        learning_rate=LEARNING_RATE,
        batch_size=BATCH,
        momentum=momentum,
        pairs=PAIRS[kind],
    )
    end, ones = run.weights[-1], {name: torch.ones_like(w) for name, w in start.items()}
    return {
        pair.name: Account(
            (budget(end, pair) - budget(start, pair)).numpy(),
            account.numpy(),
            float(both_squares(end, pair).max()),
            int(both_squares(ones, pair).max()),
        )
        for pair, account in zip(PAIRS[kind], run.account, strict=True)
    }


@study(stream="rates")
def rates(context: Context, kind: Kind) -> dict[str, Rates]:
    """Changes of the imbalance at one time, with a learning rate and with half of it."""
    network = make_network(kind)
    generator = context.torch_generator(kind)
    start = random_copies(network, MORE * context.choose(**COPIES), 1.0, generator)
    ends = []
    for factor in (1, RATE_FACTOR):
        run = train(
            network,
            start,
            [factor * RATE_STEPS],
            generator,
            learning_rate=RATE / factor,
            batch_size=BATCH,
        )
        ends.append(run.weights[-1])
    return {
        pair.name: Rates(
            *(np.asarray((budget(w, pair) - budget(start, pair)).sum(dim=1).numpy()) for w in ends)
        )
        for pair in PAIRS[kind]
    }
