"""Claims HT-14 and HT-20: the heaviest tails, and whether they are power laws."""

from __future__ import annotations

from scipy import stats

from traindyn.heavy_tailed_esd.claims.ensembles import (
    below_all,
    change,
    finite,
    index,
    tail_run,
)
from traindyn.heavy_tailed_esd.claims.parts import algebraic, simulated
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.tails import NamedTails, NamingRun, TailRun
from traindyn.heavy_tailed_esd.studies.ensembles import (
    LARGE_ADAM,
    adam,
    ensemble,
    inputs,
    small_adam,
)
from traindyn.heavy_tailed_esd.studies.names import TRUTH, named_tails, normalized_tails
from traindyn.inference import difference, estimate_mean, exact
from traindyn.ledger import (
    Part,
    at_least,
    at_most,
    other_system,
    within,
    within_noise,
    wrong_prediction,
)
from traindyn.runs import Context


@registry.claim(
    14,
    source="options of the authors' public code",
    basis="attributed",
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
    null_shares = [estimate_mean(tails.null_share[half::2]) for half in (0, 1)]
    parts = [
        simulated(
            "Largest relative distance of ‖W‖² from hd before one of ten steps of Adam with η = 1 "
            "and weights rescaled before every step",
            exact(float(fixed.norm_error.max())),
            within(
                2.0**-22, "rounding of the factor to single precision, 2⁻²⁴, squared", "rounding"
            ),
            [other_system("not rescaled", estimate_mean(plain.norm_error))],
            prediction=0.0,
            replicates="",
        ),
        simulated(
            "Hill's index after ten steps of Adam with η = 1 and weights rescaled before every "
            "step minus that without, n = 8d",
            change(fixed, plain),
            at_most(
                -finite(context),
                "2/d, by which the index of a finite random matrix lies above its limit",
                "size",
            ),
            [other_system("a rate at which the norm hardly changes, n = 2d", gentle)],
        ),
        simulated(
            "Tail weight 1/(α − 1) of the best Kolmogorov-Smirnov fit after ten steps of Adam with "
            "η = 10 and weights rescaled before every step, n = 8d",
            estimate_mean(1 / (tails.alpha - 1)),
            at_least(1.0, "from weight 1 on, α = 2, a power law has no mean", "neighbor"),
            [
                other_system(
                    "random matrices of that shape", estimate_mean(1 / (tails.null_alpha - 1))
                )
            ],
        ),
        simulated(
            "Share of the spectrum in the tail of the best Kolmogorov-Smirnov fit after ten steps "
            "of Adam with η = 10 and weights rescaled before every step, n = 8d, above that of "
            "random matrices",
            difference(estimate_mean(tails.share), estimate_mean(tails.null_share)),
            at_least(0.25, "half of the way from none to half of the spectrum", "neighbor"),
            [other_system("random matrices above others", difference(*null_shares))],
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
        simulated(
            "Share of the spectra after ten steps (Adam, η = 1; gradient descent, η = 5d) whose "
            "tail passes every test of a power law",
            named["trained"],
            at_most(
                0.95**3 / 2,
                "half of the share of true samples that pass three tests at the level of 5 %",
                "neighbor",
            ),
            [other_system("samples of a power law", named[TRUTH])],
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
    large = "Adam, η = 1"
    truth = "samples of a power law"
    loses = at_most(
        -float(stats.norm.ppf(0.95)),
        "beyond it the ratio of a single tail decides at the level of 5 %",
        "noise",
    )
    return [
        *(
            simulated(
                "Likelihood ratio of power law and lognormal law over its standard error, above "
                f"the median after ten steps, {label}",
                estimate_mean(lognormal[name]),
                loses,
                [other_system(truth, estimate_mean(lognormal[TRUTH]))],
            )
            for name, label in ((large, large), ("GD, η = 5d", "gradient descent, η = 5d"))
        ),
        simulated(
            "Likelihood ratio of power law and exponential law over its standard error, above the "
            "median after ten steps of Adam with η = 1",
            estimate_mean(exponential[large]),
            at_most(0.0, "below 0 the exponential law fits better", "sign"),
            [other_system(truth, estimate_mean(exponential[TRUTH]))],
        ),
        simulated(
            "Likelihood ratio of power law and exponential law over its standard error, above the "
            "median after ten steps of Adam with η = 10 and weights rescaled before every step: "
            "the one tail that favors the power law",
            estimate_mean(exponential["Adam, η = 10, normalized"]),
            at_least(0.0, "above 0 the power law fits better", "sign"),
            [other_system("η = 1, not rescaled", estimate_mean(exponential[large]))],
        ),
    ]


def _indices(context: Context, found: NamedTails) -> list[Part]:
    """Hill's index of what was not trained."""
    truth, tail = estimate_mean(found.truth), inputs(context) // 2
    return [
        algebraic(
            "Hill's index of the product of two random matrices, nothing trained",
            estimate_mean(found.products),
            below_all(context),
            [other_system("one random matrix", estimate_mean(found.nulls))],
            replicates="matrices",
        ),
        algebraic(
            "Hill's index of samples of a power law whose density has the exponent 2",
            truth,
            within_noise(truth, "the mean of the estimate is known: m/(m − 2) with m in the tail"),
            [
                wrong_prediction("the exponent of the tail function, 1 less", tail / (tail - 2)),
                other_system(
                    "ten steps of Adam with a small learning rate",
                    index(ensemble(context, small_adam(context))),
                ),
            ],
            prediction=1 + tail / (tail - 2),
            replicates="samples",
        ),
    ]
