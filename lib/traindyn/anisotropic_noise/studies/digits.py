"""Study of the last layer of networks that are trained on the digits data."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.digits import LastLayer, train
from traindyn.anisotropic_noise.experiments.sampling import Sampling
from traindyn.anisotropic_noise.results.digits import WindowedLayers
from traindyn.runs import Context, study

NETWORKS = {"ci": 20, "laptop": 24, "paper": 192}
STEPS, WINDOWS = 8000, (800, 4000)
RATE, BATCH = 0.05, 10


@study(stream="AN-20")
def windowed_layers(
    context: Context, *, sampling: Sampling = "replacement", freeze_first: bool = False
) -> dict[int, WindowedLayers]:
    """Variances of the last layer by window, along pairs of singular vectors and components."""
    generator = context.numpy_generator(f"{sampling}" + ", frozen" * freeze_first)
    share = 0.5 if sampling == "epochs" else 1.0  # epochs are shown, and decide nothing
    found = train(
        STEPS,
        WINDOWS,
        round(context.choose(**NETWORKS) * (2 if freeze_first else share)),
        generator,
        learning_rate=RATE,
        batch_size=BATCH,
        sampling=sampling,
        freeze_first=freeze_first,
    )
    return {window: _windowed(layer) for window, layer in found.items()}


def _windowed(layer: LastLayer) -> WindowedLayers:
    outputs, hidden = layer.second.shape[1:]
    u, b, _ = np.linalg.svd(layer.second, full_matrices=False)
    h, v = np.linalg.eigh(layer.hidden)
    blocks = layer.covariance.reshape(-1, outputs, hidden, outputs, hidden)
    pairs = np.einsum("roj,rki,rokpl,rpj,rli->rji", u, v, blocks, u, v, optimize=True)
    values, axes = np.linalg.eigh(layer.covariance)
    components = axes[..., ::-1].reshape(-1, outputs, hidden, outputs * hidden)
    curvature = np.einsum("rokd,rkl,rold->rd", components, layer.hidden, components, optimize=True)
    return WindowedLayers(
        curvature=h,
        second_values=b,
        temperature=RATE * layer.residual_variance / (2 * BATCH),
        pairs=pairs,
        components=values[:, ::-1],
        component_curvature=curvature,
    )
