"""The benchmark on tiny sizes: the layout of its file and its accuracy, never its times."""

import importlib
import json
import math
import sys
import types
from pathlib import Path

import numpy as np
import pytest

FIELDS = [
    *("name", "ours_s", "reference", "reference_s", "ratio", "lowest", "highest"),
    *("minimum", "accuracy"),
]
MODULES = (
    "comparison",
    "scalar",
    "deep_linear",
    "linear_noise",
    "first_layer",
    "curvature",
    "pools",
    "summary_chain",
    "cluster",
    "claims",
    "peers",
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
    assert scalar.scalar_sgd("rademacher", 10, 20, 1.0).accuracy == pytest.approx(1 - 1 / 1.01)


def test_a_row_tells_best_times_and_the_spread_of_pairs(bench, monkeypatch):
    """Pairs of 4 s against 10 s and of 2 s against 8 s, half a unit of work each."""
    times = iter([4.0, 10.0, 2.0, 8.0])
    monkeypatch.setattr(bench["comparison"], "seconds_of", lambda work: next(times))
    row = bench["comparison"].compare(
        "work", int, "plain", int, 1.0, 0.0, ours_work=0.5, other_work=0.5, apart_s=4.0, repeats=2
    )
    assert (row.ours_s, row.reference_s) == (4.0, 20.0)
    assert (row.lowest, row.ratio, row.highest) == (3.0, 5.0, 5.0)


def test_tools_give_the_same_with_the_pools_of_a_user(bench):
    pools = bench["pools"]
    before = pools.pools()
    problem = bench["curvature"].Problem(classes=3, inputs=8, samples=40, count=4)
    for row in pools.rows(problem):
        assert row.accuracy < 1e-11
    assert pools.pools() == before
    with pools.pools_of(1):
        assert {n for name, n in pools.pools().items() if name != "torch between"} == {1}


@pytest.mark.parametrize(
    ("seconds", "cores", "length"),
    [([], 2, 0), ([5], 4, 5), ([1, 2, 3], 1, 6), ([3, 3, 2, 2, 2], 2, 7), ([9, 1, 1, 1], 2, 9)],
)
def test_a_schedule_takes_the_longest_first(bench, seconds, cores, length):
    assert bench["claims"].schedule_length(seconds, cores) == length


def test_a_schedule_lies_between_its_bounds(bench):
    """Graham: at most 4/3 - 1/(3 m) times the best, which is at least the mean and the longest."""
    seconds = [0.1 * (7 * i % 23) + 0.01 * i for i in range(60)]
    for entry in bench["claims"].schedule(dict(enumerate(seconds))):
        best = max(sum(seconds) / entry["cores"], max(seconds))
        assert best - 0.1 <= entry["seconds"] <= best * (4 / 3 - 1 / (3 * entry["cores"])) + 0.1


def test_claims_are_timed_in_a_store_of_their_own(bench, monkeypatch):
    times = {"BR-1": 1.5, "BR-2": 20.0}

    def run(command, *, env, check):
        assert command[1:3] == ["-m", "traindyn"]
        assert command[3:] == ["run", "BR-1", "BR-2", "--scale", "ci", "--jobs", "1"]
        root = Path(env["TRAINDYN_STUDIES"])
        root.mkdir()
        (root / "times.json").write_text(json.dumps({"ci": times}))
        return types.SimpleNamespace(returncode=1)  # a verdict that is not as expected

    claims = bench["claims"]
    monkeypatch.setattr(claims.subprocess, "run", run)
    assert list(claims.measure("ci", ["BR-1", "BR-2"]).items()) == [("BR-2", 20.0), ("BR-1", 1.5)]
    del times["BR-2"]
    with pytest.raises(RuntimeError, match=r"traindyn run .* got none of \['BR-2'\]"):
        claims.measure("ci", ["BR-1", "BR-2"])


def test_without_dask_its_row_is_left_out(bench, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert list(bench["cluster"].rows("BR-15", seeds=2)) == []
    assert "left out: distributed is not installed" in capsys.readouterr().out


def test_two_workers_give_the_verdicts_of_one(bench, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(bench["cluster"], "REPEATS", 1)
    (row,) = bench["cluster"].rows("BR-22", seeds=2)
    assert row.accuracy == 0


def test_the_file_holds_every_field(bench, scalar_rows, linear_rows, noise_rows, tmp_path):
    file = tmp_path / "bench.json"
    run, rows = bench["run"], [*scalar_rows, *linear_rows, *noise_rows]
    run.write(file, run.conditions(), rows, {"BR-1": 3.0, "BR-2": 1.0})
    content = json.loads(file.read_text())
    expected = {"python", "torch", "cpu", "cores", "load", "pools", "best_of", "scale"}
    assert expected <= set(content["environment"])
    assert [list(row) for row in content["rows"]] == [FIELDS] * 14
    for row in content["rows"]:
        assert row["ratio"] == pytest.approx(row["reference_s"] / row["ours_s"])
        assert row["lowest"] <= row["ratio"] <= row["highest"]
    assert content["claims"] == {"BR-1": 3.0, "BR-2": 1.0}
    assert [entry["seconds"] for entry in content["schedule"]] == [4.0, 3.0, 3.0, 3.0, 3.0]


@pytest.mark.parametrize(("minimum", "status"), [(1.0, 0), (3.0, 1)])
def test_a_ratio_below_its_minimum_fails(bench, monkeypatch, tmp_path, capsys, minimum, status):
    row = bench["comparison"].Row("work", 1.0, "plain", 2.0, 2.0, 1.5, 2.5, minimum, 0.0)
    run, file = bench["run"], tmp_path / "bench.json"
    monkeypatch.setattr(run, "measure", lambda: [row])
    monkeypatch.setattr(run.pools, "limit_all", lambda: None)
    monkeypatch.setattr(run.claims, "measure", lambda scale: {"BR-1": 2.0})
    assert run.main(["--output", str(file)]) == status
    shown = capsys.readouterr()
    assert "threads of every pool" in shown.out
    assert "1.5 to 2.5" in shown.out
    assert ("below its minimum: work" in shown.err) == bool(status)
    assert json.loads(file.read_text())["environment"]["claims_at_a_time"] == 1
    monkeypatch.setattr(run.claims, "measure", lambda scale: pytest.fail("measured again"))
    monkeypatch.setattr(run.claims, "find_claims", lambda names: [(None, "BR-1"), (None, "BR-2")])
    times = tmp_path / "times.json"
    times.write_text('{"laptop": {"BR-1": 2.0, "BR-2": 3.0}, "ci": {}}')
    assert run.main(["--output", str(file), "--times", str(times)]) == status
    content = json.loads(file.read_text())
    assert content["claims"] == {"BR-2": 3.0, "BR-1": 2.0}
    assert content["environment"]["claims_at_a_time"] == run.cores()
    times.write_text('{"laptop": {"BR-1": 2.0}}')
    with pytest.raises(ValueError, match=r"hold all claims, got none of \['BR-2'\]"):
        run.main(["--output", str(file), "--times", str(times)])


@pytest.fixture
def peers(bench, monkeypatch, tmp_path):
    """The comparison with other tools, none of which is there, on a tiny network."""
    module = bench["peers"]
    monkeypatch.setattr(module, "installed", lambda name: None)
    for name, value in {"HIDDEN": (3,), "STARTS": 2, "RECORDED": 40}.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(module, "FILE", tmp_path / "peers.json")
    return module


def test_a_diagnosis_is_measured_without_other_tools(peers):
    peers.main()
    told = json.loads(peers.FILE.read_text())
    whole, one = told["efforts"]
    assert [whole["tool"], one["tool"]] == ["this book", "this book, one start"]
    for effort in (whole, one):
        assert effort["parameters"] == 235
        assert effort["residual"] <= told["tolerance"]
        assert effort["error"] < 1e-9
    assert 10 < one["products"] < whole["products"] < 235
    assert told["indices"] == []
    (recording,) = told["recordings"]
    assert (recording["parameters"], recording["steps"]) == (235, 40)
    assert recording["looks"] >= 1


def test_products_and_residuals_are_those_of_the_operator(peers):
    operator, seen = peers.counted(peers.hessian(*peers.network(3)))
    values, vectors = np.linalg.eigh(np.stack([operator @ e for e in np.eye(235)], axis=1))
    assert len(seen) == 235
    top = values[::-1][:10], vectors[:, ::-1][:, :10]
    assert peers.residual_of(operator, *top) < 1e-9
    assert peers.residual_of(operator, 1.1 * top[0], top[1]) == pytest.approx(0.1 / 1.1)
