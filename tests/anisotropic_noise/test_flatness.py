"""Flatness in closed form and by root finding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traindyn.anisotropic_noise.theory.flatness import flatness, measured_flatness


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e3))
def test_closed_form_is_the_measured_width(curvature, smallest):
    found = measured_flatness(lambda t: smallest + curvature * t**2 / 2)
    np.testing.assert_allclose(found, flatness(np.array(curvature), smallest), rtol=1e-9)


def test_an_asymmetric_loss_adds_both_sides():
    def loss(t):
        return 1 + (t**2 if t > 0 else 4 * t**2)

    np.testing.assert_allclose(measured_flatness(loss), 1.5 * np.sqrt(np.e - 1))


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="curvature must be positive"):
        flatness(np.array([1.0, 0.0]), 1.0)
    with pytest.raises(ValueError, match="smallest_loss must be positive"):
        flatness(np.array([1.0]), 0.0)
    with pytest.raises(ValueError, match="loss must be positive at the minimum"):
        measured_flatness(lambda t: t**2)
    with pytest.raises(ValueError, match="loss must grow along the line"):
        measured_flatness(lambda _: 1.0)
