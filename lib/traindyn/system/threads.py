"""Thread pools: one thread for a piece of work, and the user's setting again when it ends.

numpy and scipy bring a BLAS each, torch brings another and OpenMP. Small products gain nothing from
threads, and pools that take turns wait for each other at full power: beside other work that makes
a call many times slower. Their settings differ in reach: a BLAS has one for the whole process,
OpenMP one per thread of Python, torch both.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from threadpoolctl import get_cached_controller


class _Owner:
    """The thread of Python that limits what belongs to the process."""

    lock = threading.Lock()
    torch = 0
    """Number of threads of torch that it found."""


class _Thread(threading.local):
    limited = False


_thread = _Thread()


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit every thread pool to one thread; when the block ends, all are as they were.

    Blocks may be nested. Where several threads of Python have one at a time, the first of them
    limits the BLAS of the process, until its block ends.

    >>> from threadpoolctl import threadpool_info
    >>> with one_thread():
    ...     {pool["num_threads"] for pool in threadpool_info()} <= {1}
    True
    """
    if _thread.limited:
        yield
        return
    pools, torch = get_cached_controller(), sys.modules.get("torch")
    with ExitStack() as stack:
        if _Owner.lock.acquire(blocking=False):
            stack.callback(_Owner.lock.release)
            stack.enter_context(pools.select(user_api="blas").limit(limits=1))
            _Owner.torch = torch.get_num_threads() if torch else 0
        found = _Owner.torch
        stack.enter_context(pools.select(user_api="openmp").limit(limits=1))
        if torch and found:  # the BLAS inside torch is seen by nobody else
            stack.callback(torch.set_num_threads, found)
            torch.set_num_threads(1)
        _thread.limited = True
        stack.callback(setattr, _thread, "limited", False)
        yield
