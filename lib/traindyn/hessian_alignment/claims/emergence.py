"""Claim HA-12: outliers that emerge and sink in training, against an exact theory."""

from __future__ import annotations

import numpy as np

from traindyn.hessian_alignment.claims.common import TEST_SIZE, replica_mean
from traindyn.hessian_alignment.claims.compared import Compared, compare, series
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.blocks import Matrix
from traindyn.hessian_alignment.experiments.emergence import Followed, follow
from traindyn.hessian_alignment.experiments.runs import Setting
from traindyn.hessian_alignment.results.emergence import EmergenceRun
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context

MATRICES: tuple[Matrix, ...] = ("hessian", "gradient")
EMERGING = (0.0, 2.0, 4.0, 8.0, 16.0, 30.0)


@registry.claim(
    12,
    source="abstract of the sequel arXiv 2502.15655; the formulas are derived here",
    basis="derived",
    statement=(
        "Outliers emerge from the bulk during training and sink back into it, in a dynamical "
        "version of the transition at the start; an exact theory gives edge, outliers and "
        "eigenvectors. At λ = 20 the gradient matrix loses k − 1 of its outliers while the Hessian "
        "keeps all."
    ),
)
def emergence(context: Context) -> tuple[tuple[EmergenceRun, EmergenceRun], list[Part]]:
    """HA-12."""
    d = context.choose(ci=240, laptop=400, paper=1000)
    replicas = context.choose(ci=32, laptop=32, paper=64)
    early, late = 2.0, 60.0

    def run(size: int, repeat: int, times: tuple[float, ...]) -> Followed:
        setting = Setting(20.0, decay=0.02, dimension=size, replicas=repeat)
        generator = context.torch_generator(f"four classes {size} {times}")
        return follow(setting, times, TEST_SIZE, generator)

    main = run(d, replicas, (early, late))
    small = [run(d // n, replicas * n, (late,)) for n in (4, 2)]
    hessian, gradient = (compare(main, 1, matrix, control=True) for matrix in MATRICES)
    gradient_early = compare(main, 0, "gradient")
    edges = [compare(one, 0, "hessian").edge() for one in small]
    fluctuation = (
        "a third of what the naive formula misses; a near-equal outlier scatters by "
        "(2k/M)^½ = 0.06, and order among k of them shifts each by as much"
    )
    independent = "weights that know nothing of the samples"
    parts = [
        Part(
            "First outlier of the Hessian block over its prediction, t = 60",
            1.0,
            hessian.first(),
            Test("equality", 0.05, fluctuation),
            [Control(independent, hessian.first("naive"))],
        ),
        Part(
            "The other k − 1 outliers of the Hessian block over their prediction, t = 60",
            1.0,
            hessian.others(),
            Test("equality", 0.05, fluctuation),
            [Control(independent, hessian.others("naive"))],
        ),
        Part(
            "First outlier of the gradient block over its prediction, t = 60",
            1.0,
            gradient.first(),
            Test("equality", 0.05, fluctuation),
            [Control(independent, gradient.first("naive"))],
        ),
        Part(
            "Largest eigenvalue of the Hessian's bulk over the predicted edge, t = 60",
            1.0,
            hessian.edge(),
            Test("equality", 0.05, "Tracy-Widom scatter, of order d^(−2/3) = 0.03 below the edge"),
            [Control("edge for equal weights of the same mean", hessian.edge(plain=True))],
            asymptotic=True,
            sizes=[
                Size(d / 4, edges[0]),
                Size(d / 2, edges[1]),
                Size(float(d), hessian.edge()),
            ],
        ),
        Part(
            "Squared cosine of the Hessian's first eigenvector with x^c, minus its prediction",
            0.0,
            hessian.cosine_error(),
            Test("equality", 0.03, "a draw scatters by (k/M)^½ = 0.05, the mean by 1/d"),
            [Control(independent, hessian.cosine_error("naive"))],
        ),
        Part(
            "Outliers of the Hessian block, t = 60: all stay",
            hessian.predicted_count(),
            hessian.count(),
            Test("equality", 0.5, "half an eigenvalue"),
            [Control("the gradient block", gradient.count())],
        ),
        Part(
            "Outliers of the gradient block, t = 60: k − 1 have sunk",
            gradient.predicted_count(),
            gradient.count(),
            Test(
                "equality",
                1.0,
                "one of the three that sink: the few largest weights of a sample scatter, and the "
                "edge with them",
            ),
            [Control("at t = 2", gradient_early.count())],
            note=(
                "The prediction leaves out weights rarer than one in M: in the strict limit the "
                "rarest weights of the gradient matrix set the edge, and its outliers sink sooner "
                "than in any sample of a size that fits a computer."
            ),
        ),
        Part(
            "Outliers of the gradient block, t = 2: all are there",
            gradient_early.predicted_count(),
            gradient_early.count(),
            Test("equality", 0.5, "half an eigenvalue"),
            [Control("at t = 60", gradient.count())],
        ),
    ]
    born, more = _emerging(context)
    shown = run(d, 3, (0.5, 1.0, 2.0, 4.0, 8.0, 14.0, 20.0, 40.0, 60.0))
    result = EmergenceRun(
        4,
        20.0,
        np.array(shown.trajectory.times),
        {matrix: series(shown, matrix) for matrix in MATRICES},
    )
    return (result, born), [*parts, *more]


def _emerging(context: Context) -> tuple[EmergenceRun, list[Part]]:
    """Ten classes below and above the threshold of the start, which lies at λ = 5."""
    d = context.choose(ci=240, laptop=400, paper=1000)
    replicas = context.choose(ci=24, laptop=24, paper=48)

    def run(precision: float, ratio: float, times: tuple[float, ...]) -> Followed:
        setting = Setting(precision, decay=0.02, dimension=d, classes=10, replicas=replicas)
        generator = context.torch_generator(f"ten classes {precision}")
        matrices: tuple[Matrix, ...] = ("hessian",)
        return follow(setting, times, ratio, generator, matrices=matrices, from_zero=True)

    below, above = run(4.0, 4.0, EMERGING), run(12.0, 2.0, (0.0, 30.0))
    start, end = (compare(below, i, "hessian") for i in (0, len(EMERGING) - 1))
    many, one = (compare(above, i, "hessian") for i in (0, 1))
    margin = 0.08  # a random matrix of this size passes its edge by 5 % once in ten times
    result = EmergenceRun(10, 4.0, np.array(EMERGING), {"hessian": series(below, "hessian")})
    parts = [
        Part(
            "Ten classes, λ = 4 below the threshold 5: outliers at the start",
            0.0,
            start.count(margin),
            Test("equality", 0.5, "half an eigenvalue"),
            [Control("at t = 30", end.count(margin))],
        ),
        Part(
            "Ten classes, λ = 4: outliers at t = 30, one has emerged",
            1.0,
            end.count(margin),
            Test("equality", 0.5, "half an eigenvalue"),
            [Control("at the start", start.count(margin))],
        ),
        Part(
            "Its squared cosine with the mean of the class, minus the prediction",
            0.0,
            end.mean_cosine_error(),
            Test(
                "equality",
                0.08,
                "a fifth of the predicted cosine; near the edge corrections are of order "
                "d^(−1/2) = 0.06",
            ),
            [Control("at the start, from the same prediction", _shifted(start, end))],
        ),
        Part(
            "Ten classes, λ = 12 above the threshold 7: outliers at t = 30, all but one have sunk",
            1.0,
            one.count(margin),
            Test("equality", 0.5, "half an eigenvalue"),
            [Control("at the start", many.count(margin))],
        ),
    ]
    return result, parts


def _shifted(start: Compared, end: Compared) -> Estimate:
    """Squared cosines at the start minus what is predicted for the end."""
    predicted = end.per_block(lambda r, c: end.exact[r][c].squared_cosine(0, end.means[c]))
    return replica_mean(start.with_mean - predicted)
