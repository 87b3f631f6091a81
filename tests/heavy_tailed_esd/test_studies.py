"""Studies of the room on small sizes: what is stored is what the experiments give."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from traindyn.heavy_tailed_esd.experiments.digits import train_digits
from traindyn.heavy_tailed_esd.experiments.network import draw_problem
from traindyn.heavy_tailed_esd.experiments.one_step import FirstSweep, direction, first_gradient
from traindyn.heavy_tailed_esd.experiments.training_runs import run_ensemble
from traindyn.heavy_tailed_esd.results.moving import StepwiseRun
from traindyn.heavy_tailed_esd.studies import (
    digits,
    ensembles,
    initial,
    long_runs,
    moving,
    overlaps,
)
from traindyn.heavy_tailed_esd.studies.first_steps import (
    ABOVE,
    first_steps,
    prediction_of,
    spike_sizes,
    strengths,
)
from traindyn.heavy_tailed_esd.studies.first_update import rank_one, sign_update
from traindyn.heavy_tailed_esd.studies.heads import START, adam, decades_of, problems, signs_of
from traindyn.heavy_tailed_esd.theory.spike import critical_length, spike_position
from traindyn.random_matrices import MarchenkoPastur
from traindyn.runs import Context
from traindyn.tails import hill

CONTEXT = Context("ci", 0, "test")


def test_first_steps_are_those_of_the_problems_of_their_stream():
    found = first_steps(CONTEXT, 20, 2, 3)
    generator = CONTEXT.of("first steps").torch_generator("20 2 true")
    for index in range(3):
        problem = draw_problem(20, 40, 30, generator)
        gradient = first_gradient(problem)
        for name, step in found.items():
            theory = prediction_of(name, 20, 2)
            sweep = FirstSweep.of(problem.weights, direction(gradient, name))
            rate = step.strengths[ABOVE] / theory.strength_of_rate
            values = np.linalg.eigvalsh(sweep.gram(rate)) / 20
            assert step.top[index, ABOVE] == pytest.approx(values[-1])
            assert step.second[index] == pytest.approx(values[-2])
            level = 1.1 * theory.edge * 20
            assert sweep.largest(step.threshold[index]) == pytest.approx(level, rel=0.02)


def test_another_system_changes_what_it_says():
    true = first_steps(CONTEXT, 20, 2, 3)["gd"]
    long = first_steps(CONTEXT, 20, 2, 3, "long")["gd"]
    assert (true.samples_per_input, true.inputs, true.optimizer) == (2, 20, "gd")
    assert (long.top[:, 0] > 2 * true.top[:, 0]).all()  # weights three times as long
    assert (long.threshold == prediction_of("gd", 20, 2).rate_at(1.1) / 4).all()
    axis, other = (first_steps(CONTEXT, 20, 2, 3, system) for system in ("axis", "shuffled"))
    assert not np.allclose(axis["adam"].cosine, other["adam"].cosine)


def test_strengths_reach_their_lengths():
    theory = prediction_of("adam", 100, 2)
    found = theory.length(strengths(theory))
    np.testing.assert_allclose(found[:3] / critical_length(1.5), [0.8, 1.5, 3.0])


def test_a_larger_scale_has_larger_sizes():
    ci, laptop, paper = (spike_sizes(replace(CONTEXT, scale=s)) for s in ("ci", "laptop", "paper"))
    assert max(ci) < max(laptop) < max(paper) == (1000, 80)


def test_a_linear_student_has_a_gradient_of_rank_one():
    assert rank_one(CONTEXT, 20, 2, "linear").frobenius.max() < 1e-12
    assert sign_update(CONTEXT, 20, 2, "linear").second.max() < 1e-4
    assert sign_update(CONTEXT, 20, 2).length == pytest.approx(np.ones(2), abs=1e-4)


def test_decades_and_signs_are_those_of_the_first_gradient():
    setting = replace(problems(CONTEXT, 2.0), inputs=80, problems=2)
    for index in range(2):
        gradient = first_gradient(setting.draw(index)[0])
        norms = [
            float(torch.linalg.matrix_norm(direction(gradient, name).double(), 2))
            for name in ("adam", "gd")
        ]
        decades = math.log10(norms[0] / norms[1])
        assert decades_of(setting)[index] == pytest.approx(decades, abs=1e-6)
        signs = torch.linalg.svdvals(direction(gradient, "adam").double()).numpy()[::-1]
        assert signs_of(setting)[index] == pytest.approx(hill(signs**2))


def test_problems_are_the_same_for_every_claim():
    assert problems(CONTEXT, 8.0) == problems(CONTEXT.of("HT-15"), 8.0)
    assert problems(CONTEXT, 8.0).seed != problems(replace(CONTEXT, seed=1), 8.0).seed
    assert START.optimizer is None
    assert adam(0.5, decay=0.4).optimizer == ensembles.Optimizer("adam", 0.5, 0.4)


def test_overlaps_of_a_run_are_near_order_after_large_steps():
    drawn = ensembles.Ensemble(30, 2, ensembles.LARGE_ADAM, 2, 3, 5)
    found = overlaps.overlap_run(drawn, (0, 4))
    assert found.bands.shape == found.correlations.shape == (2, 2)
    assert found.maps.shape == (2, 30, 30)
    np.testing.assert_allclose(found.maps.sum(axis=2), 1, rtol=1e-9)
    assert (found.correlations[:, 1] > found.correlations[:, 0]).all()
    assert overlaps.band_of_order(100) == pytest.approx(1 / 0.107)


def test_runs_seen_step_by_step_are_those_of_the_ensembles(monkeypatch):
    monkeypatch.setattr(moving, "PROBLEMS", 2)
    monkeypatch.setattr(moving, "inputs", lambda context: 30)
    found = moving.stepwise_run.__wrapped__(CONTEXT, "gd", 5.0)  # not stored
    drawn = ensembles.Ensemble(30, 8, ensembles.Optimizer("gd", 150.0), 2, 0, 10, "shuffled")
    expected = run_ensemble(drawn)
    np.testing.assert_allclose(found.shuffled[0], expected.start, rtol=1e-6)
    np.testing.assert_allclose(found.shuffled[-1], expected.end, rtol=1e-6)
    np.testing.assert_allclose(
        30 * found.shuffled_cosine[-1] ** 2, expected.top_energy, rtol=1e-3, atol=1e-6
    )
    np.testing.assert_array_equal(found.teacher[0], found.shuffled[0])  # the same weights
    assert (found.teacher[1] != found.shuffled[1]).any()
    assert found.teacher.shape == (11, 2, 30)


def test_the_moving_figure_has_a_run_for_every_optimizer_and_rate(monkeypatch):
    asked, few = [], np.ones((2, 3, 4))
    planted = StepwiseRun("adam", 1.0, 8, 6, few, few, few[..., 0], few[..., 0])
    monkeypatch.setattr(moving, "stepwise_run", lambda *a: asked.append(a) or planted)
    assert moving.stepwise_runs("ci", 3) == 6 * [planted]
    assert [(name, rate) for _, name, rate in asked] == [
        *(("adam", rate) for rate in (1.0, 0.3, 0.1)),
        *(("gd", rate) for rate in (7.5, 5.0, 2.5)),
    ]
    assert {context for context, *_ in asked} == {Context("ci", 3, "moving figure")}


def test_a_curve_of_the_digits_is_that_of_its_training(monkeypatch):
    monkeypatch.setattr(digits, "STARTS", 1)
    monkeypatch.setattr(digits, "RATES", {"adam": (0.3,)})
    found = digits.digits_curve.__wrapped__("adam", shuffled=True, seed=3)  # not stored
    expected = train_digits(torch.Generator().manual_seed(3), starts=1, rates=(0.3,), shuffled=True)
    np.testing.assert_array_equal(found.losses, expected.losses)


def test_starts_of_the_digits_trained_together_are_those_trained_alone(monkeypatch):
    monkeypatch.setattr(digits, "MANY", 2)
    found = digits.many_starts.__wrapped__(seed=4)
    alone = train_digits(torch.Generator().manual_seed(4), starts=1, rates=digits.COMPARED[False])
    np.testing.assert_allclose(found.hill[:, :1], alone.hill, rtol=1e-4)
    np.testing.assert_allclose(found.losses[:, :1], alone.losses, rtol=1e-3)


@pytest.mark.parametrize("name", ["gd", "adam"])
def test_one_step_on_the_digits_reaches_its_length(name, monkeypatch):
    monkeypatch.setattr(digits, "SPIKES", 4)
    monkeypatch.setattr(digits, "LENGTH", 20.0)
    found = digits.spikes_of.__wrapped__(name, seed=1)
    np.testing.assert_allclose(found, float(spike_position(20.0, 1.5)), rtol=0.1)
    assert (found > 20.0).all()  # that of one direction is a lower bound


def test_repeated_runs_repeat_all_but_other_rows(monkeypatch):
    monkeypatch.setattr(ensembles, "REPEATED", 2)
    found = ensembles.repeated_runs.__wrapped__(CONTEXT)
    assert not found.differing.any()
    assert (found.mixed > 0).all()
    np.testing.assert_allclose(found.mixed_index, found.index, atol=1e-8)
    assert (found.index < found.start).all()


def test_distances_of_spectra_are_those_of_kolmogorov_and_smirnov():
    values = np.sort(np.random.default_rng(0).uniform(0.2, 2.0, (2, 9)))
    law = MarchenkoPastur(1 / 1.5).cdf
    expected = [stats.kstest(row, law).statistic for row in values]
    np.testing.assert_allclose(initial._distances(values), expected)


def test_long_runs_share_their_problems():
    first, other = (
        long_runs.long_run(CONTEXT, 24, ensembles.Optimizer("adam", rate), (2,), 3)
        for rate in (0.1, 0.2)
    )
    np.testing.assert_array_equal(first.start, other.start)
    assert (first.hill != other.hill).all()
    assert first.losses.shape == (3, 2)
