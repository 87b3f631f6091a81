"""Top eigenpairs of the Hessian of softmax regression: closed form against general packages.

The packages are no part of the book: ``pip install -e .[bench]``. A row whose package is missing
is left out, and the table says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata

import numpy as np
import torch
from comparison import Row, compare, seconds_of
from scipy import linalg
from scipy.sparse.linalg import eigsh
from torch import Tensor, nn

from traindyn.curvature import SoftmaxRegression, hessian_operator, top_eigenpairs

REPEATS = 3
"""Each way takes seconds, so that a busy moment matters less than for the other rows."""


@dataclass(frozen=True)
class Problem:
    """Softmax regression on a mixture with some signal, and how many eigenpairs are wanted."""

    classes: int
    inputs: int
    samples: int
    count: int

    def model(self) -> SoftmaxRegression:
        """The problem in numpy."""
        g = np.random.default_rng(0)
        k, d, m = self.classes, self.inputs, self.samples
        labels = g.integers(0, k, m)
        x = g.standard_normal((m, d)) / 5
        x[np.arange(m), labels] += 1
        weights = np.eye(k, d) * 2 + g.standard_normal((k, d)) / d**0.5
        return SoftmaxRegression(weights, x, labels)

    def network(self, dtype: torch.dtype = torch.float64) -> tuple[nn.Linear, Tensor, Tensor]:
        """The same in torch."""
        model = self.model()
        net = nn.Linear(self.inputs, self.classes, bias=False).to(dtype)
        with torch.no_grad():
            net.weight.copy_(torch.tensor(model.parameters))
        return net, torch.tensor(model.inputs, dtype=dtype), torch.tensor(model.labels)


Values = Callable[[], np.ndarray]


def double_backward(problem: Problem) -> Values:
    """Our own operator for any torch module."""

    def values() -> np.ndarray:
        net, x, y = problem.network()
        loss = nn.functional.cross_entropy(net(x), y)
        return top_eigenpairs(hessian_operator(loss, net.parameters()), problem.count).values

    return values


def curvlinops(problem: Problem) -> Values:
    """curvlinops, with the Lanczos of scipy."""
    from curvlinops import HessianLinearOperator

    net, x, y = problem.network()
    loss = nn.CrossEntropyLoss()
    parameters = list(net.parameters())

    def values() -> np.ndarray:
        operator = HessianLinearOperator(
            net, loss, parameters, [(x, y)], check_deterministic=False
        ).to_scipy()
        return eigsh(operator, problem.count, which="LA", return_eigenvectors=False)[::-1]

    return values


def hessian_eigenthings(problem: Problem) -> Values:
    """hessian-eigenthings, with the steps and the orthogonality it needs.

    Its default number of steps does not converge, and without reorthogonalization it returns
    copies of the largest eigenvalues.
    """
    from hessian_eigenthings import HessianOperator, lanczos, supervised_loss

    net, x, y = problem.network()
    loss = supervised_loss(nn.functional.cross_entropy)

    def values() -> np.ndarray:
        operator = HessianOperator(net, [(x, y)], loss)
        steps = min(80, problem.classes * problem.inputs)
        found = lanczos(
            operator,
            k=problem.count,
            max_iter=steps,
            tol=1e-10,
            reorthogonalize=True,
            which="LA",
            seed=0,
        )
        return np.sort(np.asarray(found.eigenvalues))[::-1]

    return values


def pyhessian(problem: Problem) -> Values:
    """PyHessian: power iteration in single precision, its only way."""
    from pyhessian import hessian

    net, x, y = problem.network(torch.float32)
    loss = nn.CrossEntropyLoss()

    def values() -> np.ndarray:
        torch.manual_seed(0)
        found, _ = hessian(net, loss, data=(x, y), cuda=False).eigenvalues(
            maxIter=100, tol=1e-4, top_n=problem.count
        )
        return np.sort(np.asarray(found))[::-1]

    return values


PEERS = {
    "curvlinops-for-pytorch": curvlinops,
    "hessian-eigenthings": hessian_eigenthings,
    "PyHessian": pyhessian,
}


def installed(name: str) -> str | None:
    """Version of a package, None if it is missing."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def against(problem: Problem, name: str, theirs: Values, minimum: float) -> Row:
    """One comparison; the accuracy is the largest relative difference of an eigenvalue."""
    model = problem.model()

    def ours() -> np.ndarray:
        fresh = SoftmaxRegression(model.parameters, model.inputs, model.labels)
        return top_eigenpairs(fresh.hessian(), problem.count).values

    return compare(
        f"top {problem.count} eigenpairs, {name.split()[0].strip(',')}",
        ours,
        name,
        theirs,
        minimum,
        float(np.abs(theirs() / ours() - 1).max()),
        repeats=REPEATS,
    )


def dense(problem: Problem, share: int) -> Row:
    """The matrix formed by automatic differentiation and a full eigendecomposition.

    Args:
        problem: What to solve.
        share: One row in so many is formed and its time multiplied; the decomposition is that of a
            matrix smaller by the root of it, with its time multiplied by the third power of that
            root. 1 does all the work.
    """
    net, x, y = problem.network()
    size = problem.classes * problem.inputs
    loss = nn.functional.cross_entropy(net(x), y)
    (gradient,) = torch.autograd.grad(loss, net.weight, create_graph=True)
    flat = gradient.reshape(-1)
    part = round(size / share**0.5)

    def form() -> np.ndarray:
        rows = [
            torch.autograd.grad(flat[i], net.weight, retain_graph=True)[0].reshape(-1)
            for i in range(0, size, share)
        ]
        return torch.stack(rows).numpy()

    rows = form()
    square = rows if share == 1 else rows[:, :part].T @ rows[:, :part]

    def decompose() -> np.ndarray:
        return linalg.eigh(square)[0][::-1]

    model = problem.model()
    operator = model.hessian()
    unit = np.zeros(size)
    unit[0] = 1.0
    name = "dense Hessian by torch, full eigendecomposition"
    return compare(
        f"top {problem.count} eigenpairs, dense matrix",
        lambda: top_eigenpairs(model.hessian(), problem.count).values,
        name if share == 1 else f"{name}, from 1/{share} of the work",
        form,
        200.0,
        float(np.abs(form()[0] - operator @ unit).max()),
        other_work=1 / share,
        apart_s=min(seconds_of(decompose) for _ in range(REPEATS)) * share**1.5,
        repeats=REPEATS,
    )


def rows(problem: Problem, share: int) -> Iterator[Row]:
    """All rows, those of packages only where they are installed.

    Args:
        problem: What to solve.
        share: See :func:`dense`.
    """
    yield against(
        problem,
        "autograd, twice backward: our operator for any module",
        double_backward(problem),
        2.5,
    )
    for name, peer in PEERS.items():
        if version := installed(name):
            yield against(problem, f"{name} {version}", peer(problem), 8.0)
        else:
            print(f"left out: {name} is not installed (pip install -e '.[bench]')")
    yield dense(problem, share)
