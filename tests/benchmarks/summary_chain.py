"""SGD of the XOR network through its summary statistics: the cost does not grow with d."""

from __future__ import annotations

import numpy as np
from comparison import Row, compare

from traindyn.hessian_alignment.experiments.xor import XorSetting
from traindyn.hessian_alignment.experiments.xor_chain import Summary, run_chain


def rows(replicas: int, steps: int) -> list[Row]:
    """The same number of steps in two dimensions a hundredfold apart.

    The accuracy is the largest difference between the mean squared norms of the weights: both are
    near 1 before training, up to the scatter of the replicas.

    Args:
        replicas: Independent runs, all in one array.
        steps: Steps that are timed.
    """

    def run(dimension: int) -> list[Summary]:
        setting = XorSetting(4, dimension, 100.0, 0.05, replicas)
        return run_chain(setting, [steps / dimension], np.random.default_rng(0))

    def mean_norm(dimension: int) -> float:
        rest = run(dimension)[-1].rest
        return float(np.trace(rest, axis1=1, axis2=2).mean() / 4)

    accuracy = abs(mean_norm(100_000) - 1)
    return [
        compare(
            f"XOR chain, d = 100,000, {replicas:,} replicas",
            lambda: run(100_000),
            "the same chain at d = 1,000",
            lambda: run(1_000),
            0.8,
            accuracy,
            ours_work=replicas * steps,
            other_work=replicas * steps,
        )
    ]
