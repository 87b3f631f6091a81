r"""The first full-batch step in the limit of large n, d and h: its size, its rank, its spike.

With :math:`r = y - f_0(X)` the gradient averages the inputs with the residuals; replacing every
slope :math:`\sigma'` of a hidden unit by its mean :math:`c_1` leaves a matrix of rank one,

.. math:: -G_0 \approx \frac{2 c_1}{\sqrt{hd}}\, a\, x_r^\top , \qquad x_r = X^\top r / n .

The loss is the mean squared error, so that its derivative carries the factor 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy import special

from traindyn.heavy_tailed_esd.theory.bulk import TRACY_WIDOM_MEAN, top_law
from traindyn.heavy_tailed_esd.theory.spike import critical_strength

TWO_OVER_PI = 2 / math.pi


@dataclass(frozen=True)
class Constants:
    """Gaussian means of student and teacher: z is standard normal, s(z) = log(1 + e^z).

    Args:
        slope: Mean c₁ of tanh'.
        slope_variance: Variance v₁ of tanh'.
        slope_curvature: Mean c₃ of tanh‴.
        output: Mean of tanh², the second moment of the untrained network.
        teacher_slope: Mean of s', the weight of the linear part of the teacher.
        teacher: Mean of s².
    """

    slope: float
    slope_variance: float
    slope_curvature: float
    output: float
    teacher_slope: float
    teacher: float


@lru_cache(maxsize=1)
def constants(nodes: int = 150) -> Constants:
    """The constants by Gauss-Hermite quadrature.

    >>> found = constants()
    >>> round(found.slope, 5), round(found.slope_variance, 5), round(found.output, 5)
    (0.60571, 0.09752, 0.39429)
    >>> round(found.teacher_slope, 9)  # s(z) - s(-z) = z
    0.5
    """
    z, weight = special.roots_hermitenorm(nodes)
    weight = weight / weight.sum()
    slope = 1 - np.tanh(z) ** 2
    mean = float(weight @ slope)
    return Constants(
        slope=mean,
        slope_variance=float(weight @ slope**2) - mean**2,
        slope_curvature=float(weight @ (slope * (z**2 - 1))),
        output=float(weight @ np.tanh(z) ** 2),
        teacher_slope=float(weight @ special.expit(z)),
        teacher=float(weight @ np.logaddexp(0.0, z) ** 2),
    )


@dataclass(frozen=True)
class FirstStep:
    r"""The first step at given ratios of n, d and h.

    Args:
        load: Inputs per sample d/n, positive.
        aspect: Hidden units per input γ = h/d, positive.
        noise: Standard deviation ρ of the label noise, not negative.

    Raises:
        ValueError: If an argument leaves its range.

    Source: derived here from the setting of the paper; its Theorem 4.1 gives the order of the norm
    of Adam's first step.

    >>> step = FirstStep(load=0.5, aspect=1.5)
    >>> round(step.pull**2, 3), round(step.sign_norm, 4), round(step.gd_threshold, 3)
    (1.32, 0.8244, 1.26)
    """

    load: float
    aspect: float
    noise: float = 0.3

    def __post_init__(self) -> None:
        for name, value in (("load", self.load), ("aspect", self.aspect)):
            if not 0 < value < math.inf:
                raise ValueError(f"{name} must lie in (0, inf), got {value}")
        if not 0 <= self.noise < math.inf:
            raise ValueError(f"noise must be finite and at least 0, got {self.noise}")

    @cached_property
    def residual(self) -> float:
        r"""Second moment of the residual, :math:`E r^2 = E s^2 + \rho^2 + E\tanh^2`."""
        return constants().teacher + self.noise**2 + constants().output

    @cached_property
    def pull(self) -> float:
        r"""Length of :math:`x_r`.

        Its mean is :math:`c_*\beta - c_1\bar w` with :math:`\bar w = W_0^\top a/\sqrt{hd}` of
        length 1 and :math:`c_* = E s'`; the sampling noise of n residuals adds
        :math:`E r^2\, d/n`:

        .. math:: |x_r|^2 \to c_*^2 + c_1^2 + E r^2\, d/n .
        """
        c = constants()
        return math.sqrt(c.teacher_slope**2 + c.slope**2 + self.residual * self.load)

    @cached_property
    def slope_scatter(self) -> float:
        r"""Squared Frobenius norm of what rank one leaves out, over that of the rank-one part.

        A row keeps :math:`\frac1n\sum_k r_k(\sigma'_k - c_1)x_k`, of squared length
        :math:`v_1\,E r^2\,d/n`, beside :math:`c_1 x_r`.
        """
        c = constants()
        return c.slope_variance * self.residual * self.load / (c.slope * self.pull) ** 2

    @cached_property
    def coherence(self) -> float:
        r"""Correlation :math:`\rho_s` of an entry with its rank-one part, (1 + scatter)^(-1/2).

        An entry of :math:`G_0` over its :math:`a_i` is a sum of :math:`c_1 x_{r,j}` and an
        independent part of the scattered slopes.
        """
        return 1 / math.sqrt(1 + self.slope_scatter)

    @cached_property
    def sign_norm(self) -> float:
        r"""Spectral norm :math:`k_A` of :math:`\mathrm{sign}(G_0)` over :math:`\sqrt{hd}`.

        Two entries of a column have, up to the sign of their a, correlation :math:`\rho_s^2`, so
        their signs have :math:`\frac2\pi\arcsin\rho_s^2 = k_A^2`.
        """
        return math.sqrt(TWO_OVER_PI * math.asin(self.coherence**2))

    @cached_property
    def sign_cosine(self) -> float:
        r"""Cosine of the right singular vector of the sign matrix and :math:`x_r`.

        An entry's sign has the mean product :math:`\sqrt{2/\pi}\,\rho_s` with the normalized entry
        of :math:`x_r`, and :math:`k_A` is the length of the mean sign:
        :math:`\sqrt{2/\pi}\,\rho_s / k_A`.
        """
        return math.sqrt(TWO_OVER_PI) * self.coherence / self.sign_norm

    @cached_property
    def sign_scatter(self) -> float:
        r"""The same share as :attr:`slope_scatter` of the sign matrix, :math:`1/k_A^2 - 1`."""
        return 1 / self.sign_norm**2 - 1

    @cached_property
    def teacher_cosine(self) -> float:
        r"""Cosine of :math:`x_r` and the teacher, :math:`c_*/|x_r|`: what one step can align."""
        return constants().teacher_slope / self.pull

    @cached_property
    def gd_shrinking(self) -> float:
        r"""Part b of a step that undoes the start: :math:`c_1/|x_r|`.

        The residual holds :math:`-f_0`, so that :math:`x_r` points against
        :math:`W_0^\top a/|a|` with this cosine.
        """
        return constants().slope / self.pull

    @cached_property
    def adam_shrinking(self) -> float:
        r"""The same for Adam, :math:`b\,\frac2\pi\rho_s/k_A`.

        One factor :math:`\sqrt{2/\pi}` is the cosine of a and sign(a), the other that of signs and
        :math:`x_r`.
        """
        return self.gd_shrinking * math.sqrt(TWO_OVER_PI) * self.sign_cosine

    @cached_property
    def adam_beside(self) -> float:
        r"""Cosine κ with which Adam's step undoes what the head gives beside its signs.

        The part of a that is orthogonal to sign(a) has the cosine :math:`\sqrt{1 - 2/\pi}` with a;
        gradient descent steps along a itself and has no such part.
        """
        return self.gd_shrinking * math.sqrt(1 - TWO_OVER_PI) * self.sign_cosine

    def gd_strength(self, rate: float) -> float:
        r"""Strength :math:`t = 2 c_1 |x_r|\,\eta/d` of a step of gradient descent.

        Length of the step over that of a row of :math:`W_0`, :math:`\sqrt d`.

        Args:
            rate: Learning rate over d.
        """
        return 2 * constants().slope * self.pull * rate

    def adam_strength(self, rate: float) -> float:
        r"""Strength :math:`t = k_A \eta\sqrt h` of a step of Adam.

        Args:
            rate: Learning rate times √h.
        """
        return self.sign_norm * rate

    @cached_property
    def gd_threshold(self) -> float:
        """Learning rate over d at which a step of gradient descent makes a spike."""
        return critical_strength(self.gd_shrinking, 0.0, self.aspect) / self.gd_strength(1.0)

    @cached_property
    def adam_threshold(self) -> float:
        """Learning rate times √h at which a step of Adam makes a spike."""
        critical = critical_strength(self.adam_shrinking, self.adam_beside, self.aspect)
        return critical / self.adam_strength(1.0)

    @cached_property
    def gd_frobenius_rate(self) -> float:
        r"""Learning rate over :math:`d^{3/2}` at which the step is as long as the weights.

        :math:`\lVert G_0\rVert_F = 2c_1|x_r|/(\rho_s\sqrt d)` and
        :math:`\lVert W_0\rVert_F = \sqrt{hd}`. For Adam that rate is 1.
        """
        return math.sqrt(self.aspect) * self.coherence / self.gd_strength(1.0)

    @property
    def stability_limit(self) -> float:
        r"""Learning rate over d beyond which gradient descent is unstable, :math:`2/\lambda_{max}`.

        The curvature is that of the kernel
        :math:`\frac{2}{n\, d}\bigl(c_1^2 XX^\top + v_1 d\,\mathbf 1\bigr)`, since a hidden unit's
        slopes at two inputs are nearly independent:

        .. math:: \frac{2}{\lambda_{max}} = \frac{d}
            {c_1^2\,(1 + \sqrt{d/n})^2 + v_1\, d/n} .
        """
        return self._stable(constants().slope ** 2, (1 + math.sqrt(self.load)) ** 2)

    def stability_limit_at(self, inputs: int) -> float:
        r"""The same for d inputs.

        :math:`XX^\top/n` ends below its edge, by the mean of Tracy's and Widom's law. And a unit's
        slopes at inputs of correlation :math:`\rho` have the mean product
        :math:`c_1^2 + c_3^2\rho^2/2 + \dots`; beside :math:`XX^\top` its second term acts as
        :math:`\rho^3 \approx 3\rho/d`, so that :math:`c_1^2 + 3c_3^2/2d` replaces
        :math:`c_1^2`. Left out: terms of order 1/d of the noise of h slopes.

        Args:
            inputs: Number d of inputs, at least 1.

        Raises:
            ValueError: If ``inputs`` is below 1, or the samples ``inputs / load`` are.

        >>> step = FirstStep(load=0.5, aspect=1.5)
        >>> round(step.stability_limit, 3), round(step.stability_limit_at(30), 3)
        (0.895, 0.946)
        """
        samples = round(inputs / self.load)
        center, scale = top_law(samples, inputs)
        c = constants()
        square = c.slope**2 + 1.5 * c.slope_curvature**2 / inputs
        return self._stable(square, (center + TRACY_WIDOM_MEAN * scale) / samples)

    def _stable(self, square: float, edge: float) -> float:
        return 1 / (square * edge + constants().slope_variance * self.load)
