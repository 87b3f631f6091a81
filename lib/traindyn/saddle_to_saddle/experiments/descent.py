r"""Gradient descent of many networks at once, :math:`\theta \leftarrow \theta - \eta \nabla C`."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from traindyn.saddle_to_saddle.experiments.costs import Cost
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, backward, forward

Array = np.ndarray


def descend(
    network: LinearNetwork,
    cost: Cost,
    start: Float[Array, "*batch P"],
    learning_rate: float,
    record: Int[Array, " times"],
    precision: type[np.floating] = np.float64,
) -> Float[Array, "times *batch P"]:
    """Parameters of every network of the batch after given numbers of steps.

    Args:
        network: Shape of the networks.
        cost: What they descend.
        start: Parameters before the first step, one network per row.
        learning_rate: Learning rate η, positive.
        record: Numbers of steps to record, rising integers from 0; :func:`logarithmic_steps` makes
            some.
        precision: Type of the parameters; ``float32`` shows what single precision does.

    Raises:
        ValueError: If ``record`` is not rising or ``learning_rate`` is not positive.
        FloatingPointError: If a network diverges: the learning rate is beyond twice the inverse of
            the largest eigenvalue of its Hessian. The message names the last finite record.
    """
    if not 0 < learning_rate < np.inf:
        raise ValueError(f"learning_rate must be positive and finite, got {learning_rate}")
    record = np.asarray(record)
    if record.ndim != 1 or record[0] < 0 or (np.diff(record) <= 0).any():
        raise ValueError(f"record must rise from at least 0, got {record}")
    theta = np.array(start, dtype=precision)
    gradient = np.empty_like(theta)
    layers, slots = network.layers(theta), network.layers(gradient)
    result = np.empty((len(record), *theta.shape), dtype=precision)
    step = 0
    for i, stop in enumerate(record):
        for _ in range(int(stop) - step):
            products = forward(layers)
            backward(layers, products, cost.gradient(products[-1]), slots)
            gradient *= learning_rate
            theta -= gradient
        step = int(stop)
        if not np.isfinite(theta).all():
            raise FloatingPointError(
                f"learning_rate {learning_rate} diverges between steps "
                f"{0 if i == 0 else record[i - 1]} and {stop}"
            )
        result[i] = theta
    return result


def runge_kutta(
    network: LinearNetwork,
    cost: Cost,
    start: Float[Array, "*batch P"],
    step: float,
    record: Int[Array, " times"],
    order: int = 4,
) -> Float[Array, "times *batch P"]:
    """Gradient flow of every network of the batch, by steps of one size.

    Args:
        network: Shape of the networks.
        cost: What they descend.
        start: Parameters at time 0.
        step: Size of a step, positive.
        record: Numbers of steps to record, rising integers from 0.
        order: 4 for the classical method of Runge and Kutta, 2 for that of Heun.

    Raises:
        ValueError: If ``order`` is another number.
    """
    if order not in (2, 4):
        raise ValueError(f"order must be 2 or 4, got {order}")

    def slope(theta: Array) -> Array:
        return -network.gradient(theta, cost.gradient(network.product(theta)))

    theta, found, done = np.array(start, dtype=float), [], 0
    for stop in record.tolist():
        for _ in range(stop - done):
            first = slope(theta)
            if order == 2:
                theta = theta + step / 2 * (first + slope(theta + step * first))
                continue
            second = slope(theta + step / 2 * first)
            third = slope(theta + step / 2 * second)
            last = slope(theta + step * third)
            theta = theta + step / 6 * (first + 2 * (second + third) + last)
        done = stop
        found.append(theta)
    return np.array(found)


def logarithmic_steps(last: int, per_decade: int = 40) -> Int[Array, " times"]:
    """Numbers of steps to record: 0, then about evenly spaced on a logarithmic axis up to ``last``.

    Raises:
        ValueError: If ``last`` or ``per_decade`` is below 1.

    >>> logarithmic_steps(100, per_decade=1)
    array([  0,   1,  10, 100])
    """
    if last < 1:
        raise ValueError(f"last must be at least 1, got {last}")
    if per_decade < 1:
        raise ValueError(f"per_decade must be at least 1, got {per_decade}")
    count = int(np.ceil(np.log10(last) * per_decade)) + 1
    steps = np.round(np.geomspace(1, last, max(count, 2))).astype(int)
    return np.concatenate([[0], np.unique(steps)])
