"""The number of cases, and functions as a user calls them: without the tests' check of types."""

from __future__ import annotations

import jaxtyping
import pytest


@pytest.fixture(autouse=True)
def as_a_user_calls_it(monkeypatch):
    """Bad arguments must reach the function's own validation, and no setting is made."""
    for name in ("TRAINDYN_SCALE", "TRAINDYN_SEED", "TRAINDYN_BUILD"):
        monkeypatch.delenv(name, raising=False)
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
