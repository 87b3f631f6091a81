"""Settings that all tests share."""

from hypothesis import settings

# The same examples on every run, and no time limit per example: a busy machine is not a failure.
settings.register_profile("traindyn", deadline=None, derandomize=True)
settings.load_profile("traindyn")
