"""Settings that all tests share."""

import os

import jaxtyping
import pytest
from hypothesis import settings

from bookbuild.plugin import THREAD_LIMITS

# One thread, as in the chapters: two threads that wait for each other on a busy machine make small
# tensors twenty times slower.
for name in THREAD_LIMITS:
    os.environ.setdefault(name, "1")

# The same examples on every run, and no time limit per example: a busy machine is not a failure.
settings.register_profile("traindyn", deadline=None, derandomize=True)
settings.load_profile("traindyn")


@pytest.fixture
def unchecked():
    """Lets arguments of a wrong type through to the function's own validation."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
