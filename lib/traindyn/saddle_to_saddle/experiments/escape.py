"""The first escape from the origin, followed and measured."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork

Array = np.ndarray


@dataclass(frozen=True)
class Escape:
    """A network at the moment when its matrix has a given operator norm.

    Args:
        network: Its shape.
        theta: Its parameters.
        time: The time since the start.
    """

    network: LinearNetwork
    theta: Float[Array, " P"]
    time: float

    @property
    def a(self) -> Float[Array, "out in"]:
        """The matrix."""
        return self.network.product(self.theta)

    def angles(self, u: Float[Array, "2 out"], v: Float[Array, "2 in"]) -> tuple[float, float]:
        """Angles of the top singular vectors to the first of two orthonormal ones, in radians.

        They are measured in the plane of the two, so that other directions do not count.
        """
        left, _, right = np.linalg.svd(self.a)
        return _angle(u @ left[:, 0]), _angle(v @ right[0])

    @property
    def layer_ratio(self) -> float:
        """Second over first singular value, the largest over the layers."""
        spectra = [np.linalg.svd(w, compute_uv=False) for w in self.network.layers(self.theta)]
        return max(float(s[1] / s[0]) for s in spectra)

    @property
    def misalignment(self) -> float:
        """One minus the cosine between what a layer writes and the next reads, the largest."""
        svd = [np.linalg.svd(w) for w in self.network.layers(self.theta)]
        return max(float(1 - abs(after[2][0] @ before[0][:, 0])) for before, after in pairwise(svd))

    @property
    def norm_spread(self) -> float:
        """Largest over smallest operator norm of the layers, minus one."""
        norms = [np.linalg.norm(w, 2) for w in self.network.layers(self.theta)]
        return float(max(norms) / min(norms) - 1)

    def distance_to_path(self, u: Float[Array, " out"], v: Float[Array, " in"]) -> float:
        r"""Distance to a balanced network of width one with the same operator norm.

        Its layers are :math:`c\, q_l q_{l-1}^\top` with :math:`c^L` the norm, :math:`q_0 = v`,
        :math:`q_L = u`, and hidden unit vectors :math:`q_l` along what the network sends there.
        """
        size = float(np.linalg.norm(self.a, 2)) ** (1 / self.network.depth)
        layers = self.network.layers(self.theta)
        vector, total = v, 0.0
        for level, w in enumerate(layers):
            sent = w @ vector
            last = level == len(layers) - 1
            after = u * np.sign(u @ sent) if last else sent / np.linalg.norm(sent)
            total += float(np.linalg.norm(w - size * np.outer(after, vector)) ** 2)
            vector = after
        return float(np.sqrt(total))


def _angle(parts: Array) -> float:
    cosine, sine = np.abs(parts)
    return float(np.arctan2(sine, cosine))


def climb(
    network: LinearNetwork,
    direction: Float[Array, "out in"],
    starts: Float[Array, "replicas P"],
    sweeps: int,
    frozen: int = 0,
) -> Float[Array, "replicas P"]:
    r"""Ascent of :math:`\langle G, W_L \cdots W_1\rangle` on the unit sphere.

    Each sweep adds the gradient to the parameters, in steps of 0.3 over the speed of escape, and
    normalizes: the directions of the flow near the origin, whatever its speed.

    Args:
        network: Shape of the networks.
        direction: The matrix G.
        starts: Parameters, one network per row; their norm does not matter.
        sweeps: Number of sweeps.
        frozen: Number of layers, the last ones, that keep their direction.
    """
    moving = np.ones(network.size)
    moving[network.offsets[network.depth - frozen] :] = 0.0
    theta = starts / np.linalg.norm(starts, axis=1, keepdims=True)
    step = 0.3 * network.depth ** (network.depth / 2 - 1) / np.linalg.norm(direction, 2)
    directions = np.broadcast_to(direction, (len(theta), *direction.shape))
    for _ in range(sweeps):
        theta = theta + step * moving * network.gradient(theta, directions)
        theta /= np.linalg.norm(theta, axis=1, keepdims=True)
    return theta
