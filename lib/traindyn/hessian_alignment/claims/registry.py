"""Where the claims of this chapter register."""

from traindyn.ledger import Registry

registry = Registry("hessian_alignment", "HA")
"""The claims of the chapter: id -> prediction, measurement, controls, verdict."""
