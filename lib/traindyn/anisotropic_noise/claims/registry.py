"""Where the claims of this chapter register."""

from traindyn.ledger import Registry

registry = Registry("anisotropic_noise", "AN")
"""The claims of the chapter: id -> prediction, measurement, controls, verdict."""
