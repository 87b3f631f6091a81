"""Claim HT-23: do heavy tails generalize better, as the paper says?"""

from __future__ import annotations

from traindyn.heavy_tailed_esd.claims.generalization import CODE, FALLS, GD_RATES
from traindyn.heavy_tailed_esd.claims.heads import MODEL, PUBLIC, change
from traindyn.heavy_tailed_esd.claims.parts import simulated
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.studies.heads import START, adam, gd, heads, problems
from traindyn.ledger import Part, other_system
from traindyn.runs import Context


@registry.claim(
    23,
    source="abstract; Figure 5 as reviews describe it",
    basis="stated",
    statement="Heavy-tailed spectra go with better generalization than a bulk with a spike.",
)
def as_stated(context: Context) -> tuple[None, list[Part]]:
    """HT-23."""
    many = problems(context, 8.0)
    tail, spike = (heads(many, gd(many, rate)) for rate in (GD_RATES[2], GD_RATES[0]))
    start, noise = (heads(many, t) for t in (START, adam(1.0, shuffled=True)))
    fixed = change(tail.fixed(MODEL), spike.fixed(MODEL))
    cases = (
        (CODE, change(tail.fixed(PUBLIC), spike.fixed(PUBLIC)), None),
        (
            "features of the model, λ = 0.01",
            fixed,
            change(noise.fixed(MODEL), start.fixed(MODEL)),
        ),
        (
            "features of the model, tuned penalty",
            change(tail.tuned(MODEL), spike.tuned(MODEL)),
            change(noise.tuned(MODEL), start.tuned(MODEL)),
        ),
    )
    return None, [
        simulated(
            f"n = 8d, {features}: change of the test loss after ten steps of gradient descent from "
            "rate 1.25d, a spike, to 5d, a heavy tail",
            moved,
            FALLS,
            [
                other_system("features of the model, λ = 0.01", fixed)
                if control is None
                else other_system("from the start to a tail of shuffled labels, Adam", control)
            ],
            expected="verified" if control is None else "falsified",
        )
        for features, moved, control in cases
    ]
