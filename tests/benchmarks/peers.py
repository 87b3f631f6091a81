"""What a diagnosis computes, beside the public tools that users know.

Every tool gets the same network and the same samples:

* eigenpairs: how many products with the Hessian a tool needs, how long it takes, and how good its
  pairs are, all measured by one operator;
* indices of weight matrices: the same numbers where they mean the same;
* the recorder: the share of a training that it takes.

    .venv/bin/python tests/benchmarks/peers.py

writes ``book/data/peers.json`` in a minute. Tools that are not installed are left out: those of the
extra ``bench``, and WeightWatcher.
"""

from __future__ import annotations

import functools
import importlib
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest import mock

import numpy as np
import pools
import torch
from curvature import installed
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor, nn

from traindyn.curvature import hessian_operator, pairs_with_residuals
from traindyn.diagnose import Recorder
from traindyn.diagnose.weights import eigenvalues_of, ranks, weight_matrices
from traindyn.digits import handwritten_digits
from traindyn.ledger.records import environment, write_json
from traindyn.tails import FEWEST, fit_tail

Array = np.ndarray
Batch = tuple[Tensor, Tensor]
Found = tuple[int, Array, Array]
"""Products, eigenvalues that fall, eigenvectors as columns."""
Tool = Callable[[nn.Module, Batch, int], Found]
"""Takes network, samples and the seed of its random start."""

FILE = Path(__file__).parents[2] / "book" / "data" / "peers.json"

PAIRS = 10
TOLERANCE = 1e-6
"""Largest residual over its eigenvalue; asked of every tool that can be asked."""
HIDDEN = (16, 64, 400)
"""Widths of the networks, which have 1,210, 4,810 and 30,010 parameters."""
SAMPLES, STEPS, STARTS, RECORDED = 512, 60, 5, 2_000
LOSS = nn.CrossEntropyLoss()


@dataclass(frozen=True)
class Effort:
    """What the top eigenpairs of a Hessian cost one tool.

    Args:
        parameters: Of the network.
        tool: Its name and version.
        products: Products with the Hessian, the mean over random starts.
        seconds: Best of the starts.
        residual: Largest residual over its eigenvalue, of all starts.
        error: Largest error of an eigenvalue over the largest eigenvalue, of all starts.
    """

    parameters: int
    tool: str
    products: float
    seconds: float
    residual: float
    error: float


@dataclass(frozen=True)
class Index:
    """One number of one layer, from us and from another tool."""

    layer: str
    number: str
    tool: str
    ours: float
    theirs: float


@dataclass(frozen=True)
class Recording:
    """What recording costs: looks in a training, and the share of its time that they took."""

    parameters: int
    steps: int
    looks: int
    share: float


def network(hidden: int, dtype: torch.dtype = torch.float64) -> tuple[nn.Module, Batch]:
    """A network with one hidden layer, trained a little on the digits, and its samples."""
    images, labels = handwritten_digits()
    batch = torch.tensor(images[:SAMPLES], dtype=dtype), torch.tensor(labels[:SAMPLES]).long()
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, hidden), nn.Tanh(), nn.Linear(hidden, 10)).to(dtype)
    train(net, batch, STEPS)
    return net, batch


def train(
    net: nn.Module, batch: Batch, steps: int, after: Callable[[], None] | None = None
) -> None:
    """Full-batch training."""
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(steps):
        optimizer.zero_grad()
        LOSS(net(batch[0]), batch[1]).backward()
        optimizer.step()
        if after:
            after()


def size(net: nn.Module) -> int:
    """Number of parameters."""
    return sum(p.numel() for p in net.parameters())


def hessian(net: nn.Module, batch: Batch) -> LinearOperator:
    """Our operator."""
    return hessian_operator(LOSS(net(batch[0]), batch[1]), list(net.parameters()))


def counted(operator: LinearOperator) -> tuple[LinearOperator, list[None]]:
    """An operator, and a list that grows with each of its products."""
    seen: list[None] = []

    def apply(vector: Array) -> Array:
        seen.append(None)
        return np.asarray(operator @ vector)

    return LinearOperator(operator.shape, matvec=apply, dtype=operator.dtype), seen


def book(net: nn.Module, batch: Batch, seed: int, copies: bool = True) -> Found:
    """What the diagnosis calls."""
    operator, seen = counted(hessian(net, batch))
    generator = np.random.default_rng(seed)
    found = pairs_with_residuals(operator, PAIRS, generator, TOLERANCE, copies=copies)
    return len(seen), found.values, found.vectors


def curvlinops(net: nn.Module, batch: Batch, seed: int) -> Found:
    """Its operator and the Lanczos of scipy, as its documentation does."""
    from curvlinops import HessianLinearOperator

    theirs = HessianLinearOperator(
        net, LOSS, list(net.parameters()), [batch], check_deterministic=False
    )
    operator, seen = counted(theirs.to_scipy())
    start = np.random.default_rng(seed).standard_normal(size(net))
    values, vectors = eigsh(operator, PAIRS, which="LA", tol=TOLERANCE, v0=start)
    return len(seen), values[::-1], vectors[:, ::-1]


def hessian_eigenthings(net: nn.Module, batch: Batch, seed: int) -> Found:
    """Its Lanczos, which has to be told the number of steps: here one that is enough."""
    from hessian_eigenthings import HessianOperator, lanczos, supervised_loss

    operator = HessianOperator(net, [batch], supervised_loss(nn.functional.cross_entropy))
    steps = 8 * PAIRS
    found = lanczos(
        operator,
        k=PAIRS,
        max_iter=steps,
        tol=TOLERANCE,
        reorthogonalize=True,
        which="LA",
        seed=seed,
    )
    values = np.asarray(found.eigenvalues)
    vectors = np.asarray(found.eigenvectors).reshape(PAIRS, -1).T
    order = np.argsort(values)[::-1]
    return steps, values[order], vectors[:, order]


def pyhessian(net: nn.Module, batch: Batch, seed: int) -> Found:
    """Power iteration in single precision, its only way, with its default number of iterations."""
    theirs = importlib.import_module("pyhessian.hessian")  # a class of that name hides it

    torch.manual_seed(seed)
    product = theirs.hessian_vector_product
    with mock.patch.object(theirs, "hessian_vector_product", wraps=product) as seen:
        single = (batch[0].float(), batch[1])
        found = theirs.hessian(net.float(), LOSS, data=single, cuda=False)
        values, vectors = found.eigenvalues(maxIter=100, tol=TOLERANCE, top_n=PAIRS)
    columns = [nn.utils.parameters_to_vector(v).numpy().astype(float) for v in vectors]
    order = np.argsort(values)[::-1]
    return seen.call_count, np.array(values)[order], np.stack(columns, axis=1)[:, order]


TOOLS: dict[str, Tool] = {
    "this book": book,
    "this book, one start": functools.partial(book, copies=False),
    "curvlinops-for-pytorch": curvlinops,
    "hessian-eigenthings": hessian_eigenthings,
    "pyhessian": pyhessian,
}


def efforts() -> Iterator[Effort]:
    """All tools on all networks, in turns."""
    for hidden in HIDDEN:
        tools = {
            name: tool
            for name, tool in TOOLS.items()
            if name.startswith("this book") or installed(name)
        }
        net, batch = network(hidden)
        operator = hessian(net, batch)
        exact = pairs_with_residuals(operator, PAIRS, tolerance=1e-12).values
        runs: dict[str, list[tuple[float, Found]]] = {name: [] for name in tools}
        for seed in range(STARTS):
            for name, tool in tools.items():
                fresh = network(hidden)
                began = time.perf_counter()
                found = tool(*fresh, seed)
                runs[name].append((time.perf_counter() - began, found))
        for name, done in runs.items():
            yield Effort(
                size(net),
                f"{name} {installed(name) or ''}".strip(),
                float(np.mean([products for _, (products, *_) in done])),
                min(seconds for seconds, _ in done),
                max(residual_of(operator, *pairs) for _, (_, *pairs) in done),
                max(float(np.abs(v - exact).max() / exact[0]) for _, (_, v, _) in done),
            )


def residual_of(operator: LinearOperator, values: Array, vectors: Array) -> float:
    """The largest residual over its eigenvalue."""
    residuals = np.stack([operator @ v for v in vectors.T], axis=1) - vectors * values
    return float((np.linalg.norm(residuals, axis=0) / np.abs(values)).max())


def indices() -> Iterator[Index]:
    """Exponent and rank of the layers of a network, beside WeightWatcher; none without it."""
    version = installed("weightwatcher")
    if not version:
        return
    logging.disable(logging.CRITICAL)  # it tells every step
    import weightwatcher

    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Linear(64, 200), nn.Tanh(), nn.Linear(200, 100), nn.Tanh(), nn.Linear(100, 10)
    )
    _, (images, labels) = network(HIDDEN[0], torch.float32)
    train(net, (images, labels), STEPS)
    theirs = weightwatcher.WeightWatcher(model=net).analyze().set_index("name")
    for name, matrix in weight_matrices(net):
        row = name.partition(".")[0]
        if row not in theirs.index or min(matrix.shape) < FEWEST:
            continue
        values = eigenvalues_of(matrix)
        tail = fit_tail(values)
        own = {"alpha": tail.alpha, "D": tail.distance, "stable_rank": ranks(values)[0]}
        for number, value in own.items():
            told = float(theirs.loc[row, number])
            yield Index(name, number, f"WeightWatcher {version}", value, told)


def recordings() -> Iterator[Recording]:
    """A training with the recorder at its default interval."""
    for hidden in HIDDEN:
        net, batch = network(hidden, torch.float32)
        record = Recorder(net)
        train(net, batch, RECORDED, record)
        yield Recording(size(net), RECORDED, len(record.steps), record.cost)


def main() -> None:
    """Measure, print and store."""
    pools.limit_all()
    content = {
        "environment": environment(),
        "pairs": PAIRS,
        "tolerance": TOLERANCE,
        "samples": SAMPLES,
        "efforts": [],
        "indices": [],
        "recordings": [],
    }
    for name, rows in (
        ("efforts", efforts()),
        ("indices", indices()),
        ("recordings", recordings()),
    ):
        for row in rows:
            print(row, flush=True)
            content[name].append(asdict(row))
    write_json(FILE, content)


if __name__ == "__main__":
    main()
