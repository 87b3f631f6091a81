r"""Spectra of large sample covariances: equal samples in closed form, weighted samples by a solver.

Both are limits of :math:`\frac1P\sum_\mu t_\mu x_\mu x_\mu^\top` with N independent inputs of mean
0 and variance 1 and P samples, for :math:`N, P \to \infty` at a fixed *aspect*
:math:`\gamma = N/P`. The weights t are independent of the inputs. At finite size the distribution
functions differ by about :math:`\log(N)/N`, the largest eigenvalue from its edge by about
:math:`N^{-2/3}`.

* ``marchenko_pastur``: equal weights;
* ``weighted``: any finite law of weights, and the edge of its spectrum;
* ``spikes``: one direction of larger variance; how many eigenvalues stand out.
"""

from traindyn.random_matrices.marchenko_pastur import MarchenkoPastur
from traindyn.random_matrices.spikes import count_outliers, spiked
from traindyn.random_matrices.weighted import Weights, stieltjes, weighted_edge, weighted_law

__all__ = [
    "MarchenkoPastur",
    "Weights",
    "count_outliers",
    "spiked",
    "stieltjes",
    "weighted_edge",
    "weighted_law",
]
