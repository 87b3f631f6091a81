"""Settings that all tests share."""

import jaxtyping
import pytest
from hypothesis import settings

# The same examples on every run, and no time limit per example: a busy machine is not a failure.
settings.register_profile("traindyn", deadline=None, derandomize=True)
settings.load_profile("traindyn")


@pytest.fixture
def unchecked():
    """Lets arguments of a wrong type through to the function's own validation."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
