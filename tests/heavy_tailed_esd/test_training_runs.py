"""Ensembles of runs, their controls, overlaps and long runs, on small problems."""

import math

import numpy as np
import pytest
import torch

from traindyn.heavy_tailed_esd.experiments.long_runs import LongRun, run_long, sharpness
from traindyn.heavy_tailed_esd.experiments.mechanisms import permuted, top_pair, transform_of
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, trained
from traindyn.heavy_tailed_esd.experiments.overlaps import (
    band_enrichment,
    first_pairs,
    overlaps_along,
    rank_correlation,
    right_overlaps,
)
from traindyn.heavy_tailed_esd.experiments.training_runs import Ensemble, run_ensemble
from traindyn.heavy_tailed_esd.theory.late_bursts import stable_epsilon
from traindyn.heavy_tailed_esd.theory.overlaps import first_overlaps
from traindyn.tails import hill

ADAM = Optimizer("adam", 1.0)


def small(**changes):
    return Ensemble(**{"inputs": 30, "samples_per_input": 2, "optimizer": ADAM, "replicas": 2,
                       "seed": 5, "double": True} | changes)  # fmt: skip


def test_an_ensemble_is_its_runs_one_by_one():
    ensemble = small()
    run = run_ensemble(ensemble)
    for replica in range(2):
        problem, _ = ensemble.problem(replica)
        end = trained(problem.student, problem.weights, problem.sample, ADAM, 10).numpy()
        change = end - problem.weights.numpy()
        values = np.linalg.svd(end, compute_uv=False)[::-1] ** 2
        assert run.end[replica] == pytest.approx(values)
        assert run.hill[replica, -1] == pytest.approx(hill(values))
        moved = np.linalg.norm(change) / np.linalg.norm(problem.weights.numpy())
        assert run.displacement[replica, -1] == pytest.approx(moved)
        rank = np.linalg.norm(change) ** 2 / np.linalg.norm(change, 2) ** 2
        assert run.stable_rank[replica] == pytest.approx(rank)
        assert run.outliers[replica] == (values > 1.05 * ensemble.edge).sum()
        first = np.linalg.svd(end)[2][0] @ problem.teacher.direction.numpy()
        assert run.top_energy[replica] == pytest.approx(30 * first**2)


def test_equal_seeds_pair_the_problems_of_two_settings():
    one = run_ensemble(small())
    other = run_ensemble(small(optimizer=Optimizer("gd", 3.0), labels="shuffled"))
    assert (one.start == other.start).all()
    assert not (one.start == run_ensemble(small(seed=6)).start).any()


def test_shuffled_labels_are_the_same_numbers():
    plain, _ = small().problem(0)
    mixed, _ = small(labels="shuffled").problem(0)
    assert (plain.sample.inputs == mixed.sample.inputs).all()
    assert not torch.equal(plain.sample.labels, mixed.sample.labels)
    assert plain.sample.labels.sort().values.equal(mixed.sample.labels.sort().values)


def test_a_linear_student_changes_by_rank_one():
    run = run_ensemble(small(linear=True, optimizer=Optimizer("gd", 3.0)))
    assert run.stable_rank == pytest.approx(1.0)
    assert (run_ensemble(small()).stable_rank > 2).all()


@pytest.mark.parametrize(("double", "rounding"), [(True, 1e-12), (False, 2.0**-22)])
def test_normalization_holds_the_norm(double, rounding):
    run = run_ensemble(small(optimizer=Optimizer("adam", 1.0, normalize=True), double=double))
    assert (run.norm_error < rounding).all()


def test_single_precision_draws_and_trains_in_it():
    problem, _ = small(double=False).problem(0)
    assert problem.weights.dtype == problem.sample.inputs.dtype == torch.float32
    run = run_ensemble(small(double=False, optimizer=Optimizer("gd", 3.0), steps=1))
    end = trained(problem.student, problem.weights, problem.sample, Optimizer("gd", 3.0), 1)
    assert run.end.dtype == np.float64
    assert run.end[0] == pytest.approx(np.linalg.svd(end.double(), compute_uv=False)[::-1] ** 2)


def test_permuting_keeps_the_entries_and_changes_their_places():
    update = torch.arange(12.0).reshape(3, 4)
    mixed = permuted(update, torch.Generator().manual_seed(0))
    assert mixed.shape == update.shape
    assert not torch.equal(mixed, update)
    assert torch.equal(mixed.flatten().sort().values, update.flatten())


def test_the_first_pair_and_the_rest_add_up():
    update = torch.randn(7, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    u, s, v = torch.linalg.svd(update, full_matrices=False)
    assert torch.allclose(top_pair(update), s[0] * torch.outer(u[:, 0], v[0]))
    rest = transform_of("without top pair", torch.Generator())(update)
    assert torch.linalg.svdvals(rest)[0] == pytest.approx(float(s[1]))


def test_overlaps_of_a_matrix_with_itself_are_the_identity():
    weights = torch.randn(8, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert right_overlaps(weights, 3 * weights) == pytest.approx(np.eye(5), abs=1e-12)
    assert right_overlaps(weights, weights.flip(0)) == pytest.approx(np.eye(5), abs=1e-12)
    assert first_pairs(weights, 3 * weights) == pytest.approx((1.0, 1.0))


def test_overlaps_are_those_of_the_singular_vectors():
    draw = torch.Generator().manual_seed(1)
    one, other = (torch.randn(8, 5, generator=draw, dtype=torch.float64) for _ in range(2))
    (u, _, v), (p, _, q) = (
        torch.linalg.svd(matrix, full_matrices=False) for matrix in (one, other)
    )
    assert right_overlaps(one, other) == pytest.approx((v @ q.T).square().numpy(), abs=1e-10)
    expected = float((u[:, 0] @ p[:, 0]) ** 2), float((v[0] @ q[0]) ** 2)
    assert first_pairs(one, other) == pytest.approx(expected, abs=1e-9)


def test_statistics_of_random_overlaps_are_those_of_chance():
    draw = np.random.default_rng(0)
    bases = [np.linalg.qr(draw.standard_normal((200, 200)))[0] for _ in range(2)]
    overlap = (bases[0].T @ bases[1]) ** 2
    assert band_enrichment(overlap) == pytest.approx(1.0, abs=0.1)  # standard error 0.02
    assert abs(rank_correlation(overlap)) < 0.35  # five standard errors of 1/sqrt(200)


def test_maps_along_a_run_belong_to_its_steps():
    problem, _ = small().problem(0)
    found = overlaps_along(problem, ADAM, (0, 3))
    assert sorted(found) == [0, 3]
    before, after = (
        trained(problem.student, problem.weights, problem.sample, ADAM, steps) for steps in (3, 4)
    )
    assert found[3] == pytest.approx(right_overlaps(before, after - before), abs=1e-6)


@pytest.mark.parametrize("theta", [1.8, 3.0, 6.0])
def test_first_overlaps_are_those_of_a_planted_spike(theta):
    draw, size, gamma = np.random.default_rng(1), 400, 1.5
    rows = round(gamma * size)
    u, v = draw.standard_normal(rows), draw.standard_normal(size)
    u, v = u / np.linalg.norm(u), v / np.linalg.norm(v)
    noisy = theta * np.outer(u, v) + draw.standard_normal((rows, size)) / size**0.5
    left, _, right = np.linalg.svd(noisy)
    found = ((left[:, 0] @ u) ** 2, (right[0] @ v) ** 2)
    # fluctuation about 1/√d = 0.05 near the threshold: twice that
    assert found == pytest.approx(first_overlaps(1 + theta**2, gamma), abs=0.1)


def test_there_is_no_overlap_below_the_threshold():
    assert first_overlaps(1 + 1.2, 1.5) == (0.0, 0.0)


def test_the_sharpness_is_that_of_the_jacobian():
    problem, _ = small(inputs=20).problem(0)
    x = problem.sample.inputs

    def outputs(weights):
        return problem.student.predict(weights, x)

    jacobian = torch.func.jacrev(outputs)(problem.weights).reshape(len(x), -1)
    expected = float(torch.linalg.matrix_norm(jacobian, 2)) ** 2 * 2 / len(x)
    found = sharpness(problem.student, problem.weights, problem.sample)
    assert float(found) == pytest.approx(expected)


def test_long_runs_together_are_the_runs():
    problems = [small().problem(replica)[0] for replica in range(2)]
    run = run_long(problems, ADAM, (1, 4))
    assert run.losses.shape == (2, 4)
    for number, problem in enumerate(problems):
        end = trained(problem.student, problem.weights, problem.sample, ADAM, 4)
        sharp = sharpness(problem.student, end, problem.sample)
        assert run.sharpness[number] == pytest.approx(float(sharp))
        for found, weights in ((run.start, problem.weights), (run.at(4), end)):
            values = np.linalg.svd(weights.numpy(), compute_uv=False) ** 2
            assert found[number] == pytest.approx(hill(values))


def test_stability_is_that_of_adam_on_a_parabola():
    rate, sharp, beta1 = 0.1, 3.0, 0.9
    limit = stable_epsilon(rate, sharp, beta1)
    for factor, grows in ((0.95, True), (1.05, False)):
        # the preconditioner frozen at epsilon: w' = w - (rate/eps) m', m' = b m + (1 - b) sharp w
        step = rate / (factor * limit)
        push = (1 - beta1) * sharp
        matrix = np.array([[1 - step * push, -step * beta1], [push, beta1]])
        assert (np.abs(np.linalg.eigvals(matrix)).max() > 1) == grows


def run_of(*losses: float) -> LongRun:
    one = np.ones((1, 1))
    return LongRun(one[0], np.ones(1, int), one, one, np.array([losses]), one[0])


def test_a_burst_is_seen_after_the_floor_only():
    assert run_of(9.0, 1e-14, 1e-3, 1e-14).burst() == pytest.approx(-3)
    assert run_of(9.0, 1e-14).burst() == pytest.approx(-14)
    late = run_of(9.0, 1e-14, 1e-9, 1e-3)
    assert late.burst_begins() == 3
    assert late.waits() == 2
    assert run_of(9.0, 1e-14).burst_begins() == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: small(inputs=5), "inputs"),
        (lambda: small(labels="none"), "labels"),
        (lambda: small(update="none"), "update"),
        (lambda: transform_of("none", torch.Generator()), "kind"),
        (lambda: right_overlaps(torch.ones(2, 2), torch.ones(3, 2)), "shape|Type-check"),
        (lambda: first_pairs(torch.ones(2, 2), torch.ones(3, 2)), "shape|Type-check"),
        (lambda: band_enrichment(np.eye(4), 0.0), "share"),
        (lambda: overlaps_along(small().problem(0)[0], ADAM, ()), "times"),
        (lambda: run_long([small().problem(0)[0]], ADAM, (0,)), "times"),
        (lambda: run_long([small().problem(0)[0]], ADAM, (1,)).at(2), "time"),
        (lambda: run_of(1.0, 1.0).burst(), "fall below"),
        (lambda: run_of(1.0, 1.0).burst_begins(), "fall below"),
        (lambda: first_overlaps(0.0, 1.5), "positive"),
        (lambda: stable_epsilon(0.0, 1.0), "positive"),
        (lambda: stable_epsilon(0.1, math.inf), "positive"),
        (lambda: stable_epsilon(0.1, 1.0, beta1=1.0), "beta1"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()
