"""Every public function of the shared modules gives the right value, or refuses with a reason.

``TRAINDYN_CASES=10000 pytest -n 2 tests/properties`` tries ten thousand cases of each.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

sys.path.insert(0, str(Path(__file__).parent))

import harness
import inventory

CASES = int(os.environ.get("TRAINDYN_CASES", "12"))
"""Cases of each kind for each function."""

FILES = sorted(path.stem for path in Path(__file__).parent.glob("table_*.py"))
TABLES = [importlib.import_module(file).TABLE for file in FILES]
TABLE = {name: tried for table in TABLES for name, tried in table.items()}
"""Each public function with its strategies and its slow reference."""


ELSEWHERE = {
    "traindyn.curvature.modules.exact_weight_norm": "curvature/test_modules.py",
    "traindyn.system.console.end_as_command": "system/test_console.py",
    "traindyn.system.locks.scratch_folder": "system/test_console.py",
    "traindyn.curvature.alignment.spectral_gap": "curvature/test_alignment.py",
    "traindyn.curvature.lanczos.largest_pairs": "curvature/test_lanczos.py",
    "traindyn.curvature.lanczos.products_to_see": "curvature/test_lanczos.py",
    "traindyn.diagnose.data.seeded": "diagnose/test_data.py",
    "traindyn.challenge.bounds.decided_by": "challenge/test_bounds.py",
    "traindyn.challenge.bounds.parts_of": "challenge/test_bounds.py",
    "traindyn.challenge.bounds.span_of": "challenge/test_bounds.py",
    "traindyn.challenge.cells.fill": "challenge/test_maps.py",
    "traindyn.challenge.cells.perform": "challenge/test_maps.py",
    "traindyn.challenge.command.Challenge.command": "challenge/test_command.py",
    "traindyn.challenge.command.challenge": "challenge/test_command.py",
    "traindyn.challenge.command.claim_of": "challenge/test_command.py",
    "traindyn.challenge.command.main": "challenge/test_command.py",
    "traindyn.challenge.command.map_of": "challenge/test_command.py",
    "traindyn.challenge.command.run": "challenge/test_command.py",
    "traindyn.challenge.command.write_map": "challenge/test_command.py",
    "traindyn.challenge.drawing.draw": "challenge/test_maps.py",
    "traindyn.challenge.maps.Map.at": "challenge/test_maps.py",
    "traindyn.challenge.maps.Map.told": "challenge/test_maps.py",
    "traindyn.challenge.maps.as_data": "challenge/test_maps.py",
    "traindyn.challenge.maps.refusals": "challenge/test_maps.py",
    "traindyn.challenge.maps.span_told": "challenge/test_maps.py",
    "traindyn.challenge.maps.text_of": "challenge/test_maps.py",
    "traindyn.challenge.maps.turns": "challenge/test_maps.py",
    "traindyn.challenge.names.Name.told": "challenge/test_settings.py",
    "traindyn.challenge.names.ask": "challenge/test_settings.py",
    "traindyn.challenge.names.names_of": "challenge/test_settings.py",
    "traindyn.challenge.names.spelled": "challenge/test_settings.py",
    "traindyn.challenge.settings.read_bound": "challenge/test_settings.py",
    "traindyn.challenge.settings.read_setting": "challenge/test_settings.py",
    "traindyn.challenge.settings.read_values": "challenge/test_settings.py",
    "traindyn.curvature.operators.SymmetricMatrix.threads": "system/test_threads.py",
    "traindyn.diagnose.command.load_function": "diagnose/test_command.py",
    "traindyn.diagnose.command.run": "diagnose/test_command.py",
    "traindyn.diagnose.data.Batch.outputs": "diagnose/test_data.py",
    "traindyn.diagnose.data.evaluating": "diagnose/test_data.py",
    "traindyn.diagnose.data.halves": "diagnose/test_data.py",
    "traindyn.diagnose.data.loss_function": "diagnose/test_data.py",
    "traindyn.diagnose.data.read_batch": "diagnose/test_data.py",
    "traindyn.diagnose.data.sample_losses": "diagnose/test_data.py",
    "traindyn.diagnose.data.take_samples": "diagnose/test_data.py",
    "traindyn.diagnose.diagnosis.diagnose": "diagnose/test_diagnosis.py",
    "traindyn.diagnose.landscape.density_sizes": "diagnose/test_landscape.py",
    "traindyn.diagnose.landscape.flat": "diagnose/test_landscape.py",
    "traindyn.diagnose.landscape.gradient_of": "diagnose/test_landscape.py",
    "traindyn.diagnose.landscape.layer_alignments": "diagnose/test_landscape.py",
    "traindyn.diagnose.landscape.mean_loss": "diagnose/test_landscape.py",
    "traindyn.diagnose.landscape.spectral_density": "diagnose/test_landscape.py",
    "traindyn.diagnose.landscape.top_directions": "diagnose/test_landscape.py",
    "traindyn.diagnose.noise.balances": "diagnose/test_landscape.py",
    "traindyn.diagnose.noise.gradient_noise": "diagnose/test_landscape.py",
    "traindyn.diagnose.noise.projections": "diagnose/test_landscape.py",
    "traindyn.diagnose.reading.plain": "diagnose/test_diagnosis.py",
    "traindyn.diagnose.reading.readings": "diagnose/test_diagnosis.py",
    "traindyn.diagnose.reading.with_error": "diagnose/test_diagnosis.py",
    "traindyn.diagnose.recorder.Recorder": "diagnose/test_recorder.py",
    "traindyn.diagnose.report.as_json": "diagnose/test_diagnosis.py",
    "traindyn.diagnose.report.draw": "diagnose/test_diagnosis.py",
    "traindyn.diagnose.report.markdown": "diagnose/test_diagnosis.py",
    "traindyn.diagnose.report.schema": "diagnose/test_diagnosis.py",
    "traindyn.diagnose.weights.bulk_of": "diagnose/test_weights.py",
    "traindyn.diagnose.weights.eigenvalues_of": "diagnose/test_weights.py",
    "traindyn.diagnose.weights.layer_weights": "diagnose/test_weights.py",
    "traindyn.diagnose.weights.null_of_hill": "diagnose/test_weights.py",
    "traindyn.diagnose.composed.Composed.of": "diagnose/test_composed.py",
    "traindyn.diagnose.composed.composed_weights": "diagnose/test_composed.py",
    "traindyn.diagnose.composed.held": "diagnose/test_composed.py",
    "traindyn.interactive.figure.InteractiveFigure.html": "interactive/test_figure.py",
    "traindyn.symmetry.trial.copied": "diagnose/test_composed.py",
    "traindyn.diagnose.weights.ranks": "diagnose/test_weights.py",
    "traindyn.diagnose.weights.start_matrices": "diagnose/test_weights.py",
    "traindyn.diagnose.weights.weight_matrices": "diagnose/test_weights.py",
    "traindyn.ledger.margins.margin": "ledger/test_margins.py",
    "traindyn.ledger.collection.Collection": "ledger/test_seeds.py",
    "traindyn.ledger.collection.Collection.add": "ledger/test_seeds.py",
    "traindyn.ledger.collection.Collection.holds": "ledger/test_seeds.py",
    "traindyn.ledger.collection.Collection.told": "ledger/test_seeds.py",
    "traindyn.ledger.collection.Collection.values_that_differ": "ledger/test_seeds.py",
    "traindyn.ledger.collection.decided": "ledger/test_seeds.py",
    "traindyn.ledger.replication.agreement_table": "ledger/test_replication.py",
    "traindyn.ledger.replication.agreements": "ledger/test_replication.py",
    "traindyn.ledger.sweep.main": "ledger/test_sweep.py",
    "traindyn.ledger.sweep.perform": "ledger/test_sweep.py",
    "traindyn.ledger.sweep.run_frozen": "ledger/test_sweep.py",
    "traindyn.ledger.sweep.sweep": "ledger/test_sweep.py",
    "traindyn.runs.engine.Engine": "runs/test_engine.py",
    "traindyn.runs.engine.Engine.run": "runs/test_engine.py",
    "traindyn.runs.engine.cores": "runs/test_engine.py",
    "traindyn.runs.overrides.answering": "runs/test_overrides.py",
    "traindyn.runs.overrides.in_force": "runs/test_overrides.py",
    "traindyn.runs.overrides.overriding": "runs/test_overrides.py",
    "traindyn.runs.overrides.plays": "runs/test_overrides.py",
    "traindyn.runs.overrides.recording": "runs/test_overrides.py",
    "traindyn.runs.overrides.records": "runs/test_overrides.py",
    "traindyn.runs.progress.Progress": "runs/test_progress.py",
    "traindyn.runs.progress.Progress.end": "runs/test_progress.py",
    "traindyn.runs.progress.Progress.ended_task": "runs/test_progress.py",
    "traindyn.runs.studies.default_root": "runs/test_studies.py",
    "traindyn.system.threads.one_thread": "system/test_threads.py",
}
"""What starts processes, uses the store, shows progress, sets threads, runs claims or takes
networks, and who tries it."""


def tried_with(arguments, check):
    """Run a check on drawn cases, the same ones each time unless there are many."""
    quick = CASES <= 100
    chosen = settings(
        max_examples=CASES,
        deadline=None,
        derandomize=quick,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    chosen(given(arguments)(check))()


def test_every_public_function_has_its_entry():
    missing = sorted(set(inventory.public_functions()) - set(TABLE) - set(ELSEWHERE))
    assert not missing, "no property of:\n" + "\n".join(missing)


def test_no_function_has_two_entries():
    assert sum(map(len, TABLES)) == len(TABLE)
    assert not set(TABLE) & set(ELSEWHERE)


@pytest.mark.parametrize(("name", "file"), ELSEWHERE.items())
def test_what_is_tried_elsewhere_stands_there(name, file):
    assert name.rpartition(".")[2] in (Path(__file__).parents[1] / file).read_text()


def test_every_entry_is_a_public_function():
    assert not sorted({*TABLE, *ELSEWHERE} - set(inventory.public_functions()))


@pytest.mark.parametrize("name", sorted(TABLE))
def test_ordinary_arguments_give_the_right_value(name):
    def check(arguments):
        fault = harness.fault_of(TABLE[name], arguments, may_refuse=False)
        assert fault is None, fault

    tried_with(TABLE[name].ordinary, check)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_any_arguments_give_the_right_value_or_are_refused(name):
    def check(arguments):
        fault = harness.fault_of(TABLE[name], arguments, may_refuse=True)
        assert fault is None, fault

    tried_with(TABLE[name].wild, check)


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (lambda x: x + 1, "got 2, expected 1"),
        (lambda x: float("nan"), "got nan"),
        (lambda x: [][x], "IndexError"),
        (lambda x: int("x" * x), None),
    ],
)
def test_a_planted_fault_is_seen(call, fault):
    tried = harness.Property(call, lambda x: x, None, None)
    found = harness.fault_of(tried, (1,), may_refuse=True)
    assert (fault in found) if fault else found is None


def test_a_hang_is_seen(monkeypatch):
    def forever(_):
        while True:
            pass

    monkeypatch.setattr(harness, "SECONDS_PER_CALL", 0.2)
    tried = harness.Property(forever, lambda x: x, None, None)
    assert "HangError" in harness.fault_of(tried, (1,), may_refuse=True)
