"""Claims HT-14, HT-16, HT-17, HT-19: what the tail needs, and what it does not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch

from traindyn.heavy_tailed_esd.claims.ensembles import (
    FORM,
    FORM_WHY,
    LARGE_ADAM,
    NULL,
    SQUARE,
    descent,
    ensemble,
    index,
    inputs,
    small_adam,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.claims.tails import BELOW_ALL
from traindyn.heavy_tailed_esd.experiments.data import Sample
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, trained
from traindyn.heavy_tailed_esd.experiments.spectra import spectrum
from traindyn.heavy_tailed_esd.experiments.training_runs import (
    WIDTH_RATIO,
    Ensemble,
    EnsembleRun,
    Labels,
)
from traindyn.heavy_tailed_esd.results.tails import RateRun, TailRun
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Context, Control, Part, Test
from traindyn.tails import fit_tail, hill, random_indices


@registry.claim(
    14,
    source="options of the authors' public code",
    basis="stated",
    statement=(
        "Rescaling the weights to their first norm before every step makes the heaviest and "
        "cleanest tails."
    ),
)
def normalized(context: Context) -> tuple[TailRun, list[Part]]:
    """HT-14."""
    plain = ensemble(context, LARGE_ADAM, samples_per_input=8)
    fixed = ensemble(context, replace(LARGE_ADAM, normalize=True), samples_per_input=8)
    strong = ensemble(context, Optimizer("adam", 10.0, normalize=True), samples_per_input=8)
    fits = [fit_tail(values) for values in strong.end]
    size = inputs(context)
    shape = (round(WIDTH_RATIO * size), size)
    before = random_indices(shape, 64, context.numpy_generator("random matrices"))
    parts = [
        Part(
            "Largest relative distance of ‖W‖² from hd before a step",
            0.0,
            Estimate(float(fixed.norm_error.max())),
            Test("exact", 1e-12, "rounding of a sum of squares"),
            [Control("not normalized", Estimate(float(plain.norm_error.min())))],
        ),
        Part(
            "Hill's index with normalization minus that without, Adam, η = 1, n = 8d",
            -0.1,
            estimate_mean(fixed.hill[:, -1] - plain.hill[:, -1]),
            Test("ordering", 0.02, "a sixth of the drop; 5/d for one pair of matrices", "below"),
            [Control("at the start of both", estimate_mean(fixed.start[:, 0] * 0))],
        ),
        Part(
            "Tail weight 1/(α − 1) of the best Kolmogorov-Smirnov fit with normalization, η = 10",
            1.0,
            estimate_mean(np.array([1 / (fit.alpha - 1) for fit in fits])),
            Test("threshold", 1 / 3, "α below 2.5; a law of weight 1 has no mean", side="above"),
            [
                Control(
                    "random matrices of that shape",
                    estimate_mean(1 / (before.alpha - 1)),
                )
            ],
        ),
        Part(
            "Share of the spectrum in that tail",
            0.4,
            estimate_mean(np.array([fit.share for fit in fits])),
            Test("threshold", 0.1, "at least three tenths", side="above"),
            [Control("random matrices of that shape", estimate_mean(before.count / size))],
        ),
    ]
    edge = float((np.sqrt(WIDTH_RATIO * size) + np.sqrt(size)) ** 2)
    runs = {"η = 1": plain, "η = 1, normalized": fixed, "η = 10, normalized": strong}
    return TailRun(runs, NULL, WIDTH_RATIO, edge), parts


@registry.claim(
    16,
    source="title and abstract",
    basis="stated",
    statement=(
        "The tail needs no gradient noise: full-batch training is deterministic and makes it."
    ),
)
def no_noise(context: Context) -> tuple[None, list[Part]]:
    """HT-16."""
    problem, generator = Ensemble(inputs(context), 2, LARGE_ADAM, 1, context.seed).problem(0)
    sample = problem.sample
    order = torch.randperm(len(sample.labels), generator=generator)
    drawn = torch.randint(len(sample.labels), (len(sample.labels),), generator=generator)

    def after(seen: Sample) -> torch.Tensor:
        return trained(problem.student, problem.weights, seen, LARGE_ADAM, 10)

    first, again = after(sample), after(sample)
    mixed = after(Sample(sample.inputs[order], sample.labels[order]))
    other = after(Sample(sample.inputs[drawn], sample.labels[drawn]))
    one = hill(spectrum(first).eigenvalues)
    large, small = ensemble(context, LARGE_ADAM), ensemble(context, small_adam(context))
    return None, [
        Part(
            "Weights that differ between two runs of ten steps",
            0.0,
            Estimate(float((first != again).sum())),
            Test("exact", 0.5, "a count"),
            [
                Control(
                    "rows in another order: other rounding", Estimate(float((first != mixed).sum()))
                )
            ],
        ),
        Part(
            "Change of Hill's index with the order of the rows",
            0.0,
            Estimate(hill(spectrum(mixed).eigenvalues) - one),
            Test("equality", 1e-6, "rounding, a thousand million times enlarged by the dynamics"),
            [
                Control(
                    "a random half of another sample: rows drawn with replacement",
                    Estimate(hill(spectrum(other).eigenvalues) - one),
                )
            ],
        ),
        Part(
            "Hill's index after ten noiseless steps of Adam with η = 1",
            SQUARE,
            index(large),
            BELOW_ALL,
            [Control("a small learning rate", index(small))],
        ),
    ]


TEACHER: Labels = "teacher"
SHUFFLED: Labels = "shuffled"
RATES = {"Adam": (0.1, 0.3, 1.0), "GD, in units of d": (0.8, 2.5, 5.0)}


@registry.claim(
    17,
    source="beyond the paper",
    basis="extension",
    statement=(
        "The tail is no sign of learned features: labels that have nothing to do with the inputs "
        "make the same one, and its directions do not know the teacher. Those of the spike do."
    ),
)
def no_features(context: Context) -> tuple[RateRun, list[Part]]:
    """HT-17."""
    pairs: dict[str, list[tuple[EnsembleRun, EnsembleRun]]] = {}
    for name, rates in RATES.items():
        pairs[name] = []
        for rate in rates:
            optimizer = Optimizer("adam", rate) if name == "Adam" else descent(context, rate)
            pairs[name].append(
                (ensemble(context, optimizer), ensemble(context, optimizer, labels="shuffled"))
            )
    compared = Test("equality", 0.15, "a quarter of the drop of the index at η = 1")
    start = estimate_mean(
        np.array([hill(values) for values in pairs["Adam"][-1][0].start])
        - pairs["Adam"][-1][0].hill[:, -1]
    )
    parts = [
        Part(
            f"Index with labels of the teacher minus index with shuffled ones, {label}",
            0.0,
            estimate_mean(own.hill[:, -1] - alien.hill[:, -1]),
            compared,
            [Control("index before training minus index after it, Adam, η = 1", start)],
        )
        for label, (own, alien) in (
            ("Adam, η = 0.1", pairs["Adam"][0]),
            ("Adam, η = 0.3", pairs["Adam"][1]),
            ("Adam, η = 1", pairs["Adam"][2]),
            ("GD, η = 5d", pairs["GD, in units of d"][2]),
        )
    ]
    moderate = Optimizer("adam", 2.5 / math.sqrt(inputs(context)))
    spike, spike_shuffled = (
        ensemble(context, moderate, samples_per_input=8, steps=2, labels=labels)
        for labels in (TEACHER, SHUFFLED)
    )
    parts += [
        Part(
            "Energy of the teacher's direction in the outliers over chance, Adam, η = 1",
            1.0,
            estimate_mean(pairs["Adam"][2][0].teacher_energy),
            Test("equality", 0.4, "as good as chance; a tail that knew the teacher would have d/k"),
            [Control("in the spike of two moderate steps", estimate_mean(spike.top_energy))],
        ),
        Part(
            "Energy of the teacher's direction in the first direction over chance, two steps with "
            "half again the rate of a first spike, n = 8d",
            30.0,
            estimate_mean(spike.top_energy),
            Test("ordering", 15.0, "more than an order of magnitude is left", side="above"),
            [Control("shuffled labels", estimate_mean(spike_shuffled.top_energy))],
            note="Further steps wash the alignment out at these dimensions.",
        ),
    ]
    teacher, shuffled = (
        {name: np.array([pair[i].hill[:, -1] for pair in rows]) for name, rows in pairs.items()}
        for i in (0, 1)
    )
    grid = {name: np.array(values) for name, values in RATES.items()}
    return RateRun(grid, teacher, shuffled, NULL), parts


@registry.claim(
    19,
    source="beyond the paper",
    basis="extension",
    statement=(
        "The tail is made by the structure of many directions of the updates: not by their "
        "entries in random places, not by the first pair alone, and not by a linear student; "
        "without the first pair it forms all the same once the weights have moved as far."
    ),
)
def mechanism(context: Context) -> tuple[TailRun, list[Part]]:
    """HT-19."""
    adam, steep = LARGE_ADAM, descent(context, 5.0)
    far = descent(context, 60.0)
    runs = {
        "updates as they are": ensemble(context, adam),
        "permuted": ensemble(context, adam, update="permuted"),
        "first pair only": ensemble(context, adam, update="top pair"),
        "without first pair": ensemble(context, adam, update="without top pair"),
        "GD, permuted": ensemble(context, steep, update="permuted"),
        "GD, first pair only": ensemble(context, steep, update="top pair"),
        "GD, without first pair": ensemble(context, steep, update="without top pair"),
        "GD, without first pair, η × 12": ensemble(context, far, update="without top pair"),
        "linear student": ensemble(context, adam, linear=True),
        "GD, linear student": ensemble(context, descent(context, 0.3), linear=True),
    }
    full = {"": index(runs["updates as they are"]), "GD, ": index(ensemble(context, steep))}
    parts = []
    for name, control in full.items():
        label = "gradient descent, η = 5d" if name else "Adam, η = 1"
        parts += [
            Part(
                f"Index with permuted updates, {label}",
                NULL,
                index(runs[f"{name}permuted"]),
                Test("equality", FORM, FORM_WHY),
                [Control("updates as they are", control)],
            ),
            Part(
                f"Index with the first pair of every update only, {label}",
                SQUARE + 0.05,
                index(runs[f"{name}first pair only"]),
                Test("ordering", 0.03, "above the null of a square matrix", side="above"),
                [Control("updates as they are", control)],
            ),
        ]
    start = estimate_mean(np.array([hill(v) for v in runs["permuted"].start]))
    parts += [
        Part(
            "Index without the first pair of every update, Adam, η = 1",
            SQUARE,
            index(runs["without first pair"]),
            BELOW_ALL,
            [Control("at the start", start)],
        ),
        Part(
            "Index without the first pair, gradient descent with twelve times the rate: displaced "
            "at least as far",
            SQUARE,
            index(runs["GD, without first pair, η × 12"]),
            BELOW_ALL,
            [Control("at the same rate", index(runs["GD, without first pair"]))],
            note="Removing the pair removes the push, not the mechanism.",
        ),
        *(
            Part(
                f"Stable rank of the change of a linear student, {label}",
                1.0,
                Estimate(float(run.stable_rank.max())),
                Test("exact", bound, why),
                [
                    Control(
                        "the tanh student",
                        Estimate(float(runs["updates as they are"].stable_rank.min())),
                    )
                ],
            )
            for label, run, bound, why in (
                ("gradient descent", runs["GD, linear student"], 1e-9, "rounding"),
                ("Adam", runs["linear student"], 0.01, "of order ε over the smallest gradients"),
            )
        ),
        Part(
            "Most outliers of a linear student, Adam, η = 1",
            1.0,
            Estimate(float(runs["linear student"].outliers.max())),
            Test("exact", 0.5, "a change of rank one moves one eigenvalue past the edge"),
            [
                Control(
                    "the tanh student",
                    Estimate(float(runs["updates as they are"].outliers.min())),
                )
            ],
        ),
    ]  # fmt: skip
    size = inputs(context)
    edge = float((np.sqrt(WIDTH_RATIO * size) + np.sqrt(size)) ** 2)
    return TailRun(runs, NULL, WIDTH_RATIO, edge), parts
