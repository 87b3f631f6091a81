"""Claim ON-6: whether a small start learns one direction at a time."""

from __future__ import annotations

import numpy as np

from traindyn.diagnose.weights import ranks
from traindyn.inference import estimate_mean, exact
from traindyn.ledger import Part, Verdict, at_most, wrong_theory
from traindyn.runs import Context
from traindyn.your_own_network.claims.parts import NAMES, trained
from traindyn.your_own_network.claims.registry import registry
from traindyn.your_own_network.results.runs import KINDS, Escapes, Kind, LensRun
from traindyn.your_own_network.studies.escapes import escapes
from traindyn.your_own_network.studies.runs import lens_run

TWO = 2.0
"""Effective rank of two directions that are equally strong."""


@registry.claim(
    6,
    source="ours: the law of stages, on other networks",
    basis="extension",
    statement="From a small start a network learns one direction at a time.",
)
def stages(context: Context) -> tuple[dict[Kind, LensRun], list[Part]]:
    """ON-6."""
    runs = {kind: lens_run(context, kind, "small") for kind in KINDS}
    return runs, [_one_at_a_time(kind, runs[kind], escapes(context, kind)) for kind in KINDS]


def lowest_ranks(run: LensRun) -> np.ndarray:
    """Lowest effective rank of the logits on the way, per copy."""
    found = [[ranks(values**2)[1] for values in at_record] for at_record in run.outputs]
    return np.array(found).min(axis=0)


def _one_at_a_time(kind: Kind, run: LensRun, escape: Escapes) -> Part:
    together = escape.row_rank if kind == "transformer" else escape.image_rank
    expected: Verdict = "verified" if kind == "transformer" else "falsified"
    return trained(
        f"{NAMES[kind]} from a small start learns one direction at a time: lowest effective rank "
        "of the logits on the way",
        estimate_mean(lowest_ranks(run)),
        at_most(TWO, "two directions that are equally strong", "neighbor"),
        [wrong_theory("all directions of the data at once", exact(together))],
        expected=expected,
    )
