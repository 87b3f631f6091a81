"""What a sweep over seeds gave: compact rows, and which of them must not have differed."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from traindyn.ledger.compare import ROUNDING
from traindyn.ledger.margins import margin
from traindyn.ledger.validation import Ledger, Row, check_ledger
from traindyn.system.arguments import all_of, one_of, short
from traindyn.system.files import write_file


class Reading(NamedTuple):
    """What one seed gave for one part."""

    id: str
    verdict: str
    outcome: str
    value: float | None
    """Measured value; None: not finite."""
    stderr: float | None
    half_width: float | None
    """Of the interval at the book's error rate; None: endless."""
    degrees_of_freedom: float | None
    """None: infinitely many."""
    prediction: float | None
    """None: the rule has a limit."""
    random: bool
    rule: str
    origin: str
    margin: float | None
    """Of :func:`traindyn.ledger.margins.margin`; None: no noise can turn the verdict."""


class SeedRun(NamedTuple):
    """The parts of one claim at one seed."""

    claim: str
    seed: int
    key: str
    """Digest of all that the claim can execute or read."""
    parts: tuple[Reading, ...]


@dataclass(frozen=True)
class SeedTable:
    """A sweep over seeds.

    Args:
        scale: ``ci``, ``laptop`` or ``paper``.
        runs: Its runs, sorted; those of one claim have one key.
    """

    scale: str
    runs: tuple[SeedRun, ...] = ()

    def holds(self, claim: str, seed: int, key: str) -> bool:
        """Whether there is a run of that claim, seed and key; an empty key is held by nothing."""
        return bool(key) and any(run[:3] == (claim, seed, key) for run in self.runs)


def runs_of(ledger: Ledger) -> list[SeedRun]:
    """The claims of a ledger as runs.

    Raises:
        ValueError: If it is no ledger.
    """
    check_ledger(ledger)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in ledger["claims"]:
        found[row["claim"]].append(row)
    return [
        SeedRun(claim, ledger["seed"], rows[0]["key"], tuple(map(_reading, rows)))
        for claim, rows in found.items()
    ]


def _reading(row: Row) -> Reading:
    measured, rule = row["measurement"], row["rule"]
    return Reading(
        id=row["id"],
        verdict=row["verdict"],
        outcome=rule["outcome"],
        value=measured["value"],
        stderr=measured["stderr"],
        half_width=measured["half_width"],
        degrees_of_freedom=measured["degrees_of_freedom"],
        prediction=row["prediction"],
        random=measured["random"],
        rule=rule["kind"],
        origin=rule["origin"],
        margin=margin(row),
    )


def read_seeds(path: Path) -> SeedTable:
    """Read a table.

    Raises:
        ValueError: If it is none.
        OSError: If it cannot be read.
    """
    try:
        told = json.loads(path.read_bytes())
        if told["columns"] != [*Reading._fields]:
            raise ValueError(f"columns {short(told['columns'])}")
        runs = tuple(
            SeedRun(
                str(run["claim"]),
                int(run["seed"]),
                str(run["key"]),
                tuple(Reading(*part) for part in run["parts"]),
            )
            for run in told["runs"]
        )
        return SeedTable(str(told["scale"]), runs)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{path.name} must be a table of seeds: {error}") from None


def add_runs(
    path: Path, scale: str, runs: Sequence[SeedRun], registered: Iterable[str] = ()
) -> SeedTable:
    """Put runs into a table on disk; runs of the same claims that have another key go.

    Processes that add to one table at the same time lose nothing of each other.

    Args:
        path: The table; it may be missing.
        scale: Of the runs.
        runs: The runs.
        registered: The claims of the chapters concerned; runs of others with their letters go.

    Returns:
        The table as it is now.

    Raises:
        ValueError: If the file is no table, or one of another scale.
        OSError: If it cannot be read or written.
    """
    from traindyn.system.locks import held_for  # reading needs no lock

    one_of("scale", scale, ("ci", "laptop", "paper"))
    runs = all_of("runs", runs, SeedRun)
    with held_for(path):
        table = read_seeds(path) if path.is_file() else SeedTable(scale)
        if table.scale != scale:
            raise ValueError(f"{path.name} must be a table of scale {scale}, got {table.scale}")
        keys = {run.claim: run.key for run in runs}
        known = {*registered}
        letters = {claim.partition("-")[0] for claim in known}
        kept = {
            run[:2]: run
            for run in table.runs
            if keys.get(run.claim, run.key) == run.key
            and (run.claim in known or run.claim.partition("-")[0] not in letters)
        }
        kept.update({run[:2]: run for run in runs})
        table = SeedTable(scale, tuple(sorted(kept.values(), key=_order)))
        write_file(path, _text(table).encode())
    return table


def _order(run: SeedRun) -> tuple[str, int, int]:
    prefix, _, number = run.claim.partition("-")
    return prefix, int(number), run.seed


def _text(table: SeedTable) -> str:
    """The file of a table, a line per run."""
    lines = (
        json.dumps({**run._asdict(), "parts": [[*part] for part in run.parts]}, allow_nan=False)
        for run in table.runs
    )
    head = json.dumps({"scale": table.scale, "columns": Reading._fields})
    return f'{head[:-1]}, "runs": [\n' + ",\n".join(lines) + "\n]}\n"


class _Told(NamedTuple):
    """What one seed told of an estimate that is declared exact."""

    seed: int
    value: float | None
    outcome: str | None
    """Whether it passes the rule of its row; None: the rule is not asked."""
    origin: str


def exact_values_that_differ(ledgers: Sequence[Ledger]) -> list[str]:
    """Values that are declared exact and yet depend on the seed, a line each.

    Measured values, controls and sizes are compared, between ledgers of one scale. Equal are
    numbers up to a relative 1e-9; where the bound comes from rounding, numbers on the same side of
    the bound.

    Args:
        ledgers: Ledgers of any chapters, at several seeds.

    Raises:
        ValueError: If one is no ledger.
    """
    found: dict[tuple[str, str], list[_Told]] = defaultdict(list)
    for ledger in all_of("ledgers", ledgers, dict):
        check_ledger(ledger)
        for row in ledger["claims"]:
            for name, measured, outcome in _estimates(row):
                if not measured["random"]:
                    told = _Told(ledger["seed"], measured["value"], outcome, row["rule"]["origin"])
                    found[ledger["scale"], name].append(told)
    return [line for (_, name), told in found.items() for line in _difference(name, told)]


def exact_readings_that_differ(table: SeedTable) -> list[str]:
    """The measured values of a table that are declared exact and depend on the seed, a line each.

    It compares as :func:`exact_values_that_differ` does.
    """
    found: dict[str, list[_Told]] = defaultdict(list)
    for run in table.runs:
        for part in run.parts:
            if not part.random:
                told = _Told(run.seed, part.value, part.outcome, part.origin)
                found[part.id].append(told)
    return [line for name, told in found.items() for line in _difference(name, told)]


def _estimates(row: Row) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    """All estimates of a row: their name, themselves, and their outcome."""
    yield row["id"], row["measurement"], row["rule"]["outcome"]
    for control in row["controls"]:
        if control["prediction"] is None:
            name = f"{row['id']}, control {control['what']!r}"
            yield name, control["measurement"], control["outcome"]
    for size in row["sizes"]:
        yield f"{row['id']} at size {size['size']:g}", size["measurement"], None


def _difference(name: str, told: Sequence[_Told]) -> Iterator[str]:
    """The line that says between which seeds an exact value differs, if it does."""
    first = min(told, key=lambda one: one.seed)
    for one in sorted(told, key=lambda one: one.seed):
        rounding = "rounding" in (first.origin, one.origin)
        if first.outcome != one.outcome if rounding else not _equal(first.value, one.value):
            yield (
                f"{name} is declared exact and is {_shown(first.value)} at seed {first.seed}, "
                f"{_shown(one.value)} at seed {one.seed}"
            )
            return


def _equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=ROUNDING, abs_tol=0.0)


def _shown(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.12g}"
