r"""What the head sees: the hidden outputs of a network on fresh inputs, in two scalings.

The setting divides the product :math:`Wx` by :math:`\sqrt d`. The losses and alignments that the
authors' public code reports (as of its commit b111736) belong to features where it is divided by
:math:`d`; its training divides by :math:`\sqrt d`. Both are evaluated here, by name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, get_args

from jaxtyping import Float
from torch import Tensor

from traindyn.heavy_tailed_esd.experiments.network import Weights

Scaling = Literal["model", "public code"]
SCALINGS: tuple[Scaling, ...] = get_args(Scaling)
"""``model``: tanh(Wx/√d)/√h. ``public code``: tanh(Wx/d)/√h."""


def hidden_features(
    weights: Weights, inputs: Float[Tensor, "samples inputs"], scaling: Scaling = "model"
) -> Float[Tensor, "samples hidden"]:
    r"""The rows :math:`\tanh(Wx/d^p)/\sqrt h`, one per input, with p = 1/2 or 1.

    Args:
        weights: The matrix W, h by d.
        inputs: The inputs x, one per row.
        scaling: ``model`` for p = 1/2, ``public code`` for p = 1.

    Raises:
        ValueError: If the scaling is unknown or shapes do not fit.

    >>> import torch
    >>> w, x = torch.full((1, 4), 2.0), torch.ones(1, 4)
    >>> [round(hidden_features(w, x, s).item(), 4) for s in SCALINGS]  # tanh 4 and tanh 2
    [0.9993, 0.964]
    """
    return scaled_features(weights, inputs, [scaling])[0]


def scaled_features(
    weights: Weights, inputs: Float[Tensor, "samples inputs"], scalings: Sequence[Scaling]
) -> list[Float[Tensor, "samples hidden"]]:
    """The features of several scalings, which share the product Wx.

    Raises:
        ValueError: If a scaling is unknown or shapes do not fit.
    """
    hidden, width = weights.shape
    for scaling in scalings:
        if scaling not in SCALINGS:
            raise ValueError(f"scaling must be one of {', '.join(SCALINGS)}, got {scaling!r}")
    if inputs.shape[1] != width:
        raise ValueError(f"inputs must have {width} columns, got {inputs.shape[1]}")
    product = inputs @ weights.T
    divisors = [math.sqrt(width) if scaling == "model" else width for scaling in scalings]
    return [(product / divisor).tanh_().div_(math.sqrt(hidden)) for divisor in divisors]
