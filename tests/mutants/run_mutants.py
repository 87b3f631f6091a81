"""Plant one small error at a time and see whether a claim notices: ``make mutants``.

    python tests/mutants/run_mutants.py [--chapter NAME] [--only WORD] [--jobs N] [--output FILE]

Every mutant is applied to a copy of the sources; its claims run there at scale ci and seed 0, and
their verdicts are compared with those of the sources as they are. A result goes at once into the
table, so that a later call runs only what is missing or stale. Exit status 1 if a mutant survived.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

from catalogue import Mutant, as_text, faults_of, read_catalogue
from judge import Row, judge, rows_of_ledger
from mutant_table import Entry, add_to_table, entry_of, is_current, read_table

from bookbuild.snapshot import commit
from traindyn.ledger.chapters import chapters, registry_of
from traindyn.runs.engine import Done, Engine, Task, cores
from traindyn.runs.progress import Progress
from traindyn.runs.studies import STORE
from traindyn.system import processes
from traindyn.system.console import end_as_command
from traindyn.system.files import digest
from traindyn.system.frozen import copy_sources, frozen_environment
from traindyn.system.locks import scratch_folder

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "book" / "data" / "mutants.json"
LIMIT = 600.0
"""Seconds that the claims of one mutant may take."""


class Bench(NamedTuple):
    """Where mutants are tried."""

    base: Path
    """A copy of the sources."""
    store: Path
    """Studies of the sources as they are."""
    scratch: Path
    """Room for copies."""
    jobs: int
    """Processes."""


class Tried(NamedTuple):
    """What a mutant gave."""

    mutant: Mutant
    entry: Entry
    done: Done
    running: list[str]


def sources_of(mutant: Mutant) -> str:
    """Digest of all that the claims of a mutant can execute or read, as the sources are."""
    registry = registry_of(mutant.chapter)
    return digest(*(registry.source_of(claim).encode() for claim in mutant.claims))[:16]


def rows_as_they_are(
    mutants: Sequence[Mutant], bench: Bench, seconds: Mapping[str, float]
) -> dict[str, dict[str, Row]]:
    """The rows of the claims of mutants without them, by claim; what is stored is not run again.

    A claim that gives no rows is told on standard error, and left out.
    """
    library, store = str(bench.base / "lib"), str(bench.store)
    tasks = []
    for chapter in dict.fromkeys(mutant.chapter for mutant in mutants):
        registry = registry_of(chapter)
        wanted = {claim for m in mutants if m.chapter == chapter for claim in m.claims}
        stored = [c for c in registry.ids if c in wanted and registry.is_stored(c, scale="ci")]
        groups = [stored] if stored else []
        groups += [[claim] for claim in registry.ids if claim in wanted.difference(stored)]
        tasks += [
            Task(
                group[0] if len(group) == 1 else f"{chapter}, stored",
                "mutant_worker:original",
                (library, store, chapter, tuple(group)),
                math.inf if group == stored else sum(seconds.get(c, math.inf) for c in group),
            )
            for group in groups
        ]
    rows: dict[str, dict[str, Row]] = {}
    for done in Engine(bench.jobs, bench.store).run(tasks):
        told = done.value or {"rows": [], "errors": {done.task.name: done.error}}
        for claim, error in told["errors"].items():
            print(f"{claim} gives no rows without a mutant: {error.strip()}", file=sys.stderr)
        for row in told["rows"]:
            rows.setdefault(row["claim"], {}).update(rows_of_ledger([row]))
    return rows


def try_mutants(
    mutants: Sequence[Mutant], bench: Bench, seconds: Mapping[str, float], now: str = ""
) -> Iterator[Tried]:
    """Try mutants, and yield what comes of them as it comes; those without rows to compare do not.

    Args:
        mutants: Those to try.
        bench: Where.
        seconds: What claims take, as far as it is known.
        now: The commit.
    """
    before = rows_as_they_are(mutants, bench, seconds)
    known = {m.id: m for m in mutants if before.keys() >= {*m.claims}}
    places = (str(bench.base), str(bench.store), str(bench.scratch))
    tasks = [
        Task(
            mutant.id,
            "mutant_worker:mutated",
            (*places, as_text(mutant)),
            _expected(mutant, seconds),
        )
        for mutant in known.values()
    ]
    engine = Engine(bench.jobs, bench.store, limit=LIMIT)
    for done in engine.run(tasks):
        mutant = known[done.task.name]
        told = done.value or {"rows": [], "errors": dict.fromkeys(mutant.claims, done.error)}
        old = {name: row for claim in mutant.claims for name, row in before[claim].items()}
        errors: dict[str, str] = told["errors"]
        judgement = judge(old, rows_of_ledger(told["rows"]), errors)
        entry = entry_of(
            mutant,
            judgement,
            sources=sources_of(mutant),
            seconds=done.seconds,
            commit=now,
            error="; ".join(f"{c}: {text.strip().splitlines()[-1]}" for c, text in errors.items()),
        )
        yield Tried(mutant, entry, done, engine.running)


def run(options: argparse.Namespace, bench: Bench) -> int:
    """Try what is missing or stale, and write the table.

    Returns:
        Exit status: 1 if one of the chosen mutants has survived or was not tried.

    Raises:
        ValueError: If the catalogue has a fault.
    """
    catalogue = read_catalogue()
    if faults := faults_of(
        catalogue, bench.base, {name: registry_of(name).ids for name in chapters()}
    ):
        raise ValueError("\n".join(faults))
    chosen = [
        mutant
        for mutant in catalogue
        if options.chapter in ("", mutant.chapter) and options.only in mutant.id
    ]
    table = read_table(options.output)
    waiting = [m for m in chosen if not is_current(table.get(m.id), m, sources_of(m))]
    print(
        f"{len(chosen) - len(waiting)} mutants are in the table, {len(waiting)} to try, "
        f"{bench.jobs} at a time",
        file=sys.stderr,
    )
    told = json.loads((ROOT / "book" / "data" / "bench.json").read_bytes())["claims"]
    progress = Progress([Task(m.id, "", (), _expected(m, told)) for m in waiting])
    for tried in try_mutants(waiting, bench, told, options.commit) if waiting else ():
        table[tried.mutant.id] = tried.entry
        add_to_table(options.output, [tried.entry], catalogue)
        progress.ended_task(tried.done, tried.entry["outcome"], tried.running)
    progress.end()
    add_to_table(options.output, [], catalogue)
    missing = [m.id for m in chosen if not is_current(table.get(m.id), m, sources_of(m))]
    status = _tell([table[mutant.id] for mutant in chosen if mutant.id not in missing])
    if missing:
        print(f"not tried: {', '.join(missing)}")
    return 1 if missing else status


def _expected(mutant: Mutant, seconds: Mapping[str, float]) -> float:
    return sum(seconds.get(claim, math.inf) for claim in mutant.claims)


def _tell(entries: Sequence[Entry]) -> int:
    outcomes = [entry["outcome"] for entry in entries]
    for entry in entries:
        if entry["outcome"] != "caught":
            rows = ", ".join(f"{row} {before} → {after}" for row, before, after, _ in entry["rows"])
            more = "".join(f" ({text})" for text in (rows, entry.get("error", "")) if text)
            print(f"{entry['outcome']}: {entry['id']}: {entry['what']}{more}")
    count = ", ".join(
        f"{outcomes.count(o)} {o}"
        for o in ("caught", "survived", "blunt", "crash")
        if o in outcomes
    )
    print(f"{len(entries)} mutants: {count or 'none'}")
    return 1 if "survived" in outcomes else 0


def run_frozen(words: Sequence[str]) -> int:
    """Do all that from a copy of the sources, and leave neither a process nor a copy.

    Args:
        words: Of the command line.
    """
    store = STORE.root or ROOT / "_build" / "studies"
    with scratch_folder(store / "mutants") as scratch:
        base, home = scratch / "base", scratch / "home"
        home.mkdir()
        copy_sources(ROOT, base)
        variables = {
            **frozen_environment(home, [base / "lib"]),
            "TRAINDYN_STUDIES": str(store),
        }
        inner = ["--scratch", str(scratch), "--commit", commit(ROOT)]
        command = [sys.executable, str(Path(__file__).resolve()), *words, *inner]
        return processes.run(command, cwd=Path.cwd(), environment=variables)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; see the module.

    Returns:
        Exit status: 0 if all mutants were noticed, 1 if one survived.

    Raises:
        ValueError: After a mistake on the command line.
    """
    words = sys.argv[1:] if words is None else words
    parser = argparse.ArgumentParser(prog="run_mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("--chapter", default="", metavar="NAME", help="default: all")
    parser.add_argument("--only", default="", metavar="WORD", help="mutants whose id holds it")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="processes")
    parser.add_argument("--output", type=Path, default=TABLE, metavar="FILE")
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--commit", default="", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.chapter:
        read_catalogue(chapter=options.chapter)
    if not 0 <= options.jobs <= 1024:
        raise ValueError(f"--jobs must be from 1 to 1024, got {options.jobs}")
    if options.scratch is None:
        return run_frozen(words)
    scratch, store = options.scratch, Path(os.environ["TRAINDYN_STUDIES"])
    return run(options, Bench(scratch / "base", store, scratch, options.jobs or cores()))


if __name__ == "__main__":
    end_as_command("run_mutants", main)
