"""Runs of two-layer networks: norms and gradient noise of both layers over the steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from traindyn.balance_regularization.experiments.networks import Networks, NetworkTask
from traindyn.balance_regularization.experiments.trajectories import require_records, require_step

BLOCK = 250
"""Steps whose data are drawn at once."""


@dataclass(frozen=True)
class NetworkRun:
    """Two layers over the steps; the axis ``layers`` holds U, then W.

    Args:
        steps: Steps taken at each record.
        norms: Squared norms.
        noise: Tr Cov of the per-sample gradients, from fresh probe samples.
        loss: Training loss, average over the steps since the previous record (0 at the start).
    """

    steps: np.ndarray
    norms: Float[np.ndarray, "records layers replicas"]
    noise: Float[np.ndarray, "records layers replicas"]
    loss: Float[np.ndarray, "records replicas"]

    def ratio(self, quantity: str, first: int) -> Float[np.ndarray, " replicas"]:
        """Average over the records from ``first`` of U's value over that of W's.

        Raises:
            ValueError: If ``quantity`` is neither ``norms`` nor ``noise``, or no record is left.
        """
        if quantity not in ("norms", "noise"):
            raise ValueError(f"quantity must be 'norms' or 'noise', got {quantity!r}")
        if not 0 <= first < len(self.steps):
            raise ValueError(f"first must lie in [0, {len(self.steps) - 1}], got {first}")
        mean = getattr(self, quantity)[first:].mean(axis=0)
        return np.asarray(mean[0] / mean[1])

    @property
    def imbalance(self) -> Float[np.ndarray, "records replicas"]:
        """|U|² − |W|²."""
        return np.asarray(self.norms[:, 0] - self.norms[:, 1])


def follow_networks(
    task: NetworkTask,
    networks: Networks,
    learning_rate: float,
    records: Sequence[int],
    generator: torch.Generator,
    *,
    dataset: int | None = None,
    probe: int = 200,
) -> NetworkRun:
    """Train by SGD with fresh samples, one per step, or by descent on a fixed data set.

    Args:
        task: Where samples come from.
        networks: Replicas at the start; changed in place.
        learning_rate: Step size for the mean loss.
        records: Step counts to record at, increasing; 0 records the start.
        generator: Source of data.
        dataset: Number of samples of the fixed set, one set per replica; default: SGD.
        probe: Fresh samples per record that measure the noise, at least 2.

    Raises:
        ValueError: If the learning rate is not positive or a replica diverges at it, ``records``
            does not increase, or ``dataset`` or ``probe`` is too small.
    """
    require_step(learning_rate, 1 if dataset is None else dataset)
    require_records(records)
    replicas = len(networks.incoming)
    fixed = None if dataset is None else task.draw((replicas, dataset), generator)
    total = torch.zeros(replicas, dtype=torch.float64)
    norms, noise, losses = [], [], []
    taken = 0
    for record in records:
        total.zero_()
        gap = record - taken
        while taken < record:
            block = min(BLOCK, record - taken)
            if fixed is None:
                x, y = task.draw((block, replicas, 1), generator)
            for i in range(block):
                batch = (x[i], y[i]) if fixed is None else fixed
                total += networks.step(*batch, learning_rate)
            taken += block
        norms.append(torch.stack(networks.norms))
        if not bool(torch.isfinite(norms[-1]).all()):
            raise ValueError(
                f"learning_rate must be small enough for every replica, got {learning_rate}"
            )
        probes = task.draw((replicas, probe), generator)
        noise.append(torch.stack(networks.noise_terms(*probes)))
        losses.append(total / max(gap, 1))
    return NetworkRun(
        np.asarray(records),
        torch.stack(norms).numpy(),
        torch.stack(noise).numpy(),
        torch.stack(losses).numpy(),
    )
