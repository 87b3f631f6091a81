"""Studies of networks that are trained on the digits data: their accounts, and their balance."""

from __future__ import annotations

from traindyn.balance_regularization.experiments.digits import (
    RECIPES,
    DigitsRun,
    Recipe,
    train_on_digits,
)
from traindyn.balance_regularization.experiments.digits_balance import (
    DigitsBalance,
    follow_on_digits,
)
from traindyn.runs import Context, study

__all__ = ["EARLY", "RATE", "RECIPES", "account", "layers"]

EPOCHS, CONTROL_EPOCHS = 20, 3
"""Passes over the images under plain SGD, and under the other recipes."""

NETWORKS = {"ci": 24, "laptop": 24, "paper": 100}
STEPS = {"ci": 10_000, "laptop": 10_000, "paper": 100_000}
RATE = 0.05
EARLY, DENSE, EVEN = 1000, 12, 20
"""Records before this step, and how many equal spans there are after it."""


@study(stream="BR-24")
def account(context: Context, recipe: Recipe) -> DigitsRun:
    """The imbalance of every neuron of one network along the run, by recipe."""
    epochs = EPOCHS if recipe == "SGD" else CONTROL_EPOCHS
    return train_on_digits(recipe, context.torch_generator(recipe), epochs=epochs)


@study(stream="BR-24")
def layers(context: Context, random_labels: float) -> DigitsBalance:
    """Norms and noise of both layers under SGD with batches of one."""
    steps = context.choose(**STEPS)
    early = [EARLY * i**2 // DENSE**2 for i in range(DENSE)]
    late = [EARLY + (steps - EARLY) * i // EVEN for i in range(EVEN + 1)]
    return follow_on_digits(
        context.choose(**NETWORKS),
        early + late,
        context.torch_generator(f"layers {random_labels}"),
        random_labels=random_labels,
        learning_rate=RATE,
    )
