"""The weights over time: a callback for a plain training loop."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

import numpy as np
from torch import nn

from traindyn.diagnose.weights import bulk_of, eigenvalues_of, ranks, weight_matrices
from traindyn.system.arguments import real_number, require_kind, whole_number


@dataclass
class Recorder:
    """Records ranks and outliers of every weight matrix as a training goes on.

    Call it after each step: ``record = Recorder(net)``, then ``record()``. By default it chooses
    when to look so that it takes at most ``share`` of the time; ``every`` fixes the interval, and
    :attr:`cost` says what that takes.

    Every series has an entry per step of :attr:`steps`: nan where weights are not finite, and
    where a layer is not there, or not yet.

    Args:
        network: Any module.
        every: Steps between looks; None: as ``share`` allows.
        share: Share of the time that looking may take, in (0, 1).

    Raises:
        ValueError: If an argument leaves its range.

    >>> net = nn.Linear(3, 2)
    >>> record = Recorder(net, every=2)
    >>> for _ in range(5):
    ...     record()
    >>> record.steps
    [0, 2, 4]
    """

    network: nn.Module
    every: int | None = None
    share: float = 0.05
    steps: list[int] = field(default_factory=list, init=False)
    """Numbers of the calls at which it looked; the first is 0."""
    stable_rank: dict[str, list[float]] = field(default_factory=dict, init=False)
    effective_rank: dict[str, list[float]] = field(default_factory=dict, init=False)
    largest: dict[str, list[float]] = field(default_factory=dict, init=False)
    """Largest eigenvalue over the edge of a random matrix with the same median."""
    outliers: dict[str, list[float]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        require_kind("network", self.network, nn.Module)
        if self.every is not None:
            self.every = whole_number("every", self.every, 1)
        self.share = real_number("share", self.share, "(0, 1)")
        self._calls, self._looking, self._slowest = 0, 0.0, 0.0
        self._began = time.perf_counter()

    @property
    def cost(self) -> float:
        """Share of the time since the start that looking took."""
        return self._looking / max(time.perf_counter() - self._began, 1e-9)

    def __call__(self) -> None:
        """Count a step, and look if it is time."""
        step, self._calls = self._calls, self._calls + 1
        if self.every is not None:
            due = step % self.every == 0
        else:  # the next look costs at most what the slowest did
            total = time.perf_counter() - self._began
            due = not self.steps or self._looking + self._slowest < self.share * total
        if due:
            before = time.perf_counter()
            self._look(step)
            took = time.perf_counter() - before
            self._looking, self._slowest = self._looking + took, max(self._slowest, took)

    def _look(self, step: int) -> None:
        self.steps.append(step)
        seen = dict(weight_matrices(self.network))
        for name in {**self.outliers, **seen}:
            for kind, value in self._told(seen.get(name)).items():
                series = getattr(self, kind).setdefault(name, [])
                series += [math.nan] * (len(self.steps) - 1 - len(series))  # it was not there yet
                series.append(value)

    def _told(self, matrix: np.ndarray | None) -> dict[str, float]:
        """What is recorded of a matrix; nan for one that is not there or not finite."""
        if matrix is None or not np.isfinite(matrix).all():
            return dict.fromkeys(("stable_rank", "effective_rank", "largest", "outliers"), math.nan)
        values = eigenvalues_of(matrix)
        bulk = bulk_of(values, max(matrix.shape))
        stable, effective = ranks(values)
        return {
            "stable_rank": stable,
            "effective_rank": effective,
            "largest": float(values[0]) / bulk.edge if bulk.edge > 0 else math.inf,
            "outliers": bulk.outliers,
        }
