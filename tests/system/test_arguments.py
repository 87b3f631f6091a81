"""What the tools ask of their arguments; kinds of every sort are tried in ``properties``."""

import numpy as np
import pytest

from traindyn.system.arguments import probabilities, real_array, real_number, short, whole_number


@pytest.mark.parametrize(
    "value",
    [[1, 2], (1.0, 2.0), np.array([1, 2], "u1"), np.array([1, 2], "f2"), np.array([1, 9, 2])[::2]],
)
def test_arrays_of_every_kind_become_doubles(value):
    array = real_array("x", value)
    assert array.dtype == float
    assert array.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.array([1j, 2]), "x must hold real numbers, got dtype complex128"),
        (["1", "2"], "x must hold real numbers, got dtype <U1"),
        (np.array([None, 1]), "x must hold real numbers, got dtype object"),
        ([1, [2, 3]], "x must hold real numbers"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), "x must hold no masked entries"),
        (np.ones((2, 2)), r"x must be an array of 1 axes, got shape \(2, 2\)"),
        ([], "x must hold at least 1 values"),
        ([1.0, np.nan, np.inf], "x must be finite, got 2 of 3 values that are not"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(value, message):
    with pytest.raises(ValueError, match=message):
        real_array("x", value)


@pytest.mark.parametrize(
    ("allowed", "value", "message"),
    [
        ("(0, 1)", 1.0, r"x must lie in \(0, 1\), got 1.0"),
        ("[0, inf)", -1, "x must be at least 0 and finite, got -1"),
        ("(0, inf)", np.inf, "x must be positive and finite, got inf"),
        ("[1, inf]", 0, "x must be at least 1, got 0"),
        ("(-inf, inf)", np.nan, "x must be finite, got nan"),
        ("[-inf, inf]", "1", "x must be a number or infinite, got '1'"),
        ("(0, 9)", True, "got True"),
        ("(0, inf)", 10**400, "x must be positive and finite, got 1000"),
        ("(0, 9)", np.ones(1), "got array"),
    ],
)
def test_numbers_outside_are_refused_in_words(allowed, value, message):
    with pytest.raises(ValueError, match=message):
        real_number("x", value, allowed)


def test_ends_count_as_the_brackets_say():
    assert real_number("x", 0, "[0, 1)") == 0.0
    assert real_number("x", np.inf, "[0, inf]") == np.inf
    assert real_number("x", np.array(0.5), "(0, 1]") == 0.5


@pytest.mark.parametrize("value", [2.0, True, "3", None, np.nan, np.array([3])])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(ValueError, match=r"n must lie in \[1, 9\] and be a whole number, got"):
        whole_number("n", value, 1, 9)


def test_values_are_shown_on_one_short_line():
    assert short("a\nb") == r"'a\nb'"
    assert len(short(list(range(1000)))) == 80
    assert short(10**10000) == "a value of type int"


def test_probabilities_of_any_shape():
    assert probabilities("p", [[0, 1]]).shape == (1, 2)
    with pytest.raises(ValueError, match=r"p must lie in \[0, 1\], got 2"):
        probabilities("p", 2)
