r"""Samples of SGD for one tanh unit, with and without a second layer.

The data are :math:`y = \tanh x + \epsilon` with normal :math:`x` and noise. The models are
:math:`\tanh(vx)` (depth 0) and :math:`w\tanh(ux)` (depth 1), which lacks the rescaling symmetry.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float

from traindyn.balance_regularization.experiments.noise import fill_normal
from traindyn.balance_regularization.experiments.trajectories import (
    require_replicas,
    require_step,
)


def sample_tanh_sgd(
    depth: int,
    noise: float,
    learning_rate: float,
    steps: int,
    replicas: int,
    generator: torch.Generator,
    *,
    symmetric: bool = False,
    frozen: bool = False,
) -> Float[np.ndarray, " replicas"]:
    r"""Final :math:`v` (depth 0) or :math:`uw` (depth 1) after SGD with batches of one.

    All replicas start at the teacher, :math:`v = 1` or :math:`u = w = 1`, with the positive sign.

    Args:
        depth: 0 or 1.
        noise: Standard deviation of the label noise.
        learning_rate: :math:`\eta > 0`; the loss is the squared error, without a factor one half.
        steps: Steps to take, at least 1.
        replicas: Number of replicas.
        generator: Source of randomness.
        symmetric: Control: the hidden unit is linear, :math:`w\,u\tanh x` at depth 1, on the same
            inputs and labels; that model has the rescaling symmetry.
        frozen: Control: :math:`u` stays at one, so that the model is linear in :math:`w`.

    Raises:
        ValueError: If an argument leaves its range.
    """
    if depth not in (0, 1):
        raise ValueError(f"depth must be 0 or 1, got {depth}")
    if not noise >= 0:
        raise ValueError(f"noise must be at least 0, got {noise}")
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    require_step(learning_rate, 1)
    require_replicas(replicas)
    inner = torch.ones(replicas, dtype=torch.float64)
    outer = torch.ones_like(inner)
    x, label = torch.empty_like(inner), torch.empty_like(inner)
    for _ in range(steps):
        fill_normal(x, generator)
        feature = x.tanh()
        fill_normal(label, generator).mul_(noise).add_(feature)
        if symmetric:
            hidden, derivative = inner * feature, feature
        else:
            hidden = torch.tanh(inner * x)
            derivative = (1 - hidden * hidden).mul_(x)
        residual = (outer * hidden).sub_(label)
        slope = (residual * outer).mul_(derivative)
        if depth == 1:
            outer.addcmul_(residual, hidden, value=-2 * learning_rate)
        if not frozen:
            inner.sub_(slope, alpha=2 * learning_rate)
    return (inner * outer).numpy()
