r"""Gradient flow :math:`\dot\theta = -\nabla C(A_\theta)` with an adaptive solver.

The plateaus of the flow last longer the smaller the start, and gradient descent with a fixed rate
pays for every unit of time. An adaptive solver does not. Where the first learned mode makes the
flow stiff, an implicit one with the exact Jacobian goes on with long steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.integrate import solve_ivp

from traindyn.saddle_to_saddle.experiments.costs import Cost
from traindyn.saddle_to_saddle.experiments.hessian import hessian
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, backward, forward

Array = np.ndarray
Event = Callable[[Array], float]
"""A function of A that changes its sign where something happens."""

Velocity = Callable[[float, Array], Array]
Crossing = Callable[[float, Array], float]
"""What the solver calls: the velocity of its state, and an event."""


@dataclass(frozen=True)
class Path:
    """A recorded path of one network.

    Args:
        network: Its shape.
        cost: What it descends.
        times: Times of the record, rising; steps times learning rate for gradient descent.
        theta: Parameters at these times.
        event_theta: Parameters at the first time of each event, None where it did not happen.
        event_times: The times, infinite where it did not happen.
    """

    network: LinearNetwork
    cost: Cost
    times: Float[Array, " times"]
    theta: Float[Array, "times P"]
    event_times: tuple[float, ...] = ()
    event_theta: tuple[Array | None, ...] = ()

    def of(self, cost: Cost) -> Path:
        """The same path seen by another cost."""
        return replace(self, cost=cost)

    @property
    def a(self) -> Float[Array, "times out in"]:
        """The matrices along the path."""
        return self.network.product(self.theta)

    @property
    def loss(self) -> Float[Array, " times"]:
        """The cost along the path."""
        return self.cost.value(self.a)

    @property
    def gradient_norm(self) -> Float[Array, " times"]:
        """Norm of the gradient by the parameters along the path."""
        gradient = self.network.gradient(self.theta, self.cost.gradient(self.a))
        return np.linalg.norm(gradient, axis=-1)

    @property
    def singular_values(self) -> Float[Array, "times rank"]:
        """Singular values of the matrices along the path, largest first."""
        return np.linalg.svd(self.a, compute_uv=False)


def singular_value_reaches(index: int, level: float) -> Event:
    """The event that the singular value number ``index`` (1 is the largest) passes a level."""
    if index < 1:
        raise ValueError(f"index must be at least 1, got {index}")
    return lambda a: float(np.linalg.svd(a, compute_uv=False)[index - 1] - level)


def flow(
    network: LinearNetwork,
    cost: Cost,
    start: Float[Array, " P"],
    horizon: float,
    *,
    times: Float[Array, " times"] | None = None,
    method: Literal["DOP853", "LSODA", "BDF", "RK45", "Radau"] = "DOP853",
    relative_tolerance: float = 1e-9,
    absolute_tolerance: float | None = None,
    events: tuple[Event, ...] = (),
    stop_at_last_event: bool = False,
) -> Path:
    """Follow gradient flow from a start.

    Args:
        network: Shape of the network.
        cost: What the flow descends.
        start: Parameters at time 0.
        horizon: Time at which it ends, positive.
        times: Times to record, rising from 0 to at most ``horizon``; default: the solver's steps.
        method: Solver of ``scipy.integrate.solve_ivp``. ``DOP853`` is explicit; ``LSODA``, ``BDF``
            and ``Radau`` get the exact Jacobian, and pay off once the largest eigenvalue of the
            Hessian times the horizon passes about 1e5.
        relative_tolerance: Relative error per step.
        absolute_tolerance: Absolute error per step; default: ``1e-13`` times the largest start
            weight, for an error that is not small against the start erases the modes that wait.
        events: Functions of A whose first upward crossing of zero is recorded.
        stop_at_last_event: End the flow at the first crossing of the last event.

    Raises:
        ValueError: If the start has another size or is not finite or zero, or a number leaves its
            range.
        RuntimeError: If the solver gives up; the message holds the time it reached.
    """
    start = np.asarray(start, dtype=float)
    if start.shape != (network.size,) or not np.isfinite(start).all() or not start.any():
        raise ValueError(
            f"start must be {network.size} finite numbers, not all zero, got shape {start.shape}"
        )
    if not 0 < horizon < np.inf:
        raise ValueError(f"horizon must be positive and finite, got {horizon}")
    if absolute_tolerance is None:
        absolute_tolerance = 1e-13 * float(np.abs(start).max())

    implicit = method in ("LSODA", "BDF", "Radau")

    def velocity(_: float, theta: Array) -> Array:
        layers, result = network.layers(theta), np.empty_like(theta)
        products = forward(layers)
        backward(layers, products, -cost.gradient(products[-1]), network.layers(result))
        return result

    def event(function: Event, last: bool) -> Crossing:
        def crossing(_: float, state: Array) -> float:
            return function(network.product(state))

        return _rising(crossing, terminal=last and stop_at_last_event)

    crossings = [event(e, i == len(events) - 1) for i, e in enumerate(events)]
    solution = solve_ivp(
        velocity,
        (0.0, horizon),
        start,
        method=method,
        t_eval=times,
        rtol=relative_tolerance,
        atol=absolute_tolerance,
        events=crossings or None,
        **({"jac": lambda _, theta: -hessian(network, cost, theta)} if implicit else {}),
    )
    if solution.status < 0:
        raise RuntimeError(f"{method} gave up at time {solution.t[-1]}: {solution.message}")
    states = [y[0] if len(y) else None for y in (solution.y_events or [])[: len(events)]]
    moments = [t[0] if len(t) else np.inf for t in (solution.t_events or [])[: len(events)]]
    return Path(
        network,
        cost,
        solution.t,
        solution.y.T,
        tuple(float(moment) for moment in moments),
        tuple(states),
    )


def _rising(crossing: Crossing, *, terminal: bool) -> Crossing:
    """Mark an event of the solver: upward, and whether it ends the flow."""
    crossing.direction = 1.0  # type: ignore[attr-defined]
    crossing.terminal = terminal  # type: ignore[attr-defined]
    return crossing
