"""The benchmark on tiny sizes: the layout of its file and its accuracy, never its times."""

import importlib
import json
import math
import sys
from pathlib import Path

import pytest

FIELDS = ["name", "ours_s", "reference", "reference_s", "ratio", "minimum", "accuracy"]
MODULES = (
    "comparison",
    "scalar",
    "deep_linear",
    "linear_noise",
    "first_layer",
    "curvature",
    "summary_chain",
    "run",
)


@pytest.fixture(scope="module")
def bench():
    """The modules of the benchmark, imported as its script imports them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent))
        modules = {name: importlib.import_module(name) for name in MODULES}
        patch.setattr(modules["comparison"], "REPEATS", 1)
        yield modules
        for name in MODULES:
            patch.delitem(sys.modules, name)


@pytest.fixture(scope="module")
def scalar_rows(bench):
    return bench["scalar"].rows(replicas=500, steps=100)


@pytest.fixture(scope="module")
def linear_rows(bench):
    return bench["deep_linear"].rows(steps=20, alpha=0.01)


@pytest.fixture(scope="module")
def noise_rows(bench):
    return bench["linear_noise"].rows(replicas=3, steps=20, sizes=(4, 5, 6))


def test_both_ways_give_the_same_scalar_runs(scalar_rows):
    gaussian, rademacher, means = scalar_rows
    # 100 steps of a few roundings each, all one way
    assert gaussian.accuracy < 100 * 10 * 2.3e-16
    assert rademacher.accuracy < 100 * 10 * 2.3e-16
    # two samples of 500: the distance exceeds this with probability 2 exp(-500 D²) = 1e-6 for
    # each of two statistics
    assert means.accuracy < math.sqrt(math.log(2e6) / 500)


def test_both_ways_give_the_same_deep_networks(linear_rows):
    *steps, two, three, compressed = linear_rows
    # 20 steps of sums of at most 1,000 products of order one
    for row in [*steps, compressed]:
        assert row.accuracy < 20 * 1000 * 2.3e-16
    # the flow is as accurate as the time it is compared for
    assert max(two.accuracy, three.accuracy) < 1e-6


def test_both_ways_give_the_same_fluctuations(noise_rows):
    *steps, system, iteration, larger = noise_rows
    for row in steps:  # 20 steps of sums of at most 20 products of order one
        assert row.accuracy < 20 * 20 * 2.3e-16
    # both iterations stop at a change of 1e-13, a factor of 0.2 before their limit
    for row in (system, iteration, larger):
        assert row.accuracy < 1e-12


def test_all_ways_give_the_same_eigenvalues(bench, monkeypatch, capsys):
    curvature = bench["curvature"]
    monkeypatch.setattr(curvature, "REPEATS", 1)
    present, absent = "numpy", "a-package-that-is-not-there"
    plant = {present: curvature.double_backward, absent: curvature.double_backward}
    monkeypatch.setattr(curvature, "PEERS", plant)
    problem = curvature.Problem(classes=3, inputs=8, samples=40, count=4)
    general, planted, dense = curvature.rows(problem, share=1)
    assert max(general.accuracy, planted.accuracy) < 1e-11
    assert dense.accuracy < 1e-14
    assert f"left out: {absent} is not installed" in capsys.readouterr().out


def test_the_chain_keeps_the_norm_of_its_start(bench):
    (row,) = bench["summary_chain"].rows(replicas=200, steps=2)
    # four Gram entries of relative spread (2/d)^(1/2) = 0.0045, 800 of them: far below 0.001
    assert row.accuracy < 0.002


def test_both_ways_probe_the_same_first_layer(bench):
    """Sums of a few thousand roundings in float32."""
    (row,) = bench["first_layer"].rows(inputs=40, samples=80, hidden=60)
    assert row.accuracy < 1e-3
    used, needed = (float(text.rsplit(", ")[-1][:-3]) for text in (row.name, row.reference))
    assert used >= 0
    assert needed >= 0


def test_a_difference_is_seen(bench, monkeypatch):
    scalar = bench["scalar"]
    plain = scalar.plain_sgd
    monkeypatch.setattr(scalar, "plain_sgd", lambda *args: [1.01 * u for u in plain(*args)])
    assert scalar.scalar_sgd("rademacher", 10, 20).accuracy == pytest.approx(1 - 1 / 1.01)


def test_the_file_holds_every_field(bench, scalar_rows, linear_rows, noise_rows, tmp_path):
    file = tmp_path / "bench.json"
    bench["run"].write([*scalar_rows, *linear_rows, *noise_rows], file)
    content = json.loads(file.read_text())
    assert {"python", "torch", "cpu", "threads", "best_of"} <= set(content["environment"])
    assert [list(row) for row in content["rows"]] == [FIELDS] * 14
    for row in content["rows"]:
        assert row["ratio"] == pytest.approx(row["reference_s"] / row["ours_s"])


@pytest.mark.parametrize(("minimum", "status"), [(1.0, 0), (3.0, 1)])
def test_a_ratio_below_its_minimum_fails(bench, monkeypatch, tmp_path, capsys, minimum, status):
    row = bench["comparison"].Row("work", 1.0, "plain", 2.0, 2.0, minimum, 0.0)
    monkeypatch.setattr(bench["run"], "measure", lambda: [row])
    monkeypatch.setattr(bench["run"].torch, "set_num_threads", lambda threads: None)
    monkeypatch.setenv("TRAINDYN_BUILD", str(tmp_path))
    assert bench["run"].main() == status
    assert (tmp_path / "bench.json").exists()
    assert "work" in capsys.readouterr().out
