"""Properties of ``traindyn.symmetry``: the account closes, or the layer is not called symmetric."""

from __future__ import annotations

import copy

import torch
from harness import Property
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from traindyn import symmetry
from traindyn.symmetry import reading, trial

seeds = st.integers(0, 10**6)
KEEPING = (nn.Identity, nn.ReLU, nn.PReLU, nn.LeakyReLU, nn.Dropout)
BREAKING = (nn.Tanh, nn.GELU, nn.ReLU6, nn.Softmax, nn.AlphaDropout, lambda: nn.LayerNorm(4))


class Functional(nn.Module):
    """Three linear maps and what a user may do between them."""

    def __init__(self, between):
        super().__init__()
        self.last, self.first, self.middle = nn.Linear(4, 2), nn.Linear(3, 4), nn.Linear(4, 4)
        self.between = between

    def forward(self, x):
        h = self.between(self, self.first(x))
        return self.last(torch.relu(self.middle(h)))


class Twist(torch.autograd.Function):
    """The identity, with another gradient."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return -gradient


BOTH, ONE, NONE = {"first", "middle"}, {"middle"}, set()
FUNCTIONAL = {
    "relu": (lambda net, h: torch.relu(h), BOTH),
    "leaky": (lambda net, h: functional.leaky_relu(h, -0.5), BOTH),
    "abs": (lambda net, h: 3 * h.abs(), BOTH),
    "mask": (lambda net, h: functional.dropout(torch.relu(h), 0.3, net.training), BOTH),
    "tanh": (lambda net, h: torch.tanh(h), ONE),
    "clamp": (lambda net, h: h.clamp(-1e6, 1e6), ONE),
    "shift": (lambda net, h: torch.relu(h + 1e-3), ONE),
    "detach": (lambda net, h: h.detach(), ONE),
    "twist": (lambda net, h: Twist.apply(h), ONE),
    "skip": (lambda net, h: torch.relu(h) + torch.tanh(h), ONE),
    "decay": (lambda net, h: torch.relu(h) + net.first.weight.square().sum(), ONE),
    "mode": (lambda net, h: torch.tanh(h) if net.training else torch.relu(h), ONE),
    "normal": (lambda net, h: functional.normalize(h), ONE),
    "largest": (lambda net, h: h * (h == h.amax(dim=1, keepdim=True)), ONE),
    "twice": (lambda net, h: net.middle(torch.relu(h)), NONE),
    "fails": (lambda net, h: h @ h, NONE),
    "nowhere": (lambda net, h: h * float("nan"), NONE),
}
"""What stands between two maps of ``Functional``, and the layers that are symmetric then."""


def made(seed, kinds, spoil):
    """A plain network of width 4 and the names of its symmetric layers."""
    torch.manual_seed(seed)
    modules = [nn.Linear(3, 4)]
    for kind in kinds:
        modules += [kind(), nn.Linear(4, 4)]
    net = nn.Sequential(*modules)
    good = {str(2 * i) for i, kind in enumerate(kinds) if kind in KEEPING}
    middle = str(2 * (len(kinds) // 2))
    before = str(int(middle) - 2)
    if spoil == "tied" and middle != "0":
        net[int(middle)].weight = net[2 * len(kinds)].weight
        last = str(2 * len(kinds))
        good -= {middle, before, last, str(2 * len(kinds) - 2)} if middle != last else set()
    if spoil == "frozen":
        net[int(middle)].bias.requires_grad_(False)
        good -= {middle}
    if spoil == "nested":
        net = nn.Sequential(net[0], nn.Sequential(*net[1:]))
        names = ["0", *(f"1.{i}" for i in range(len(modules) - 1))]
        good = {names[int(name)] for name in good}
    if spoil == "shared" and len(kinds) > 1:
        net[3] = net[1]
        good = {n for n in good if n != "2"} | ({"2"} if kinds[0] in KEEPING else set())
    if spoil == "hook":
        net[0].register_forward_hook(lambda module, args, output: torch.tanh(output))
        good -= {"0"}
    if spoil == "gradient":
        net[0].weight.register_hook(lambda gradient: 2 * gradient)
        good -= {"0"}
    if spoil == "normed":
        nn.utils.parametrizations.weight_norm(net[0])
        good -= {"0"}
    if spoil == "eval":
        net.eval()
    if spoil == "zero":
        nn.init.zeros_(net[0].weight)
        nn.init.zeros_(net[2].weight)
    return net, good


def names_of(found):
    """Names of the layers without a reason."""
    return {name for name, (_, reason) in found.items() if reason is None}


def same(actual, expected):
    return actual == expected


batches = seeds.map(lambda seed: torch.randn(6, 3, generator=torch.Generator().manual_seed(seed)))
chains = st.lists(st.sampled_from(KEEPING * 2 + BREAKING), min_size=1, max_size=3)
SPOILS = ("no", "tied", "frozen", "nested", "shared", "hook", "gradient", "normed", "eval", "zero")
ordinary = st.tuples(seeds, chains, st.sampled_from(["no", "nested", "eval"]))
wild = st.tuples(seeds, chains, st.sampled_from(SPOILS))


def state(net):
    parts = [*net.parameters(), *net.buffers()]
    return [
        *[part.detach().clone() for part in parts],
        torch.get_rng_state(),
        torch.tensor([module.training for module in net.modules()]),
        torch.tensor([part.grad is None for part in net.parameters()]),
    ]


def account(net, layers, x):
    """Error of the account in a step of plain SGD near the weights of the network, by layer."""
    stepped = copy.deepcopy(net).double().train()
    modules = dict(stepped.named_modules())
    with torch.no_grad():
        for part in stepped.parameters():
            part.add_(0.1 * torch.randn_like(part))
    names = {id(module): name for name, module in net.named_modules()}
    layers = [
        symmetry.NeuronLayer(modules[names[id(i.incoming)]], modules[names[id(i.outgoing)]])
        for i in layers
    ]
    (stepped(x.double()) - 1).square().sum().backward()
    before, change = [i.imbalance() for i in layers], [i.step_change(0.01) for i in layers]
    with torch.no_grad():
        for part in stepped.parameters():
            if part.requires_grad and part.grad is not None:
                part.sub_(0.01 * part.grad)
    return max(
        [
            float((i.imbalance() - b - c).abs().max())
            for i, b, c in zip(layers, before, change, strict=True)
        ],
        default=0.0,
    )


def searched(drawn, sample):
    """Names of the symmetric layers; nothing of the network may change, the account must close."""
    net, _ = built(drawn)
    before = state(net)
    found = symmetry.find_symmetries(net, sample)
    assert all(torch.equal(a, b) for a, b in zip(before, state(net), strict=True))
    if isinstance(sample, torch.Tensor) or sample is None:
        x = torch.randn(6, 3, dtype=torch.float64)
        assert account(net, found.layers.values(), x) < 1e-9
    return set(found.layers)


def built(drawn):
    if isinstance(drawn, str):
        between, good = FUNCTIONAL[drawn]
        torch.manual_seed(len(drawn))
        return Functional(between), good
    return made(*drawn)


class Odd(nn.Module):
    def forward(self, x):
        return {"out": [x]}


samples = st.one_of(
    batches,
    st.none(),
    batches.map(lambda x: (x,)),
    batches.map(lambda x: x.double().T.contiguous().T),
    st.sampled_from([torch.zeros(0, 3), torch.full((2, 3), float("nan")), "x", 3, [1], {}, ()]),
    batches.map(lambda x: x[:, :2]),
)


TABLE = {
    "traindyn.symmetry.reading.read_network": Property(
        lambda *drawn: names_of(reading.read_network(made(*drawn)[0])),
        lambda seed, kinds, spoil: made(
            seed, kinds, "nested" if spoil == "nested" else "shared" if spoil == "shared" else "no"
        )[1],
        ordinary,
        st.tuples(
            seeds, chains, st.sampled_from(["no", "nested", "shared", "eval", "hook", "normed"])
        ),
        same,
    ),
    "traindyn.symmetry.trial.try_network": Property(
        lambda drawn, sample: names_of(trial.try_network(built(drawn)[0], sample)),
        lambda drawn, sample: built(drawn)[1],
        st.tuples(ordinary, batches),
        st.tuples(st.sampled_from([*FUNCTIONAL]), samples.filter(lambda x: x is not None)),
        same,
    ),
    "traindyn.symmetry.search.find_symmetries": Property(
        searched,
        lambda drawn, sample: built(drawn)[1],
        st.tuples(ordinary, st.none() | batches),
        st.tuples(wild | st.sampled_from([*FUNCTIONAL]), samples),
        same,
    ),
}
