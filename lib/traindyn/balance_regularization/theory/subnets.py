r"""Death of a subnet whose product has the minority sign, in nets of depth 2 and more."""

from __future__ import annotations

import math

from scipy import integrate

from traindyn.balance_regularization.theory.depth import require_net


def minority_clock(
    start: float, noise_rate: float, coupling: float, depth: int, time: float
) -> float:
    r"""The :math:`z = |v_2|^{-a}` of a dying subnet of the minority sign, depth :math:`D \ge 2`.

    With :math:`v_1 > 0 > v_2`, :math:`z_1 + z_2` grows by :math:`2D(D-1)Tg\,(1/z_1 + 1/z_2)` per
    unit of time while :math:`z_1` is stationary, so on average

    .. math:: \dot z = 2D(D-1)\,Tg\,\bigl(E\,v_1^a + 1/z\bigr),

    and :math:`|v_2| \sim t^{-(D+1)/(D-1)}`. Derived.

    Args:
        start: :math:`z > 0` at the beginning.
        noise_rate: :math:`Tg > 0`, for noise that does not depend on the state.
        coupling: :math:`E\,v_1^a > 0` of the surviving subnet.
        depth: :math:`D \ge 2`.
        time: Time elapsed, positive.

    Returns:
        :math:`z` at the end.

    Raises:
        ValueError: If ``depth`` is below 2 or an argument that must be positive is not.
    """
    require_net(depth, 1, shallowest=2)
    for name, value in (
        ("start", start),
        ("noise_rate", noise_rate),
        ("coupling", coupling),
        ("time", time),
    ):
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} must be positive and finite, got {value}")
    speed = 2 * depth * (depth - 1) * noise_rate
    path = integrate.solve_ivp(
        lambda _, z: speed * (coupling + 1 / z), (0, time), [start], rtol=1e-9
    )
    return float(path.y[0, -1])
