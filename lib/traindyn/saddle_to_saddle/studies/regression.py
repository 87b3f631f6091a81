"""Paths of a regression whose inputs are not white: where they leave to, and where they rest."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.costs import Regression
from traindyn.saddle_to_saddle.experiments.flow import Path
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.plateaus import RegressionRun
from traindyn.saddle_to_saddle.studies.plateaus import SIZE, follow, rests

Array = np.ndarray

SAMPLES = 60
VARIANCES = (2.5, 1.4, 0.8, 0.4)
"""Of the inputs, along directions of their own."""

TEACHER, NOISE = (2.0, 0.8, 0.3), 0.3
"""Singular values of the teacher, and standard deviation of what is added to its outputs."""


@study(stream="SS-14")
def regression(context: Context, depth: int, scale: float) -> RegressionRun:
    """The path of a regression, and what becomes of it with other inputs."""
    x, y = _data(context.numpy_generator("data"))
    cost = Regression(x, y)
    u, s, vt = np.linalg.svd(cost.cross_moment)
    fit = cost.cross_moment @ np.linalg.inv(cost.input_moment)
    white = Regression(np.sqrt(SAMPLES) * np.linalg.svd(x, full_matrices=False)[2], y)
    kept = Regression(np.outer(vt[0], vt[0]) @ x, y)
    path, whitened, narrow = (
        follow(c, depth, scale, float(smallest), context.numpy_generator(f"L{depth}"))
        for c, smallest in ((cost, s[2]), (white, s[2]), (kept, s[0]))
    )
    return RegressionRun(
        x,
        y,
        rests(path, scale, float(np.linalg.norm(fit, 2))),
        _angle(_tip(path), u[:, 0]),
        _angle(_tip(whitened), u[:, 0]),
        _angle(np.linalg.svd(fit @ x)[0][:, 0], u[:, 0]),
        float(narrow.loss[-1]),
    )


def _data(generator: np.random.Generator) -> tuple[Array, Array]:
    """Inputs with unequal variances along random axes, and outputs of a noisy linear teacher."""
    x = np.sqrt(np.array(VARIANCES))[:, None] * generator.standard_normal((SIZE, SAMPLES))
    mixing = np.linalg.qr(generator.standard_normal((SIZE, SIZE)))[0]
    x = mixing @ x
    teacher = random_target(TEACHER, SIZE, generator)
    return x, teacher @ x + NOISE * generator.standard_normal((SIZE, SAMPLES))


def _tip(path: Path) -> Array:
    """Top left singular vector of the matrix when it has a thousandth of its final size."""
    norms = np.linalg.norm(path.a, 2, axis=(1, 2))
    early = int(np.argmax(norms > 1e-3 * norms.max()))
    return np.asarray(np.linalg.svd(path.a[early])[0][:, 0])


def _angle(one: Array, other: Array) -> float:
    """Angle between the lines of two unit vectors, in degrees."""
    return float(np.degrees(np.arccos(min(1.0, abs(one @ other)))))
