"""What every estimator asks of its samples, and their spread without overflow."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from traindyn.system.arguments import real_array, require_callable, short

Array = np.ndarray


def finite_samples(name: str, values: Float[Array, " n"]) -> Float[Array, " n"]:
    """The samples as numbers on one axis, at least two and all finite.

    Raises:
        ValueError: If they are not; ``name`` is how the message calls them.
    """
    return real_array(name, values, least=2)


def require_finite(name: str, values: Float[Array, "..."]) -> None:
    """Refuse samples that are not all finite.

    Raises:
        ValueError: With how many are not; ``name`` is how the message calls them.
    """
    real_array(name, values, axes=None, least=0)


def scaled(values: Float[Array, "..."]) -> tuple[Float[Array, "..."], int]:
    """Values over a power of two that brings the largest below 1, and the exponent of that power.

    The digits stay as they are; sums and products of the values neither overflow nor vanish.

    >>> scaled(np.array([3.0, -4.0]))
    (array([ 0.375, -0.5  ]), 3)
    """
    exponent = int(np.frexp(np.abs(values).max())[1])
    return np.ldexp(values, -exponent), exponent


def unscaled(name: str, value: float, exponent: int) -> float:
    """A value times a power of two, to the nearest double.

    What is not zero stays so: noise below the smallest double must not count as none.

    Raises:
        ValueError: If it is beyond the largest double; ``name`` is how the message calls what it
            was computed from.
    """
    try:
        result = math.ldexp(value, exponent)
    except OverflowError:
        raise ValueError(
            f"{name} must have moments below 1.8e308, got one near 2**{exponent}"
        ) from None
    return result if result or not value else math.copysign(math.ulp(0.0), value)


def spread(values: Float[Array, " n"], name: str = "samples") -> float:
    """Standard deviation of samples with the divisor n - 1; exactly 0 if all are equal.

    Raises:
        ValueError: If it is beyond the doubles; ``name`` is how the message calls the samples.
    """
    if values.min() == values.max():
        return 0.0
    parts, exponent = scaled(values)
    return unscaled(name, float(parts.std(ddof=1)), exponent)


def distribution_at(
    cdf: Callable[[Array], Array], points: Float[Array, " n"]
) -> Float[Array, " n"]:
    """A distribution function at increasing points.

    Raises:
        ValueError: If it returns another shape, something that is not a probability, or falls by
            more than rounding.
    """
    require_callable("cdf", cdf)
    values = np.asarray(cdf(points))
    if values.shape != points.shape or not ((values >= 0) & (values <= 1)).all():
        raise ValueError(
            f"cdf must return {points.size} probabilities in [0, 1], got {short(values)}"
        )
    if points.size > 1 and (fall := -float(np.diff(values).min())) > 1e-9:
        raise ValueError(f"cdf must not fall, got a fall of {fall:.3g}")
    return values.astype(float)
