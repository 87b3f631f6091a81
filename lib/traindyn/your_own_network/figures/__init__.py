"""Figures of the chapter: each maps results of claims to one figure."""

from traindyn.your_own_network.figures.lenses import (
    alignment,
    balance,
    escapes,
    indices,
    noise,
    stages,
)
from traindyn.your_own_network.figures.moving import moving

__all__ = ["alignment", "balance", "escapes", "indices", "moving", "noise", "stages"]
