"""Claim SS-21: what small and large starts recover, and the nuclear norm."""

from __future__ import annotations

import numpy as np

from traindyn.inference import exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.completion import RecoveryRun
from traindyn.saddle_to_saddle.studies.recovery import SHARES, recover, too_few_entries


@registry.claim(
    21,
    source="abstract: low-rank solutions; the comparison is ours",
    basis="extension",
    statement=(
        "From a small start deep networks recover matrices of low rank from fewer entries than the "
        "smallest nuclear norm; from a large start they recover nothing."
    ),
)
def recovery(context: Context) -> tuple[RecoveryRun, list[Part]]:
    """SS-21."""
    shares = np.array(SHARES)
    found = [recover(context, share) for share in SHARES]
    errors = {
        name: np.array([np.median(share.errors[name]) for share in found])
        for name in found[0].errors
    }
    run = RecoveryRun(shares, errors, np.array([np.median(share.ranks) for share in found]))
    lazy_ranks = [float(np.median(share.lazy_ranks)) for share in found]
    half = int(np.argmin(abs(shares - 0.5)))
    parts = [
        Part(
            "Relative error on hidden entries from half of them, small start, median over problems",
            0.0,
            exact(run.errors["small start"][half]),
            Test("threshold", 0.05, "5 %, where predicting zero errs by 100 %"),
            [
                Control("smallest nuclear norm", exact(run.errors["nuclear norm"][half])),
                Control("γ = 1", exact(run.errors["γ = 1"][half])),
                Control("lazy", exact(run.errors["lazy"][half])),
            ],
        ),
        Part(
            "Rank of the solution from a small start, from half the entries or more",
            2.0,
            exact(float(max(run.ranks[half:], key=lambda r: abs(r - 2)))),
            Test("exact", 0.5, "an integer"),
            [Control("lazy", exact(min(lazy_ranks[half:])))],
        ),
        Part(
            "Large starts fail up to seven tenths of the entries: smallest error at γ = 1 or lazy",
            1.0,
            exact(float(min(run.errors["γ = 1"].min(), run.errors["lazy"].min()))),
            Test("threshold", 0.5, "half the error of predicting zero", side="above"),
            [Control("small start", exact(float(run.errors["small start"][-1])))],
        ),
        Part(
            "Too few entries, 26 for the 27 degrees of freedom of a 6 × 6 matrix of rank 3: error",
            1.0,
            exact(too_few_entries(context)),
            Test("threshold", 0.5, "no method can know; a small start does not either", "above"),
            [Control("enough entries", exact(float(run.errors["small start"][-1])))],
        ),
    ]
    return run, parts
