"""Claims AN-1 and AN-2: covariance and mean loss of SGD, exact and in the small-step limit."""

from __future__ import annotations

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.results.covariance import CovarianceRun, LossRun
from traindyn.anisotropic_noise.studies.covariance import covariances, mean_losses
from traindyn.inference import exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    1,
    source="setting of the abstract",
    basis="derived",
    statement=(
        "The covariance of the weights of linear regression solves a closed recursion at any "
        "learning rate and batch size; the Lyapunov equation with the noise of the minimum is its "
        "limit for small steps, with an error of first order in the learning rate times tr H."
    ),
)
def covariance(context: Context) -> tuple[CovarianceRun, list[Part]]:
    """AN-1."""
    run = covariances(context)
    return run, [
        Part(
            "Squared relative distance of simulated SGD from the exact recursion at η tr H = 0.4",
            0.0,
            run.to_exact[-1],
            Test(
                "equality",
                0.03**2,
                "a distance of 3 %, a sixth of what the theory with frozen noise misses here",
                side="below",
            ),
            [Control("frozen noise", run.to_frozen[-1])],
        ),
        _doubled_rate(run),
        Part(
            "At batches of one the frozen noise, not the discrete step, makes the error: error "
            "with frozen noise over error of the stochastic equation with noise that follows the "
            "weights",
            4.0,
            exact(float(run.frozen[-1] / run.state_dependent[-1])),
            Test("ordering", 1.0, "a factor of three; equal shares would give two", side="above"),
            [
                Control(
                    "batches of 16",
                    exact(run.large_batch.frozen / run.large_batch.state_dependent),
                )
            ],
        ),
        Part(
            "Batches of four at η tr H / S = 0.4: squared relative distance of simulated SGD from "
            "the exact recursion",
            0.0,
            run.in_fours,
            Test(
                "equality",
                0.03**2,
                "as for batches of one; the temperature is the same, and what the batch changes "
                "is of the order η h / 2 = 0.1",
                side="below",
            ),
            [Control("batches of one at the same temperature", run.in_ones)],
        ),
    ]


def _doubled_rate(run: CovarianceRun) -> Part:
    """The error of frozen noise is of first order in the learning rate."""
    ratios = run.frozen[1:] / run.frozen[:-1]
    return Part(
        "Error of the theory with frozen noise when the learning rate doubles, factor",
        2.0,
        exact(float(ratios[0])),
        Test("slope", 0.05, "the next order of the error, η tr H = 0.025, twice"),
        [
            Control(
                "a batch that doubles with the learning rate",
                exact(run.doubled_batch.frozen / float(run.frozen[0])),
            )
        ],
        asymptotic=True,
        sizes=[
            Size(float(s), exact(float(r)))
            for s, r in zip(run.step_sizes[:0:-1], ratios[::-1], strict=True)
        ],
    )


@registry.claim(
    2,
    source="setting of the abstract",
    basis="derived",
    statement=(
        "The mean loss above its minimum is η tr D / 4S for small steps, whether or not detailed "
        "balance holds; for larger steps the exact recursion gives it."
    ),
)
def mean_loss(context: Context) -> tuple[LossRun, list[Part]]:
    """AN-2."""
    run = mean_losses(context)
    return run, [
        Part(
            "Trace of the Lyapunov equation: mean loss of the theory with frozen noise over "
            "η tr D / 4S",
            1.0,
            exact(run.frozen),
            Test("exact", 1e-10, "rounding of a 10 × 10 eigenproblem"),
            [Control("exact recursion at η tr H = 0.33", exact(run.exact_there[-1]))],
        ),
        *(
            Part(
                f"Mean loss of simulated SGD at η tr H = {step_size:g}, in units of η tr D / 4S",
                exact,
                measured,
                Test(
                    "equality", 0.02, "less than half the smallest correction that is tested, 5 %"
                ),
                [Control("Gaussian noise, frozen at the minimum", control)],
            )
            for step_size, exact, measured, control in zip(
                run.simulated_at, run.exact_there, run.simulated, run.fixed, strict=True
            )
        ),
    ]
