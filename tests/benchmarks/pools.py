"""Thread pools: set, shown, and what a user gets who does not know about them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from comparison import Row, compare
from curvature import Problem
from threadpoolctl import threadpool_info, threadpool_limits

from traindyn.curvature import hessian_operator, lanczos_quadrature, top_eigenpairs
from traindyn.system.versions import THREAD_LIMITS


@contextmanager
def pools_of(threads: int) -> Iterator[None]:
    """Set every pool of this process to a number of threads, and back."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with threadpool_limits(limits=threads):
            yield
    finally:
        torch.set_num_threads(before)


def limit_all() -> None:
    """One thread in every pool of this process and of those that it starts, for good."""
    os.environ.update(dict.fromkeys(THREAD_LIMITS, "1"))
    threadpool_limits(limits=1)
    torch.set_num_threads(1)
    if torch.get_num_interop_threads() > 1:
        torch.set_num_interop_threads(1)


def pools() -> dict[str, int]:
    """Threads of every pool."""
    found = {}
    for pool in threadpool_info():
        *_, owner = pool["filepath"].rpartition("site-packages/")
        package = owner.split("/")[0].removesuffix(".libs") or "the system"
        name = f"{pool['internal_api']} of {package}"
        found[name] = int(pool["num_threads"])
    inner = {"torch": torch.get_num_threads(), "torch between": torch.get_num_interop_threads()}
    return {**found, **inner}


def rows(problem: Problem) -> list[Row]:
    """Tools called with every pool at all cores, as they are by default, against one thread.

    The accuracy is the largest relative difference of a value.
    """
    model = problem.model()
    net, x, y = problem.network()
    loss = torch.nn.functional.cross_entropy(net(x), y)

    def top() -> np.ndarray:
        return top_eigenpairs(model.hessian(), problem.count).values

    def density() -> np.ndarray:
        operator = hessian_operator(loss, net.parameters())
        return lanczos_quadrature(operator, 8, 2, np.random.default_rng(0)).nodes

    named = {f"top {problem.count} eigenpairs": top, "spectral density": density}
    return [_row(name, work) for name, work in named.items()]


def _row(name: str, work: Callable[[], np.ndarray]) -> Row:
    def limited() -> np.ndarray:
        with pools_of(1):
            return work()

    def default() -> np.ndarray:
        with pools_of(os.cpu_count() or 1):
            return work()

    difference = float(np.abs(default() / limited() - 1).max())
    return compare(
        f"{name}, pools as a user has them",
        default,
        "the same with every pool at one thread",
        limited,
        0.8,
        difference,
    )
