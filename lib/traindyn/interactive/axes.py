"""Slider, switches, curves and axes of an interactive figure, and the path of a curve in pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from traindyn.system.arguments import (
    MOST,
    real_array,
    real_number,
    require_kind,
    short,
    whole_number,
    whole_text,
)

Array = np.ndarray
Style = Literal["line", "steps", "points"]
Ends = tuple[float | int, float | int]

WIDTH, HEIGHT = 380, 280
LEFT, RIGHT, TOP, BOTTOM = 54, 370, 14, 232
"""Pixels of the axes inside a panel."""


@dataclass(frozen=True)
class Slider:
    """The positions of the slider.

    Args:
        label: Name of the quantity, with its symbol.
        values: Its values, in increasing order, at least two; they must differ as they are shown,
            with six digits.
        start: Index of the first frame shown; default: the middle one.

    Raises:
        ValueError: If the label is empty, values are too few, not finite or not increasing, or
            ``start`` is out of range.
    """

    label: str
    values: Sequence[float]
    start: int = -1

    def __post_init__(self) -> None:
        whole_text("label", self.label)
        values = real_array("values", self.values, least=0)
        if values.size < 2 or not (np.diff(values) > 0).all():
            raise ValueError(f"values must be at least 2 and increase, got {short(self.values)}")
        if len(set(self.texts)) < values.size:
            raise ValueError(f"values must differ in six digits, got {short(self.texts)}")
        if whole_number("start", self.start, -1) >= values.size:
            raise ValueError(f"start must lie in [0, {values.size}), got {self.start}")

    @property
    def texts(self) -> list[str]:
        """The values as the figure shows them."""
        return [f"{value:g}" for value in self.values]

    @property
    def first(self) -> int:
        """Index of the frame that is shown first."""
        return len(self.values) // 2 if self.start < 0 else self.start


@dataclass(frozen=True)
class Choice:
    """A switch beside the slider.

    Args:
        label: What is chosen.
        options: Its names, at least two, all different; the first one shows first.

    Raises:
        ValueError: If the label or a name is empty, names are fewer than two, or two are equal.
    """

    label: str
    options: Sequence[str]

    def __post_init__(self) -> None:
        whole_text("label", self.label)
        options = self.options
        if not isinstance(options, list | tuple) or len(options) < 2:
            raise ValueError(f"options must be at least 2, got {short(options)}")
        for option in options:
            whole_text("each of options", option)
        if len(set(options)) < len(options):
            raise ValueError(f"options must differ, got {short(options)}")


@dataclass(frozen=True)
class Curve:
    """One curve of a panel.

    Args:
        label: Name in the legend.
        x: Abscissas, shape (n,), or (frames, n) if they depend on the frame; for ``steps`` the
            n + 1 edges of n bins.
        y: Ordinates, shape (n,) or (frames, n). Values that are not finite leave a gap.
        style: ``line``, ``steps`` (a histogram) or ``points``.

    Raises:
        ValueError: If the label is empty, shapes do not fit, the style is unknown, x is not finite,
            or the edges of bins do not increase.
    """

    label: str
    x: Float[Array, "..."]
    y: Float[Array, "..."]
    style: Style = "line"

    def __post_init__(self) -> None:
        if not isinstance(self.style, str) or self.style not in ("line", "steps", "points"):
            raise ValueError(f"style must be line, steps or points, got {short(self.style)}")
        whole_text("label", self.label)
        x = real_array(f"x of {self.label!r}", self.x, axes=None)
        y = real_array(f"y of {self.label!r}", self.y, axes=None, finite=None)
        extra = 1 if self.style == "steps" else 0
        shapes = f"got shapes {x.shape} and {y.shape}"
        if not {x.ndim, y.ndim} <= {1, 2} or x.shape[-1] != y.shape[-1] + extra:
            raise ValueError(f"x and y of {self.label!r} must fit together, {shapes}")
        if x.ndim == y.ndim == 2 and len(x) != len(y):
            raise ValueError(f"x and y of {self.label!r} must have the same frames, {shapes}")
        if self.style == "steps" and not (np.diff(x) > 0).all():
            raise ValueError(f"x of {self.label!r} must be edges that increase, got {short(x)}")
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)

    @property
    def frames(self) -> int | None:
        """Number of frames, or None if the curve is the same in all."""
        if self.y.ndim == 2:
            return len(self.y)
        return len(self.x) if self.x.ndim == 2 else None


@dataclass(frozen=True)
class Panel:
    """One pair of axes; its ranges are the same in every frame.

    Args:
        x_label: Label of the horizontal axis.
        y_label: Label of the vertical axis.
        x_range: Its ends, of sizes between 1e-100 and 1e100 and apart in six digits; curves outside
            are cut off.
        y_range: Likewise for the vertical axis.
        curves: At most five curves.
        logarithmic: Axes with a logarithmic scale: ``x``, ``y`` or ``xy``. Their ranges are
            positive; what is not leaves a gap.

    Raises:
        ValueError: If a label or a range is empty, the number of curves is not between one and
            five, or a logarithmic axis has an end that is not positive.
    """

    x_label: str
    y_label: str
    x_range: Ends
    y_range: Ends
    curves: Sequence[Curve]
    logarithmic: Literal["", "x", "y", "xy"] = ""

    def __post_init__(self) -> None:
        whole_text("x_label", self.x_label)
        whole_text("y_label", self.y_label)
        _require_range("x_range", self.x_range)
        _require_range("y_range", self.y_range)
        if not isinstance(self.curves, list | tuple) or not 1 <= len(self.curves) <= 5:
            raise ValueError(f"curves must be between 1 and 5, got {short(self.curves)}")
        for curve in self.curves:
            require_kind("each of curves", curve, Curve)
        if not isinstance(self.logarithmic, str) or self.logarithmic not in ("", "x", "y", "xy"):
            raise ValueError(
                f"logarithmic must be '', 'x', 'y' or 'xy', got {short(self.logarithmic)}"
            )
        for axis, ends in (("x", self.x_range), ("y", self.y_range)):
            if axis in self.logarithmic and min(ends) <= 0:
                raise ValueError(f"{axis}_range must be positive, got {short(ends)}")

    def right(self, values: Array) -> Array:
        """Pixels from the left edge of values on the horizontal axis; NaN if not finite."""
        return self._pixels("x", values, self.x_range, LEFT, RIGHT)

    def down(self, values: Array) -> Array:
        """Pixels from the upper edge of values on the vertical axis; NaN if not finite."""
        return self._pixels("y", values, self.y_range, BOTTOM, TOP)

    def _pixels(self, axis: str, values: Array, ends: Ends, start: int, stop: int) -> Array:
        if axis not in self.logarithmic:
            return pixels(values, ends, start, stop)
        with np.errstate(divide="ignore", invalid="ignore"):
            shown = real_array("values", values, axes=None, least=0, finite=None)
            logarithms = np.asarray(np.log10(shown))  # of one value: a number, no array
        low, high = (math.log10(end) for end in ends)
        return pixels(logarithms, (low, high), start, stop)

    def path(self, curve: Curve, frame: int) -> str:
        """The SVG path of a curve in a frame.

        Raises:
            ValueError: If there is no such frame.

        >>> line = Curve("a", np.array([0.0, 1.0]), np.array([0.0, 1.0]))
        >>> Panel("x", "y", (0, 1), (0, 1), [line]).path(line, 0)
        'M54 232L370 14'
        """
        require_kind("curve", curve, Curve)
        whole_number("frame", frame, 0, (curve.frames or MOST) - 1)
        x = curve.x[frame] if curve.x.ndim == 2 else curve.x
        y = curve.y[frame] if curve.y.ndim == 2 else curve.y
        right, down = self.right(x), self.down(y)
        if curve.style == "steps":
            right, down = np.repeat(right, 2)[1:-1], np.repeat(down, 2)
        if curve.style == "points":
            return "".join(f"M{a:g} {b:g}h0" for a, b in _finite(right, down))
        drawn, pen = "", "M"
        for i, (a, b) in enumerate(zip(right, down, strict=True)):
            if not np.isfinite([a, b]).all():
                pen = "M"
            elif pen == "M" or curve.style != "steps":
                drawn, pen = f"{drawn}{pen}{a:g} {b:g}", "L"
            else:
                drawn += f"H{a:g}" if i % 2 else f"V{b:g}"
        return drawn


def pixels(values: Array, ends: Ends, start: int, stop: int) -> Array:
    """Pixels of values, to a tenth, held one axis length beyond the axes; NaN if not finite.

    Raises:
        ValueError: If the values are no real numbers or the ends no range of an axis.
    """
    values = real_array("values", values, axes=None, least=0, finite=None)
    _require_range("ends", ends)
    whole_number("start", start, 0)
    whole_number("stop", stop, 0)
    with np.errstate(over="ignore"):
        part = np.clip((values - ends[0]) / (ends[1] - ends[0]), -1, 2)
    return np.where(np.isfinite(values), np.round(start + (stop - start) * part, 1), np.nan)


def _require_range(name: str, ends: Ends) -> None:
    if not isinstance(ends, tuple | list) or len(ends) != 2:
        raise ValueError(f"{name} must hold two numbers, got {short(ends)}")
    low, high = (real_number(f"each end of {name}", end, "[-1e100, 1e100]") for end in ends)
    if not low < high:
        raise ValueError(f"{name} must be increasing, got {short(ends)}")
    if not high - low >= max(1e-6 * abs(low), 1e-6 * abs(high), 1e-100):
        raise ValueError(f"{name} must have ends that differ in six digits, got {short(ends)}")


def _finite(right: Array, down: Array) -> list[tuple[float, float]]:
    return [(a, b) for a, b in zip(right, down, strict=True) if np.isfinite([a, b]).all()]
