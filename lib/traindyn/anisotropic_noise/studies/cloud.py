"""What the moving figure shows: networks with two hidden units around their minima."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.results.cloud import Cloud, Clouds
from traindyn.anisotropic_noise.studies.networks import Frozen, draw_ensemble
from traindyn.runs import Context, study

NETWORKS = {"ci": 200, "laptop": 300, "paper": 1200}
SHOWN = 200
"""Networks whose places are kept."""

FLATNESS = (0.5, 0.6, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0)
"""Of the first direction; its singular value is the inverse, and that of the second is 1."""

RATE, BATCH = 0.02, 8
TIMES: dict[Frozen, tuple[float, float]] = {"": (12.0, 4.0), "first": (120.0, 40.0)}
"""Length of a run and of what is not measured of it, in 1/η, by what is frozen: alone, the flattest
direction of the second layer forgets in 16."""

RECORDS = 10
"""Records in a time 1/η."""


@study(stream="cloud")
def clouds(context: Context) -> Clouds:
    """Networks that start at their minimum; every flatness sees the same networks and batches."""
    return Clouds(np.array(FLATNESS), _cloud(context, ""), _cloud(context, "first"))


def _cloud(context: Context, frozen: Frozen) -> Cloud:
    ends = [_end(context, 1 / flatness, frozen) for flatness in FLATNESS]
    return Cloud(
        np.array([places for places, _ in ends]), np.array([squares for _, squares in ends])
    )


def _end(context: Context, value: float, frozen: Frozen) -> tuple[np.ndarray, np.ndarray]:
    """Places at the end and mean squares, for one singular value of the first layer."""
    ensemble = draw_ensemble(
        np.array([value, 1.0]),
        np.ones(1),
        2,
        context.choose(**NETWORKS),
        context.numpy_generator("networks"),
        learning_rate=RATE,
        batch_size=BATCH,
    )
    time, burn = TIMES[frozen]
    scale = ensemble.temperature**0.5
    squares = []
    place = np.zeros((1, 2))
    for step, layers in enumerate(
        ensemble.path(0.0, time, context.numpy_generator("batches"), frozen), 1
    ):
        if step * RATE > burn and step % round(1 / (RECORDS * RATE)) == 0:
            place = ensemble.networks.along(*layers)[1][:, 0] / scale
            squares.append((place**2).mean(axis=0))
    return place[:SHOWN], np.mean(squares, axis=0)
