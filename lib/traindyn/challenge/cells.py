"""The cells of a map: a claim under other arguments, at one seed each, from the engine."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from traindyn.challenge.bounds import decided_by, parts_of
from traindyn.challenge.names import spelled
from traindyn.challenge.settings import Setting
from traindyn.ledger.chapters import registry_of
from traindyn.ledger.claim import Claim
from traindyn.ledger.registry import Registry
from traindyn.ledger.validation import Row
from traindyn.ledger.verdicts import weakest
from traindyn.runs.engine import Engine, Task
from traindyn.runs.overrides import Override, overriding
from traindyn.runs.progress import Progress
from traindyn.runs.studies import STORE

PERFORM = "traindyn.challenge.cells:perform"
"""What workers call."""


class Answer(NamedTuple):
    """What came of a claim under some arguments."""

    verdict: str
    """Of the claim, or of its part; empty if it was refused."""
    refused: str
    """Why an argument was not accepted; empty if it was."""


@dataclass(frozen=True)
class Cell:
    """A claim at one place of the map and one seed.

    Args:
        place: Number of the value on each axis.
        seed: The seed.
        rows: Its rows; none if it was refused or broke.
        refused: Why there are none.
    """

    place: tuple[int, ...]
    seed: int
    rows: tuple[Row, ...] = ()
    refused: str = ""

    @property
    def agrees(self) -> bool:
        """Whether every part has the verdict that its author expects."""
        return bool(self.rows) and all(row["verdict"] == row["expected"] for row in self.rows)


class _Run(NamedTuple):
    """A claim under overrides at a seed; bounds need no other one."""

    name: str
    overrides: tuple[Override, ...]
    seed: int


def perform(
    chapter: str,
    claim_id: str,
    scale: str,
    seed: int,
    overrides: tuple[Override, ...],
    chosen: str = "",
) -> Answer:
    """Run a claim under other arguments in a worker, and tell the verdict of what was asked for.

    What a study does not accept is an answer; without overrides it is an error as any other.
    """
    try:
        with overriding(overrides):
            claim = registry_of(chapter).run(claim_id, scale=scale, seed=seed).claim
    except (ValueError, ArithmeticError, LookupError) as error:
        if not overrides:
            raise
        return Answer("", _told(error))
    return Answer(weakest(part.verdict for part in parts_of(claim, chosen)), "")


def fill(
    registry: Registry,
    claim_id: str,
    settings: Sequence[Setting],
    *,
    scale: str,
    seeds: Sequence[int],
    engine: Engine,
    chosen: str = "",
) -> list[Cell]:
    """The cells of a map, in order; what is stored is not run again.

    Args:
        registry: That of the claim's chapter.
        claim_id: Such as ``BR-8``.
        settings: The axes, and what has one value; one without overrides holds bounds.
        scale: ``ci``, ``laptop`` or ``paper``.
        seeds: Seeds, each at least 0.
        engine: Where what is missing runs.
        chosen: Id of the only part that is asked for; empty: all.

    Raises:
        ValueError: If a bound cannot be one, or the claim has no such part.
    """
    places = list(itertools.product(*(range(len(setting.values)) for setting in settings)))
    runs = {(place, seed): _run(settings, place, seed, seeds) for place in places for seed in seeds}
    different = [*dict.fromkeys(runs.values())]
    refused = dict(_missing(different, registry, claim_id, scale, engine, chosen))
    cells: list[Cell] = []
    claims: dict[_Run, Claim] = {}  # another bound needs no other run
    for (place, seed), run in runs.items():
        if run in refused:
            cells.append(Cell(place, seed, refused=refused[run]))
            continue
        if run not in claims:
            claims[run] = _claim(registry, claim_id, scale, run)
        rows = decided_by(claims[run], _bound(settings, place), chosen)
        cells.append(Cell(place, seed, tuple(rows)))
    return cells


def _run(
    settings: Sequence[Setting], place: Sequence[int], seed: int, seeds: Sequence[int]
) -> _Run:
    chosen = [(s, i) for s, i in zip(settings, place, strict=True) if s.overrides]
    words = [f"{s.label}={spelled(s.values[i])}" for s, i in chosen]
    words += [f"seed {seed}"] * (len(seeds) > 1 or not words)
    return _Run(" ".join(words), tuple(s.overrides[i] for s, i in chosen), seed)


def _bound(settings: Sequence[Setting], place: Sequence[int]) -> float | None:
    found = [s.values[i] for s, i in zip(settings, place, strict=True) if not s.overrides]
    return found[0] if found else None


def _claim(registry: Registry, claim_id: str, scale: str, run: _Run) -> Claim:
    with overriding(run.overrides):
        claim = registry.run(claim_id, scale=scale, seed=run.seed).claim
    if STORE.root is not None:
        STORE.memory.clear()  # its arrays leave the memory
    return claim


def _missing(
    runs: Sequence[_Run],
    registry: Registry,
    claim_id: str,
    scale: str,
    engine: Engine,
    chosen: str,
) -> Iterator[tuple[_Run, str]]:
    """Run what is not stored, and tell what was refused or broke, and why."""
    waiting = {}
    for run in runs:
        with overriding(run.overrides):
            if not registry.is_stored(claim_id, scale=scale, seed=run.seed):
                waiting[run.name] = run
    asked = (registry.chapter, claim_id, scale)
    tasks = [
        Task(name, PERFORM, (*asked, run.seed, run.overrides, chosen), math.inf)
        for name, run in waiting.items()
    ]
    print(
        f"scale {scale}: {len(runs) - len(tasks)} runs of {claim_id} are stored, {len(tasks)} to "
        f"run, {engine.slots} at a time",
        file=sys.stderr,
    )
    progress = Progress(tasks)
    for done in engine.run(tasks):
        answer = Answer("error", "") if done.error else Answer(*done.value)
        progress.ended_task(done, answer.verdict or "refused", engine.running)
        if done.error:
            print(f"broke: {done.task.name}: {done.error.strip()}", file=sys.stderr)
            yield waiting[done.task.name], f"broke: {done.error.strip().splitlines()[-1]}"
        elif answer.refused:
            yield waiting[done.task.name], answer.refused
    progress.end()


def _told(error: Exception) -> str:
    """A refusal in a line; what is no sentence of ours gets the name of its kind."""
    text = " ".join(str(error).split())
    return text if type(error) is ValueError else f"{type(error).__name__}: {text}"
