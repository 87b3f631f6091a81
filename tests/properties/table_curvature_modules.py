"""Properties of the operators of torch modules, and of their parameters."""

from __future__ import annotations

import torch
from comparing import dense, seeds, within
from harness import Property
from hypothesis import strategies as st

from traindyn import curvature
from traindyn.curvature import parameters

ACTIVATIONS = [torch.tanh, torch.relu, torch.square, lambda x: x]


def network(seed, dtype=torch.float64):
    """Weights, inputs and targets of a small network."""
    g = torch.Generator().manual_seed(seed)
    drawn = [torch.randn(shape, generator=g) for shape in [(3, 2), (3,), (2, 3), (4, 2), (4, 2)]]
    return [x.to(dtype) for x in drawn]


def forward(activation, w1, b1, w2, x):
    return activation(x @ w1.T + b1) @ w2.T


def losses_of(outputs, y):
    return (outputs - y).square().sum(dim=1) + outputs.prod(dim=1)


TREATMENTS = [
    *("plain", "plain", "one", "unused", "single", "mixed", "tiny"),
    *("twice", "view", "frozen", "half", "complex", "no_grad", "detached", "copied", "nan"),
    *("empty", "dependent", "tensor", "named", "number", "module", "nothing"),
]


def treated(seed, activation, treatment):
    """Parameters, what they are given as, outputs and losses."""
    dtype = {"single": torch.float32, "half": torch.bfloat16}.get(treatment, torch.float64)
    *weights, x, y = network(seed, dtype)
    w = [weight.requires_grad_(True) for weight in weights]
    if treatment == "mixed":
        w[2] = w[2].detach().float().requires_grad_(True)
    if treatment == "frozen":
        w[1].requires_grad_(False)
    if treatment == "empty":
        x, y = x[:0], y[:0]
    if treatment == "nan":
        x = x * float("nan")
    if treatment == "tiny":
        x, y = x * 1e-20, y * 1e-20
    used = [*w[:2], w[2].double()] if treatment == "mixed" else w
    with torch.set_grad_enabled(treatment != "no_grad"):
        outputs = forward(activation, *used, x)
        if treatment == "detached":
            outputs = outputs.detach()
        losses = losses_of(outputs, y)
    given = {
        "one": w[2:],
        "unused": [*w, torch.ones(2, dtype=dtype, requires_grad=True)],
        "twice": [*w, w[0]],
        "view": [*w, w[0].view(-1)],
        "complex": [*w, torch.ones(1, dtype=torch.complex128, requires_grad=True)],
        "copied": [weight.detach().clone().requires_grad_(True) for weight in w],
        "dependent": [*w, outputs],
        "tensor": w[0],
        "named": {"w": w[0]},
        "module": torch.nn.Linear(2, 2),
        "nothing": [],
    }.get(treatment, w)
    return given, outputs, losses


def flat(given):
    return torch.cat([weight.detach().double().flatten() for weight in given])


def functional(seed, activation, treatment, given):
    """Outputs and losses as functions of one flat vector of the given parameters."""
    *weights, x, y = network(seed, torch.float32 if treatment == "single" else torch.float64)
    weights, x, y = [w.double() for w in weights], x.double(), y.double()
    if treatment == "tiny":
        x, y = x * 1e-20, y * 1e-20
    places = [2] if treatment == "one" else [0, 1, 2]

    def outputs(vector):
        pieces, full = vector.split([w.numel() for w in given]), list(weights)
        for place, piece in zip(places, pieces, strict=False):
            full[place] = piece.view_as(weights[place])
        return forward(activation, *full, x)

    return outputs, y


def hessian(seed, activation, treatment):
    given, _, losses = treated(seed, activation, treatment)
    loss = losses.mean()
    return dense(curvature.hessian_operator(1.0 if treatment == "number" else loss, given))


def slow_hessian(seed, activation, treatment):
    given, _, _ = treated(seed, activation, treatment)
    outputs, y = functional(seed, activation, treatment, given)
    return torch.autograd.functional.hessian(lambda w: losses_of(outputs(w), y).mean(), flat(given))


def gauss_newton(seed, activation, treatment):
    given, outputs, losses = treated(seed, activation, treatment)
    loss = losses.mean()
    outputs = outputs.tolist() if treatment == "number" else outputs
    return dense(curvature.gauss_newton_operator(loss, outputs, given))


def slow_gauss_newton(seed, activation, treatment):
    given, _, _ = treated(seed, activation, treatment)
    outputs, y = functional(seed, activation, treatment, given)
    derivative = torch.autograd.functional.jacobian(outputs, flat(given)).flatten(0, 1)
    curve = torch.autograd.functional.hessian(
        lambda o: losses_of(o.view(4, 2), y).mean(), outputs(flat(given)).flatten()
    )
    return derivative.T @ curve @ derivative


def gradient_matrix(seed, activation, treatment):
    given, _, losses = treated(seed, activation, treatment)
    losses = losses.mean() if treatment == "number" else losses
    return dense(curvature.gradient_matrix_operator(losses, given))


def slow_gradient_matrix(seed, activation, treatment):
    given, _, _ = treated(seed, activation, treatment)
    outputs, y = functional(seed, activation, treatment, given)
    each = torch.autograd.functional.jacobian(lambda w: losses_of(outputs(w), y), flat(given))
    return each.T @ each / len(each)


def of_networks(call, slow):
    parts = (seeds, st.sampled_from(ACTIVATIONS))
    return Property(
        call,
        slow,
        st.tuples(*parts, st.sampled_from(["plain", "one", "unused"])),
        st.tuples(*parts, st.sampled_from(TREATMENTS)),
        within(1e-3, 1e-4),
    )


def views(start, offset, stride, size):
    """Two views of one buffer, or of two if the stride is 0."""
    buffer = torch.zeros(40)
    one = buffer[start : start + 6]
    other = buffer[offset : offset + stride * size : stride] if stride else torch.zeros(size)
    return buffer, one, other


def slow_shared(start, offset, stride, size):
    _, one, other = views(start, offset, stride, size)
    one.fill_(1.0)
    return bool(other.any())


MODULES = {
    "modules.hessian_operator": of_networks(hessian, slow_hessian),
    "modules.gauss_newton_operator": of_networks(gauss_newton, slow_gauss_newton),
    "modules.gradient_matrix_operator": of_networks(gradient_matrix, slow_gradient_matrix),
    "parameters.distinct_parameters": Property(
        lambda *drawn: len(parameters.distinct_parameters(treated(*drawn)[0])),
        lambda *drawn: len(treated(*drawn)[0]),
        st.tuples(seeds, st.just(torch.relu), st.sampled_from(["plain", "one", "unused"])),
        st.tuples(seeds, st.just(torch.relu), st.sampled_from(TREATMENTS)),
    ),
    "parameters.shared_memory": Property(
        lambda *drawn: parameters.shared_memory(views(*drawn)[1:]) == (0, 1),
        slow_shared,
        *[st.tuples(*[st.integers(0, 20)] * 2, st.integers(0, 3), st.integers(1, 6))] * 2,
    ),
}

TABLE = {f"traindyn.curvature.{name}": tried for name, tried in MODULES.items()}
