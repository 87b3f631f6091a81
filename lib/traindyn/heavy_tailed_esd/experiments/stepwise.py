"""Spectrum and top direction after every step of a run."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from traindyn.heavy_tailed_esd.experiments.optimizers import train
from traindyn.heavy_tailed_esd.experiments.spectra import alignment, gram
from traindyn.heavy_tailed_esd.experiments.training_runs import Ensemble

Array = np.ndarray


def stepwise(
    ensemble: Ensemble,
) -> tuple[Float[Array, "times problems inputs"], Float[Array, "times problems"]]:
    """Train on every problem of an ensemble and look at the weights before and after each step.

    Args:
        ensemble: The setting.

    Returns:
        Eigenvalues of W^T W, rising, and the absolute cosine of the eigenvector of the largest one
        and the teacher, from the start to the last step.
    """
    spectra, cosines = [], []
    for replica in range(ensemble.replicas):
        problem, _ = ensemble.problem(replica)
        steps = train(
            problem.student, problem.weights, problem.sample, ensemble.optimizer, ensemble.steps
        )
        grams = [gram(problem.weights), *(gram(step.after) for step in steps)]
        values, vectors = np.linalg.eigh(np.array(grams))
        spectra.append(values)
        cosines.append([alignment(v[:, -1], problem.teacher.direction) for v in vectors])
    return np.stack(spectra, axis=1), np.array(cosines).T
