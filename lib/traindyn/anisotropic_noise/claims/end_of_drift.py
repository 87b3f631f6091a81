"""Claim AN-14: with several outputs the drift along the valley ends in a balance of the layers."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.valley import BATCH, RATE, Valley, draw_valley, ratio_of
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.drift import DriftRun
from traindyn.anisotropic_noise.theory.drift import stationary_values
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise, second_layer_variances
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    14,
    source="beyond the abstract; a law of balance for two layers",
    basis="extension",
    statement=(
        "With two or more outputs the drift ends where n W₂ᵀW₂ = m W₁W₁ᵀ: a² = s√(n/m) and "
        "b² = s√(m/n), whatever the start."
    ),
)
def end_of_drift(context: Context) -> tuple[DriftRun, list[Part]]:
    """AN-14."""
    inputs, outputs = 9, 3
    replicas = context.choose(ci=48, laptop=96, paper=384)
    free = np.array([0.8, 0.5])
    starts = {"first": np.array([0.5, 0.4, 0.3]), "second": np.array([2.5, 2.0, 1.6])}
    runs = {}
    for name, values in starts.items():
        # the same problem for both starts
        problem = draw_valley(inputs, values, free, 1.0, context.numpy_generator("problem"))
        generator = context.numpy_generator(f"SGD from the {name} start")
        steps = round(7 / problem.decay)
        start = problem.start(replicas)
        path = run_two_layers(problem.x, problem.y, *start, RATE, BATCH, steps, generator)
        records, late = [], []
        for step, (first, second) in enumerate(path):
            if step % (steps // 70) == 0:
                a = np.linalg.svd(first, compute_uv=False)[:, :outputs] ** 2
                b = np.linalg.svd(second, compute_uv=False) ** 2
                records.append((step * problem.decay, a.mean(axis=0), b.mean(axis=0)))
                if step * problem.decay > 6:
                    late.append((a, b, first.copy(), second.copy()))
        runs[name] = problem, records, late
    parts = []
    for name, (_, records, late) in runs.items():
        a = np.mean([entry[0] for entry in late], axis=0).sum(axis=1)
        b = np.mean([entry[1] for entry in late], axis=0).sum(axis=1)
        begin = records[0]
        parts.append(
            Part(
                f"Tr W₁W₁ᵀ over tr W₂ᵀW₂ of the three modes in use, from the {name} start",
                inputs / outputs,
                ratio_of(a, b),
                Test("equality", 0.45, "n/m times 15 %, twice η tr H / S = 0.07"),
                [Control("at the start", Estimate(float(begin[1].sum() / begin[2].sum())))],
            )
        )
    problem, records, late = runs["first"]
    s = np.linalg.svd(problem.second @ problem.first, compute_uv=False)
    a2, b2 = stationary_values(s, inputs, outputs)
    found = np.mean([entry[0] for entry in late], axis=(0, 1))
    parts += [
        Part(
            "Squared singular values of the first layer over s√(n/m): largest distance from 1",
            0.0,
            Estimate(float(np.abs(found / a2 - 1).max())),
            Test(
                "equality",
                0.15,
                "twice η tr H / S = 0.07; the scatter of the mean over replicas and records is "
                "below 0.02",
                side="below",
            ),
            [Control("at the start", Estimate(float(np.abs(records[0][1] / a2 - 1).max())))],
        ),
        Part(
            "Variances of the second layer from the linear theory at the end, over "
            "T n s_i/(n s_i + m s_j): largest distance from 1",
            0.0,
            Estimate(_variances(problem, late[-1][2][:16], late[-1][3][:16], a2, b2)),
            Test(
                "equality",
                0.2,
                "a fifth; gradient flow's balance a² = b² is off by up to 2",
                side="below",
            ),
            [Control("at the start", Estimate(_variances(problem, *problem.start(1), a2, b2)))],
        ),
    ]
    times = np.array([t for t, _, _ in records])
    result = DriftRun(
        times,
        np.array([a for _, a, _ in records]),
        np.array([b for _, _, b in records]),
        np.empty(0),
        np.concatenate([a2, b2]),
    )
    return result, parts


def _variances(
    problem: Valley, firsts: np.ndarray, seconds: np.ndarray, a2: np.ndarray, b2: np.ndarray
) -> float:
    """Largest distance from 1 of the linear theory over a²/(a² + b²), averaged over replicas."""
    best = np.linalg.lstsq(problem.x, problem.y, rcond=None)[0].T
    predicted = second_layer_variances(np.sqrt(a2), np.sqrt(b2))
    rank = len(a2)
    shares = []
    for first, second in zip(firsts, seconds, strict=True):
        # a minimum nearby: the smallest change of the first layer that makes the map exact
        first = first + np.linalg.pinv(second) @ (best - second @ first)
        noise = TwoLayerNoise(problem.x, problem.y, first, second)
        c = noise.second_layer(noise.covariance(1e-3, 1)) / noise.temperature(1e-3, 1)
        axes = np.kron(np.linalg.svd(second)[0], np.linalg.svd(first)[0][:, :rank])
        found = np.einsum("pa,pq,qa->a", axes, c, axes).reshape(rank, rank)
        shares.append(found / predicted)
    return float(np.abs(np.mean(shares, axis=0) - 1).max())
