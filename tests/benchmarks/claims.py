"""What the claims of the book take, and how long they would take on more cores."""

from __future__ import annotations

import heapq
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from traindyn.ledger.chapters import find_claims

CORES = (1, 2, 4, 8, 16)


def schedule_length(seconds: Iterable[float], cores: int) -> float:
    """Seconds until the last task ends, if a core that is free takes the longest that is left.

    This is the rule of :class:`traindyn.runs.engine.Engine` with times that are known.

    >>> schedule_length([3.0, 3.0, 2.0, 2.0, 2.0], 2)
    7.0
    """
    free = [0.0] * cores
    for task in sorted(seconds, reverse=True):
        heapq.heapreplace(free, free[0] + task)
    return max(free)


def schedule(claims: dict[str, float]) -> list[dict[str, float]]:
    """The length on several numbers of cores."""
    return [
        {"cores": cores, "seconds": round(schedule_length(claims.values(), cores), 1)}
        for cores in CORES
    ]


def measure(scale: str, names: Sequence[str] = ()) -> dict[str, float]:
    """Seconds of every claim in a sweep of its own, one claim at a time, nothing stored before.

    A study that several claims share counts for the first of them, and so do the imports of a
    chapter.

    Args:
        scale: Sizes to run.
        names: Chapters and claims; none: all.

    Raises:
        RuntimeError: If a claim broke.
    """
    command = [sys.executable, "-m", "traindyn", "run", *names, "--scale", scale, "--jobs", "1"]
    with TemporaryDirectory() as folder:
        root = Path(folder, "studies")
        status = subprocess.run(
            command, env={**os.environ, "TRAINDYN_STUDIES": str(root)}, check=False
        ).returncode
        try:
            return stored(root / "times.json", scale, names)
        except ValueError as error:
            raise RuntimeError(f"{' '.join(command)} ended with {status}: {error}") from None


def stored(file: Path, scale: str, names: Sequence[str] = ()) -> dict[str, float]:
    """Seconds of every claim that a sweep has left beside its store, the longest first.

    Raises:
        ValueError: If a claim is not there.
    """
    found = json.loads(file.read_text()).get(scale, {}) if file.is_file() else {}
    if missing := {claim_id for _, claim_id in find_claims(names)} - set(found):
        raise ValueError(f"{file.name} must hold all claims, got none of {sorted(missing)}")
    return dict(sorted(found.items(), key=lambda item: -item[1]))
