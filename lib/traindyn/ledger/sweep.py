"""Claims over processes or a cluster, at one seed or many; what is stored is not run again.

``python -m traindyn.ledger.sweep`` does what a request in JSON says, from the sources it is
imported from; ``traindyn run`` and the book call it from a copy of theirs.
"""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import traindyn
from traindyn.ledger.chapters import chapters, find_claims, registry_of
from traindyn.ledger.collection import Collection, decided
from traindyn.ledger.records import ledger_of, merge_claim, write_json
from traindyn.ledger.registry import Registry
from traindyn.runs.engine import Done, Engine, RefusedError, Task, cores
from traindyn.runs.progress import Progress
from traindyn.runs.studies import STORE
from traindyn.system import processes
from traindyn.system.arguments import short
from traindyn.system.console import end_as_command
from traindyn.system.frozen import copy_sources, frozen_environment
from traindyn.system.locks import scratch_folder

PERFORM = "traindyn.ledger.sweep:perform"
"""What workers call. The module may run as ``__main__``, which in a worker is another one."""

SPACE = 2**24
"""Bytes that must be free beside the copy: on a full disk Python leaves half of its bytecode."""

ORIGIN = "TRAINDYN_CHECKOUT"
"""Variable with the folder that the sources were copied from, as messages name files."""


@dataclass(frozen=True)
class Request:
    """What to run.

    Args:
        names: Chapters and claims; none: all.
        scale: ``ci``, ``laptop`` or ``paper``.
        seeds: Seeds, each at least 0.
        jobs: Processes on this machine; 0: as many as it has cores and memory for.
        scheduler: Address of a Dask scheduler; empty: this machine.
        limit: Seconds that a claim may compute; 0: no limit.
        output: Folder for ledgers, one folder per seed; empty: none are written.
        collect: Table of rows per seed, :mod:`traindyn.ledger.seeds`; what it holds is not run
            again. Empty: none is written.
        ahead: Whether this runs ahead of the chapters: what cannot be run, and a claim that is
            alone, is left to them without a word.
    """

    names: tuple[str, ...] = ()
    scale: str = "laptop"
    seeds: tuple[int, ...] = (0,)
    jobs: int = 0
    scheduler: str = ""
    limit: float = 0.0
    output: str = ""
    collect: str = ""
    ahead: bool = False

    def command(self) -> list[str]:
        """The command that does it."""
        return [sys.executable, "-m", "traindyn.ledger.sweep", json.dumps(asdict(self))]


class Verdicts(NamedTuple):
    """What a worker tells of a claim."""

    verdict: str
    surprises: list[str]


def perform(chapter: str, claim_id: str, scale: str, seed: int, source: str) -> Verdicts:
    """Run one claim in a worker.

    Raises:
        RefusedError: If the worker's sources, versions or variables are not the caller's.
    """
    registry = registry_of(chapter)
    own = registry.source_of(claim_id)
    if own != source:
        raise RefusedError(
            f"source of {claim_id} must be {source} as the caller's, got {own}: "
            f"{Path(traindyn.__file__).parents[2]} on {platform.node()} has other sources, "
            "installed versions or variables that steer arithmetic"
        )
    claim = registry.run(claim_id, scale=scale, seed=seed).claim
    return Verdicts(claim.verdict, claim.surprises())


def seeds_of(text: str) -> tuple[int, ...]:
    """Seeds as the command line has them.

    Raises:
        ValueError: If they are no numbers and ranges, or more than 100,000.

    >>> seeds_of("0,3,10-12")
    (0, 3, 10, 11, 12)
    """
    seeds: list[int] = []
    for entry in text.split(","):
        first, dash, last = entry.strip().partition("-")
        ends = [first, last] if dash else [first]
        if not all(end.isdecimal() and len(end) <= 18 for end in ends):
            raise ValueError(f"seeds must be such as 0,3,10-99, got {short(text)}")
        if (count := int(ends[-1]) - int(first) + 1) < 1 or count + len(seeds) > 100_000:
            raise ValueError(f"seeds must be 1 to 100000 and ranges must grow, got {short(text)}")
        seeds.extend(range(int(first), int(ends[-1]) + 1))
    return tuple(dict.fromkeys(seeds))


def sweep(request: Request) -> int:
    """Do what a request says.

    A sweep over several seeds also compares what is declared exact.

    Returns:
        Exit status: 0 if all is as expected, 1 if a verdict is not, a claim broke or an exact value
        depends on the seed.

    Raises:
        ValueError: If a name, a number or the address leaves its range.
    """
    claims = _claims_ahead(request.names) if request.ahead else find_claims(request.names)
    times = _Times(request.scale)
    collection = Collection(request.collect, request.scale, claims)
    wanted = {
        _name(claim_id, request, seed): (registry, claim_id, seed)
        for seed in request.seeds
        for registry, claim_id in claims
        if request.output or not collection.holds(registry, claim_id, seed)
    }
    stored = {
        name: (registry, claim_id, seed)
        for name, (registry, claim_id, seed) in wanted.items()
        if registry.is_stored(claim_id, scale=request.scale, seed=seed)
    }
    tasks = [
        _task(name, *wanted[name], request.scale, times) for name in wanted if name not in stored
    ]
    if request.ahead and len(tasks) < 2:
        return 0
    limit = request.limit or math.inf
    engine = Engine(request.jobs or cores(), STORE.root, scheduler=request.scheduler, limit=limit)
    ready = len(claims) * len(request.seeds) - len(tasks)
    print(
        f"scale {request.scale}: {ready} claims are stored, {len(tasks)} to run, "
        f"{engine.slots} at a time",
        file=sys.stderr,
    )
    progress = Progress(tasks)
    collection.add([*stored.values()])
    broken, surprised = set(), False
    for done in engine.run(tasks):
        outcome, told = ("error", [_in_checkout(done.error)]) if done.error else done.value
        progress.ended_task(done, outcome, engine.running)
        for line in told:
            print(f"not as expected: {done.task.name}: {line}", file=sys.stderr)
        surprised = surprised or bool(told)
        if done.error:
            broken.add(done.task.name)
        else:
            times.tell(done)
            collection.add([wanted[done.task.name]])
    progress.end()
    if len(request.seeds) > 1:
        found = [one for name, one in wanted.items() if name not in broken]
        for line in collection.values_that_differ(found):
            print(f"not as expected: {line}", file=sys.stderr)
            surprised = True
    for line in collection.told():
        print(line)
    if request.output:
        for seed in request.seeds:
            for registry, claim_id in claims:
                if _name(claim_id, request, seed) not in broken:
                    _write(Path(request.output), registry, claim_id, request.scale, seed)
    return 1 if surprised else 0


def _claims_ahead(names: Sequence[str]) -> list[tuple[Registry, str]]:
    """The claims of the chapters that can be imported: what is wrong with others, cells tell."""
    found = []
    for chapter in [name for name in names if name in chapters()]:
        with contextlib.suppress(Exception):
            found += find_claims([chapter])
    return found


def _name(claim_id: str, request: Request, seed: int) -> str:
    return claim_id if request.seeds == (0,) else f"{claim_id} at seed {seed}"


def _task(
    name: str, registry: Registry, claim_id: str, seed: int, scale: str, times: _Times
) -> Task:
    arguments = (registry.chapter, claim_id, scale, seed, registry.source_of(claim_id))
    return Task(name, PERFORM, arguments, times.known.get(claim_id, math.inf))


class _Times:
    """Seconds that claims took the last time, beside the store; else those that the book tells."""

    def __init__(self, scale: str) -> None:
        self.scale = scale
        self.file = STORE.root / "times.json" if STORE.root else None
        told = _read(_checkout() / "book" / "data" / "bench.json").get("claims", {})
        self.of_scales: dict[str, dict[str, float]] = _read(self.file) if self.file else {}
        last = self.of_scales.setdefault(scale, {})
        self.known = {
            k: float(v) for k, v in {**told, **last}.items() if isinstance(v, int | float)
        }

    def tell(self, done: Done) -> None:
        """Remember what a claim took."""
        claim_id = done.task.arguments[1]
        self.of_scales[self.scale][claim_id] = round(done.seconds, 1)
        if self.file:
            with contextlib.suppress(OSError):  # it only steers the order
                write_json(self.file, self.of_scales)


def _read(file: Path) -> dict[str, Any]:
    """The content of a file that only steers the order: empty if there is none that can be read."""
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _checkout() -> Path:
    """The folder with the sources that a user edits."""
    return Path(os.environ.get(ORIGIN) or Path(traindyn.__file__).resolve().parents[2])


def _in_checkout(error: str) -> str:
    """A traceback that names the user's files, not their copies."""
    return error.strip().replace(str(Path(traindyn.__file__).parents[2]), str(_checkout()))


def _write(folder: Path, registry: Registry, claim_id: str, scale: str, seed: int) -> None:
    """Add a claim to the ledger of its chapter and seed."""
    claim = decided(registry, claim_id, scale, seed)
    ledger = ledger_of(registry.chapter, [claim], scale=scale, seed=seed)
    merge_claim(folder / f"seed-{seed}" / f"{registry.chapter}.json", ledger)


def run_frozen(command: Sequence[str]) -> int:
    """Run a command from a copy of the sources, so that an edit does not disturb it.

    An installed library is no checkout that somebody edits: there the command runs in place.

    Args:
        command: That of a request, such as :meth:`Request.command`.

    Returns:
        Exit status of the command.

    Raises:
        OSError: If the copy cannot be made, or fills the disk.
    """
    checkout = _checkout()
    with contextlib.ExitStack() as stack:
        variables = dict(os.environ)
        if (checkout / "_toc.yml").is_file():
            copy = stack.enter_context(scratch_folder((STORE.root or checkout) / "snapshot"))
            copy_sources(checkout, copy)
            if shutil.disk_usage(copy).free < SPACE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(copy.parent))
            home = copy / ".home"
            home.mkdir()
            dask = {name: value for name, value in os.environ.items() if name.startswith("DASK_")}
            variables = {**frozen_environment(home, [copy / "lib"]), **dask, ORIGIN: str(checkout)}
        if STORE.root:
            variables["TRAINDYN_STUDIES"] = str(STORE.root)
        return processes.run(command, cwd=Path.cwd(), environment=variables)


def main() -> int:
    """Do the request on the command line.

    Returns:
        Exit status, see :func:`sweep`.

    Raises:
        ValueError: After a user's mistake.
    """
    content = json.loads(sys.argv[1])
    tuples = {name: tuple(content[name]) for name in ("names", "seeds")}
    return sweep(Request(**{**content, **tuples}))


if __name__ == "__main__":
    end_as_command("traindyn", main)
