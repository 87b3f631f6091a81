"""Data, student and spectrum on small cases."""

import math

import numpy as np
import pytest
import torch

from traindyn.heavy_tailed_esd.experiments.data import Sample, SingleIndex, draw_teacher
from traindyn.heavy_tailed_esd.experiments.network import Student, draw_problem
from traindyn.heavy_tailed_esd.experiments.spectra import (
    alignment,
    gram,
    spectrum,
    top_direction,
)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_labels_follow_the_teacher():
    teacher = SingleIndex(torch.tensor([0.6, 0.8], dtype=torch.float64), noise=0.0)
    sample = teacher.draw(50, seeded())
    expected = np.log1p(np.exp(sample.inputs.numpy() @ [0.6, 0.8]))
    np.testing.assert_allclose(sample.labels.numpy(), expected, rtol=1e-12)


def test_label_noise_has_its_size():
    teacher = draw_teacher(3, seeded(), noise=0.3)
    sample = teacher.draw(20_000, seeded(1))
    excess = sample.labels - torch.nn.functional.softplus(sample.inputs @ teacher.direction)
    # standard error 0.3 / sqrt(2 * 20,000) = 0.0015; off by 0.01 once in 10^10
    assert abs(float(excess.std()) - 0.3) < 0.01


def test_shuffled_labels_are_the_same_labels():
    sample = draw_teacher(3, seeded()).draw(100, seeded(1))
    shuffled = sample.shuffled(seeded(2))
    assert torch.equal(shuffled.inputs, sample.inputs)
    assert torch.equal(shuffled.labels.sort().values, sample.labels.sort().values)
    assert not torch.equal(shuffled.labels, sample.labels)


def test_student_by_hand():
    student = Student(torch.tensor([1.0, -2.0], dtype=torch.float64))
    weights = torch.tensor([[1.0, 0.0], [0.5, 2.0]], dtype=torch.float64)
    x = torch.tensor([[2.0, 1.0]], dtype=torch.float64)
    expected = (math.tanh(2 / math.sqrt(2)) - 2 * math.tanh(3 / math.sqrt(2))) / math.sqrt(2)
    assert math.isclose(float(student.predict(weights, x)), expected, rel_tol=1e-12)


def test_student_is_odd_in_its_inputs():
    problem = draw_problem(5, 20, 7, seeded())
    x = problem.sample.inputs
    there, back = (problem.student.predict(problem.weights, s * x) for s in (1, -1))
    torch.testing.assert_close(there, -back)


def test_a_problem_is_a_function_of_its_generator():
    one, again, other = (draw_problem(4, 8, 6, seeded(s)) for s in (0, 0, 1))
    assert torch.equal(one.weights, again.weights)
    assert torch.equal(one.sample.labels, again.sample.labels)
    assert not torch.equal(one.weights, other.weights)


def test_spectrum_equals_squared_singular_values():
    weights = torch.randn(9, 6, generator=seeded(), dtype=torch.float64)
    found = spectrum(weights)
    values = np.linalg.svd(weights.numpy(), compute_uv=False)
    np.testing.assert_allclose(found.eigenvalues, np.sort(values**2), rtol=1e-10)
    assert (found.inputs, found.hidden) == (6, 9)


def test_top_direction_equals_the_first_right_singular_vector():
    weights = torch.randn(30, 20, generator=seeded(), dtype=torch.float64)
    _, values, right = np.linalg.svd(weights.numpy())
    value, vector = top_direction(gram(weights))
    assert math.isclose(value, values[0] ** 2, rel_tol=1e-10)
    assert math.isclose(alignment(vector, torch.tensor(right[0])), 1.0, rel_tol=1e-8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SingleIndex(torch.ones(2)), "direction must have length 1, got 1.414"),
        (lambda: SingleIndex(torch.ones(1), noise=-1.0), "noise must be finite"),
        (lambda: draw_teacher(0, seeded()), "inputs must be at least 1, got 0"),
        (lambda: draw_teacher(2, seeded()).draw(0, seeded()), "samples must be at least 1"),
        (lambda: Student(torch.ones(1), "relu"), "activation must be 'tanh' or 'linear'"),
        (lambda: Student(torch.ones(0)), "head must have at least 1 entry"),
        (lambda: draw_problem(2, 2, 0, seeded()), "hidden must be at least 1, got 0"),
        (lambda: spectrum(torch.full((2, 2), torch.nan)), "weights must be finite"),
        (lambda: top_direction(np.ones((1, 1))), "matrix must be at least 2 by 2"),
        (
            lambda: Student(torch.ones(2)).predict(torch.ones(3, 2), torch.ones(1, 2)),
            "weights must be 2 by 2, got 3 by 2",
        ),
    ],
)
def test_bad_input_is_refused(call, message, unchecked):
    with pytest.raises(ValueError, match=message):
        call()


def test_samples_hold_what_they_are_given():
    sample = Sample(torch.eye(2), torch.zeros(2))
    assert sample.inputs.shape == (2, 2)
