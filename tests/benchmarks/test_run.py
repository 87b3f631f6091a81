"""The benchmark on tiny sizes: the layout of its file and its accuracy, never its times."""

import importlib.util
import json
import math
import sys
from pathlib import Path

import pytest

FIELDS = ["name", "ours_s", "reference", "reference_s", "ratio", "minimum", "accuracy"]


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("bench", Path(__file__).with_name("run.py"))
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "bench", module)
        spec.loader.exec_module(module)
        patch.setattr(module, "REPEATS", 2)
        yield module


@pytest.fixture(scope="module")
def rows(bench):
    return bench.measure(replicas=500, steps=100)


def test_both_ways_give_the_same_result(rows):
    gaussian, rademacher, means = rows
    # 100 steps of a few roundings each, all one way
    assert gaussian.accuracy < 100 * 10 * 2.3e-16
    assert rademacher.accuracy < 100 * 10 * 2.3e-16
    # two samples of 500: the distance exceeds this with probability 2 exp(-500 D²) = 1e-6 for
    # each of two statistics
    assert means.accuracy < math.sqrt(math.log(2e6) / 500)


def test_a_difference_is_seen(bench, monkeypatch):
    plain = bench.plain_sgd
    monkeypatch.setattr(bench, "plain_sgd", lambda *args: [1.01 * u for u in plain(*args)])
    assert bench.scalar_sgd("rademacher", 10, 20).accuracy == pytest.approx(1 - 1 / 1.01)


def test_the_file_holds_every_field(bench, rows, tmp_path):
    file = tmp_path / "bench.json"
    bench.write(rows, file)
    content = json.loads(file.read_text())
    assert {"python", "torch", "cpu", "threads", "best_of"} <= set(content["environment"])
    assert [list(row) for row in content["rows"]] == [FIELDS] * 3
    for row in content["rows"]:
        assert row["ratio"] == pytest.approx(row["reference_s"] / row["ours_s"])


@pytest.mark.parametrize(("minimum", "status"), [(1.0, 0), (3.0, 1)])
def test_a_ratio_below_its_minimum_fails(bench, monkeypatch, tmp_path, capsys, minimum, status):
    row = bench.Row("work", 1.0, "plain", 2.0, 2.0, minimum, 0.0)
    monkeypatch.setattr(bench, "measure", lambda: [row])
    monkeypatch.setattr(bench.torch, "set_num_threads", lambda threads: None)
    monkeypatch.setenv("TRAINDYN_BUILD", str(tmp_path))
    assert bench.main() == status
    assert (tmp_path / "bench.json").exists()
    assert "work" in capsys.readouterr().out
