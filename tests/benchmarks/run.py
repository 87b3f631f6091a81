"""How much faster the book computes than the plain way to write it: ``make bench``.

Every row does the same work twice and divides the seconds of the plain way by ours. Both run on
one thread, in turns; rows about threads and workers say what they use. Then every claim runs at the
scale ``laptop``, one at a time. The exit status is 1 if a ratio is below its minimum.

It takes half an hour of a machine without other work. Rows against other packages, and on a
cluster, need the extras; without them they are left out:

    .venv/bin/python -m pip install -e '.[bench,cluster]' -c requirements.lock
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import claims
import cluster
import comparison
import curvature
import deep_linear
import first_layer
import linear_noise
import pools
import scalar
import summary_chain
from comparison import Row

from traindyn.balance_regularization.experiments.samples import CHUNK
from traindyn.ledger.records import environment, write_json
from traindyn.runs.engine import cores

ROOT = Path(__file__).parents[2]
FILE = ROOT / "book" / "data" / "bench.json"
SCALE = "laptop"


def measure() -> Iterator[Row]:
    """All rows."""
    hessian = curvature.Problem(classes=10, inputs=500, samples=5000, count=10)
    yield from scalar.rows(replicas=CHUNK, steps=1000)
    yield from deep_linear.rows(steps=1000)
    yield from curvature.rows(hessian, share=100)
    yield from pools.rows(hessian)
    yield from summary_chain.rows(replicas=400, steps=200)
    yield from linear_noise.rows(replicas=256, steps=512, sizes=(50, 200, 400))
    yield from first_layer.rows(inputs=1000, samples=2000, hidden=1500)
    yield from cluster.rows("BR-15", seeds=12)


def conditions() -> dict[str, Any]:
    """What the numbers depend on."""
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    return {
        **environment(),
        "cores": cores(),
        "load": load,
        "pools": pools.pools(),
        "best_of": comparison.REPEATS,
        "scale": SCALE,
    }


def write(file: Path, where: dict[str, Any], rows: list[Row], seconds: dict[str, float]) -> None:
    """Store the rows and the seconds of claims with what they depend on."""
    content = {
        "environment": where,
        "rows": [asdict(row) for row in rows],
        "claims": seconds,
        "schedule": claims.schedule(seconds),
    }
    write_json(file, content)


def show(row: Row) -> None:
    """Print a row."""
    spread = f"{row.lowest:,.1f} to {row.highest:,.1f}"
    print(
        f"{row.name:54}{row.ours_s:10.2e}{row.reference_s:10.2e}{row.ratio:10,.1f}"
        f"{spread:>22}{row.minimum:10,.1f}{row.accuracy:10.1e}",
        flush=True,
    )


def main(arguments: list[str] | None = None) -> int:
    """Measure, print a table, store it; 1 if a ratio is below its minimum."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path, default=FILE, help="file to write (%(default)s)")
    parser.add_argument(
        "--times",
        type=Path,
        help="take the seconds of claims from this times.json of a store, which a run with a claim "
        "on each core has left there, and do not run them",
    )
    chosen = parser.parse_args(arguments)
    pools.limit_all()
    where = conditions()
    print(f"{where['cpu']}, {where['cores']} cores, load {where['load']}; threads of every pool:")
    print(", ".join(f"{name}: {threads}" for name, threads in where["pools"].items()))
    print("best times in seconds per replica and step, or per run; ratios in turns")
    names = ("ours", "plain", "ratio", "lowest to highest", "minimum", "accuracy")
    print(f"{'work':54}" + "".join(f"{name:>{22 if ' ' in name else 10}}" for name in names))
    rows = []
    for row in measure():
        show(row)
        rows.append(row)
    seconds = claims.stored(chosen.times, SCALE) if chosen.times else claims.measure(SCALE)
    where["claims_at_a_time"] = cores() if chosen.times else 1
    write(chosen.output, where, rows, seconds)
    below = [row.name for row in rows if row.ratio < row.minimum]
    for name in below:
        print(f"below its minimum: {name}", file=sys.stderr)
    return int(bool(below))


if __name__ == "__main__":
    sys.exit(main())
