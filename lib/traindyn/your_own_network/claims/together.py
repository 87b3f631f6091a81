"""Claim ON-7: which of the phenomena a single training shows."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_fraction
from traindyn.ledger import Part, Verdict, at_least, at_most, other_system
from traindyn.runs import Context
from traindyn.your_own_network.claims.alignment import MOST
from traindyn.your_own_network.claims.noise import LIKE, shares
from traindyn.your_own_network.claims.parts import NAMES, trained
from traindyn.your_own_network.claims.registry import registry
from traindyn.your_own_network.claims.spectra import hill_indices
from traindyn.your_own_network.claims.stages import TWO, lowest_ranks
from traindyn.your_own_network.results.runs import KINDS, Kind, Phenomena
from traindyn.your_own_network.studies.runs import STARTS, Start, landscapes, lens_run
from traindyn.your_own_network.theory.spectra import lightest_index

Found = dict[Start, dict[Kind, Phenomena]]

HALF = "more trainings than not: half way from none to all"
FOUR = ("tail", "stages", "gradient", "noise")
THREE = ("tail", "gradient", "noise")


@registry.claim(
    7,
    source="ours: the laws of all chapters, on one training",
    basis="extension",
    statement=(
        "One training from a small start shows four phenomena at once: the index of a heavy tail, "
        "a stage of few directions, and gradient and noise in the steep directions."
    ),
)
def together(context: Context) -> tuple[Found, list[Part]]:
    """ON-7."""
    found: Found = {
        start: {kind: phenomena(context, kind, start) for kind in KINDS} for start in STARTS
    }
    return found, [*_at_once(found), *_apart(found)]


def phenomena(context: Context, kind: Kind, start: Start) -> Phenomena:
    """What each copy shows, by the rules of ON-1, 6, 2 and 3."""
    run, seen = lens_run(context, kind, start), landscapes(context, kind, start)
    return Phenomena(
        hill_indices(run.spectra[-1]) < lightest_index(min(run.shape)),
        lowest_ranks(run) <= TWO,
        np.array([one.gradient for one in seen]) ** 2 >= MOST,
        np.abs(shares(seen, "noise") / shares(seen, "curvature") - 1) <= LIKE,
    )


def share_with(found: Phenomena, names: tuple[str, ...]) -> Estimate:
    """Share of the copies that show all of some phenomena."""
    all_of = np.all([getattr(found, name) for name in names], axis=0)
    return estimate_fraction(int(all_of.sum()), len(all_of))


def _at_once(found: Found) -> list[Part]:
    """From a small start, the four and, where these fail, the three without stages."""
    told: list[tuple[Kind, str, tuple[str, ...], Verdict]] = [
        ("transformer", "heavy index, stages, gradient and noise", FOUR, "verified"),
        ("convolutional", "heavy index, stages, gradient and noise", FOUR, "falsified"),
        ("convolutional", "amended: heavy index, gradient and noise", THREE, "verified"),
    ]
    return [
        trained(
            f"{NAMES[kind]} from a small start, {what} in one training: share of the networks",
            share_with(found["small"][kind], names),
            at_least(0.5, HALF, "neighbor"),
            [other_system("the usual start", share_with(found["usual"][kind], names))],
            expected=expected,
        )
        for kind, what, names, expected in told
    ]


def _apart(found: Found) -> list[Part]:
    """A usual start and the index of a heavy tail."""
    return [
        trained(
            f"{NAMES[kind]} from a usual start has the index of a heavy tail in fewer trainings "
            "than not: share of the networks",
            share_with(found["usual"][kind], ("tail",)),
            at_most(0.5, HALF, "neighbor"),
            [other_system("the small start", share_with(found["small"][kind], ("tail",)))],
        )
        for kind in KINDS
    ]
