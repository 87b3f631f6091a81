"""Figures of the chapter: each maps results of claims to one figure."""

from traindyn.hessian_alignment.figures.alignment import error_law, headline, separation
from traindyn.hessian_alignment.figures.emergence import birth, effective, emergence, minibulk
from traindyn.hessian_alignment.figures.full_matrix import counts, whole_matrix
from traindyn.hessian_alignment.figures.moving import moving_spectrum
from traindyn.hessian_alignment.figures.xor import corners, layers, paths

__all__ = [
    "birth",
    "corners",
    "counts",
    "effective",
    "emergence",
    "error_law",
    "headline",
    "layers",
    "minibulk",
    "moving_spectrum",
    "paths",
    "separation",
    "whole_matrix",
]
