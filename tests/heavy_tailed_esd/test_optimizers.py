"""The training loop against torch.optim, autograd and pencil."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from traindyn.heavy_tailed_esd.experiments.network import Problem, Student, draw_problem
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, train, trained

CASES = {
    "gd": Optimizer("gd", 20.0),
    "adam": Optimizer("adam", 0.3),
    "adam with other constants": Optimizer("adam", 0.05, beta1=0.5, beta2=0.9, epsilon=1e-3),
    "adam with a schedule": Optimizer("adam", 1.0, decay=0.4),
    "gd with a schedule": Optimizer("gd", 40.0, decay=0.6),
    "adam with normalized weights": Optimizer("adam", 1.0, normalize=True),
}


@pytest.fixture(scope="module")
def problem() -> Problem:
    return draw_problem(12, 40, 18, torch.Generator().manual_seed(0))


def torch_training(problem: Problem, optimizer: Optimizer, steps: int) -> torch.Tensor:
    """The slow reference: autograd and the optimizers and the scheduler of torch."""
    weights = problem.weights.clone().requires_grad_()
    hidden, inputs = weights.shape
    if optimizer.name == "gd":
        stepper = torch.optim.SGD([weights], lr=optimizer.learning_rate)
    else:
        betas = (optimizer.beta1, optimizer.beta2)
        stepper = torch.optim.Adam(
            [weights], lr=optimizer.learning_rate, betas=betas, eps=optimizer.epsilon
        )
    schedule = torch.optim.lr_scheduler.StepLR(stepper, step_size=1, gamma=optimizer.decay)
    for _ in range(steps):
        if optimizer.normalize:
            with torch.no_grad():
                weights *= math.sqrt(hidden * inputs) / weights.norm()
        stepper.zero_grad()
        active = torch.tanh(problem.sample.inputs @ weights.T / math.sqrt(inputs))
        output = active @ problem.student.head / math.sqrt(hidden)
        torch.nn.functional.mse_loss(output, problem.sample.labels).backward()
        stepper.step()
        schedule.step()
    return weights.detach()


@pytest.mark.parametrize("case", CASES)
def test_training_equals_torch(problem, case):
    found = trained(problem.student, problem.weights, problem.sample, CASES[case], 6)
    torch.testing.assert_close(found, torch_training(problem, CASES[case], 6), rtol=0, atol=1e-10)


def test_float32_stays_float32_and_equals_torch_to_its_rounding():
    problem = draw_problem(12, 40, 18, torch.Generator().manual_seed(0), dtype=torch.float32)
    optimizer = Optimizer("adam", 0.1)
    found = trained(problem.student, problem.weights, problem.sample, optimizer, 3)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, torch_training(problem, optimizer, 3), rtol=0, atol=1e-4)


def test_gradient_of_a_linear_student_equals_autograd(problem):
    student = Student(problem.student.head, "linear")
    weights = problem.weights.clone().requires_grad_()
    loss = (student.predict(weights, problem.sample.inputs) - problem.sample.labels).square()
    loss.mean().backward()
    _, gradient = student.loss_and_gradient(problem.weights, problem.sample)
    torch.testing.assert_close(gradient, weights.grad)


def test_steps_fit_together_and_the_start_is_kept(problem):
    start = problem.weights.clone()
    steps = list(train(problem.student, problem.weights, problem.sample, CASES["adam"], 4))
    assert [step.number for step in steps] == [1, 2, 3, 4]
    assert torch.equal(problem.weights, start)
    assert torch.equal(steps[0].before, start)
    for one, other in pairwise(steps):
        assert torch.equal(one.before + one.update, one.after)
        assert torch.equal(one.after, other.before)
    loss, _ = problem.student.loss_and_gradient(steps[2].before, problem.sample)
    assert steps[2].loss == loss


def test_the_same_arguments_give_the_same_bits(problem):
    one, other = (
        trained(problem.student, problem.weights, problem.sample, CASES["adam"], 5)
        for _ in range(2)
    )
    assert torch.equal(one, other)


def test_a_transform_changes_what_is_added(problem):
    doubled = trained(
        problem.student, problem.weights, problem.sample, Optimizer("gd", 1.0), 1, lambda m: 2 * m
    )
    twice = trained(problem.student, problem.weights, problem.sample, Optimizer("gd", 2.0), 1)
    torch.testing.assert_close(doubled, twice)


def test_without_bias_correction_the_first_step_is_larger():
    gradient = torch.ones(1, 1, dtype=torch.float64)
    plain = Optimizer("adam", 1.0, bias_correction=False).updates()(gradient)
    assert np.isclose(float(plain), -0.1 / math.sqrt(1e-3))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": "sgd"}, "name must be 'gd' or 'adam', got 'sgd'"),
        ({"learning_rate": 0.0}, "learning_rate must be positive"),
        ({"decay": 1.5}, "decay must lie"),
        ({"beta2": 1.0}, "betas must lie"),
        ({"epsilon": -1.0}, "epsilon must be"),
    ],
)
def test_bad_optimizers_are_refused(changed, message, unchecked):
    with pytest.raises(ValueError, match=message):
        Optimizer(**{"name": "adam", "learning_rate": 1.0, **changed})


def test_no_steps_are_refused(problem):
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        trained(problem.student, problem.weights, problem.sample, CASES["gd"], 0)
