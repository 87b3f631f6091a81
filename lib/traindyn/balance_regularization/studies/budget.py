"""Studies of the exact account of every neuron's imbalance."""

from __future__ import annotations

from traindyn.balance_regularization.experiments.neurons import (
    Account,
    Activation,
    BudgetRun,
    Loss,
    follow_budget,
    matrix_form,
    product_form,
)
from traindyn.balance_regularization.studies.data import START
from traindyn.runs import Context, study

PRODUCT_STEPS, MATRIX_STEPS = 20_000, 300
LAYERS = (10, 8, 6)


@study(stream="BR-1")
def budget(
    context: Context, activation: Activation, loss: Loss, *, gradient_noise: float = 0.0
) -> BudgetRun:
    """The account of one network, with noise that is added to the gradient."""
    generator = context.torch_generator(f"{activation} {loss}")
    return follow_budget(activation, loss, generator, gradient_noise=gradient_noise)


@study(stream="BR-1")
def product(context: Context, *, symmetric: bool = True, first_order: bool = False) -> Account:
    """The scalar product form, with weight decay on one weight only or a wrong factor."""
    generator = context.numpy_generator("product")
    return product_form(START, 0.005, PRODUCT_STEPS, generator, symmetric, first_order=first_order)


@study(stream="BR-1")
def matrix(context: Context, activation: Activation) -> Account:
    """Single steps of the matrix form."""
    generator = context.torch_generator("matrix")
    return matrix_form(LAYERS, 10, 1e-3, MATRIX_STEPS, generator, activation)
