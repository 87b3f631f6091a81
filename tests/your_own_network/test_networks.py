"""Networks of the chapter: shapes, copies side by side, and convolutions as products."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call

from traindyn.your_own_network.experiments.networks import (
    KINDS,
    MIDDLE,
    ConvNet,
    Convolution,
    Transformer,
    make_network,
    random_copies,
)
from traindyn.your_own_network.experiments.training import (
    TRAINING,
    images_of_digits,
    logits_of,
    mean_losses,
    train,
)

IMAGES, LABELS = images_of_digits()


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (3, 3), (2, 2), (1, 1)])
def test_a_convolution_is_that_of_torch(size, stride):
    torch.manual_seed(0)
    layer = Convolution(2, 5, size, stride=stride).double()
    images = torch.randn(4, 2, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(layer(images), nn.Conv2d.forward(layer, images))


def test_attention_of_a_transformer_is_that_of_torch():
    torch.manual_seed(0)
    net = Transformer(6, 7).double()
    tokens = torch.randn(3, 8, 6, dtype=torch.float64)
    attention = nn.MultiheadAttention(6, 1, batch_first=True).double()
    maps = (net.query, net.key, net.value)
    with torch.no_grad():
        attention.in_proj_weight.copy_(torch.cat([m.weight for m in maps]))
        attention.in_proj_bias.copy_(torch.cat([m.bias for m in maps]))
        attention.out_proj.weight.copy_(net.out.weight)
        attention.out_proj.bias.copy_(net.out.bias)
        net.embed = nn.Identity()
        net.embed.forward = lambda _: tokens
        net.place.zero_()
        net.down.weight.zero_()
        net.down.bias.zero_()
        wanted = net.head((tokens + attention(tokens, tokens, tokens)[0]).mean(dim=1))
        torch.testing.assert_close(net(torch.zeros(3, 64, dtype=torch.float64)), wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_copies_side_by_side_are_copies_one_by_one(kind):
    net = make_network(kind)
    weights = random_copies(net, 3, 1.0, generator())
    found = logits_of(net, weights, IMAGES[:5])
    for number in range(3):
        own = {name: w[number] for name, w in weights.items()}
        torch.testing.assert_close(found[number], functional_call(net, own, (IMAGES[:5],)))
    losses = mean_losses(net, weights, IMAGES[:5], LABELS[:5])
    wanted = nn.functional.cross_entropy(found[1], LABELS[:5])
    torch.testing.assert_close(losses[1], wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_starts_have_the_scale_over_the_root_of_the_inputs(kind):
    weights = random_copies(make_network(kind), 400, 0.5, generator())
    middle = weights[MIDDLE[kind]]
    inputs = middle[0, 0].numel()
    # 400 matrices of at least 1,152 entries: a relative error of 0.001, five of them (6e-7)
    assert float(middle.std()) == pytest.approx(0.5 / inputs**0.5, rel=0.006)
    assert all(not w.any() for name, w in weights.items() if name.endswith("bias"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_one_of_torch(kind):
    net = make_network(kind).double()
    start = random_copies(net, 1, 1.0, generator())
    found = train(net, start, [2], generator(), learning_rate=0.1, batch_size=TRAINING)
    with torch.no_grad():
        for name, weight in net.named_parameters():
            weight.copy_(start[name][0])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(IMAGES[:TRAINING].double()), LABELS[:TRAINING]).backward()
        optimizer.step()
    for name, weight in net.named_parameters():
        torch.testing.assert_close(found.weights[0][name][0], weight.detach())


def test_training_with_momentum_is_that_of_torch():
    net = ConvNet(2, 3).double()
    start = random_copies(net, 1, 1.0, generator())
    how = {"learning_rate": 0.1, "batch_size": TRAINING, "momentum": 0.5}
    found = train(net, start, [3], generator(), **how)
    with torch.no_grad():
        for name, weight in net.named_parameters():
            weight.copy_(start[name][0])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.5)
    for _ in range(3):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(IMAGES[:TRAINING].double()), LABELS[:TRAINING]).backward()
        optimizer.step()
    for name, weight in net.named_parameters():
        torch.testing.assert_close(found.weights[0][name][0], weight.detach())


def test_copies_draw_their_own_batches():
    net = ConvNet(2, 3)
    one = random_copies(net, 1, 1.0, generator())
    twice = {name: w.repeat(2, *[1] * (w.ndim - 1)) for name, w in one.items()}
    found = train(net, twice, [1], generator(), learning_rate=0.1).weights[0]["head.weight"]
    assert not torch.equal(found[0], found[1])


def test_images_are_standardized():
    assert IMAGES.shape == (1797, 64)
    np.testing.assert_allclose([IMAGES.mean(), IMAGES.std()], [0, 1], atol=1e-3)


def test_wrong_arguments_are_refused():
    net, start = ConvNet(2, 3), random_copies(ConvNet(2, 3), 1, 1.0, generator())
    with pytest.raises(ValueError, match="scale"):
        random_copies(net, 1, 0.0, generator())
    with pytest.raises(ValueError, match="channels"):
        ConvNet(0)
    with pytest.raises(ValueError, match="batch_size"):
        train(net, start, [1], generator(), learning_rate=0.1, batch_size=0)
    with pytest.raises(ValueError, match="learning_rate must keep the weights finite"):
        train(net, start, [3], generator(), learning_rate=1e30)
