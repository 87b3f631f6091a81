"""Throws of a coin."""

import numpy as np


def heads(generator: np.random.Generator, throws: int) -> np.ndarray:
    """1 for heads and 0 for tails."""
    return generator.integers(2, size=throws).astype(float)
