"""Treatments of the first layer and their heads, against the same written out."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from traindyn.heavy_tailed_esd.claims.heads import (
    NONE,
    Predicted,
    best_of,
    compared,
    half,
    head_curve,
    heads_run,
    unchosen,
)
from traindyn.heavy_tailed_esd.experiments.features import hidden_features
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.experiments.treatments import (
    PAIRS,
    Setting,
    Treatment,
    alignments,
    fresh_samples,
    heads,
    layers,
    losses_with_offsets,
    treated,
)
from traindyn.heavy_tailed_esd.results.heads import hill_indices
from traindyn.heavy_tailed_esd.studies import heads as studies
from traindyn.heavy_tailed_esd.theory.floors import odd_floor
from traindyn.tails import hill

SETTING = Setting(inputs=30, ratio=4.0, problems=3, seed=5)
ADAM = Treatment(Optimizer("adam", 0.3), 2)


def test_a_setting_has_the_shape_of_the_paper():
    assert (SETTING.hidden, SETTING.samples) == (45, 120)
    problem, _ = SETTING.draw(0)
    assert problem.weights.shape == (45, 30)
    assert len(problem.sample.labels) == 120


def test_problems_are_the_same_for_every_treatment_and_differ_from_each_other():
    (one, _), (again, _), (other, _) = (SETTING.draw(i) for i in (0, 0, 1))
    assert torch.equal(one.weights, again.weights)
    assert not torch.equal(one.weights, other.weights)


def test_only_the_noise_differs_between_settings_that_differ_in_noise():
    loud = replace(SETTING, noise=0.6)
    (one, _), (other, _) = (s.draw(0) for s in (SETTING, loud))
    assert torch.equal(one.sample.inputs, other.sample.inputs)
    clean = torch.nn.functional.softplus(one.sample.inputs @ one.teacher.direction)
    torch.testing.assert_close(
        2 * (one.sample.labels - clean), other.sample.labels - clean, rtol=1e-4, atol=1e-5
    )


def test_test_points_are_mirrored():
    problem, generator = SETTING.draw(0)
    fit, tests = fresh_samples(problem.teacher, 7, generator)
    assert len(fit.labels) == 7
    assert torch.equal(tests.inputs[:PAIRS], -tests.inputs[PAIRS:])
    z = tests.inputs[:PAIRS] @ problem.teacher.direction
    torch.testing.assert_close(tests.labels[:PAIRS] - tests.labels[PAIRS:], z, rtol=1e-4, atol=1e-5)


def test_heads_are_ridge_solves_on_fresh_samples():
    found = heads(SETTING, ADAM)
    for index in range(3):
        (problem, generator), weights = SETTING.draw(index), treated(SETTING, ADAM, index)
        fit, tests = fresh_samples(problem.teacher, SETTING.samples, generator)
        z, other = (hidden_features(weights, s.inputs).double() for s in (fit, tests))
        shift = 0.01 * SETTING.samples / SETTING.hidden * torch.eye(SETTING.hidden)
        a = torch.linalg.solve(z.T @ z + shift, z.T @ fit.labels.double())
        expected = (other @ a - tests.labels).square().mean()
        assert found.fixed(0)[index] == pytest.approx(float(expected), rel=1e-6)
        assert found.tuned(0)[index] <= found.fixed(0)[index]


def test_fixed_penalties_are_those_of_the_scalings():
    found = heads(SETTING, Treatment())
    close = np.argmin(abs(SETTING.penalties[:-2] - 10 / SETTING.inputs))
    np.testing.assert_allclose(found.fixed(1), found.losses[:, 1, close], rtol=1e-6)
    assert SETTING.penalties[-2:].tolist() == [0.01, 10 / 30]


def test_layers_are_those_of_the_trained_weights():
    found = layers(SETTING, ADAM)
    for index in range(3):
        problem, weights = SETTING.draw(index)[0], treated(SETTING, ADAM, index)
        _, values, right = torch.linalg.svd(weights.double(), full_matrices=False)
        np.testing.assert_allclose(found.spectra[index][::-1], values**2, rtol=1e-10)
        overlap = abs(right[0] @ problem.teacher.direction.double())
        assert found.overlaps[index] == pytest.approx(float(overlap), abs=1e-8)
    assert hill_indices(found).tolist() == [hill(s) for s in found.spectra]


def test_alignments_need_no_head():
    np.testing.assert_allclose(
        alignments(SETTING, ADAM), heads(SETTING, ADAM).alignments[:, 1], rtol=1e-12
    )


def test_the_floor_of_the_test_points_is_the_loss_of_the_odd_part():
    found = heads(SETTING, ADAM)
    for index in range(3):
        problem, generator = SETTING.draw(index)
        _, tests = fresh_samples(problem.teacher, SETTING.samples, generator)
        odd = tests.inputs @ problem.teacher.direction / 2
        assert found.floors[index] == pytest.approx(float((tests.labels - odd).square().mean()))
    assert (found.excess(0) > 0).all()
    assert abs(found.floors.mean() - odd_floor(0.3)) < 0.1  # 6,000 points: deviation 0.02


def test_a_setting_in_blocks_is_the_same_setting(monkeypatch):
    monkeypatch.setattr(studies, "BLOCK", 2)
    for stored, drawn in ((studies.heads, heads), (studies.layers, layers)):
        found, expected = stored(SETTING, ADAM), drawn(SETTING, ADAM)
        for name, rows in vars(expected).items():
            np.testing.assert_array_equal(getattr(found, name), rows)
    np.testing.assert_array_equal(studies.alignments(SETTING, ADAM), alignments(SETTING, ADAM))
    few = replace(SETTING, problems=2)
    np.testing.assert_array_equal(
        studies.heads(few, ADAM).losses, studies.heads(SETTING, ADAM).losses[:2]
    )


def test_the_lowest_is_chosen_on_a_quarter_and_measured_on_the_rest():
    high_then_low, low_then_high = np.array([9.0, 1.0, 1.0, 1.0]), np.array([2.0, 5.0, 5.0, 5.0])
    assert best_of([high_then_low, low_then_high]) == 1
    assert unchosen(low_then_high).tolist() == [5.0, 5.0, 5.0]


def test_a_predicted_change_is_told_from_none():
    rule = half(-0.4)
    assert rule.bound == 0.2
    assert NONE.prediction == 0.0


def test_a_rescaled_step_has_the_given_norm():
    step = Treatment(Optimizer("gd", 1.0), 1, spike=3.0)
    for index in range(3):
        change = treated(SETTING, step, index) - SETTING.draw(index)[0].weights
        norm = torch.linalg.matrix_norm(change, 2)
        assert float(norm) == pytest.approx(3 * 30**0.5, rel=1e-4)


def test_shuffled_labels_change_training_and_not_the_start():
    shuffled = replace(ADAM, shuffled=True)
    assert not np.allclose(layers(SETTING, ADAM).spectra, layers(SETTING, shuffled).spectra)
    start = replace(shuffled, optimizer=None)
    np.testing.assert_array_equal(
        layers(SETTING, Treatment()).spectra, layers(SETTING, start).spectra
    )


def test_biases_break_the_floor_that_odd_features_keep():
    """Four problems: biases end near 0.2 and odd features near 0.85, with the floor at 0.76."""
    setting = replace(SETTING, ratio=8.0, problems=4)
    assert losses_with_offsets(setting).max() < odd_floor(0.3) < heads(setting, ADAM).tuned(0).min()


def test_losses_are_predicted_from_the_weights():
    """Eight problems of d = 60: each differs by about 0.03, their mean by 0.01; bound 0.05."""
    setting = Setting(60, 4.0, 8, 11)
    treatment = Treatment(Optimizer("adam", 1.0), 3)
    found, expected = heads(setting, treatment), Predicted(setting, treatment)
    for scaling in (0, 1):
        gap = found.fixed(scaling).mean() - expected.fixed(scaling).mean()
        assert abs(gap) < 0.05
        gap = found.alignments[:, scaling].mean() / expected.alignments(scaling).mean() - 1
        assert abs(gap) < 0.25
        np.testing.assert_allclose(
            expected.at(scaling, scaling - 2), expected.fixed(scaling), rtol=1e-12
        )
        assert (expected.tuned(scaling) <= expected.fixed(scaling)).all()


def test_compared_takes_its_error_from_pairs():
    prediction, found = compared(np.array([1.1, 2.1]), np.array([1.0, 2.0]))
    assert (prediction, found.value) == pytest.approx((1.5, 1.6))
    assert found.stderr == pytest.approx(0, abs=1e-12)


def test_a_curve_collects_every_kind_of_loss():
    few = replace(SETTING, problems=2)
    found, expected = ([f(few, t) for t in (Treatment(), ADAM)] for f in (heads, Predicted))
    curve = head_curve([0.0, 0.3], found, np.array([2.4, 2.0]), expected)
    assert set(curve.measured) == {(s, k) for s in (0, 1) for k in ("fixed", "tuned")}
    assert curve.measured[0, "tuned"][1].value == found[1].tuned(0).mean()
    assert curve.hill.shape == curve.alignment[1].shape == (2,)


def test_the_lines_of_a_run_are_in_order():
    run = heads_run(replace(SETTING, ratio=8.0), replace(SETTING, problems=2), {})
    one, both = run.linear
    assert run.floor < both < one < run.floor + 0.25
