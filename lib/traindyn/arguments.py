"""What the tools ask of arrays, numbers and generators that a user gives them."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import torch

from traindyn.inference.samples import require_finite

Array = np.ndarray


def real_array(name: str, value: Any, axes: int) -> Array:
    """A value as an array of finite real numbers: float32 stays, all others become float64.

    Args:
        name: What the message calls it.
        value: Array, nested list or dense tensor, of any real dtype and memory layout.
        axes: Number of axes; none may have the length 0.

    Raises:
        ValueError: If it is anything else, such as complex, masked, ragged or sparse.

    >>> real_array("vector", [1, 2], 1)
    array([1., 2.])
    """
    array = _numpy(name, value)
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} must be an array of real numbers, "
            f"got {type(value).__name__} of dtype {array.dtype}"
        )
    if array.ndim != axes or not array.size:
        raise ValueError(
            f"{name} must be an array with {axes} axes, none empty, got shape {array.shape}"
        )
    array = array.astype(np.float32 if array.dtype == np.float32 else np.float64, copy=False)
    require_finite(name, array)
    return array


def whole_array(name: str, value: Any) -> Array:
    """A value as an array of integers on one axis, such as labels.

    Args:
        name: What the message calls it.
        value: Array, list or tensor of an integer dtype.

    Raises:
        ValueError: If it is anything else, such as labels in floating point.

    >>> whole_array("labels", np.array([0, 2], dtype=np.uint8))
    array([0, 2])
    """
    array = _numpy(name, value)
    if array.dtype.kind not in "iu" or array.ndim != 1 or not array.size:
        raise ValueError(
            f"{name} must be integers on one axis, at least one, "
            f"got dtype {array.dtype} and shape {array.shape}"
        )
    if array.max() > np.iinfo(np.int64).max:
        raise ValueError(f"{name} must fit into 64 bits with a sign, got {array.max()}")
    return array.astype(np.int64, copy=False)


def _numpy(name: str, value: Any) -> Array:
    if np.ma.isMaskedArray(value):
        raise ValueError(f"{name} must be an array without a mask, got a masked array")
    try:
        if isinstance(value, torch.Tensor):
            value = value.detach().cpu()
            value = value.float() if value.dtype in (torch.bfloat16, torch.float16) else value
            return value.resolve_conj().resolve_neg().numpy()
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{name} must be an array of real numbers, got {type(value).__name__}: {error}"
        ) from error


def whole_number(name: str, value: Any, least: int, most: int | None = None) -> int:
    """A whole number in a range.

    Args:
        name: What the message calls it.
        value: Integer of Python, numpy or torch.
        least: Smallest value.
        most: Largest value, if there is one.

    Raises:
        ValueError: If it is no integer, such as 2.0 or True, or leaves the range.

    >>> whole_number("steps", np.int64(3), 1, 4)
    3
    """
    allowed = f"lie in [{least}, {most}]" if most is not None else f"be at least {least}"
    try:
        number = None if isinstance(value, bool | np.bool) else operator.index(value)
    except (TypeError, ValueError, RuntimeError):
        number = None
    if number is None:
        raise ValueError(f"{name} must {allowed} and be a whole number, got {value}")
    if number < least or (most is not None and number > most):
        raise ValueError(f"{name} must {allowed}, got {number}")
    return number


def positive_number(name: str, value: Any, *, zero: bool = False) -> float:
    """A finite positive number.

    Args:
        name: What the message calls it.
        value: Number of Python, numpy or torch.
        zero: Whether it may be zero.

    Raises:
        ValueError: If it is no such number.

    >>> positive_number("width", np.float32(0.5))
    0.5
    """
    allowed = "at least 0" if zero else "positive"
    try:
        number = float(value if isinstance(value, int) else _real_scalar(name, value))
    except (OverflowError, ValueError):
        number = math.nan
    if not (number > 0 or (zero and number == 0)):
        raise ValueError(f"{name} must be {allowed}, got {value}")
    if number == math.inf:
        raise ValueError(f"{name} must be finite, got {value}")
    return number


def _real_scalar(name: str, value: Any) -> float:
    array = _numpy(name, value)
    return float(array) if array.ndim == 0 and array.dtype.kind in "biuf" else math.nan


def power_of_two(size: Any) -> Any:
    """The largest normal power of two up to a size that is not negative; 1 for zero.

    Numbers divided by it keep all digits, and their squares neither run over nor under.

    >>> float(power_of_two(5.0)), float(power_of_two(0.0))
    (4.0, 1.0)
    """
    exponents = np.maximum(np.frexp(size)[1] - 1, -1022)
    return np.where(np.asarray(size) > 0, np.ldexp(1.0, exponents), 1.0)


def numpy_generator(generator: Any) -> np.random.Generator:
    """A generator of numpy, as it was given.

    Raises:
        ValueError: If it is anything else, such as a seed, a legacy state or torch's generator.
    """
    if not isinstance(generator, np.random.Generator):
        raise ValueError(
            "generator must be a numpy.random.Generator, such as numpy.random.default_rng(0), "
            f"got {type(generator).__name__}"
        )
    return generator
