"""Study of networks that are trained on the digits data, by recipe."""

from __future__ import annotations

import torch

from traindyn.balance_regularization.experiments.digits import RECIPES, DigitsRun, train_on_digits
from traindyn.runs import study


@study(stream="digits")
def digits_runs(seed: int = 0) -> dict[str, DigitsRun]:
    """The imbalance of every neuron along the run, by recipe; one after the other draws."""
    generator = torch.Generator()
    generator.manual_seed(seed)
    return {recipe: train_on_digits(recipe, generator) for recipe in RECIPES}
