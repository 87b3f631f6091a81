"""The spectra of Hessian and noise with a slider over c = N/P."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from traindyn.anisotropic_noise.results.spectra import SpectraRun
from traindyn.interactive import Curve, InteractiveFigure, Panel, Slider
from traindyn.laws import GridLaw
from traindyn.random_matrices import MarchenkoPastur


def aspect_slider(runs: Mapping[float, SpectraRun]) -> InteractiveFigure:
    """Laws and eigenvalues of Hessian and noise, one frame per aspect ratio.

    Args:
        runs: Spectra by aspect ratio, rising.
    """
    aspects = sorted(runs)
    grid = np.linspace(0.01, 4.0, 160)
    edges = np.linspace(0.0, 4.0, 41)

    def panel(
        label: str, spectra: list[np.ndarray], laws: list[MarchenkoPastur] | list[GridLaw]
    ) -> Panel:
        bars = [np.histogram(s, edges)[0] / len(s) / np.diff(edges) for s in spectra]
        return Panel(
            x_label=f"eigenvalue of the {label}",
            y_label="density",
            x_range=(0, 4),
            y_range=(0, 2.5),
            curves=[
                Curve("drawn", edges, np.array(bars), "steps"),
                Curve("predicted", grid, np.array([law.density(grid) for law in laws])),
            ],
        )

    found = [runs[c] for c in aspects]
    return InteractiveFigure(
        title="From many samples to few",
        description=(
            "Two densities of eigenvalues, of the Hessian and of the gradient noise. Both are a "
            "peak at one for few weights per sample. As c grows they widen, the noise three times "
            "as fast in variance."
        ),
        slider=Slider("weights per sample, c", aspects),
        panels=[
            panel("Hessian", [r.hessian for r in found], [r.hessian_law for r in found]),
            panel("noise", [r.noise for r in found], [r.noise_law for r in found]),
        ],
        readouts={
            "variance, Hessian": [f"{r.hessian.var():.3f}" for r in found],
            "predicted, c": [f"{c:.3f}" for c in aspects],
            "variance, noise": [f"{r.noise.var():.3f}" for r in found],
            "predicted, 3c": [f"{3 * c:.3f}" for c in aspects],
        },
        caption=(
            "With many samples both spectra shrink to a point: the noise is the Hessian. With few "
            "samples the noise is far more uneven than the loss."
        ),
    )
