"""Ratios of estimates and of means, with the interval of Fieller.

Nothing is squared that could leave the doubles, and the scatter of a ratio of means is that of its
residuals, so that no digits cancel.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from traindyn.inference.decisions import critical_value
from traindyn.inference.estimates import Estimate, error_of, exact
from traindyn.inference.samples import finite_samples, scaled, spread, unscaled
from traindyn.system.arguments import real_number, require_kind

Array = np.ndarray


def ratio(upper: Estimate, lower: Estimate) -> Estimate:
    r"""Ratio of two independent estimates, with Fieller's interval.

    The interval holds every :math:`r` with :math:`|x - r y| \le q\sqrt{s_x^2 + r^2 s_y^2}`, where
    :math:`q` is Student's quantile for the fewer degrees of freedom of the two. It is the whole
    line where the interval of ``lower`` holds zero.

    Raises:
        ValueError: If ``lower`` is zero, or one is not finite or no estimate.

    Source: E. C. Fieller, J. R. Stat. Soc. B 16 (1954) 175.

    >>> ratio(Estimate(2.0, 0.0), exact(4.0)).value
    0.5
    """
    for name, estimate in (("upper", upper), ("lower", lower)):
        require_kind(name, estimate, Estimate)
        real_number(f"value of {name}", estimate.value)
    value = _quotient(upper.value, lower.value)
    noisy = [estimate for estimate in (upper, lower) if estimate.drawn]
    if not noisy:
        return exact(value)
    freedom = min(estimate.degrees_of_freedom for estimate in noisy)
    y = abs(lower.value)
    own, common = upper.stderr / y, abs(value) * (lower.stderr / y)
    error = math.hypot(own, common)  # of (x - value·y) / y
    shared = common / error if error and math.isfinite(error) else 0.0
    radius = _fieller(error, lower.stderr / y, shared, freedom)
    n = min(estimate.n for estimate in noisy)
    if not any(estimate.stderr for estimate in noisy):
        return Estimate(value, 0.0, n, degrees_of_freedom=freedom)
    return Estimate(value, error_of(max(radius, math.ulp(0.0))), n)


def ratio_of_means(upper: Float[Array, " n"], lower: Float[Array, " n"]) -> Estimate:
    """Ratio of two means over the same replicas, with Fieller's interval for paired samples.

    Args:
        upper: Samples whose mean is divided.
        lower: Samples of the same replicas, by whose mean.

    Raises:
        ValueError: If fewer than two pairs are given, their numbers differ, one is not finite, the
            mean of ``lower`` is zero, or the ratio is beyond the doubles.

    Source: E. C. Fieller, J. R. Stat. Soc. B 16 (1954) 175.

    >>> ratio_of_means(np.array([2.0, 4.0]), np.array([1.0, 2.0])).value
    2.0
    """
    x, y = finite_samples("upper", upper), finite_samples("lower", lower)
    n = len(x)
    if n != len(y):
        raise ValueError(f"lower must have {n} samples as upper has, got {len(y)}")
    constant = spread(x, "upper") == spread(y, "lower") == 0
    (x, up), (y, down) = scaled(x), scaled(y)
    mean = float(y.mean())
    value = _quotient(float(x.mean()), mean)
    rest = x - value * y  # its mean is zero; no digits cancel in its square
    error, share = (spread(z) / math.sqrt(n) / abs(mean) for z in (rest, y))
    shared = float(np.corrcoef(rest, y)[0, 1]) if error and share else 0.0
    radius = _fieller(error, share, shared, n - 1.0)
    value, error = (
        unscaled("upper", part, up - down) if math.isfinite(part) else part
        for part in (value, error_of(radius))
    )
    return Estimate(value, error, n, degrees_of_freedom=n - 1.0 if constant else math.inf)


def _quotient(upper: float, lower: float) -> float:
    if lower == 0 or not math.isfinite(upper / lower):
        raise ValueError(f"lower must not be near zero, got {lower}")
    return upper / lower


def _fieller(error: float, share: float, shared: float, freedom: float) -> float:
    r"""How far Fieller's interval of :math:`r = x / y` reaches to its farther end.

    The distance :math:`d` from :math:`r` obeys
    :math:`(1 - b^2)\,d^2 + 2\rho\,b\,e\,d - e^2 \le 0` with the relative errors
    :math:`e = q\,s_{x - r y} / y` and :math:`b = q\,s_y / y` and their correlation.

    Args:
        error: Standard error of :math:`x - r y`, over :math:`|y|`.
        share: Standard error of :math:`y`, over :math:`|y|`.
        shared: Correlation :math:`\rho` of the two.
        freedom: The degrees of freedom behind the quantile :math:`q`.
    """
    q = Estimate(0.0, 1.0, degrees_of_freedom=freedom).half_width(critical_value())
    b = q * share  # below 1 if the interval of y leaves zero out
    if not b < 1:
        return math.inf if share else 0.0
    shift = abs(shared) * b
    return q * error * (shift + math.hypot(shift, math.sqrt((1 - b) * (1 + b)))) / (1 - b) / (1 + b)
