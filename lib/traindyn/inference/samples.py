"""What every estimator asks of its samples."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def finite_samples(name: str, values: Array) -> Array:
    """The samples as numbers on one axis, at least two and all finite.

    Raises:
        ValueError: If they are not; ``name`` is how the message calls them.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or values.size < 2:
        raise ValueError(
            f"{name} must hold at least 2 values on one axis, got shape {values.shape}"
        )
    require_finite(name, values)
    return values


def require_finite(name: str, values: Array) -> None:
    """Refuse samples that are not all finite.

    Raises:
        ValueError: With how many are not; ``name`` is how the message calls them.
    """
    if bad := int((~np.isfinite(values)).sum()):
        raise ValueError(f"{name} must be finite, got {bad} of {values.size} values that are not")
