"""Loaders of every shape, and losses by sample."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional

from traindyn.diagnose.data import (
    Batch,
    evaluating,
    halves,
    loss_function,
    read_batch,
    sample_losses,
    seeded,
    take_samples,
)

CPU = torch.device("cpu")


def test_tuples_and_dictionaries_are_one_batch():
    x, mask, y = torch.ones(4, 2), torch.zeros(4), torch.arange(4)
    by_place, by_name = read_batch([x, mask, y]), read_batch({"x": x, "mask": mask, "labels": y})
    assert by_place.arguments == (x, mask)
    assert not by_place.named
    assert by_name.named == {"x": x, "mask": mask}
    assert by_place.targets is by_name.targets is y


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (torch.ones(3), "must be .inputs, targets. or a dictionary, got Tensor"),
        ((torch.ones(3),), "must be .inputs, targets."),
        ({"x": 1}, "under one of labels, .* got the keys"),
        ((torch.ones(3), [1, 2, 3]), "targets of a batch must be a tensor"),
        ((torch.ones(3), torch.tensor(1.0)), "one entry per sample"),
    ],
)
def test_what_is_no_batch_is_told(batch, message):
    with pytest.raises(ValueError, match=message):
        read_batch(batch)


def test_the_first_samples_are_taken_and_no_more():
    asked = []

    def loader():
        for start in range(0, 100, 10):
            asked.append(start)
            rows = torch.arange(start, start + 10)
            yield rows[:, None], rows

    taken = take_samples(loader(), 25, CPU)
    assert torch.cat([batch.targets for batch in taken]).tolist() == list(range(25))
    assert taken[-1].arguments[0].shape == (5, 1)
    assert asked == [0, 10, 20]


def test_what_is_not_by_sample_stays_whole():
    batch = {"x": torch.arange(4), "scale": torch.ones(7), "flag": True, "y": torch.arange(4)}
    (cut,) = take_samples([batch], 3, CPU)
    assert cut.named["x"].tolist() == [0, 1, 2]
    assert (len(cut.named["scale"]), cut.named["flag"]) == (7, True)


def test_halves_hold_every_sample_once():
    rows = torch.arange(7)
    first, second = halves(take_samples([(rows, rows)] * 2, 12, CPU))
    assert [b.targets.tolist() for b in first] == [[0, 1, 2], [0, 1]]
    assert [b.targets.tolist() for b in second] == [[3, 4, 5, 6], [2, 3, 4]]
    one = [(rows[i : i + 1], rows[i : i + 1]) for i in range(3)]
    first, second = halves(take_samples(one, 3, CPU))
    assert [b.targets.tolist() for b in first] == [[0], [2]]
    assert [b.targets.tolist() for b in second] == [[1]]
    with pytest.raises(ValueError, match="at least 2 samples, got 1"):
        halves(take_samples([(rows[:1], rows[:1])], 1, CPU))


@pytest.mark.parametrize(
    ("loader", "message"), [([], "at least one batch"), ({"x": 1}, "give batches, got dict")]
)
def test_a_loader_that_is_none_is_told(loader, message):
    with pytest.raises(ValueError, match=message):
        take_samples(loader, 4, CPU)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda z: z,
        lambda z: (z, "state"),
        lambda z: {"logits": z},
        lambda z: SimpleNamespace(logits=z),
    ],
)
def test_logits_are_found_in_what_a_network_returns(wrap):
    class Net(nn.Module):
        def forward(self, x):
            return wrap(x)

    x = torch.ones(2, 3)
    assert Batch((x,), {}, x).outputs(Net()) is x


def test_cross_entropy_by_sample_is_that_of_torch():
    z, y = torch.randn(6, 3), torch.tensor([0, 1, 2, 2, 1, 0])
    expected = functional.cross_entropy(z, y, reduction="none")
    torch.testing.assert_close(loss_function("cross_entropy")(z, y), expected)
    words, targets = torch.randn(2, 5, 3), torch.tensor([[0, 1, 2, -100, -100], [1, 1, 0, 2, 0]])
    found = loss_function("cross_entropy")(words, targets)
    for i in range(2):
        torch.testing.assert_close(found[i], functional.cross_entropy(words[i], targets[i]))
    pixels, classes = torch.randn(2, 3, 4, 4), torch.randint(3, (2, 4, 4))
    found = loss_function("cross_entropy")(pixels, classes)
    for i in range(2):
        expected = functional.cross_entropy(pixels[i : i + 1], classes[i : i + 1])
        torch.testing.assert_close(found[i], expected)


def test_squared_error_never_spreads_over_shapes():
    z, y = torch.tensor([[1.0], [3.0]]), torch.tensor([0.0, 1.0])
    assert loss_function("mse")(z, y).tolist() == [1.0, 4.0]
    with pytest.raises(ValueError, match=r"targets must have the shape \(2, 1\)"):
        loss_function("mse")(z, torch.ones(3))


def test_losses_are_one_finite_number_per_sample():
    batch = [Batch((torch.ones(2, 1),), {}, torch.ones(2, 1))]
    net = nn.Identity()
    with pytest.raises(
        ValueError, match=r'one number per sample, 2 here, got \(\).*reduction="none"'
    ):
        sample_losses(net, batch, lambda z, y: (z - y).mean())
    with pytest.raises(ValueError, match="losses must be finite, got nan"):
        sample_losses(net, batch, lambda z, y: (z * float("nan"))[:, 0])
    with pytest.raises(ValueError, match="loss must be a function or one of cross_entropy, mse"):
        loss_function("hinge")


def test_every_module_returns_to_its_mode():
    net = nn.Sequential(nn.Dropout(), nn.Sequential(nn.Dropout()))
    net[0].eval()
    with evaluating(net):
        assert not any(module.training for module in net.modules())
    assert [module.training for module in net.modules()] == [True, False, True, True]


def test_generators_are_seeded_and_put_back():
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    with seeded([torch.zeros(1)], 7):
        inside = torch.rand(1)
    assert torch.equal(torch.rand(2), expected)
    torch.manual_seed(7)
    assert torch.equal(torch.rand(1), inside)
