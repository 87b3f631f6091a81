"""Claim SS-21: what small and large starts recover, and the nuclear norm."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_fraction, estimate_mean
from traindyn.ledger import Part, at_least, other_system
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.completion import RecoveryRun, ShareRun
from traindyn.saddle_to_saddle.studies.recovery import SHARES, recover, too_few_entries

HALF = SHARES.index(0.5)
HALF_KNOWN = float(np.log10(0.5))


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
    found = [recover(context, share) for share in SHARES]
    errors = {
        name: np.array([np.median(share.errors[name]) for share in found])
        for name in found[0].errors
    }
    ranks = np.array([np.median(share.ranks) for share in found])
    return RecoveryRun(np.array(SHARES), errors, ranks), [
        _nuclear(found[HALF]),
        *_large(found[-1]),
        _too_few(too_few_entries(context), found[-1]),
    ]


def _nuclear(run: ShareRun) -> Part:
    """Small starts against the nuclear norm, from half of the entries."""

    def gain(name: str) -> Estimate:
        return estimate_mean(np.log10(run.errors["nuclear norm"] / run.errors[name]))

    return Part(
        "Error on hidden entries of the smallest nuclear norm over that of a small start, decimal "
        "logarithm, 10 × 10 matrices of rank 2 of which half is observed",
        gain("small start"),
        at_least(0.0, "a sign: smaller errors on the average of drawn problems", "sign"),
        [other_system(name, gain(name)) for name in ("γ = 1", "lazy")],
        compares="simulation",
        seen=True,
        replicates="drawn problems",
    )


def _large(run: ShareRun) -> list[Part]:
    """Ranks and errors from seven tenths of the entries."""

    def share(ranks: np.ndarray) -> Estimate:
        return estimate_fraction(int((ranks == 2).sum()), len(ranks))

    def digits(name: str) -> Estimate:
        return estimate_mean(np.log10(run.errors[name]))

    problem = "10 × 10 matrices of rank 2 of which seven tenths are observed"
    return [
        Part(
            f"Share of problems that small starts solve with rank 2, {problem}",
            share(run.ranks),
            at_least(0.5, "half way between all problems and none", "neighbor"),
            [other_system("lazy starts", share(run.lazy_ranks))],
            compares="simulation",
            seen=True,
            replicates="drawn problems",
        ),
        Part(
            f"Decimal logarithm of the relative error on hidden entries from starts at γ = 1, "
            f"{problem}",
            digits("γ = 1"),
            at_least(HALF_KNOWN, "half way between all known and nothing known", "neighbor"),
            [other_system("small starts", digits("small start"))],
            compares="simulation",
            seen=True,
            replicates="drawn problems",
        ),
    ]


def _too_few(errors: np.ndarray, enough: ShareRun) -> Part:
    """Nobody gets something for nothing."""
    return Part(
        "Decimal logarithm of the relative error on hidden entries from small starts, 6 × 6 "
        "matrices of rank 3 with 27 degrees of freedom of which 26 entries are observed",
        estimate_mean(np.log10(errors)),
        at_least(HALF_KNOWN, "half way between all known and nothing known", "neighbor"),
        [
            other_system(
                "10 × 10 matrices of rank 2 of which seven tenths are observed",
                estimate_mean(np.log10(enough.errors["small start"])),
            )
        ],
        compares="simulation",
        seen=True,
        replicates="drawn problems",
    )
