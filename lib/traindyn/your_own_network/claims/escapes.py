"""Claim ON-5: how a small start is left, by the shortest path through the network."""

from __future__ import annotations

import numpy as np

from traindyn.inference import estimate_mean, estimate_median
from traindyn.ledger import Part, within, wrong_prediction
from traindyn.runs import Context
from traindyn.your_own_network.claims.parts import NAMES, trained
from traindyn.your_own_network.claims.registry import registry
from traindyn.your_own_network.results.runs import KINDS, Escapes, Kind
from traindyn.your_own_network.studies.escapes import escapes
from traindyn.your_own_network.theory.small_start import steps_per_factor, waiting_ratio


@registry.claim(
    5,
    source="ours: the law of the first escape, on the shortest path of a network",
    basis="extension",
    statement=(
        "From a small start each network leaves the origin as its shortest path says, the "
        "transformer as two linear layers, the convolutional network as three."
    ),
)
def leaving(context: Context) -> tuple[dict[Kind, Escapes], list[Part]]:
    """ON-5."""
    found = {kind: escapes(context, kind) for kind in KINDS}
    return found, [
        _two_layers(found["transformer"]),
        _three_layers(found["convolutional"]),
    ]


def _two_layers(run: Escapes) -> Part:
    """The transformer: a logarithm of the scale, with the rate of the mean row."""
    predicted = steps_per_factor(run.row_rate, run.learning_rate)
    flow = 1 / (run.row_rate * run.learning_rate)
    slopes = (run.steps[1] - run.steps[0]) / np.log(run.scales[0] / run.scales[1])
    return trained(
        f"{NAMES['transformer']}, gradient descent at rate {run.learning_rate:g}: steps by which "
        "the logits leave zero later if the start shrinks by a factor e, median",
        estimate_median(slopes),
        within(abs(predicted - flow) / 2, "half of what steps of this size change", "neighbor"),
        [
            wrong_prediction("the unit of the flow, 1/ηs", flow),
            wrong_prediction(
                "the rate of whole images",
                steps_per_factor(run.image_rate, run.learning_rate),
            ),
        ],
        prediction=predicted,
        seen=True,
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
