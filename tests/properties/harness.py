"""What a property of a public function is, and how one case of it is decided."""

from __future__ import annotations

import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis.strategies import SearchStrategy

SECONDS_PER_CALL = 20
"""A call that computes longer counts as a hang; calls of these tests take milliseconds."""

CLOCK = 6
"""How many times as long a call may take by the clock: it shares the machine with other work."""

Arguments = tuple[Any, ...]


def close(actual: Any, expected: Any) -> bool:
    """Whether two results agree to nine digits; not-a-number agrees with nothing."""
    one, other = np.asarray(actual), np.asarray(expected)
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-9, atol=1e-12))


@dataclass(frozen=True)
class Property:
    """How a public function is tried.

    Args:
        call: Applies the function to the drawn arguments and returns what is compared. It may build
            objects (a network, a law) from plain drawn data, and it makes its own generators from a
            drawn seed, so that a case can be repeated.
        reference: A slow and obvious implementation on the same arguments.
        ordinary: Arguments that a user may give; the result must agree with the reference.
        wild: Arguments of any kind: other shapes, dtypes and memory layouts, empty, not finite,
            zero, negative, huge. The result must agree with the reference, or the call must raise
            a ``ValueError``.
        agree: How a result is compared with the reference.
    """

    call: Callable[..., Any]
    reference: Callable[..., Any]
    ordinary: SearchStrategy[Arguments]
    wild: SearchStrategy[Arguments]
    agree: Callable[[Any, Any], bool] = close


class HangError(Exception):
    """A call computed longer than ``SECONDS_PER_CALL``, or waited ``CLOCK`` times that."""


@contextmanager
def time_limit() -> Iterator[None]:
    """Raise in a call that does not end."""

    def ring(*_: object) -> None:
        raise HangError

    before = {sign: signal.signal(sign, ring) for sign in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, SECONDS_PER_CALL)
    signal.setitimer(signal.ITIMER_REAL, CLOCK * SECONDS_PER_CALL)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for sign, handler in before.items():
            signal.signal(sign, handler)


def fault_of(tried: Property, arguments: Arguments, *, may_refuse: bool) -> str | None:
    """What is wrong with a case, or None.

    Args:
        tried: The property.
        arguments: Those of the case.
        may_refuse: Whether a ``ValueError`` is right.
    """
    with time_limit(), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            actual = tried.call(*arguments)
        except ValueError as error:
            if not may_refuse:
                return f"refused: {error}"
            return None if str(error) else "a ValueError that says nothing"
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        expected = tried.reference(*arguments)
    return None if tried.agree(actual, expected) else f"got {actual!r}, expected {expected!r}"
