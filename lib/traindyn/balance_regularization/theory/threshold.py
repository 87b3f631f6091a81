r"""The critical temperature: its weight decay and its corrections of first order in the step."""

from __future__ import annotations

from traindyn.balance_regularization.theory.moments import Moments
from traindyn.balance_regularization.theory.stationary import require_temperature


def critical_temperature(data: Moments, weight_decay: float = 0.0) -> float:
    r""":math:`T_c = (\beta_2 - \gamma) / \alpha_3` with weight decay :math:`\gamma|\theta|^2`.

    Source: sec. 4.2 of the paper; depth 1 only.

    Raises:
        ValueError: If :math:`\gamma` is not in :math:`[0, \beta_2)`, where the net can learn.
    """
    if not 0 <= weight_decay < data.beta2:
        raise ValueError(f"weight_decay must lie in [0, {data.beta2}), got {weight_decay}")
    return (data.beta2 - weight_decay) / data.alpha3


def second_order_critical_temperature(data: Moments, batch_size: int) -> float:
    r"""The paper's second order, :math:`T_c = \beta_2 / (\alpha_3 + S\beta_2^2)`.

    Source: appendix A.3, stated for :math:`S = 1`; the batch size is restored here.
    """
    return data.beta2 / (data.alpha3 + batch_size * data.beta2**2)


def collapse_growth(data: Moments, temperature: float, weight_decay: float = 0.0) -> float:
    r"""Growth rate of :math:`\log v` near zero, :math:`4(\beta_2 - \gamma) - 4T\alpha_3`."""
    return 4 * (data.beta2 - weight_decay - temperature * data.alpha3)


def collapse_growth_of_steps(
    data: Moments,
    temperature: float,
    batch_size: int,
    kurtosis: float,
    *,
    wrong_sign: bool = False,
) -> float:
    r"""Growth rate of :math:`\log v` near zero with the terms of first order in the step.

    The batch mean of :math:`xy` has the mean :math:`\beta_2`, the variance :math:`\alpha_3/S` and
    the fourth central moment :math:`(3 + (\kappa-3)/S)(\alpha_3/S)^2`; the expansion of
    :math:`E\log(1 + 2\eta m)^2/\eta` at fixed :math:`T = \eta/S` adds to
    :func:`collapse_growth`

    .. math:: 4\eta\bigl[-\beta_2^2 + 4\beta_2T\alpha_3
              - 2(3 + (\kappa-3)/S)(T\alpha_3)^2\bigr].

    It vanishes where :func:`step_size_coefficient` puts the threshold. Valid when the third
    central moment of :math:`xy` is negligible. Derived.

    Args:
        data: Moments of the data.
        temperature: :math:`T = \eta/S`, positive.
        batch_size: :math:`S \ge 1`.
        kurtosis: :math:`\kappa \ge 1`; 9/5 for uniform noise.
        wrong_sign: Of :math:`v < 0` in the antibalanced state :math:`u = -w`, where
            :math:`\beta_2` takes the other sign.

    Raises:
        ValueError: If an argument leaves its range.
    """
    require_temperature(temperature)
    step_size_coefficient(batch_size, kurtosis)
    strength = temperature * data.alpha3
    fourth = 3 + (kurtosis - 3) / batch_size
    pull = -data.beta2 if wrong_sign else data.beta2
    bracket = -(pull**2) + 4 * pull * strength - 2 * fourth * strength**2
    return 4 * (pull - strength) + 4 * temperature * batch_size * bracket


def step_size_coefficient(batch_size: int, kurtosis: float) -> float:
    r"""Coefficient :math:`c` of :math:`T_c = \beta_2/(\alpha_3 + c\,\beta_2^2 + \dots)`.

    Expand :math:`E\log(1 + 2\eta m)^2` in the batch mean :math:`m` of :math:`xy`. At the threshold
    :math:`\eta\alpha_3/S \approx \beta_2`, so the square of the mean, the third moment and the
    fourth moment are all of relative order :math:`\beta_2^2/\alpha_3`; together

    .. math:: c = 3S + 2(\kappa - 3),

    with :math:`\kappa` the kurtosis of :math:`xy`. Valid when the third central moment of
    :math:`xy` is negligible, as for :math:`x = \pm 1`. Derived; the paper keeps the first term
    only, :math:`c = S`.

    Args:
        batch_size: :math:`S \ge 1`.
        kurtosis: :math:`\kappa \ge 1`; 9/5 for uniform noise.

    Raises:
        ValueError: If an argument leaves its range.

    >>> round(step_size_coefficient(1, 1.8), 6)
    0.6
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    if not kurtosis >= 1:
        raise ValueError(f"kurtosis must be at least 1, got {kurtosis}")
    return 3 * batch_size + 2 * (kurtosis - 3)
