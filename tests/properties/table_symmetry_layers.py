"""Properties of a layer of neurons: sums by hand, and the step that torch makes."""

from __future__ import annotations

import copy

import numpy as np
import torch
from harness import Property
from hypothesis import strategies as st
from strategies import any_number, seeds
from torch import nn

from traindyn import symmetry

PAIRS = {
    "linear": lambda: (nn.Linear(3, 4), nn.Linear(4, 2), (5, 3)),
    "plain": lambda: (nn.Linear(3, 4, bias=False), nn.Linear(4, 2, bias=False), (5, 3)),
    "conv": lambda: (nn.Conv2d(2, 4, 2), nn.Conv2d(4, 2, 2, groups=2), (3, 2, 4, 4)),
    "depthwise": lambda: (nn.Conv1d(3, 4, 1), nn.Conv1d(4, 8, 2, groups=4), (3, 3, 4)),
    "volume": lambda: (nn.Conv3d(1, 2, 1), nn.Conv3d(2, 1, 1), (2, 1, 2, 2, 2)),
    "flat": lambda: (nn.Conv1d(2, 3, 2), nn.Linear(9, 2), (4, 2, 4)),
}
WRONG = {
    "widths": lambda: (nn.Linear(3, 4), nn.Linear(5, 2), (5, 3)),
    "blocks": lambda: (nn.Linear(3, 4), nn.Linear(8, 2), (5, 3)),
    "kind": lambda: (nn.Linear(3, 4), nn.ReLU(), (5, 3)),
    "transposed": lambda: (nn.Conv1d(3, 4, 1), nn.ConvTranspose1d(4, 2, 1), (5, 3, 2)),
    "lazy": lambda: (nn.LazyLinear(4), nn.Linear(4, 2), (5, 3)),
    "complex": lambda: (*[nn.Linear(4, 4).to(torch.complex64) for _ in range(2)], (5, 4)),
    "none": lambda: (None, nn.Linear(4, 2), (5, 3)),
}
SHAPES = PAIRS | WRONG
SCALES = (1.0, 1.0, 1e-160, 1e160, 0.0, float("nan"), float("inf"), 1e90)
DTYPES = (torch.float64, torch.float64, torch.float32, torch.float16)
STEPS = ("no", "no", "none", "weight", "bias", "outgoing", "nan", "tied", "strided", "single")


def layer(seed, shape, scale=1.0, dtype=torch.float64):
    torch.manual_seed(seed)
    incoming, outgoing, size = SHAPES[shape]()
    found = symmetry.NeuronLayer(incoming, outgoing)
    with torch.no_grad():
        for module in (incoming, outgoing):
            module.to(dtype)
            for part in module.parameters():
                part.mul_(scale)
    return found, torch.randn(size, dtype=dtype)


def computed(found, x):
    h = torch.relu(found.incoming(x))
    return found.outgoing(h.flatten(1) if x.ndim == 3 and type(found.outgoing) is nn.Linear else h)


def incoming_by_hand(found):
    w, b = found.incoming.weight.detach().double(), found.incoming.bias
    sums = [float((row * row).sum()) for row in w]
    return np.array(sums) + (0.0 if b is None else b.detach().double().square().numpy())


def outgoing_by_hand(found):
    """The weight by which each output takes each input, one at a time."""
    u, n = found.outgoing.weight.detach().double(), len(found.incoming.weight)
    totals = np.zeros(n)
    if isinstance(found.outgoing, nn.Linear):
        for column in range(u.shape[1]):
            totals[column // (u.shape[1] // n)] += float((u[:, column] ** 2).sum())
        return totals
    groups = found.outgoing.groups
    for output in range(len(u)):
        first = output // (len(u) // groups) * u.shape[1]
        for place in range(u.shape[1]):
            totals[first + place] += float((u[output, place] ** 2).sum())
    return totals


def per_layer(call, slow):
    return Property(
        lambda *drawn: call(layer(*drawn)[0]).double().numpy(),
        lambda *drawn: slow(layer(*drawn)[0]),
        st.tuples(seeds, st.sampled_from([*PAIRS])),
        st.tuples(
            seeds, st.sampled_from([*SHAPES]), st.sampled_from(SCALES), st.sampled_from(DTYPES)
        ),
        lambda a, b: (
            a.shape == b.shape and np.allclose(a, b, rtol=1e-4, atol=1e-6 * (np.abs(b).max()))
        ),
    )


def trained(seed, shape, rate, spoil="no"):
    found, x = layer(seed, shape)
    parts = {
        "weight": found.incoming.weight,
        "bias": found.incoming.bias,
        "outgoing": found.outgoing.weight,
    }
    if parts.get(spoil) is not None:
        parts[spoil].requires_grad_(False)
    if spoil == "tied" and found.incoming.weight.shape == found.outgoing.weight.shape:
        found.outgoing.weight = found.incoming.weight
    if spoil == "single":
        found.incoming.float(), found.outgoing.float()
        x = x.float()
    if spoil == "strided":
        found.incoming.weight.data = found.incoming.weight.data.mT.contiguous().mT
    if spoil != "none":
        (computed(found, x) - 1).square().mean().backward()
    if spoil == "nan":
        found.outgoing.weight.grad[0] = float("nan")
    return found


def stepped(found, rate):
    """The change that torch's own step makes, in double precision."""
    parts = [p for m in (found.incoming, found.outgoing) for p in m.parameters()]
    gradients = [p.grad.double() for p in parts]
    found = copy.deepcopy(found)
    parts = [p for m in (found.incoming, found.outgoing) for p in m.parameters()]
    found.incoming.double(), found.outgoing.double()
    before = found.imbalance()
    with torch.no_grad():
        for part, gradient in zip(parts, gradients, strict=True):
            part.sub_(float(rate) * gradient)
    return (found.imbalance() - before).numpy()


def changed(seed, shape, rate, spoil="no"):
    found = trained(seed, shape, rate, spoil)
    change = found.step_change(rate).double().numpy()
    return change / max(1.0, float(rate) ** 2)


def slow_change(seed, shape, rate, spoil="no"):
    found = trained(seed, shape, rate, spoil)
    return stepped(found, rate) / max(1.0, float(rate) ** 2)


def rescaled(seed, shape, factors):
    found, x = layer(seed, shape)
    before = computed(found, x)
    found.rescale(factors(found.neurons))
    return (computed(found, x) - before).detach().numpy()


FACTORS = [
    lambda n: torch.linspace(0.5, 3.0, n),
    lambda n: torch.full((n,), 1e6, dtype=torch.float64),
    lambda n: torch.arange(n),
    lambda n: torch.ones(n + 1),
    lambda n: torch.full((n,), float("nan")),
    lambda n: -torch.ones(n),
    lambda n: torch.ones(n, dtype=torch.complex64),
    lambda n: torch.arange(1, n + 1),
    lambda n: np.ones(n),
    lambda n: 2.0,
]


def sums(side):
    """Sums of drawn values over the weights of each neuron, and by hand on another module."""

    def call(seed, shape, wrong):
        found, _ = layer(seed, shape)
        values = torch.zeros(3) if wrong else getattr(found, side).weight.detach().square()
        if side == "outgoing":
            return found.sum_outgoing(values).numpy()
        bias = found.incoming.bias
        return found.sum_incoming(values, None if bias is None else bias.detach().square()).numpy()

    def slow(seed, shape, wrong):
        return (outgoing_by_hand if side == "outgoing" else incoming_by_hand)(layer(seed, shape)[0])

    shapes = [st.sampled_from([*PAIRS]), st.sampled_from([*SHAPES])]
    return Property(
        call,
        slow,
        st.tuples(seeds, shapes[0], st.just(False)),
        st.tuples(seeds, shapes[1], st.booleans()),
    )


def small(actual, expected):
    return np.allclose(actual, expected, rtol=1e-3, atol=1e-6)


pairs = st.sampled_from([*PAIRS])
LAYERS = {
    "NeuronLayer": Property(
        lambda *drawn: layer(*drawn)[0].neurons,
        lambda seed, shape: {"flat": 3, "volume": 2}.get(shape, 4) if shape in PAIRS else None,
        st.tuples(seeds, pairs),
        st.tuples(seeds, st.sampled_from([*SHAPES])),
        lambda actual, expected: actual == expected,
    ),
    "NeuronLayer.outgoing_norms": per_layer(lambda found: found.outgoing_norms(), outgoing_by_hand),
    "NeuronLayer.incoming_norms": per_layer(lambda found: found.incoming_norms(), incoming_by_hand),
    "NeuronLayer.imbalance": per_layer(
        lambda found: found.imbalance(),
        lambda found: outgoing_by_hand(found) - incoming_by_hand(found),
    ),
    "NeuronLayer.step_change": Property(
        changed,
        slow_change,
        st.tuples(seeds, pairs, st.floats(0.1, 1.0)),
        st.tuples(seeds, st.sampled_from([*SHAPES]), any_number(), st.sampled_from(STEPS)),
        small,
    ),
    "NeuronLayer.rescale": Property(
        rescaled,
        lambda *drawn: 0.0,
        st.tuples(seeds, pairs, st.just(FACTORS[0])),
        st.tuples(seeds, st.sampled_from([*SHAPES]), st.sampled_from(FACTORS)),
        lambda a, b: np.abs(a).max() < 1e-9,
    ),
    "NeuronLayer.sum_outgoing": sums("outgoing"),
    "NeuronLayer.sum_incoming": sums("incoming"),
}


TABLE = {f"traindyn.symmetry.layers.{name}": tried for name, tried in LAYERS.items()}
