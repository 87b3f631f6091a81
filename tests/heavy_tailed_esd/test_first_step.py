"""The first step: closed forms against slow references, the sweep against direct steps."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from traindyn.heavy_tailed_esd.claims.estimates import midway, size_rule, slope_over_sizes
from traindyn.heavy_tailed_esd.experiments.network import draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import (
    FirstSweep,
    direction,
    first_gradient,
    kernel_curvature,
    measure_steps,
    residual_pull,
    step_cosines,
)
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, trained
from traindyn.heavy_tailed_esd.experiments.spectra import spectrum
from traindyn.heavy_tailed_esd.theory.bulk import bottom_law, top_law
from traindyn.heavy_tailed_esd.theory.one_step import FirstStep, constants
from traindyn.heavy_tailed_esd.theory.prediction import Prediction
from traindyn.heavy_tailed_esd.theory.spike import (
    alignment_after_step,
    critical_length,
    critical_strength,
    spike_length,
    spike_overlap,
    spike_position,
    strength_at,
)
from traindyn.random_matrices import MarchenkoPastur


@pytest.fixture(scope="module")
def problem():
    return draw_problem(20, 40, 30, torch.Generator().manual_seed(0))


def test_constants_equal_numerical_integrals():
    def mean(function):
        return integrate.quad(lambda z: function(z) * stats.norm.pdf(z), -12, 12)[0]

    found = constants()
    assert math.isclose(found.slope, mean(lambda z: 1 - math.tanh(z) ** 2), rel_tol=1e-8)
    second = mean(lambda z: (1 - math.tanh(z) ** 2) ** 2)
    assert math.isclose(found.slope_variance, second - found.slope**2, rel_tol=1e-7)
    assert math.isclose(found.teacher, mean(lambda z: math.log1p(math.exp(z)) ** 2), rel_tol=1e-8)


@pytest.mark.parametrize("name", ["gd", "adam"])
def test_the_sweep_equals_a_step_of_training(problem, name):
    optimizer = Optimizer(name, 3.0)
    after = trained(problem.student, problem.weights, problem.sample, optimizer, 1)
    sweep = FirstSweep.of(problem.weights, direction(first_gradient(problem), name))
    values = spectrum(after).eigenvalues
    np.testing.assert_allclose(np.linalg.eigvalsh(sweep.gram(3.0)), values, rtol=1e-9)
    assert math.isclose(sweep.largest(3.0), values[-1], rel_tol=1e-9)
    np.testing.assert_allclose(sweep.top(3.0, 2)[0], values[:-3:-1], rtol=1e-9)


def test_measured_steps_equal_the_slow_way(problem):
    step = direction(first_gradient(problem), "gd")
    units = problem.student.head.numpy() / np.linalg.norm(problem.student.head)
    sweep = FirstSweep.of(problem.weights, step)
    found = measure_steps(problem, step, sweep, units, np.ones(1), second=0)
    after = (problem.weights + step).numpy()
    _, values, right = np.linalg.svd(after)
    teacher = problem.teacher.direction.numpy()
    assert math.isclose(found.top[0], values[0] ** 2 / 20, rel_tol=1e-9)
    assert math.isclose(found.second, values[1] ** 2 / 20, rel_tol=1e-9)
    assert math.isclose(found.cosine[0], abs(right[0] @ teacher), rel_tol=1e-6)
    assert math.isclose(found.length[0], ((units @ after) ** 2).sum() / 20, rel_tol=1e-9)


def test_the_crossing_rate_reaches_its_level(problem):
    sweep = FirstSweep.of(problem.weights, direction(first_gradient(problem), "adam"))
    level = 2 * sweep.largest(0.0)
    assert math.isclose(sweep.largest(sweep.rate_at(level, 0.01, 10.0)), level, rel_tol=0.02)
    assert sweep.rate_at(level, 5.0, 10.0) == 5.0  # the least rate lies above the level
    with pytest.raises(ValueError, match="level must be reached"):
        sweep.rate_at(level, 0.01, 0.02)


def test_the_pull_is_the_mean_of_weighted_inputs(problem):
    sample = problem.sample
    residual = sample.labels - problem.student.predict(problem.weights, sample.inputs)
    slow = sum(r * x for r, x in zip(residual, sample.inputs, strict=True)) / 40
    np.testing.assert_allclose(residual_pull(problem), slow.numpy(), rtol=1e-9, atol=1e-12)


def test_curvature_equals_that_of_the_jacobian(problem):
    def outputs(weights):
        active = torch.tanh(problem.sample.inputs @ weights.T / math.sqrt(20))
        return active @ problem.student.head / math.sqrt(30)

    jacobian = torch.autograd.functional.jacobian(outputs, problem.weights).flatten(1)
    expected = 2 * float(torch.linalg.matrix_norm(jacobian, 2)) ** 2 / 40
    assert math.isclose(kernel_curvature(problem), expected, rel_tol=1e-8)


def test_limits_of_many_samples_and_of_few():
    many, few = FirstStep(1e-9, 1.5), FirstStep(1e9, 1.5)
    assert math.isclose(many.sign_norm, 1.0, rel_tol=1e-3)  # the gradient is of rank one
    assert math.isclose(many.pull**2, constants().slope ** 2 + 0.25, rel_tol=1e-6)
    assert few.teacher_cosine < 1e-4


def test_thresholds_are_where_the_length_is_critical():
    for load in (0.5, 0.125):
        step = FirstStep(load, 1.5)
        for t, b, c in (
            (step.gd_strength(step.gd_threshold), step.gd_shrinking, 0.0),
            (step.adam_strength(step.adam_threshold), step.adam_shrinking, step.adam_beside),
        ):
            lifted = spike_length(t, b) + (c * t) ** 2 / 1.5**0.5
            assert math.isclose(lifted, critical_length(1.5), rel_tol=1e-12)


def test_the_spike_solves_the_equation_of_the_resolvent():
    aspect, length = 1.5, 5.0
    position = float(spike_position(length, aspect)) / aspect  # over h, as the law
    law = MarchenkoPastur(1 / aspect)

    def integral(power):
        weight = integrate.quad(
            lambda x: float(law.density(x)) / (position - x) ** power, law.low, law.high
        )
        return weight[0]

    strength = length / aspect
    assert math.isclose(strength * integral(1), 1.0, rel_tol=1e-6)
    overlap = 1 / (strength**2 * integral(2))
    assert math.isclose(float(spike_overlap(length, aspect)), overlap, rel_tol=1e-6)


def test_inverse_functions_of_the_spike():
    assert math.isclose(spike_length(strength_at(4.0, 0.3), 0.3), 4.0)
    assert float(alignment_after_step(np.array(0.5), 0.3, 0.4, 1.5)) == 0.0
    for beside in (0.0, 0.3):
        critical = critical_strength(0.4, beside, 1.5)
        near = [
            float(spike_position(spike_length(t, 0.4), 1.5, beside * t))
            for t in (critical * 0.999, critical * 1.05)
        ]
        assert math.isclose(near[0], critical_length(1.5) ** 2, rel_tol=1e-12)
        assert near[0] < near[1] < 1.01 * near[0]


def test_what_a_step_undoes_beside_its_units_lifts_the_spike():
    """A row of random weights, plus a part of the sum of the others; d = 600, 24 matrices."""
    generator, d, h = np.random.default_rng(5), 600, 900
    length, beside, taught = 4.0, 0.8, 0.5
    tops, turned, known = [], [], []
    for _ in range(24):
        others = generator.standard_normal((h, d))
        free = generator.standard_normal(d) * math.sqrt(length - beside**2 - taught**2)
        free[0] += taught * math.sqrt(d)
        row = free + beside * generator.standard_normal(h) @ others / math.sqrt(h)
        _, values, right = np.linalg.svd(np.vstack([others, row]), full_matrices=False)
        tops.append(values[0] ** 2 / d / float(spike_position(row @ row / d, h / d, beside)))
        turned.append(abs(right[0] @ row) / np.linalg.norm(row))
        known.append(abs(right[0, 0]))
    overlap = math.sqrt(float(spike_overlap(length, h / d, beside)))
    for found, expected in ((tops, 1.0), (turned, overlap)):
        error = np.std(found) / math.sqrt(len(found))
        assert abs(np.mean(found) - expected) < 5 * error + 0.2 / h
    expected = alignment_after_step(np.array(1.0), 1 - length / 2, taught, h / d, beside)
    assert abs(np.mean(known) - float(expected)) < 5 * np.std(known) / math.sqrt(len(known))


def test_the_ends_of_a_random_matrix_lie_where_they_should():
    generator = np.random.default_rng(0)
    matrices = generator.standard_normal((200, 60, 40))
    values = np.linalg.eigvalsh(matrices.transpose(0, 2, 1) @ matrices)
    center, scale = top_law(60, 40)
    low, spread = bottom_law(60, 40)
    # 200 draws of deviation 1.27: standard error 0.09; off by 0.6 once in 10^10
    assert abs(((values[:, -1] - center) / scale).mean() + 1.21) < 0.6
    assert abs(((low - np.log(values[:, 0])) / spread).mean() + 1.21) < 0.6


def test_a_prediction_scales_with_the_size():
    theory = FirstStep(0.5, 1.5)
    small, large = (Prediction.of("gd", theory, d) for d in (100, 400))
    assert math.isclose(large.threshold / small.threshold, 4.0)
    small, large = (Prediction.of("adam", theory, d) for d in (100, 400))
    assert math.isclose(large.threshold / small.threshold, 0.5)
    assert math.isclose(large.rate_at(1.1) / small.rate_at(1.1), 0.5)
    assert small.position(np.array(small.rate_at(1.1) * small.strength_of_rate)) == pytest.approx(
        1.1 * small.edge
    )
    critical = small.strength_of_rate * small.threshold
    assert small.alignment_at(np.array([2.0])) == small.alignment(np.array([2.0 * critical]))
    lifted = float(small.length(np.array(critical))) + (small.beside * critical) ** 2 / 1.5**0.5
    assert math.isclose(lifted, critical_length(1.5), rel_tol=1e-9)


def test_estimates_by_hand():
    rng = np.random.default_rng(0)
    columns = [size**1.5 * np.exp(0.01 * rng.standard_normal(50)) for size in (10, 20, 40)]
    found = slope_over_sizes([10, 20, 40], columns)
    assert abs(found.value - 1.5) < 8 * found.stderr < 0.02
    # values that grow by the factor (1 + 1/√100) from size 100 to size 400
    bound = size_rule([100, 200, 400]).bound
    assert math.isclose(bound, 0.1 / math.log(4))
    assert midway(3.0, 5.0) == 1.0
    assert midway(3.0, 3.0) > 0


def test_signs_leave_out_what_is_not_of_rank_one():
    step = FirstStep(0.5, 1.5)
    assert math.isclose(step.sign_scatter, 1 / step.sign_norm**2 - 1)
    assert step.sign_scatter > step.slope_scatter  # signs of small entries are as large as others


def test_a_step_undoes_the_weights_along_it():
    problem = draw_problem(30, 60, 45, torch.Generator().manual_seed(3))
    step = direction(first_gradient(problem), "gd")
    units = problem.student.head.numpy() / float(problem.student.head.norm())
    sweep = FirstSweep.of(problem.weights, step)
    found = measure_steps(problem, step, sweep, units, np.array([10.0, 1e5]), 0)
    start, move = units @ problem.weights.numpy(), units @ step.numpy()
    cosine = start @ move / np.linalg.norm(start) / np.linalg.norm(move)
    assert math.isclose(step_cosines(problem, step, units)[0], -cosine)
    taught = move @ problem.teacher.direction.numpy() / np.linalg.norm(move)
    assert math.isclose(found.taught, abs(taught))
    assert found.turned[1] > 0.95  # the step is all there is


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: top_law(0, 1), "hidden and inputs must be at least 1"),
        (lambda: bottom_law(3, 3), "inputs must lie in"),
        (lambda: FirstStep(0.0, 1.5), "load must lie in"),
        (lambda: FirstStep(0.5, 1.5, noise=-1.0), "noise must be finite"),
        (
            lambda: Prediction.of("gd", FirstStep(0.5, 1.5), 100).rate_at(1.0),
            "ratio must be above 1",
        ),
        (lambda: strength_at(0.5, 0.1), "length must be at least 1"),
        (lambda: slope_over_sizes([1, 2], [np.zeros(2), np.ones(2)]), "columns must be positive"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
