"""Where the claims of this chapter register."""

from traindyn.ledger import Registry

registry = Registry("your_own_network", "ON")
"""The claims of the chapter: id -> prediction, measurement, controls, verdict."""
