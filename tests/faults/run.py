"""Try the book with kills, damage, full disks and read-only folders; the result is a table.

    python tests/faults/run.py [--only WORD] [--seed 0] [--output book/data/faults.json]

Needs Linux and, for full disks, root. A trial takes about fifteen seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from book import FaultyBook
from trials import Trial, damages, disks, kills, run_trial

from bookbuild.snapshot import commit
from traindyn.ledger import write_json


def all_trials() -> dict[str, list[Trial]]:
    """The trials by kind."""
    return {"kill": kills(), "damage": damages(), "disk": disks()}


def prepare(folder: Path) -> FaultyBook:
    """A book in which every command has run, to be copied."""
    book = FaultyBook.plant(folder / "template")
    status, output = book.run_all()
    if status:
        sys.exit(output)
    return book


def main() -> int:
    """Run the trials and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="trials whose name holds this")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        template = prepare(Path(place))
        for kind, trials in all_trials().items():
            for number, trial in enumerate(trials):
                if options.only not in trial.name:
                    continue
                start = time.perf_counter()
                folder = Path(place) / f"{kind}-{number}"
                wrong = run_trial(trial, folder, template, options.seed)
                seconds = round(time.perf_counter() - start, 1)
                print(
                    f"{'WRONG' if wrong else 'right'}  {seconds:5.1f} s  {trial.name}", flush=True
                )
                for line in wrong:
                    print(f"       {line}", flush=True)
                rows.append({"kind": kind, "name": trial.name, "wrong": wrong, "seconds": seconds})
    bad = sum(bool(row["wrong"]) for row in rows)
    print(f"{len(rows)} trials, {bad} wrong")
    if options.output:
        root = Path(__file__).parents[2]
        write_json(options.output, {"commit": commit(root), "seed": options.seed, "trials": rows})
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
