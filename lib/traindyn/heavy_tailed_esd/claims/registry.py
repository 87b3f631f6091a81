"""Where the claims of this chapter register."""

from traindyn.ledger import Registry

registry = Registry("heavy_tailed_esd", "HT")
"""The claims of the chapter: id -> prediction, measurement, controls, verdict."""
