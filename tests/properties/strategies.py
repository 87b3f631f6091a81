"""Arguments that users give, and arguments that nobody should give."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

SPECIAL = (
    float("nan"),
    float("inf"),
    -float("inf"),
    0.0,
    -0.0,
    5e-324,
    1e-310,
    1e-200,
    1e-16,
    -1.0,
    1e16,
    1e200,
    1.7e308,
    -1.7e308,
)
"""Numbers at which arithmetic changes its manners."""

DTYPES = ("f8", "f4", "f2", "i8", "i4", "u1", "?", "c16", "O", ">f8", "longdouble")

NO_NUMBERS = (None, "1", "", 1j, True, [1.0], {}, object, np.bool_(True), np.array([1, 2]), b"1")
"""What is no real number."""

seeds = st.integers(0, 2**32 - 1)
"""Seeds of a generator that a call makes for itself."""

generators = st.sampled_from([None, 0, "seed", np.random, np.random.RandomState(0)])
"""What is no generator."""


def numbers(low: float, high: float) -> SearchStrategy[float]:
    """Ordinary numbers in a range, simple ones first."""
    return st.floats(low, high, allow_nan=False, allow_subnormal=False)


def any_number() -> SearchStrategy[Any]:
    """Numbers of every size and kind, and what is none."""
    return st.one_of(
        st.sampled_from(SPECIAL),
        st.sampled_from(NO_NUMBERS),
        st.floats(),
        st.integers(),
        numbers(-9, 9).map(np.float32),
        st.integers(-9, 9).map(np.int64),
        numbers(-9, 9).map(np.array),
        st.sampled_from([10**400, -(10**400)]),
    )


def any_count() -> SearchStrategy[Any]:
    """Whole numbers, and what is none; huge ones must be refused before they are obeyed."""
    return st.one_of(
        st.sampled_from([10**18, 10**400, -1, 0, 1, 2.0, 2.5]),
        st.sampled_from(NO_NUMBERS),
        st.sampled_from(SPECIAL),
        st.integers(-3, 30),
        st.integers(0, 30).map(np.int64),
    )


@st.composite
def samples(draw: Any, least: int, most: int, shape: tuple[int, ...] = ()) -> np.ndarray:
    """Real arrays from one of the laws that data have, with repeated values now and then."""
    n = draw(st.integers(least, most))
    generator = np.random.default_rng(draw(seeds))
    law = draw(st.sampled_from(["normal", "pareto", "uniform", "lognormal", "rounded", "whole"]))
    size = (n, *shape)
    if law == "pareto":
        return generator.pareto(draw(st.sampled_from([0.3, 1.0, 3.0])), size) + 1
    if law == "uniform":
        return generator.random(size)
    if law == "lognormal":
        return generator.lognormal(sigma=draw(st.sampled_from([0.1, 1.0, 3.0])), size=size)
    if law == "rounded":
        return np.round(generator.exponential(size=size) + 1, 1)
    if law == "whole":
        return generator.integers(1, 9, size).astype(float)
    return generator.normal(size=size)


def positive(least: int, most: int) -> SearchStrategy[np.ndarray]:
    """Positive samples, as the eigenvalues of a covariance are."""
    return samples(least, most).map(lambda x: np.abs(x) + 1e-3)


@st.composite
def mistreated(draw: Any, arrays: SearchStrategy[np.ndarray]) -> Any:
    """Arrays as they reach a function: other units, dtypes, shapes and layouts, odd entries."""
    array = np.array(draw(arrays))
    with np.errstate(all="ignore"):
        array = array * draw(
            st.sampled_from([1.0, 1.0, 1.0, 1e-300, 1e-200, 1e-9, 1e9, 1e200, 1e300])
        )
    for value in draw(st.lists(st.sampled_from(SPECIAL), max_size=2)):
        if array.size:
            array.flat[draw(st.integers(0, array.size - 1))] = value
    if draw(st.integers(0, 3)) == 0:
        with np.errstate(all="ignore"):
            array = array.astype(draw(st.sampled_from(DTYPES)))
    return laid_out(array, draw(st.sampled_from(LAYOUTS)))


LAYOUTS = (
    *("as it is", "read-only", "reversed", "every second", "list", "fortran"),
    *("masked", "empty", "two axes", "one number", "ragged", "none"),
)


def laid_out(array: np.ndarray, layout: str) -> Any:
    """The same numbers in another layout, or in a shape that does not fit."""
    if layout == "read-only":
        array = array.copy()
        array.flags.writeable = False
    if layout == "reversed":
        return array[::-1]
    if layout == "every second":
        return np.repeat(array, 2, axis=0)[::2]
    if layout == "list":
        return array.tolist()
    if layout == "fortran":
        return np.asfortranarray(array)
    if layout == "masked":
        return np.ma.masked_array(array, mask=np.arange(array.size).reshape(array.shape) == 0)
    if layout == "empty":
        return array[:0]
    if layout == "two axes":
        return array[:, None]
    if layout == "one number":
        return array.flat[0] if array.size else array
    if layout == "ragged":
        return [1.0, [2.0, 3.0]]
    return None if layout == "none" else array
