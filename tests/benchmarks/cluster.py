"""A sweep on a Dask cluster: two workers against one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from comparison import Row, compare

from traindyn.ledger.chapters import find_claims
from traindyn.ledger.sweep import perform
from traindyn.runs.engine import Engine, Task
from traindyn.runs.studies import STORE

REPEATS = 3


def tasks(claim: str, seeds: int) -> list[Task]:
    """A claim at many seeds, each a task of one worker."""
    ((registry, claim_id),) = find_claims([claim])
    source = registry.source_of(claim_id)
    function = f"{perform.__module__}:{perform.__name__}"
    return [
        Task(f"{seed}", function, (registry.chapter, claim_id, "ci", seed, source))
        for seed in range(1000, 1000 + seeds)
    ]


def rows(claim: str, seeds: int) -> Iterator[Row]:
    """The row, only where Dask is installed; the accuracy is the share of verdicts that differ.

    Args:
        claim: The claim that is run.
        seeds: At how many seeds.
    """
    try:
        from distributed import LocalCluster
    except ImportError:
        print("left out: distributed is not installed (pip install -e '.[cluster]')")
        return
    work = tasks(claim, seeds)

    def verdicts(engine: Engine) -> list[object]:
        done = sorted(engine.run(work), key=lambda end: int(end.task.name))
        if errors := [end.error for end in done if end.error]:
            raise RuntimeError(errors[0])
        return [end.value for end in done]

    with ExitStack() as stack:
        root = Path(stack.enter_context(TemporaryDirectory()))
        stack.callback(setattr, STORE, "root", STORE.root)
        STORE.root = root  # what workers send; they themselves find nothing stored
        engines = []
        for workers in (2, 1):
            cluster = stack.enter_context(
                LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address=":0",
                )
            )
            engines.append(Engine(1, root, scheduler=cluster.scheduler_address))
            stack.callback(engines[-1].cluster.client.close)
        first, second = (verdicts(engine) for engine in engines)  # and all imports are done
        yield compare(
            f"{claim} at {seeds} seeds, two Dask workers",
            lambda: verdicts(engines[0]),
            "one Dask worker",
            lambda: verdicts(engines[1]),
            1.8,
            sum(a != b for a, b in zip(first, second, strict=True)) / seeds,
            ours_work=seeds,
            other_work=seeds,
            repeats=REPEATS,
        )
