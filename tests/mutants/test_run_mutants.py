"""``make mutants`` in a planted checkout: interrupted, killed, resumed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import run_mutants

from traindyn.system.console import end_as_command

ROOT = Path(__file__).parents[2]
MACHINERY = ("__init__.py", "runs", "ledger", "inference", "system")

LAW = """
import time

SLEEP = 0.0


def law(x):
    time.sleep(SLEEP)
    return 2.0 * x
"""
CLAIMS = """
from traindyn.coin.law import law
from traindyn.inference import exact
from traindyn.ledger import Part, Registry, other_system, within

registry = Registry("coin", "CO")


@registry.claim(1, source="eq. 1", basis="stated", statement="Twice.")
def twice(context):
    rule, control = within(0.1, "the rest", "count"), other_system("none", exact(0.0))
    return None, [
        Part("it is two", exact(law(1.0)), rule, [control], compares="algebra", prediction=2.0)
    ]
"""


def mutant(number, old, new):
    """An entry of the catalogue."""
    file = "lib/traindyn/coin/law.py"
    told = {"id": f"CO-m{number}", "file": file, "old": old, "new": new}
    return {**told, "what": f"{new} for {old}", "claims": ["CO-1"]}


MUTANTS = [mutant(1, "2.0 * x", "2.2 * x"), mutant(2, "2.0 * x", "x + x")]
SLOW = mutant(3, "SLEEP = 0.0", "SLEEP = 600.0")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A checkout with one law, and two mutants of it."""
    root = tmp_path_factory.mktemp("checkout")
    package = root / "lib" / "traindyn"
    (package / "coin").mkdir(parents=True)
    (package / "coin" / "__init__.py").write_text("")
    (package / "coin" / "law.py").write_text(LAW)
    (package / "coin" / "claims.py").write_text(CLAIMS)
    for name in MACHINERY:
        source = ROOT / "lib" / "traindyn" / name
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, package / name)
    shutil.copytree(ROOT / "lib" / "bookbuild", root / "lib" / "bookbuild")
    (root / "tests" / "mutants").mkdir(parents=True)
    for file in Path(__file__).parent.glob("*.py"):
        shutil.copy(file, root / "tests" / "mutants")
    (root / "book" / "data").mkdir(parents=True)
    (root / "book" / "data" / "bench.json").write_text('{"claims": {}}')
    return root


def start(root, mutants, *words):
    """Start the runner on a catalogue."""
    (root / "tests" / "mutants" / "coin.json").write_text(json.dumps(mutants))
    settings = {k: v for k, v in os.environ.items() if not k.startswith("TRAINDYN_")}
    command = [sys.executable, "tests/mutants/run_mutants.py", "--jobs", "1", *words]
    return subprocess.Popen(
        command,
        cwd=root,
        env={**settings, "PYTHONPATH": str(root / "lib"), "TRAINDYN_BUILD": "build"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def table(root):
    """Outcomes by mutant."""
    file = root / "book" / "data" / "mutants.json"
    entries = json.loads(file.read_text())["mutants"] if file.is_file() else []
    return {entry["id"]: entry["outcome"] for entry in entries}


def running(root):
    """Numbers of the processes whose words name the checkout."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
        except OSError:
            continue
        if str(root).encode() in words and int(place.name) != os.getpid():
            found.append(int(place.name))
    return found


def wait_for(condition, seconds=120):
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


@pytest.mark.xdist_group("run mutants")
def test_results_are_kept_and_one_that_survives_is_told(checkout):
    first = start(checkout, MUTANTS)
    told, _ = first.communicate(timeout=300)
    assert first.returncode == 1, told
    assert "survived: CO-m2: x + x for 2.0 * x" in told
    assert table(checkout) == {"CO-m1": "caught", "CO-m2": "survived"}
    again = start(checkout, MUTANTS[:1])
    told, _ = again.communicate(timeout=300)
    assert again.returncode == 0, told
    assert "1 mutants are in the table, 0 to try" in told
    assert table(checkout) == {"CO-m1": "caught"}


@pytest.mark.xdist_group("run mutants")
@pytest.mark.skipif(sys.platform != "linux", reason="reads the table of processes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_is_stopped_keeps_its_results_and_leaves_no_process(checkout, number):
    (checkout / "book" / "data" / "mutants.json").unlink(missing_ok=True)
    before = set(running(checkout))
    process = start(checkout, [*MUTANTS[:1], SLOW])
    scratch = checkout / "build" / "studies"
    wait_for(lambda: table(checkout) and list(scratch.glob(".mutants-*/CO-m3")))
    process.send_signal(number)
    process.communicate(timeout=60)
    wait_for(lambda: not set(running(checkout)) - before, 30)
    assert table(checkout) == {"CO-m1": "caught"}
    if number == signal.SIGKILL:  # the next call removes what was left
        start(checkout, MUTANTS[:1]).communicate(timeout=300)
    assert not list(scratch.glob(".mutants-*"))


@pytest.mark.xdist_group("run mutants")
def test_a_catalogue_with_a_fault_is_refused_in_a_line(checkout):
    process = start(checkout, [mutant(1, "none", "other")])
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 2
    assert told.endswith(
        "CO-m1: old text must occur once in lib/traindyn/coin/law.py, got 0 times\n"
    )
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("words", "fault"),
    [(["--chapter", "none"], "chapter must be one of"), (["--jobs", "-1"], "--jobs must be")],
)
def test_a_mistake_is_one_line(capsys, monkeypatch, words, fault):
    monkeypatch.setattr(sys, "argv", ["run_mutants", *words])
    with pytest.raises(SystemExit) as ended:
        end_as_command("run_mutants", run_mutants.main)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("run_mutants: error: ")
    assert fault in told
    assert told.count("\n") == 1
