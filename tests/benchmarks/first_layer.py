"""Ten full-batch steps of Adam with every probe of the spectrum and of the features."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from comparison import Row, compare

from traindyn.heavy_tailed_esd.experiments.data import Sample
from traindyn.heavy_tailed_esd.experiments.features import hidden_features
from traindyn.heavy_tailed_esd.experiments.network import Problem, draw_problem
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, train
from traindyn.heavy_tailed_esd.experiments.ridge import fit_heads
from traindyn.heavy_tailed_esd.experiments.spectra import Spectrum, alignment, gram, top_direction
from traindyn.tails import fit_tail, hill

RATE, MARKS = 1.0, (0, 1, 2, 5, 10)
PENALTIES = torch.logspace(-1, 2, 29)
TESTS = 4000

Metrics = list[float]
"""Hill, Kolmogorov-Smirnov index, largest eigenvalue, overlap, alignment, losses over penalties."""


def draw(inputs: int, samples: int, hidden: int) -> tuple[Problem, Sample, Sample]:
    """A problem in float32, as the authors' code has it, with fresh samples for fit and test."""
    generator = torch.Generator().manual_seed(0)
    problem = draw_problem(inputs, samples, hidden, generator, dtype=torch.float32)
    return problem, problem.teacher.draw(samples, generator), problem.teacher.draw(TESTS, generator)


def our_probes(problem: Problem, weights: torch.Tensor, fit: Sample, tests: Sample) -> Metrics:
    """Every probe; one spectrum and one eigendecomposition of the features serve them all."""
    square = gram(weights)
    spectrum = Spectrum(np.linalg.eigvalsh(square), len(weights))
    heads = fit_heads(hidden_features(weights, fit.inputs), fit.labels)
    tested = heads.losses(hidden_features(weights, tests.inputs), tests.labels, PENALTIES)
    return [
        hill(spectrum.eigenvalues),
        fit_tail(spectrum.eigenvalues).alpha,
        spectrum.top,
        alignment(top_direction(square)[1], problem.teacher.direction),
        heads.alignment,
        *heads.fit_loss(PENALTIES).tolist(),
        *tested.tolist(),
    ]


def our_run(problem: Problem, fit: Sample, tests: Sample) -> list[Metrics]:
    """Probes before, during and after training, with the library."""
    optimizer = Optimizer("adam", RATE)
    probes = [our_probes(problem, problem.weights, fit, tests)]
    for step in train(problem.student, problem.weights, problem.sample, optimizer, MARKS[-1]):
        if step.number in MARKS:
            probes.append(our_probes(problem, step.after, fit, tests))
    return probes


class PlainNetwork(torch.nn.Module):
    """The student as one would write it down."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        hidden, inputs = problem.weights.shape
        self.first = torch.nn.Linear(inputs, hidden, bias=False)
        self.first.weight.data = problem.weights.clone()
        self.head = torch.nn.Linear(hidden, 1, bias=False)
        self.head.weight.data = problem.student.head[None].clone()
        self.head.weight.requires_grad_(False)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        hidden, inputs = self.first.weight.shape
        return torch.tanh(self.first(x) / math.sqrt(inputs)) / math.sqrt(hidden)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(x))[:, 0]


def plain_spectrum(weights: torch.Tensor) -> torch.Tensor:
    return torch.linalg.svdvals(weights.double()).square().flip(0)


def plain_hill(weights: torch.Tensor) -> float:
    values = plain_spectrum(weights)
    start = len(values) // 2
    return 1 + (len(values) - start) / float((values[start:] / values[start]).log().sum())


def plain_tail(weights: torch.Tensor) -> float:
    """The index with the smallest Kolmogorov-Smirnov distance, one cut-off after the other."""
    values = plain_spectrum(weights)
    best, index = math.inf, math.nan
    for start in range(len(values) - 1):
        tail = values[start:]
        alpha = 1 + len(tail) / float((tail / tail[0]).log().sum())
        law = 1 - (tail / tail[0]) ** (1 - alpha)
        distance = float((law - torch.arange(len(tail)) / len(tail)).abs().max())
        if distance < best:
            best, index = distance, alpha
    return index


@torch.no_grad()
def plain_probes(network: PlainNetwork, problem: Problem, fit: Sample, tests: Sample) -> Metrics:
    """Every probe from its definition: a full SVD each, n-by-n kernels, a solve per penalty."""
    weights = network.first.weight
    _, singular, right = torch.linalg.svd(weights, full_matrices=False)
    z, y = network.features(fit.inputs), fit.labels
    kernel, target = z @ z.T, torch.outer(y, y)
    sizes = (matrix.norm(dtype=torch.float64) for matrix in (kernel, target))
    kernel_alignment = (kernel * target).sum(dtype=torch.float64) / math.prod(sizes)
    square, eye = z.T @ z, torch.eye(z.shape[1])
    shifts = PENALTIES * (len(y) / z.shape[1])
    heads = [torch.linalg.solve(square + shift * eye, z.T @ y) for shift in shifts]
    others = network.features(tests.inputs)
    return [
        plain_hill(weights),
        plain_tail(weights),
        float(singular[0] ** 2),
        float((right[0] @ problem.teacher.direction).abs()),
        float(kernel_alignment),
        *(float((z @ head - y).square().mean()) for head in heads),
        *(float((others @ head - tests.labels).square().mean()) for head in heads),
    ]


def plain_run(problem: Problem, fit: Sample, tests: Sample) -> list[Metrics]:
    """Probes before, during and after training, with autograd and ``torch.optim.Adam``."""
    network = PlainNetwork(problem)
    optimizer = torch.optim.Adam([network.first.weight], lr=RATE)
    loss = torch.nn.MSELoss()
    probes = [plain_probes(network, problem, fit, tests)]
    for step in range(1, MARKS[-1] + 1):
        optimizer.zero_grad()
        loss(network(problem.sample.inputs), problem.sample.labels).backward()
        optimizer.step()
        if step in MARKS:
            probes.append(plain_probes(network, problem, fit, tests))
    return probes


RUNS: dict[str, Callable[[Problem, Sample, Sample], list[Metrics]]] = {
    "ours": our_run,
    "plain": plain_run,
}


def peak_memory(which: str, size: tuple[int, int, int]) -> float:
    """Largest memory of a process that does nothing but one of the runs, in megabytes."""
    command = [sys.executable, str(Path(__file__)), which, *map(str, size)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(found.stdout)


def difference(ours: list[Metrics], plain: list[Metrics]) -> float:
    """Largest relative difference of the metrics."""
    flat = (chain.from_iterable(metrics) for metrics in (ours, plain))
    return max(abs(a / b - 1) for a, b in zip(*flat, strict=True))


def rows(inputs: int, samples: int, hidden: int) -> list[Row]:
    """The row: ten steps and all probes before and after, on the same tensors.

    Args:
        inputs: Inputs d.
        samples: Samples n.
        hidden: Hidden units h.
    """
    size = (inputs, samples, hidden)
    drawn = draw(*size)
    ours_mb, plain_mb = (peak_memory(which, size) for which in RUNS)
    return [
        compare(
            f"ten steps of Adam, all probes, {ours_mb:,.0f} MB",
            lambda: our_run(*drawn),
            f"torch autograd, full SVDs, n x n kernels, a solve per penalty, {plain_mb:,.0f} MB",
            lambda: plain_run(*drawn),
            2.5,
            difference(our_run(*drawn), plain_run(*drawn)),
        )
    ]


def high_water() -> float:
    """Largest resident memory of this process so far, in megabytes (Linux)."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else math.nan


def main() -> None:
    """Run one of the two and print what its peak adds to the memory held before."""
    which, size = sys.argv[1], [int(text) for text in sys.argv[2:]]
    torch.set_num_threads(1)
    drawn = draw(*size)
    before = high_water()
    RUNS[which](*drawn)
    print(high_water() - before)


if __name__ == "__main__":
    main()
