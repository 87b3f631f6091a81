"""Claim HT-15: which scaling and penalty make heavy tails generalize better."""

from __future__ import annotations

from dataclasses import replace

from traindyn.heavy_tailed_esd.claims.heads import (
    MODEL,
    NONE,
    PUBLIC,
    Predicted,
    best_of,
    change,
    compared,
    curve,
    half,
    heads_run,
    unchosen,
)
from traindyn.heavy_tailed_esd.claims.parts import simulated
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.heads import HeadsRun, Setting, Treatment
from traindyn.heavy_tailed_esd.studies.heads import (
    START,
    adam,
    gd,
    heads,
    losses_with_offsets,
    plenty,
    problems,
    spike_rate,
)
from traindyn.heavy_tailed_esd.studies.predictions import block_by_block
from traindyn.heavy_tailed_esd.theory.floors import linear_ridge_loss, odd_floor, zero_loss
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import (
    Part,
    Size,
    at_least,
    at_most,
    other_system,
    same_run,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

LARGE = (1.0, 3.0, 10.0, 100.0)
"""Learning rates of Adam beyond the spike."""

GD_RATES = (1.25, 2.5, 5.0, 7.5)
"""Learning rates of gradient descent, in units of d."""

HEAVY = 24
"""Index of the penalty λd = 1,000, a hundred times the fixed one of the public code."""

LAST = 28
"""Index of the penalty λd = 10,000."""


@registry.claim(
    15,
    source="derived here: what each scaling and penalty makes of HT-23",
    basis="derived",
    statement=(
        "With many samples, in the scaling of the authors' public code at their penalty, ten steps "
        "of Adam that make a heavy tail generalize better than a spike, up to a point. With few "
        "samples, with the model's features or with a tuned penalty a bulk with a spike is best."
    ),
)
def generalization(context: Context) -> tuple[HeadsRun, list[Part]]:
    """HT-15."""
    many, few = problems(context, 8.0), plenty(context)
    spike, tail, noise = adam(spike_rate(many)), adam(1.0), adam(spike_rate(many), shuffled=True)
    rest = [*map(adam, LARGE[2:]), *(gd(many, rate) for rate in GD_RATES), noise]
    rest.append(adam(1.0, shuffled=True))
    block_by_block(many, [START, spike, tail, *rest], [START, spike, tail])
    block_by_block(few, [spike, tail], [spike, tail])
    return _run(many), [
        *_sweet_spot(many),
        _descent(many),
        *_sample_size(few),
        *_tuned(many),
        *_lines(many),
        _without_labels(many),
    ]


def _run(setting: Setting) -> HeadsRun:
    rates, few = (spike_rate(setting), *LARGE), replace(setting, problems=16)
    curves = {
        "Adam": curve(few, rates, [adam(rate) for rate in rates]),
        "gradient descent": curve(few, GD_RATES, [gd(few, rate) for rate in GD_RATES]),
    }
    return heads_run(few, few, curves)


RISES = at_least(0.0, "above 0 the loss rises", "sign")
FALLS = at_most(0.0, "below 0 the loss falls", "sign")

CODE = "features of the public code, fixed penalty"


def _fixed_change(setting: Setting, after: Treatment, before: Treatment) -> tuple[float, Estimate]:
    """Change of the loss under the fixed penalty of the public code, predicted and measured."""
    one, other = (heads(setting, t).fixed(PUBLIC) for t in (after, before))
    expected, base = (Predicted(setting, t).fixed(PUBLIC) for t in (after, before))
    return compared(one - other, expected - base)


def _model_change(setting: Setting, after: Treatment, before: Treatment) -> Estimate:
    """Change of the loss of the features of the model under their fixed penalty."""
    return change(heads(setting, after).fixed(MODEL), heads(setting, before).fixed(MODEL))


def _heavy(setting: Setting, after: Treatment, before: Treatment) -> Estimate:
    """Change of the loss of the features of the public code under a heavy penalty."""
    return change(*(heads(setting, t).losses[:, PUBLIC, HEAVY] for t in (after, before)))


def _sweet_spot(many: Setting) -> list[Part]:
    """The published effect, in the scaling of the public code at the penalty of the paper."""
    tail, spike, ten, hundred = adam(1.0), adam(spike_rate(many)), adam(10.0), adam(100.0)
    gain, measured_gain = _fixed_change(many, tail, START)
    below, measured_below = _fixed_change(many, tail, spike)
    found = {t: heads(many, t) for t in (START, tail, ten)}
    more = replace(many, problems=2 * many.problems)
    late, first = (heads(more, t).fixed(PUBLIC) for t in (hundred, START))
    tuned_gain = change(found[tail].tuned(PUBLIC), found[START].tuned(PUBLIC))
    model = other_system("features of the model, λ = 0.01", _model_change(many, tail, START))
    return [
        simulated(
            f"n = 8d, {CODE}: change of the test loss from the start to ten steps of Adam at "
            "rate 1",
            measured_gain,
            half(gain),
            [NONE, other_system("tuned penalty", tuned_gain), model],
            prediction=gain,
        ),
        simulated(
            f"n = 8d, {CODE}: change of the test loss from a bulk with a spike, ten steps of Adam "
            "at a small rate, to the heavy tail at rate 1",
            measured_below,
            half(below),
            [
                NONE,
                other_system("features of the model, λ = 0.01", _model_change(many, tail, spike)),
            ],
            prediction=below,
        ),
        simulated(
            f"n = 8d, {CODE}: change of the test loss after ten steps of Adam from rate 1 to rate "
            "10: up to a point",
            change(found[ten].fixed(PUBLIC), found[tail].fixed(PUBLIC)),
            RISES,
            [other_system("a penalty a hundred times as large", _heavy(many, ten, tail))],
        ),
        simulated(
            f"n = 8d, {CODE}: test loss after ten steps of Adam at rate 100 above that at the "
            "start: the whole gain is lost",
            change(late, first),
            RISES,
            [other_system("a penalty a hundred times as large", _heavy(many, hundred, START))],
        ),
    ]


def _descent(many: Setting) -> Part:
    """The same effect under gradient descent."""
    slow, fast = (gd(many, rate) for rate in (GD_RATES[0], GD_RATES[-1]))
    moved = change(heads(many, fast).fixed(PUBLIC), heads(many, slow).fixed(PUBLIC))
    return simulated(
        f"n = 8d, {CODE}: change of the test loss after ten steps of gradient descent from rate "
        "1.25d to 7.5d",
        moved,
        FALLS,
        [other_system("features of the model, λ = 0.01", _model_change(many, fast, slow))],
    )


def _sample_size(few: Setting) -> list[Part]:
    """The correlation of loss and tail changes its sign with the number of samples."""
    tail, spike = adam(1.0), adam(spike_rate(few))
    prediction, measured = _fixed_change(few, tail, spike)
    return [
        simulated(
            f"n = 2d, {CODE}: change of the test loss from a bulk with a spike, ten steps of Adam "
            "at a small rate, to the heavy tail at rate 1",
            measured,
            half(prediction),
            [
                NONE,
                other_system("features of the model, λ = 0.01", _model_change(few, tail, spike)),
            ],
            prediction=prediction,
        )
    ]


def _tuned(many: Setting) -> list[Part]:
    """With the penalty tuned the spike is best, in both scalings."""
    spike, tail, noise = adam(spike_rate(many)), adam(1.0), adam(spike_rate(many), shuffled=True)
    found = {t: heads(many, t) for t in (START, spike, tail, noise)}
    more = replace(many, problems=2 * many.problems)
    before, after = heads(more, START), heads(more, spike)
    published = change(found[tail].fixed(PUBLIC), found[spike].fixed(PUBLIC))
    parts = []
    for scaling, name in ((MODEL, "the model"), (PUBLIC, "the public code")):
        start = found[START].tuned(scaling)
        expected = [Predicted(more, t).tuned(scaling) for t in (spike, START)]
        to_spike = compared(after.tuned(scaling) - before.tuned(scaling), expected[0] - expected[1])
        what = f"n = 8d, features of {name}, tuned penalty: change of the test loss from"
        parts += [
            simulated(
                f"{what} the start to a bulk with a spike, ten steps of Adam at a small rate",
                to_spike[1],
                half(to_spike[0]),
                [
                    NONE,
                    other_system(
                        "first layer trained on shuffled labels",
                        change(found[noise].tuned(scaling), start),
                    ),
                ],
                prediction=to_spike[0],
            ),
            simulated(
                f"{what} that spike to the heavy tail at rate 1",
                change(found[tail].tuned(scaling), found[spike].tuned(scaling)),
                RISES,
                [other_system(CODE, published)],
            ),
        ]
    return parts


def _lines(many: Setting) -> list[Part]:
    """What the losses must be compared with."""
    start = heads(many, START).losses[:, PUBLIC]
    shrinking = [
        Size(float(many.penalties[index] * many.inputs), estimate_mean(start[:, index]))
        for index in (12, HEAVY, LAST)
    ]
    ratio = float(many.penalties[LAST] / many.penalties[HEAVY])
    endless = estimate_mean((ratio * start[:, LAST] - start[:, HEAVY]) / (ratio - 1))
    everything = linear_ridge_loss(1 / (2 * many.ratio), many.noise)
    zero, floor = zero_loss(many.noise), odd_floor(many.noise)
    candidates = [
        floor + heads(many, treatment).excess(scaling)
        for treatment in (adam(spike_rate(many)), *(gd(many, rate) for rate in GD_RATES[:3]))
        for scaling in (MODEL, PUBLIC)
    ]
    best = unchosen(candidates[best_of(candidates)])
    return [
        simulated(
            "n = 8d, features of the public code: test loss of untrained features as the penalty "
            "grows without end, extrapolated in 1/λ from λd = 1,000 and 10,000",
            endless,
            within_noise(endless, "a head that is 0 leaves the mean square of the labels: noise"),
            [
                wrong_prediction("all that can be learned is learned", floor),
                same_run("λd = 1", shrinking[0].measurement),
            ],
            prediction=zero,
            sizes=shrinking,
        ),
        simulated(
            "n = 8d: best test loss over spikes and tails, both scalings, penalty tuned, against "
            "linear ridge on the samples of both stages",
            estimate_mean(best),
            at_least(everything, "the loss of the best linear ridge, for d and n large", "sign"),
            [
                wrong_theory("the floor of odd functions, which no head reaches", exact(floor)),
                other_system(
                    "random features with biases, which are not odd",
                    estimate_mean(losses_with_offsets(many)),
                ),
            ],
            note=(
                "The best of eight settings is chosen on a quarter of the problems and measured on "
                "the rest."
            ),
        ),
    ]


def _without_labels(many: Setting) -> Part:
    """Most of the published gain needs no labels."""
    tail = adam(1.0, shuffled=True)
    found, start = heads(many, tail), heads(many, START)
    return simulated(
        f"n = 8d, {CODE}: change of the test loss from the start to ten steps of Adam at rate 1 "
        "on shuffled labels",
        change(found.fixed(PUBLIC), start.fixed(PUBLIC)),
        FALLS,
        [
            other_system(
                "features of the model, tuned penalty",
                change(found.tuned(MODEL), start.tuned(MODEL)),
            )
        ],
        note="A tail that was made without the teacher gains most of what the tail gains.",
    )
