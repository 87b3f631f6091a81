"""Eigenvalues of drawn matrices."""

import numpy as np
import pytest


@pytest.fixture
def drawn():
    def drawn(samples, inputs, weights=None, seed=0):
        """Eigenvalues of one matrix."""
        g = np.random.default_rng(seed)
        x = g.standard_normal((samples, inputs))
        weighted = x if weights is None else x * weights(g, samples)[:, None]
        return np.linalg.eigvalsh(weighted.T @ x / samples)

    return drawn
