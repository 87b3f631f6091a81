"""How much faster the simulations are than the plain way to write them: ``make bench``.

Every row does the same work twice on one thread and divides the seconds of the plain way by ours.
The result goes to ``bench.json`` below ``TRAINDYN_BUILD``; the exit status is 1 if a ratio is below
its minimum. Rows against other packages need the extra ``bench``; without it they are left out:

    .venv/bin/python -m pip install -e '.[bench]'
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path

import curvature
import deep_linear
import first_layer
import linear_noise
import scalar
import summary_chain
import torch
from comparison import REPEATS, Row

from bookbuild.build_root import build_root
from traindyn.balance_regularization.experiments.samples import CHUNK
from traindyn.ledger.records import environment, write_json

ROOT = Path(__file__).parents[2]


def measure() -> list[Row]:
    """All rows."""
    hessian = curvature.Problem(classes=10, inputs=500, samples=5000, count=10)
    return [
        *scalar.rows(replicas=CHUNK, steps=1000),
        *deep_linear.rows(steps=1000),
        *curvature.rows(hessian, share=100),
        *summary_chain.rows(replicas=400, steps=200),
        *linear_noise.rows(replicas=256, steps=512, sizes=(50, 200, 400)),
        *first_layer.rows(inputs=1000, samples=2000, hidden=1500),
    ]


def write(rows: list[Row], file: Path) -> None:
    """Store the rows with what they depend on."""
    conditions = {**environment(), "threads": torch.get_num_threads(), "best_of": REPEATS}
    write_json(file, {"environment": conditions, "rows": [asdict(row) for row in rows]})


def main() -> int:
    """Measure, print a table, store it; 1 if a ratio is below its minimum."""
    torch.set_num_threads(1)
    rows = measure()
    file = build_root(ROOT, os.environ) / "bench.json"
    write(rows, file)
    print(f"best of {REPEATS}, seconds per replica and step, or per run")
    print(f"{'work':52}{'ours':>10}{'plain':>10}{'ratio':>10}{'minimum':>10}{'accuracy':>10}")
    for row in rows:
        print(
            f"{row.name:52}{row.ours_s:10.2e}{row.reference_s:10.2e}"
            f"{row.ratio:10,.1f}{row.minimum:10,.1f}{row.accuracy:10.1e}"
        )
    return int(any(row.ratio < row.minimum for row in rows))


if __name__ == "__main__":
    sys.exit(main())
