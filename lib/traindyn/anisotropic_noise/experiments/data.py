"""Regression problems with random inputs and label noise of a chosen law."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Float

Array = np.ndarray
NoiseLaw = Literal["gaussian", "rademacher", "laplace"]


def label_noise(law: NoiseLaw, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    """Independent noise of mean 0 and variance 1; kurtosis 3, 1 and 6.

    Raises:
        ValueError: If the law is unknown.
    """
    if law == "gaussian":
        return generator.standard_normal(shape)
    if law == "rademacher":
        return generator.choice([-1.0, 1.0], size=shape)
    if law == "laplace":
        return generator.laplace(scale=0.5**0.5, size=shape)
    raise ValueError(f"law must be gaussian, rademacher or laplace, got {law!r}")


def draw_regression(
    samples: int,
    inputs: int,
    generator: np.random.Generator,
    *,
    outputs: int = 1,
    noise: float = 1.0,
    law: NoiseLaw = "gaussian",
    spread: Float[Array, " inputs"] | None = None,
) -> tuple[Float[Array, "samples inputs"], Float[Array, "samples outputs"]]:
    r"""Gaussian inputs and labels :math:`y = B x + \sigma\xi` of a random teacher :math:`B`.

    Args:
        samples: Number P of samples.
        inputs: Number N of inputs.
        generator: Source of inputs, teacher and noise.
        outputs: Number m of labels per sample.
        noise: Standard deviation σ of the label noise, not negative.
        law: Law of the label noise.
        spread: Variances of the inputs; default 1.

    Raises:
        ValueError: If a number leaves its range.
    """
    if min(samples, inputs, outputs) < 1:
        raise ValueError(
            f"samples, inputs and outputs must be at least 1, got {samples}, {inputs}, {outputs}"
        )
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise must be finite and at least 0, got {noise}")
    x = generator.standard_normal((samples, inputs))
    if spread is not None:
        x = x * np.sqrt(spread)
    teacher = generator.standard_normal((outputs, inputs)) / np.sqrt(inputs)
    y = x @ teacher.T + noise * label_noise(law, (samples, outputs), generator)
    return x, y


def draw_pool(
    samples: int,
    inputs: int,
    outputs: int,
    noise: float,
    generator: np.random.Generator,
) -> tuple[Float[Array, "samples inputs"], Float[Array, "samples outputs"]]:
    """Isotropic Gaussian inputs, and label noise that no linear map of them reduces.

    Labels ``maps @ x + residuals`` have their minimum exactly at ``maps``.

    Args:
        samples: Number P of samples, more than inputs.
        inputs: Number n of inputs.
        outputs: Number m of labels per sample.
        noise: Standard deviation of the label noise.
        generator: Source of inputs and noise.

    Raises:
        ValueError: If there are not more samples than inputs.
    """
    if samples <= inputs:
        raise ValueError(f"samples must be more than {inputs}, got {samples}")
    x = generator.standard_normal((samples, inputs))
    residuals = noise * generator.standard_normal((samples, outputs))
    residuals -= x @ np.linalg.solve(x.T @ x, x.T @ residuals)
    return x, residuals
