"""The engine: many named calls, over processes or a cluster, the longest first.

One failure stops no other. A worker that dies takes down the pool of its machine: the calls that
ran then are tried again one at a time, so that the one that kills its worker is known by name. A
cluster gives the call of a worker that died to another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, NoReturn

from traindyn.runs.store import BusyError, Key
from traindyn.runs.studies import STORE
from traindyn.system.processes import follow_parent

PATIENCE = 20.0
"""Seconds in which a scheduler must answer."""

_GONE = "scheduler must stay to the end and has gone; call again, what is done is stored"

_LOOK = 2.0
"""Seconds after which the engine looks for new workers of a cluster."""

_AHEAD = 2
"""Tasks that each worker of a cluster has at hand: it does not wait for the next while the caller
stores what came of the last."""

MEMORY = 1.5
"""Gigabytes that one worker needs at most; see the page on how to run."""


CLOCK = 4.0
"""How many times its limit a task may take by the clock: it may wait, or share its core."""

_TIMERS: tuple[tuple[signal.Signals, int, float], ...] = (
    ((signal.SIGPROF, signal.ITIMER_PROF, 1.0), (signal.SIGALRM, signal.ITIMER_REAL, CLOCK))
    if hasattr(signal, "setitimer")
    else ()
)


class Task(NamedTuple):
    """A call that a worker makes."""

    name: str
    """How lines call it."""
    function: str
    """``module:function``, of plain arguments and with a plain result."""
    arguments: tuple[Any, ...]
    seconds: float = math.inf
    """What it took the last time; what is not known goes first."""


class Done(NamedTuple):
    """What came of a task."""

    task: Task
    value: Any
    error: str
    """Traceback, or why there is none; empty if all went well."""
    seconds: float


class RefusedError(ValueError):
    """This worker must not run the task; another one may."""


class _Reply(NamedTuple):
    value: Any = None
    busy: str = ""
    refused: str = ""
    error: str = ""
    seconds: float = 0.0
    sent: tuple[tuple[Key, bytes], ...] = ()


class Engine:
    """Where tasks run.

    Args:
        jobs: Number of processes on this machine.
        root: The store, which the processes write.
        scheduler: Address of a Dask scheduler; then its workers run the tasks, and this process
            alone writes the store.
        limit: Seconds that one task may compute; by the clock it may take :data:`CLOCK` times that.

    Raises:
        ValueError: If there is no scheduler at that address, or it should keep a limit: workers of
            a cluster run their tasks in threads, which cannot be interrupted.
    """

    def __init__(
        self, jobs: int, root: Path | None, *, scheduler: str = "", limit: float = math.inf
    ) -> None:
        if scheduler and limit < math.inf:
            raise ValueError(f"limit must be absent with a scheduler, got {limit:g}")
        self.root, self.limit = root, limit
        self.cluster = _Cluster(scheduler) if scheduler else None
        self.jobs = jobs
        self.running: list[str] = []
        """Names of the tasks that run now."""

    @property
    def slots(self) -> int:
        """Number of tasks that can run at the same time."""
        return len(self.cluster.workers()) if self.cluster else self.jobs

    def run(self, tasks: Sequence[Task]) -> Iterator[Done]:
        """Run tasks, longest first, and yield what comes of them as it comes.

        One that finds a study busy in another process comes again when others have run.
        """
        waiting = deque(sorted(tasks, key=lambda task: -task.seconds))
        while waiting:
            for suspect in (yield from self._drain(waiting)):
                if (yield from self._drain(deque([suspect]), 1)):
                    yield Done(suspect, None, "its process died", 0.0)

    def _drain(
        self, waiting: deque[Task], most: int = sys.maxsize
    ) -> Generator[Done, None, list[Task]]:
        """Run tasks in one pool until none waits, or until a process of the pool dies.

        Args:
            waiting: The tasks; those that end are taken out.
            most: Number of tasks that may run at the same time.

        Returns:
            The tasks that ran when a process died.
        """
        again: set[Task] = set()
        running: dict[Future[_Reply], Task] = {}
        with self._executor(min(self.jobs, most, len(waiting))) as executor:
            while waiting or running:
                slots = max(1, min(self.slots, most))  # workers come to a cluster, and go
                while waiting and len(running) < slots * (_AHEAD if self.cluster else 1):
                    task = waiting.popleft()
                    waits = all(other in again for other in waiting)
                    try:
                        running[self._submit(executor, task, waits)] = task
                    except BrokenProcessPool:
                        return [*running.values(), task]
                self.running = [task.name for task in running.values()][:slots]
                pause = _LOOK if self.cluster else None
                for future in wait(running, pause, return_when=FIRST_COMPLETED).done:
                    task = running[future]
                    try:
                        reply = future.result()
                    except BrokenProcessPool:
                        return [*running.values()]
                    except CancelledError:
                        raise ValueError(_GONE) from None
                    except Exception as error:  # of the cluster
                        reply = _Reply(error=f"{type(error).__name__}: {error}")
                    del running[future]
                    for key, content in reply.sent:
                        STORE.receive(key, content)
                    if self.cluster and self.cluster.others_after(reply.refused):
                        waiting.appendleft(task)
                    elif reply.busy:
                        again.add(task)
                        waiting.append(task)
                    else:
                        yield Done(task, reply.value, reply.error, reply.seconds)
        return []

    def _executor(self, jobs: int) -> contextlib.AbstractContextManager[Executor]:
        if self.cluster:
            return self.cluster.executor()
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(
            jobs, mp_context=spawn, initializer=_begin, initargs=(os.getpid(),)
        )

    def _submit(self, executor: Executor, task: Task, waits: bool) -> Future[_Reply]:
        if self.cluster:
            return executor.submit(_perform, task, None, True, math.inf, **self.cluster.where())
        root = str(self.root) if self.root else None
        return executor.submit(_perform, task, root, waits, self.limit)


class _Cluster:
    """A Dask cluster, as far as its workers have the caller's sources."""

    def __init__(self, scheduler: str) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError:
            raise ValueError(
                "scheduler needs the package distributed: pip install '.[cluster]' in a checkout"
            ) from None
        for name in ("distributed", "distributed.client"):  # what it logs is told by us, in a line
            logging.getLogger(name).setLevel(logging.CRITICAL)

        async def ask() -> None:
            (await distributed.comm.connect(scheduler, timeout=PATIENCE)).abort()

        try:
            # First without a client: the remains of one that failed hold a lock when they are
            # collected, and the next client of this process may wait for it in vain.
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, ask()).result()
            self.client = distributed.Client(scheduler, timeout=PATIENCE)
        except (OSError, TypeError, ValueError) as error:
            raise ValueError(
                f"scheduler must be the address of a Dask scheduler, got {scheduler!r}: {error}"
            ) from None
        self.refused: set[str] = set()
        """Addresses of the workers that refuse the caller's tasks."""

    def workers(self) -> list[str]:
        """Addresses of the workers that may run tasks; each runs one at a time.

        Raises:
            ValueError: If the scheduler has gone.
        """
        try:
            return [worker for worker in self.client.ncores() if worker not in self.refused]
        except (OSError, RuntimeError):
            raise ValueError(_GONE) from None

    def where(self) -> dict[str, Any]:
        """Which workers Dask shall prefer, once some have refused."""
        preferred = self.workers() if self.refused else []
        return {"workers": preferred, "allow_other_workers": True} if preferred else {}

    def others_after(self, refused: str) -> bool:
        """Whether, after a worker has refused a task, others may run it."""
        self.refused |= {refused} - {""}
        return bool(refused and self.workers())

    @contextlib.contextmanager
    def executor(self) -> Iterator[Executor]:
        """Where tasks run; those that still do are given up at the end."""
        executor: Executor = self.client.get_executor(pure=False)
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)


def _begin(engine: int) -> None:
    """Begin a worker: it ends with the engine, a process, and leaves Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    follow_parent(engine)


_ALONE = threading.Lock()
"""A process runs one task at a time: the store and the threads are the process's."""


def _perform(task: Task, root: str | None, waits: bool, limit: float) -> _Reply:
    """Run a task in a worker. It never raises: one failure stops no other."""
    with _ALONE:
        STORE.root, STORE.waits = Path(root) if root else None, waits
        STORE.sent = None if root else []
        STORE.memory.clear()  # a worker lives long; what it made lies on disk
        module, _, name = task.function.partition(":")
        start = time.perf_counter()
        try:
            with _Alarm(limit):
                value = getattr(importlib.import_module(module), name)(*task.arguments)
            reply = _Reply(value)
        except BusyError as busy:
            reply = _Reply(busy=str(busy))
        except RefusedError as refused:
            reply = _Reply(error=str(refused), refused=_address())
        except Exception:
            reply = _Reply(error=traceback.format_exc())
        sent = tuple(STORE.sent or ())
        return reply._replace(seconds=time.perf_counter() - start, sent=sent)


def _address() -> str:
    """Address of this worker in its cluster; empty outside of one."""
    try:
        return str(importlib.import_module("distributed").get_worker().address)
    except (ImportError, ValueError):
        return ""


class _Alarm:
    """Raise TimeoutError in a block that takes longer, where the system has alarms.

    What counts is the time that it computes: other work on the machine must not fail it. By the
    clock it may take ``CLOCK`` times as long.
    """

    def __init__(self, seconds: float) -> None:
        main = threading.current_thread() is threading.main_thread()
        self.seconds = seconds
        self.rings = main and math.isfinite(seconds) and hasattr(signal, "setitimer")

    def _ring(self, _: int, __: FrameType | None) -> NoReturn:
        raise TimeoutError(f"it took more than {self.seconds:g} s")

    def __enter__(self) -> None:
        if self.rings:
            for sign, timer, factor in _TIMERS:
                signal.signal(sign, self._ring)
                signal.setitimer(timer, factor * self.seconds)

    def __exit__(self, *_error: object) -> None:
        if self.rings:
            for _, timer, _ in _TIMERS:
                signal.setitimer(timer, 0)


def cores() -> int:
    """Number of tasks that this machine runs at once: its cores, as far as memory reaches."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (ValueError, OSError, AttributeError):
        memory = math.inf
    return max(1, min(allowed or 1, int(min(memory / MEMORY, 1024))))
