"""Measured tops of blocks beside what exact and naive theory predict for each of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.blocks import Matrix
from traindyn.hessian_alignment.experiments.emergence import Followed
from traindyn.hessian_alignment.results.emergence import Compared, Predicted
from traindyn.hessian_alignment.studies.emergence import Run, followed
from traindyn.hessian_alignment.theory.bbp import BlockSpectrum, block_spectrum, resolved
from traindyn.hessian_alignment.theory.projection import project
from traindyn.runs import Context, study

Array = np.ndarray


@study(stream="HA-12")
def compared(
    context: Context, run: Run, index: int, matrix: Matrix, control: bool = False
) -> Compared:
    """Spectra at one time of a run against exact and, as a control, naive theory."""
    return compare(followed(context, run), index, matrix, control)


def compare(run: Followed, index: int, matrix: Matrix, control: bool = False) -> Compared:
    """Spectra at one time against exact and, as a control, naive theory, block by block.

    Args:
        run: What was followed.
        index: Which of its times.
        matrix: ``hessian`` or ``gradient``.
        control: Whether to ask the naive theory, too.
    """
    trajectory = run.trajectory
    found = run.spectra[index][matrix]
    weights, means = trajectory.weights[index].numpy(), trajectory.mixture.means.numpy()
    replicas, classes = found.values.shape[:2]
    aspect = means.shape[1] / run.samples
    exact: list[BlockSpectrum] = []
    naive: list[BlockSpectrum] = []
    plain = np.empty((replicas, classes))
    for r, x in enumerate(weights):
        seen = project(x, means, trajectory.setting.precision)
        for c in range(classes):
            w = seen.hessian_weights(c) if matrix == "hessian" else seen.gradient_weights(c)
            plain[r, c] = seen.mean(w) / seen.precision * (1 + aspect**0.5) ** 2
            w = resolved(w, seen.shares, run.samples)
            exact.append(block_spectrum(seen, w, aspect))
            if control:
                naive.append(block_spectrum(seen, w, aspect, correlated=False))
    weights = weights[:, :classes]
    first = found.vectors[..., 0]
    norms = (weights**2).sum(axis=-1)
    norms[norms == 0] = np.inf
    inside = (found.vectors * weights[..., None]).sum(axis=2)
    return Compared(
        found.values,
        (inside**2).sum(axis=-1) / norms,
        (first * means[:classes]).sum(axis=-1) ** 2,
        _predicted(exact, weights, means),
        _predicted(naive, weights, means) if control else None,
        plain,
    )


def _predicted(
    spectra: Sequence[BlockSpectrum],
    weights: Float[Array, "replicas classes d"],
    means: Float[Array, "k d"],
) -> Predicted:
    """Predictions of all blocks, class by class and then replica by replica."""
    replicas, classes = weights.shape[:2]
    outliers = np.full((len(spectra), len(means)), np.nan)
    cosines = np.zeros((2, len(spectra)))
    for i, spectrum in enumerate(spectra):
        outliers[i, : len(spectrum.outliers)] = spectrum.outliers
        if len(spectrum.outliers):
            r, c = divmod(i, classes)
            x, places = weights[r, c], range(len(spectrum.outliers))
            inside = sum(spectrum.squared_cosine(place, x) for place in places) if x.any() else 0.0
            cosines[:, i] = inside, spectrum.squared_cosine(0, means[c])
    with_weights, with_mean = cosines.reshape(2, replicas, classes)
    edge = np.array([spectrum.edge for spectrum in spectra]).reshape(replicas, classes)
    return Predicted(edge, outliers.reshape(replicas, classes, -1), with_weights, with_mean)
