"""``traindyn run``: claims of a planted library over processes, resumed, interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from traindyn.ledger import read_ledger
from traindyn.ledger.seeds import read_seeds
from traindyn.ledger.sweep import Request, main, perform, run_frozen, seeds_of, sweep
from traindyn.runs.studies import STORE

CLAIMS = """
import os, time
from traindyn.inference import Estimate, exact
from traindyn.ledger import Part, Registry, other_system, within
from traindyn.runs import Context, study

registry = Registry("coin", "CO")


def part(value):
    rule, told = within(0.5, "the half", "count"), {"compares": "simulation", "prediction": 1.0}
    control = other_system("zero", exact(0.0))
    return Part("it is one", Estimate(value, 0.0), rule, [control], replicates="draws", **told)


def note(name):
    with open(os.environ["TMPDIR"] + "/notes", "a") as file:
        file.write(name + "\\n")


@study(stream="shared")
def shared(context: Context):
    note("shared")
    time.sleep(1.0)
    return float(context.numpy_generator("x").random() / 9)


@registry.claim(1, source="eq. 1", basis="stated", statement="One.")
def one(context):
    note(f"CO-1 {context.seed}")
    return None, [part(1.0 + shared(context))]


@registry.claim(2, source="eq. 2", basis="stated", statement="Two.")
def two(context):
    note(f"CO-2 {context.seed}")
    return None, [part(1.0 - shared(context))]


@registry.claim(3, source="eq. 3", basis="stated", statement="Three breaks at seed 1.")
def three(context):
    if context.seed == 1:
        raise FloatingPointError("diverged")
    return None, [part(1.0)]


@registry.claim(4, source="eq. 4", basis="stated", statement="Four is slow at seed 9.")
def four(context):
    note(f"CO-4 {context.seed}")
    time.sleep(60.0 if context.seed == 9 else 0.0)
    return None, [part(1.0)]
"""


@pytest.fixture
def library(plant, tmp_path):
    return plant(tmp_path, CLAIMS)


def command(library, *arguments):
    return [sys.executable, "-m", "traindyn", "run", *arguments]


def settings(library, **more):
    own = {"TRAINDYN_STUDIES": str(library / "store"), "TMPDIR": str(library)}
    return {**os.environ, **own, "PYTHONPATH": str(library / "lib"), **more}


def run(library, *arguments):
    return subprocess.run(
        command(library, *arguments),
        env=settings(library),
        cwd=library,
        capture_output=True,
        text=True,
        timeout=120,
    )


def notes(library):
    file = library / "notes"
    found = sorted(file.read_text().splitlines()) if file.exists() else []
    file.unlink(missing_ok=True)
    return found


def test_claims_run_once_and_what_they_share_too(library):
    done = run(library, "--scale", "ci", "--jobs", "2", "--output", "out")
    assert done.returncode == 0, done.stderr
    assert "scale ci: 0 claims are stored, 4 to run, 2 at a time" in done.stderr
    drawn = notes(library)
    assert drawn.count("shared") == 1
    assert {"CO-1 0", "CO-2 0", "CO-4 0"} <= set(drawn)
    again = run(library, "--scale", "ci", "--jobs", "2", "--output", "again")
    assert "4 claims are stored, 0 to run" in again.stderr
    assert notes(library) == []
    ledgers = [read_ledger(library / name / "seed-0" / "coin.json") for name in ("out", "again")]
    assert [row["id"] for row in ledgers[0]["claims"]] == ["CO-1", "CO-2", "CO-3", "CO-4"]
    assert ledgers[0] == ledgers[1]


def test_an_installed_library_writes_ledgers_and_stores_nothing(library):
    (library / "_toc.yml").unlink()
    environment = {k: v for k, v in settings(library).items() if not k.startswith("TRAINDYN_")}
    words = command(library, "CO-1", "CO-3", "--scale", "ci", "--jobs", "2", "--output", "out")
    done = subprocess.run(words, env=environment, cwd=library, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ledger = read_ledger(library / "out" / "seed-0" / "coin.json")
    assert [row["id"] for row in ledger["claims"]] == ["CO-1", "CO-3"]
    assert notes(library) == ["CO-1 0", "shared"]  # drawn once, by a worker
    assert not list(library.rglob("*.npz"))


def test_a_failure_is_named_and_the_others_go_on(library):
    done = run(library, "--scale", "ci", "--seeds", "0-2", "--jobs", "2")
    assert done.returncode == 1
    assert "not as expected: CO-3 at seed 1:" in done.stderr
    assert "FloatingPointError: diverged" in done.stderr
    assert "snapshot" not in done.stderr
    assert "11 of 12" in done.stderr
    left = run(library, "--scale", "ci", "--seeds", "0-2", "--jobs", "1")
    assert "11 claims are stored, 1 to run" in left.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_is_resumed(library, number):
    arguments = ("CO-4", "CO-3", "--scale", "ci", "--seeds", "0,9", "--jobs", "2")
    started = subprocess.Popen(
        command(library, *arguments),
        env=settings(library),
        cwd=library,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 90
    stored = library / "store" / "traindyn.coin.claims.four"
    while time.monotonic() < until and not list(stored.glob("*.npz")):
        time.sleep(0.1)
    started.send_signal(number)
    started.wait(30)
    while time.monotonic() < until and _processes_in(library):
        time.sleep(0.2)
    assert not _processes_in(library)
    left = run(library, "CO-4", "--scale", "ci", "--seeds", "0", "--jobs", "2")
    assert "1 claims are stored, 0 to run" in left.stderr


def test_a_sweep_is_collected_and_what_is_collected_is_not_run_again(library):
    arguments = ("CO-1", "CO-4", "--scale", "ci", "--jobs", "2", "--collect", "seeds.json")
    done = run(library, *arguments, "--seeds", "0-1")
    assert done.returncode == 0, done.stderr
    assert "2 parts: 0 have other verdicts at other seeds" in done.stdout
    (library / "store").rename(library / "lost")
    more = run(library, *arguments, "--seeds", "0-2")
    assert "4 claims are stored, 2 to run" in more.stderr
    table = read_seeds(library / "seeds.json")
    assert [run.seed for run in table.runs] == [0, 1, 2, 0, 1, 2]


def test_an_exact_value_that_depends_on_the_seed_fails_the_sweep(library):
    claims = library / "lib" / "traindyn" / "coin" / "claims.py"
    declared = CLAIMS.replace("Estimate(value, 0.0)", "exact(value)").replace('"draws"', '""')
    claims.write_text(declared)
    done = run(library, "CO-1", "CO-3", "--scale", "ci", "--seeds", "0,2", "--jobs", "2")
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("not as")]
    assert line.startswith("not as expected: CO-1 is declared exact and is 1.")
    assert run(library, "CO-1", "--scale", "ci", "--jobs", "1").returncode == 0


def _processes_in(library):
    """Command lines of processes that use the store."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(library / "store").encode() in entry.read_bytes():
                found.append(entry.with_name("cmdline").read_bytes())
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("CO-9",), "claims must be ids such as SS-7 or chapters (coin), got 'CO-9'"),
        (("--seeds", "3-1"), "seeds must be 1 to 100000 and ranges must grow, got '3-1'"),
        (("--seeds", "x"), "seeds must be such as 0,3,10-99, got 'x'"),
        (("--scale", "big"), "scale must be one of ci, laptop, paper, got 'big'"),
        (("--jobs", "0"), "--jobs must be from 1 to 1024, got 0"),
        (("--limit", "nan"), "--limit must be above 0, got nan"),
        (("--output", "_toc.yml"), "--output must be a folder, got _toc.yml"),
    ],
)
def test_a_mistake_is_told_in_one_line(library, arguments, told):
    done = run(library, *arguments)
    assert (done.returncode, done.stderr) == (2, f"traindyn: error: {told}\n")


def test_a_worker_with_other_sources_refuses(library):
    script = (
        "from traindyn.ledger.sweep import perform\nperform('coin', 'CO-4', 'ci', 0, 'another')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=settings(library), capture_output=True, text=True
    )
    assert "source of CO-4 must be another as the caller's, got" in done.stderr


def test_the_times_steer_the_order(library):
    run(library, "CO-1", "CO-4", "--scale", "ci", "--jobs", "1")
    times = json.loads((library / "store" / "times.json").read_text())
    assert set(times["ci"]) == {"CO-1", "CO-4"}
    assert times["ci"]["CO-1"] >= 1.0


def test_a_full_disk_is_told_before_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(STORE, "root", tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(OSError, match="No space left on device"):
        run_frozen(Request().command())
    assert not list(tmp_path.iterdir())


def test_what_is_tried_through_the_command_exists():
    assert all(map(callable, (main, perform, run_frozen, sweep)))
    assert seeds_of("1,1-2") == (1, 2)
