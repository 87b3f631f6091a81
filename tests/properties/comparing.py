"""Arrays as users bring them, and how results are compared with references."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import mistreated

seeds = st.integers(0, 10**6)


def within(relative, absolute=0.0):
    def agree(actual, expected):
        one, other = np.asarray(actual, dtype=float), np.asarray(expected, dtype=float)
        return one.shape == other.shape and np.allclose(one, other, rtol=relative, atol=absolute)

    return agree


tame = st.floats(-3, 3).map(lambda value: round(value, 3))


def arrays(shape):
    """Arrays of a shape, mistreated, and tensors."""
    values = hnp.arrays(float, shape, elements=tame)
    tensors = st.sampled_from([torch.float64, torch.float32, torch.bfloat16, torch.int64])
    return mistreated(values) | st.builds(
        lambda x, dtype: torch.tensor(x).to(dtype), values, tensors
    )


def plain(value):
    """What an array, list or tensor holds, in double precision."""
    value = value.double() if isinstance(value, torch.Tensor) else value
    return np.array(np.asarray(value).tolist(), dtype=float)


def normal(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def near(actual, expected):
    """Equal up to rounding at the size of what is compared."""
    one, other = np.asarray(actual, dtype=float), np.asarray(expected, dtype=float)
    size = np.abs(other).max(initial=0.0)
    return one.shape == other.shape and bool(np.all(np.abs(one - other) <= 1e-7 * size))


def dense(operator):
    return operator @ np.eye(operator.shape[0])
