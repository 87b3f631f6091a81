"""Where the claims of this chapter register."""

from traindyn.ledger import Registry

registry = Registry("saddle_to_saddle", "SS")
"""The claims of the chapter: id -> prediction, measurement, controls, verdict."""
