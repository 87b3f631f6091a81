"""Matrix completion: regimes, the greedy path, branches, recovery."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from traindyn.saddle_to_saddle.experiments.plateaus import Plateau

__all__ = [
    "BranchRun",
    "CompletionRun",
    "GreedyDistances",
    "GreedyRun",
    "GreedyStage",
    "RecoveryRun",
    "ShareRun",
]


@dataclass(frozen=True)
class GreedyStage:
    """The end of a stage of the greedy algorithm.

    Args:
        a: The matrix.
        loss: Its cost.
    """

    a: Float[np.ndarray, "out in"]
    loss: float


@dataclass(frozen=True)
class CompletionRun:
    """Gradient descent on the observed entries.

    Args:
        gamma: Exponent of the start.
        width: Hidden units per layer.
        steps: Numbers of steps at the records.
        train: Cost.
        test: Mean squared error on the hidden entries over that of zero.
        singular_values: Of the matrix along the run.
        plateaus: Where it rests.
        steepest: Largest norm of the gradient along the run.
        levels: Costs of the greedy stages, the origin first.
        plane: Coordinates of the matrix in the plane of the first two greedy stages.
        stages: Coordinates of the greedy stages there.
        stage_distance: Smallest relative distance of the matrix from the first two stages.
        stage_loss: Cost at that point over that of the stage.
        cut_distance: Smallest relative distance of the matrix from the best matrices of ranks one
            and two for the whole target, hidden entries included.
        cut_loss: Cost of those matrices over that of the stages.
    """

    gamma: float
    width: int
    steps: Int[np.ndarray, " records"]
    train: Float[np.ndarray, " records"]
    test: Float[np.ndarray, " records"]
    singular_values: Float[np.ndarray, "records size"]
    plateaus: list[Plateau]
    steepest: float
    levels: Float[np.ndarray, " stages"]
    plane: Float[np.ndarray, "records 2"]
    stages: Float[np.ndarray, "saddles 2"]
    stage_distance: Float[np.ndarray, " first_stages"]
    stage_loss: Float[np.ndarray, " first_stages"]
    cut_distance: Float[np.ndarray, " first_stages"]
    cut_loss: Float[np.ndarray, " first_stages"]

    def rest_depth(self, rests: int) -> float:
        """Decades by which the gradient is below its largest, mean over some rests.

        The rest at the origin does not count; 0 if there are not as many.
        """
        norms = [rest.gradient_norm for rest in self.plateaus if rest.rank > 0]
        if len(norms) != rests:
            return 0.0
        return float(-np.log10(np.array(norms) / self.steepest).mean())


@dataclass(frozen=True)
class GreedyDistances:
    """Distance of the flow from the greedy paths, and how the first stage ends.

    Args:
        scales: Scales of the start, falling.
        first: Largest distance of a point of the path from the first greedy path.
        union: The same from the union of both paths.
        singular_values: Of minus the gradient of the cost at the origin.
        target: Norm of the target.
        first_loss: Cost at the end of the first stage.
        coarse_loss: The same with new weights ten times as large.
        steepest_loss: Cost where the gradient on the way there is largest.
    """

    scales: Float[np.ndarray, " scales"]
    first: Float[np.ndarray, "scales starts"]
    union: Float[np.ndarray, "scales starts"]
    singular_values: Float[np.ndarray, " rank"]
    target: float
    first_loss: float
    coarse_loss: float
    steepest_loss: float

    def last_slopes(
        self, values: Float[np.ndarray, "scales starts"]
    ) -> Float[np.ndarray, "starts"]:
        """Exponents of a quantity between the two smallest scales."""
        return np.asarray(np.diff(np.log(values), axis=0)[-1] / np.diff(np.log(self.scales))[-1])


@dataclass(frozen=True)
class GreedyRun:
    """Distance of the flow from the greedy paths over the scale of the start.

    Args:
        scales: Scales of the start.
        distances: Largest distance of a point of the flow from the greedy paths.
        exponent: Predicted exponent.
    """

    scales: Float[np.ndarray, " scales"]
    distances: Float[np.ndarray, " scales"]
    exponent: float


@dataclass(frozen=True)
class BranchRun:
    """Which saddle of rank two is visited, per scale and start.

    Args:
        scales: Scales of the start.
        losses: Per scale and start, loss of the last plateau before rank three; NaN if there is
            none.
        greedy: Loss of the second greedy stage.
        best: Smallest loss of a matrix of rank two.
    """

    scales: Float[np.ndarray, " scales"]
    losses: list[Float[np.ndarray, " starts"]]
    greedy: float
    best: float


@dataclass(frozen=True)
class ShareRun:
    """What is recovered of matrices of which a share of the entries is observed.

    Args:
        errors: Per method, the relative error on the hidden entries of every problem.
        ranks: Of the matrix found from the small start.
        lazy_ranks: Of that found from the lazy one.
    """

    errors: dict[str, Float[np.ndarray, " problems"]]
    ranks: Int[np.ndarray, " problems"]
    lazy_ranks: Int[np.ndarray, " problems"]


@dataclass(frozen=True)
class RecoveryRun:
    """Relative error on the hidden entries over the share of observed ones.

    Args:
        shares: Shares of observed entries.
        errors: Per method, the median error per share.
        ranks: Per share, the median rank found from the small start.
    """

    shares: Float[np.ndarray, " shares"]
    errors: dict[str, Float[np.ndarray, " shares"]]
    ranks: Float[np.ndarray, " shares"]
