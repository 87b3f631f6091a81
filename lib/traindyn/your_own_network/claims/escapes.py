"""Claim ON-5: how a small start is left, by the shortest path through the network."""

from __future__ import annotations

import numpy as np

from traindyn.diagnose.weights import ranks
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import Part, Verdict, at_most, within, wrong_prediction, wrong_theory
from traindyn.runs import Context
from traindyn.your_own_network.claims.parts import NAMES, trained
from traindyn.your_own_network.claims.registry import registry
from traindyn.your_own_network.experiments.networks import KINDS, Kind
from traindyn.your_own_network.results.runs import Escapes, LensRun
from traindyn.your_own_network.studies.escapes import escapes
from traindyn.your_own_network.studies.runs import lens_run
from traindyn.your_own_network.theory.small_start import steps_per_factor, waiting_ratio


@registry.claim(
    5,
    source="ours: the law of the first escape, on the shortest path of a network",
    basis="extension",
    statement=(
        "From a small start each network leaves the origin as its shortest path says, the "
        "transformer as two linear layers, the convolutional network as three; and then it learns "
        "one direction at a time."
    ),
)
def leaving(context: Context) -> tuple[dict[Kind, Escapes], list[Part]]:
    """ON-5."""
    found = {kind: escapes(context, kind) for kind in KINDS}
    return found, [
        _two_layers(found["transformer"]),
        _three_layers(found["convolutional"]),
        *(_one_at_a_time(kind, lens_run(context, kind, "small"), found[kind]) for kind in KINDS),
    ]


def _two_layers(run: Escapes) -> Part:
    """The transformer: a logarithm of the scale, with the rate of the mean row."""
    predicted = steps_per_factor(run.row_rate, run.learning_rate)
    flow = 1 / (run.row_rate * run.learning_rate)
    slopes = (run.steps[1] - run.steps[0]) / np.log(run.scales[0] / run.scales[1])
    return trained(
        f"{NAMES['transformer']}, gradient descent at rate {run.learning_rate:g}: steps by which "
        "the logits leave zero later if the start shrinks by a factor e",
        estimate_mean(slopes),
        within(abs(predicted - flow) / 2, "half of what steps of this size change", "neighbor"),
        [
            wrong_prediction("the unit of the flow, 1/ηs", flow),
            wrong_prediction(
                "the rate of whole images",
                steps_per_factor(run.image_rate, run.learning_rate),
            ),
        ],
        prediction=predicted,
    )


def _three_layers(run: Escapes) -> Part:
    """The convolutional network: a power of the scale."""
    shrunk = float(run.scales[1] / run.scales[0])
    predicted = waiting_ratio(3, shrunk)
    return trained(
        f"{NAMES['convolutional']}, gradient descent from a scale of {run.scales[1]:g}: time until "
        f"the logits leave zero, over that from {run.scales[0]:g}",
        estimate_mean(run.steps[1] / run.steps[0]),
        within(predicted / 4, "half the way to the logarithm of two layers", "neighbor"),
        [
            wrong_prediction("a path of four layers", waiting_ratio(4, shrunk)),
            wrong_prediction("no dependence on the scale", 1.0),
        ],
        prediction=predicted,
    )


def lowest_rank(run: LensRun) -> Estimate:
    """Lowest effective rank of the logits on the way, as mean over copies."""
    found = [[ranks(values**2)[1] for values in at_record] for at_record in run.outputs]
    return estimate_mean(np.array(found).min(axis=0))


def _one_at_a_time(kind: Kind, run: LensRun, escape: Escapes) -> Part:
    together = escape.row_rank if kind == "transformer" else escape.image_rank
    expected: Verdict = "verified" if kind == "transformer" else "falsified"
    return trained(
        f"{NAMES[kind]} from a small start learns one direction at a time: lowest effective rank "
        "of the logits on the way",
        lowest_rank(run),
        at_most(2.0, "two directions that are equally strong", "neighbor"),
        [wrong_theory("all directions of the data at once", exact(together))],
        expected=expected,
    )
