"""Try the book with kills, damage, full disks and read-only folders; the result is a table.

    python tests/faults/run_trials.py [--only WORD] [--resume] [--output book/data/faults.json]

Needs Linux and, for full disks, root. A trial takes about fifteen seconds. Trials on the book
itself take the records of the build root along (``make test`` leaves them in ``_build/test``).
Trials that are not run keep their line in the output.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from book import FaultyBook
from engine import prepare_sweep, run_sweep_trial, sweeps
from ledger import ledgers
from real import RealBook, real
from trials import Trial, damages, disks, kills, run_trial

from bookbuild.build_root import build_root
from bookbuild.snapshot import commit
from traindyn.ledger import write_json

ROOT = Path(__file__).parents[2]


def all_trials() -> dict[str, list[Trial]]:
    """The trials by kind."""
    return {
        "kill": [*kills(), *ledgers()],
        "damage": damages(),
        "disk": disks(),
        "engine": sweeps(),
        "book": real(),
    }


def prepare(folder: Path) -> FaultyBook:
    """A book in which every command has run, to be copied."""
    book = FaultyBook.plant(folder / "template")
    status, output = book.run_all()
    if status:
        raise RuntimeError(output)
    return book


def read_table(path: Path | None) -> dict[str, dict[str, Any]]:
    """The rows of a table by the names of their trials; empty if there is none."""
    if path is None or not path.is_file():
        return {}
    return {row["name"]: row for row in json.loads(path.read_text())["trials"]}


def write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    """Put rows into a table; those of other trials stay, those of trials that are gone go."""
    old = read_table(path)
    made = {row["name"]: row for row in rows}
    names = [trial.name for trials in all_trials().values() for trial in trials]
    found = [made.get(name) or old.get(name) for name in names]
    write_json(path, {"trials": [row for row in found if row]})


def main() -> int:
    """Run the trials and print a line for each."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else a background job is deaf to it
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="trials whose kind and name hold this")
    parser.add_argument("--resume", action="store_true", help="skip what is right in the output")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    rows = []
    now = {"commit": commit(ROOT), "seed": options.seed}  # before the table itself changes
    table = read_table(options.output) if options.resume else {}
    known = {name for name, row in table.items() if not row["wrong"]}
    with tempfile.TemporaryDirectory(prefix="faults-") as place:

        @functools.cache
        def template(kind: str) -> FaultyBook:
            return prepare_sweep(Path(place)) if kind == "engine" else prepare(Path(place))

        for kind, trials in all_trials().items():
            for number, trial in enumerate(trials):
                if options.only not in f"{kind}: {trial.name}" or trial.name in known:
                    continue
                start = time.perf_counter()
                folder = Path(place) / f"{kind}-{number}"
                if kind == "book":
                    book = RealBook.clone(folder, build_root(ROOT, os.environ))
                    draw = random.Random(f"{options.seed}/{trial.name}")
                    wrong = list(trial.break_it(book, draw))
                elif kind == "engine":
                    wrong = run_sweep_trial(trial, folder, template("engine"), options.seed)
                else:
                    wrong = run_trial(trial, folder, template("book"), options.seed)
                shutil.rmtree(folder, ignore_errors=True)
                seconds = round(time.perf_counter() - start, 1)
                print(
                    f"{'WRONG' if wrong else 'right'}  {seconds:5.1f} s  {trial.name}", flush=True
                )
                for line in wrong:
                    print(f"       {line}", flush=True)
                row = {"kind": kind, "name": trial.name, "wrong": wrong, "seconds": seconds}
                rows.append({**row, **now})
                if options.output:
                    write_table(options.output, rows)
    bad = sum(bool(row["wrong"]) for row in rows)
    print(f"{len(rows)} trials, {bad} wrong")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
