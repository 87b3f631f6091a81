"""Training from a small start on the digits data, linear or rectified."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, reduce

import numpy as np
from jaxtyping import Float, Int

from traindyn.digits import handwritten_digits
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork

Array = np.ndarray


@dataclass(frozen=True)
class FitRun:
    """How the fit grows along a run.

    Args:
        steps: Numbers of steps at the records.
        singular_values: Of the outputs over all images, divided by the root of their number.
        loss: Half the mean squared error per image.
    """

    steps: Int[Array, " records"]
    singular_values: Float[Array, "records out"]
    loss: Float[Array, " records"]

    def half_time(self, level: float) -> float:
        """Steps until the largest singular value passes a level, between records on a line.

        Raises:
            ValueError: If it never does.
        """
        largest = self.singular_values[:, 0]
        after = int(np.argmax(largest > level))
        if not largest[after] > level > largest[0]:
            raise ValueError(
                f"level must lie between {largest[0]} and {largest.max()}, got {level}"
            )
        return float(np.interp(level, largest[[after - 1, after]], self.steps[[after - 1, after]]))


@cache
def digits_regression(
    stride: int = 3,
) -> tuple[Float[Array, "64 images"], Float[Array, "10 images"]]:
    """Some images of the digits data as a regression: centered pixels, centered classes.

    Pixels are scaled such that an image has mean square norm 1.

    Args:
        stride: Every how many images one is taken; by default every third.
    """
    images, labels = handwritten_digits()
    x = images[::stride].T
    x = x - x.mean(axis=1, keepdims=True)
    x /= np.sqrt((x**2).sum(axis=0).mean())
    y = np.eye(10)[labels[::stride]].T
    return x, y - y.mean(axis=1, keepdims=True)


def random_starts(
    network: LinearNetwork, scale: float, generator: np.random.Generator, count: int
) -> Float[Array, "networks P"]:
    """Independent normal weights of several networks.

    Raises:
        ValueError: If ``scale`` is not positive.
    """
    if not 0 < scale < np.inf:
        raise ValueError(f"scale must be positive and finite, got {scale}")
    return network.random(scale, generator, count)


def train_fits(
    network: LinearNetwork,
    x: Float[Array, "in images"],
    y: Float[Array, "out images"],
    starts: Float[Array, "networks P"],
    steps: Int[Array, " records"],
    *,
    rectified: bool,
    rate: float = 0.5,
) -> list[FitRun]:
    """Gradient descent of several networks on all images.

    Args:
        network: Shape of the networks.
        x: Inputs.
        y: Outputs.
        starts: First weights, one network per row.
        steps: Numbers of steps to record, rising from 0.
        rectified: Whether hidden units are ReLU; otherwise they are linear.
        rate: Learning rate; default 0.5: the images have an operator norm of about 0.15, the fit of
            about 0.3, so that the largest eigenvalue of the Hessian stays below 2 / 0.5.
    """
    layers = [w.copy() for w in network.layers(starts)]
    images, values, losses, step = x.shape[1], [], [], 0
    for stop in steps.tolist():
        while step < stop:
            _step(layers, x, y, rate, rectified)
            step += 1
        outputs = _outputs(layers, x, rectified)
        values.append(np.linalg.svd(outputs, compute_uv=False) / np.sqrt(images))
        losses.append(((outputs - y) ** 2).sum(axis=(1, 2)) / (2 * images))
    columns = zip(np.moveaxis(values, 1, 0), np.transpose(losses), strict=True)
    return [FitRun(np.asarray(steps), np.array(value), np.array(loss)) for value, loss in columns]


def _outputs(layers: list[Array], x: Array, rectified: bool) -> Array:
    if not rectified:
        return np.asarray(reduce(lambda a, w: w @ a, layers) @ x)
    hidden = x
    for w in layers[:-1]:
        hidden = np.maximum(w @ hidden, 0.0)
    return np.asarray(layers[-1] @ hidden)


def _step(layers: list[Array], x: Array, y: Array, rate: float, rectified: bool) -> None:
    """One step of gradient descent of every network, in place."""
    hidden = [x]
    for w in layers[:-1]:
        z = w @ hidden[-1]
        hidden.append(np.maximum(z, 0.0) if rectified else z)
    back = (layers[-1] @ hidden[-1] - y) / x.shape[1]
    for level in range(len(layers) - 1, -1, -1):
        gradient = back @ hidden[level].mT
        if level:
            back = layers[level].mT @ back
            if rectified:
                back *= hidden[level] > 0
        layers[level] -= rate * gradient
