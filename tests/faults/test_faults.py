"""A few of the trials of ``tests/faults/run_trials.py``, and that they see what goes wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import run_trials
from engine import prepare_sweep, run_sweep_trial
from trials import Trial, run_trial

CHOSEN = (
    "KILL of the command of `execute` in a cell",
    "TERM of the command of `build` while the site is built",
    "INT of the command of `notebooks` while notebooks are written, 1",
    "runs/ci/die-*/claims.json truncated",
    "cache/global.db emptied",
    "a read-only build root in `execute`",
)
SWEPT = (
    "KILL of the engine of `run` in a claim",
    "studies/traindyn.coin.claims.claim_1/*.npz changed",
)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return run_trials.prepare(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("name", CHOSEN)
def test_the_next_run_completes_and_nothing_is_lost(template, tmp_path, name):
    known = {trial.name: trial for trials in run_trials.all_trials().values() for trial in trials}
    assert run_trial(known[name], tmp_path / "book", template, seed=0) == []


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    return prepare_sweep(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("name", SWEPT)
def test_the_next_call_of_run_completes_with_the_same_rows(swept, tmp_path, name):
    trial = next(trial for trial in run_trials.all_trials()["engine"] if trial.name == name)
    assert run_sweep_trial(trial, tmp_path / "sweep", swept, seed=0) == []


def test_there_are_at_least_eighty_kills_with_names_of_their_own():
    names = [trial.name for trials in run_trials.all_trials().values() for trial in trials]
    assert len(set(names)) == len(names)
    assert len(run_trials.all_trials()["kill"]) >= 80


def test_a_trial_sees_what_is_lost_or_half_written(template, tmp_path):
    def spoil(book, _):
        next(book.workspace.runs.glob("coin-*")).rename(book.root / "lost")
        (book.workspace.site / "index.html").write_text("half")
        (book.workspace.build / ".snapshot-x").mkdir()
        yield from ()

    wrong = run_trial(Trial("spoiled", spoil), tmp_path / "book", template, seed=0)
    assert "the record of coin was lost" in wrong
    assert "seen half done: html is not as it was sealed" in wrong


def test_a_trial_of_run_sees_other_rows_and_what_is_left(swept, tmp_path):
    def spoil(sweep, _):
        claims = sweep.root / "lib" / "traindyn" / "coin" / "claims.py"
        claims.write_text(claims.read_text().replace("+ 1.0", "+ 1.5"))
        (sweep.store / ".snapshot-x").mkdir(parents=True)
        yield from ()

    wrong = run_sweep_trial(Trial("spoiled", spoil), tmp_path / "sweep", swept, seed=0)
    assert wrong == ["the rows are others", "left over: .snapshot-x"]
