"""What the tools ask of their arguments; every refusal names the argument, the range, the value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

Array = np.ndarray

MOST = 10_000
"""Repetitions that one call may be asked for: more could not be told from a hang."""


def real_array(
    name: str, value: Any, axes: int | None = 1, *, least: int = 1, finite: bool | None = True
) -> Array:
    """A value as an array of double precision.

    Args:
        name: What the message calls it.
        value: Array, nested list or tensor of real numbers, of any dtype and memory layout.
        axes: Number of axes; None: any, a single number included.
        least: Fewest entries along the first axis.
        finite: Whether entries must be finite; False: infinite ones are let in; None: not-a-number
            too.

    Raises:
        ValueError: If it is anything else, such as complex, masked, ragged or text.

    >>> real_array("samples", [1, 2])
    array([1., 2.])
    """
    if np.ma.is_masked(value):
        raise ValueError(f"{name} must hold no masked entries, got {short(value)}")
    try:
        array = np.asarray(value)
    except Exception as error:  # whatever a container raises that is no array
        raise ValueError(f"{name} must hold real numbers, got {short(value)}") from error
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers, got dtype {array.dtype}")
    if axes is not None and array.ndim != axes:
        raise ValueError(f"{name} must be an array of {axes} axes, got shape {array.shape}")
    if array.ndim and (len(array) < least or (least and not array.size)):
        raise ValueError(f"{name} must hold at least {least} values, got shape {array.shape}")
    array = array.astype(float, copy=False)
    bad = ~np.isfinite(array) if finite else np.isnan(array)
    if finite is not None and (count := int(bad.sum())):
        rule = "finite" if finite else "numbers"
        raise ValueError(f"{name} must be {rule}, got {count} of {array.size} values that are not")
    return array


def probabilities(name: str, value: Any) -> Array:
    """A value as an array of probabilities, of any number of axes.

    Raises:
        ValueError: If one leaves [0, 1]; ``name`` is what the message calls them.
    """
    array = real_array(name, value, axes=None, least=0, finite=None)
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError(f"{name} must lie in [0, 1], got {short(value)}")
    return array


def real_number(name: str, value: Any, allowed: str = "(-inf, inf)") -> float:
    """A number in an interval.

    Args:
        name: What the message calls it.
        value: Number of Python, numpy or torch; ``True`` is none.
        allowed: The interval, written as in the message; an end at infinity in square brackets
            lets the infinite value in.

    Raises:
        ValueError: If it is no number, or outside.

    >>> real_number("share", np.float32(0.5), "(0, 1)")
    0.5
    """
    number = _as_float(value)
    low, high = (float(end) for end in allowed[1:-1].split(","))
    above = low <= number if allowed[0] == "[" else low < number
    below = number <= high if allowed[-1] == "]" else number < high
    if not (above and below):
        raise ValueError(f"{name} must {_in_words(allowed)}, got {short(value)}")
    return number


def _in_words(interval: str) -> str:
    low, high = (end.strip() for end in interval[1:-1].split(","))
    if (low, high) == ("-inf", "inf"):
        return "be a number or infinite" if interval[0] == "[" else "be finite"
    if high == "inf" and interval[0] == "[":
        return f"be at least {low}" + (" and finite" if interval[-1] == ")" else "")
    if (low, high) == ("0", "inf"):
        return "be positive" + (" and finite" if interval[-1] == ")" else "")
    return f"lie in {interval}"


def _as_float(value: Any) -> float:
    """A number of any kind as a float; not-a-number for anything else."""
    if isinstance(value, float):
        return float(value)
    try:
        if not isinstance(value, Real):
            array = np.asarray(value)
            value = array.item() if array.ndim == 0 and array.dtype.kind in "iuf" else math.nan
        return math.nan if isinstance(value, bool | np.bool_) else float(value)
    except Exception:  # an object that is no array, an integer beyond all floats
        return math.nan


def finite_number(name: str, value: Any, *, positive: bool = False) -> int | float:
    """A number as Python's, numpy's included.

    Args:
        name: How the message calls it.
        value: An integer or a real number; ``True`` is none.
        positive: Whether it must be positive.

    Raises:
        ValueError: If it is something else, not finite or beyond what a float can hold, or not
            positive.

    >>> finite_number("bound", np.float32(0.5)), finite_number("bound", 2)
    (0.5, 2)
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise ValueError(f"{name} must be a number, got {short(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or (positive and number <= 0):
        rule = "positive and finite" if positive else "finite"
        raise ValueError(f"{name} must be {rule}, got {short(value)}")
    return int(value) if isinstance(value, Integral) else number


def whole_number(name: str, value: Any, least: int, most: int = 2**53) -> int:
    """A whole number in a range.

    Raises:
        ValueError: If it is no integer, such as 2.0 or ``True``, or leaves the range; ``name`` is
            what the message calls it.

    >>> whole_number("replicas", np.int64(3), 1, 4)
    3
    """
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not (is_whole and least <= value <= most):
        few = not is_whole or value < least
        allowed = f"be at least {least}" if few and most >= MOST else f"lie in [{least}, {most}]"
        kind = "" if is_whole else " and be a whole number"
        raise ValueError(f"{name} must {allowed}{kind}, got {short(value)}")
    return int(value)


def whole_text(name: str, value: Any, *, may_be_empty: bool = False) -> str:
    """A text that can be stored.

    Args:
        name: How the message calls it.
        value: A string.
        may_be_empty: Whether it may hold nothing but spaces.

    Raises:
        ValueError: If it is something else, empty, or holds half of a character (a surrogate).
    """
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text, got {short(value)}")
    if not (value.strip() or may_be_empty):
        raise ValueError(f"{name} must not be empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} must hold whole characters, got {short(value)}") from None
    return value


def one_of(name: str, value: Any, known: Sequence[str]) -> None:
    """Refuse a name that is not on a list.

    Raises:
        ValueError: With the list; ``name`` is how the message calls it.
    """
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {short(value)}")


def numpy_generator(generator: Any) -> np.random.Generator:
    """A generator of numpy, as it was given.

    Raises:
        ValueError: If it is anything else, such as a seed, a legacy state or torch's generator.
    """
    if not isinstance(generator, np.random.Generator):
        raise ValueError(
            "generator must be a numpy.random.Generator, such as numpy.random.default_rng(0), "
            f"got {short(generator)}"
        )
    return generator


def require_callable(name: str, value: Any) -> None:
    """Refuse what cannot be called.

    Raises:
        ValueError: If it is no function; ``name`` is what the message calls it.
    """
    if not callable(value):
        raise ValueError(f"{name} must be a function, got {short(value)}")


def require_kind(name: str, value: Any, kind: type) -> None:
    """Refuse what is not of a kind.

    Raises:
        ValueError: If it is not; ``name`` is what the message calls it.
    """
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be of type {kind.__name__}, got {short(value)}")


def all_of(name: str, values: Any, kind: type) -> tuple[Any, ...]:
    """The elements of a list or tuple, all of one kind.

    Raises:
        ValueError: If they are something else; ``name`` is how the message calls them.
    """
    if not isinstance(values, list | tuple):
        raise ValueError(f"{name} must be a list, got {short(values)}")
    for value in values:
        require_kind(f"each of {name}", value, kind)
    return tuple(values)


def short(value: Any) -> str:
    """A value for a message: at most eighty characters, on one line."""
    try:
        text = " ".join(ascii(value).split())
    except Exception:  # an integer of thousands of digits, an object that cannot show itself
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."
