"""What the arguments of a claim may be: numbers, texts and names of a list."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np


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


def require_kind(name: str, value: Any, kind: type) -> None:
    """Refuse what is not of a kind.

    Raises:
        ValueError: If it is not; ``name`` is how the message calls it.
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
    """A value for a message: a few characters of how Python shows it, on one line."""
    try:
        text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    except Exception:  # a huge integer, an object that cannot show itself
        text = f"a value of type {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= 80 else f"{text[:77]}..."
