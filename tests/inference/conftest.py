"""The chance of a binomial count, for tests of error rates."""

from collections.abc import Callable

import pytest
from scipy import stats


@pytest.fixture
def limits() -> Callable[..., tuple[float, float]]:
    def limits(trials: int, low: float, high: float | None = None) -> tuple[float, float]:
        """Counts that a rate between `low` and `high` leaves with probability 1e-6 at most."""
        high = low if high is None else high
        return stats.binom.ppf(5e-7, trials, low), stats.binom.isf(5e-7, trials, high)

    return limits
