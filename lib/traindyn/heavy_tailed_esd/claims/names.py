"""Claims HT-14 and HT-20: the heaviest tails, and whether they are power laws."""

from __future__ import annotations

from traindyn.heavy_tailed_esd.claims.ensembles import (
    FORM,
    FORM_WHY,
    SQUARE,
    below_all,
    change,
    index,
    tail_run,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.tails import NamedTails, NamingRun, TailRun
from traindyn.heavy_tailed_esd.studies.ensembles import (
    LARGE_ADAM,
    adam,
    ensemble,
    small_adam,
)
from traindyn.heavy_tailed_esd.studies.names import TRUTH, named_tails, normalized_tails
from traindyn.inference import estimate_mean, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


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
    fixed = ensemble(context, adam(1.0, normalize=True), samples_per_input=8)
    strong = ensemble(context, adam(10.0, normalize=True), samples_per_input=8)
    tails = normalized_tails(context)
    gentle = change(
        ensemble(context, small_adam(context, normalize=True)),
        ensemble(context, small_adam(context)),
    )
    parts = [
        Part(
            "Largest relative distance of ‖W‖² from hd before a step",
            0.0,
            exact(float(fixed.norm_error.max())),
            Test("exact", 1e-12, "rounding of a sum of squares"),
            [Control("not normalized", exact(float(plain.norm_error.min())))],
        ),
        Part(
            "Hill's index with normalization minus that without, Adam, η = 1, n = 8d",
            -FORM,
            change(fixed, plain),
            Test("ordering", FORM / 2, f"half of a difference that matters, {FORM_WHY}", "below"),
            [Control("a small learning rate, n = 2d", gentle)],
        ),
        Part(
            "Tail weight 1/(α − 1) of the best Kolmogorov-Smirnov fit with normalization, η = 10",
            1.0,
            estimate_mean(1 / (tails.alpha - 1)),
            Test("threshold", 1 / 3, "α below 2.5; a law of weight 1 has no mean", side="above"),
            [
                Control(
                    "random matrices of that shape",
                    estimate_mean(1 / (tails.null_alpha - 1)),
                )
            ],
        ),
        Part(
            "Share of the spectrum in that tail",
            0.4,
            estimate_mean(tails.share),
            Test("threshold", 0.1, "at least three tenths", side="above"),
            [Control("random matrices of that shape", estimate_mean(tails.null_share))],
        ),
    ]
    runs = {"η = 1": plain, "η = 1, normalized": fixed, "η = 10, normalized": strong}
    return tail_run(context, runs), parts


@registry.claim(
    20,
    source="beyond the paper",
    basis="extension",
    statement=(
        "“Power law” names these tails but does not fit them: a lognormal law fits better in every "
        "trained case, and a product of two random matrices has the index without any training."
    ),
)
def only_a_name(context: Context) -> tuple[NamingRun, list[Part]]:
    """HT-20."""
    found = named_tails(context)
    named = found.run.named
    parts = [
        *_ratios(found.run),
        *_indices(context, found),
        Part(
            "Share of the trained spectra whose tail passes every test of a power law",
            0.0,
            named["trained"],
            Test("threshold", 0.5, "fewer than half, whatever a few of them do", side="below"),
            [Control("samples of a power law", named[TRUTH])],
            note=(
                "Tests at the level of 5 % each: at least 50 eigenvalues in the tail, distance "
                "from the fit, an exponential and a lognormal rival."
            ),
        ),
    ]
    return found.run, parts


def _ratios(run: NamingRun) -> list[Part]:
    """Likelihood ratios of the power law and two rivals."""
    exponential, lognormal = run.exponential, run.lognormal
    loses = Test(
        "ordering", 0.2, "two standard errors of one tail, the usual level of 5 %", side="below"
    )
    return [
        *(
            Part(
                "Normalized likelihood ratio of power law and lognormal law above the median, "
                f"{name}",
                -2.0,
                estimate_mean(lognormal[name]),
                loses,
                [Control("a true sample of a power law", estimate_mean(lognormal[TRUTH]))],
            )
            for name in ("Adam, η = 1", "GD, η = 5d")
        ),
        Part(
            "Normalized likelihood ratio of power law and exponential law, Adam with η = 1",
            0.0,
            estimate_mean(exponential["Adam, η = 1"]),
            Test("ordering", 0.2, "a tenth of two standard errors of one tail", side="below"),
            [Control("a true sample of a power law", estimate_mean(exponential[TRUTH]))],
        ),
        Part(
            "The same for normalized weights and η = 10: the one tail that favors the power law",
            2.0,
            estimate_mean(exponential["Adam, η = 10, normalized"]),
            Test("ordering", 2.0, "above 0 the power law fits better", side="above"),
            [Control("η = 1 without normalization", estimate_mean(exponential["Adam, η = 1"]))],
        ),
    ]


def _indices(context: Context, found: NamedTails) -> list[Part]:
    """Hill's index of what was not trained."""
    return [
        Part(
            "Hill's index of a product of two random matrices, nothing trained, against the "
            "smallest null of one",
            SQUARE,
            estimate_mean(found.products),
            below_all(context),
            [Control("one random matrix", estimate_mean(found.nulls))],
        ),
        Part(
            "Hill's index of a sample of a power law with the exponent 2",
            2.0,
            estimate_mean(found.truth),
            Test("equality", 0.35, "three quarters of the distance of the null from 2"),
            [
                Control(
                    "Adam with a small learning rate", index(ensemble(context, small_adam(context)))
                )
            ],
        ),
    ]
