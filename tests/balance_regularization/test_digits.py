"""The account of a network on the digits data."""

import pytest
import torch

from traindyn.balance_regularization.experiments.digits import RECIPES, train_on_digits
from traindyn.balance_regularization.figures import real_network


def train(recipe, **settings):
    generator = torch.Generator()
    generator.manual_seed(0)
    return train_on_digits(recipe, generator, **{"hidden": 16, "epochs": 3, **settings})


@pytest.fixture(scope="module")
def runs():
    return {recipe: train(recipe) for recipe in RECIPES}


def test_the_account_closes_under_plain_sgd_only(runs):
    # 270 steps of norms below 10: rounding stays below 1e-11
    assert runs["SGD"].error.max() < 1e-11
    for recipe in RECIPES[1:]:
        assert runs[recipe].error[-1] > 1e-3


def test_networks_learn_digits(runs):
    for run in runs.values():
        assert run.accuracy > 0.8  # chance is 0.1
        assert run.incoming.shape == run.outgoing.shape == (4, 16)


def test_the_seed_decides_the_run(runs):
    assert (train("SGD").incoming == runs["SGD"].incoming).all()


def test_the_figure_shows_all_recipes(runs):
    figure = real_network(runs)
    labels = figure.axes[1].get_legend_handles_labels()[1]
    assert labels == list(RECIPES)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"recipe": "RMSprop"}, "recipe must be one of SGD, weight decay"),
        ({"recipe": "SGD", "epochs": 0}, "epochs must be at least 1"),
        ({"recipe": "SGD", "batch_size": 0}, "batch_size must be at least 1"),
    ],
)
def test_bad_arguments_are_named(settings, message, unchecked):
    with pytest.raises(ValueError, match=message):
        train(**settings)
