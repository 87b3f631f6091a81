"""The engine: order, failures, limits, and what happens when a process dies."""

import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future
from pathlib import Path

import pytest

from traindyn.runs.engine import CLOCK, MEMORY, Engine, Task, _Reply, cores

HERE = Path(__file__).parent
PLANTED = """
import os, signal, time

def note(name):
    with open(os.environ["NOTES"], "a") as file:
        file.write(name + "\\n")

def fine(name, seconds=0.0):
    note(name)
    time.sleep(seconds)
    return name.upper()

def computes(name, seconds):
    while time.process_time() < seconds:
        pass

def fails(name):
    raise FloatingPointError(f"{name} diverged")

def dies(name):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A module that workers import, and a file of the names that they ran in order."""
    (tmp_path / "planted_calls.py").write_text(PLANTED)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def task(name, function="fine", *more, seconds=math.inf):
    return Task(name, f"planted_calls:{function}", (name, *more), seconds)


def results(engine, *tasks):
    return {done.task.name: done for done in engine.run(tasks)}


def test_the_longest_goes_first(planted):
    engine = Engine(1, None)
    found = results(engine, task("b", seconds=1), task("c"), task("a", seconds=5))
    assert (planted / "notes").read_text().split() == ["c", "a", "b"]
    assert {name: done.value for name, done in found.items()} == {"a": "A", "b": "B", "c": "C"}


def test_one_failure_stops_no_other(planted):
    found = results(Engine(2, None), task("a"), task("x", "fails"), task("b"))
    assert "FloatingPointError: x diverged" in found["x"].error
    assert [found[name].value for name in "ab"] == ["A", "B"]
    assert not found["a"].error


def test_who_kills_its_process_is_named(planted):
    tasks = [task("x", "dies"), *(task(name, "fine", 0.3) for name in "abc")]
    found = results(Engine(2, None), *tasks)
    assert found["x"].error == "its process died"
    assert [found[name].value for name in "abc"] == ["A", "B", "C"]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no alarms")
def test_a_task_has_a_limit(planted):
    found = results(
        Engine(2, None, limit=1.0),
        task("computes", "computes", 60.0),
        task("hangs", "fine", 60.0),
        task("waits", "fine", 1.5),  # as it would for a core that others use
    )
    for name, least in {"computes": 1.0, "hangs": CLOCK}.items():
        assert "it took more than 1 s" in found[name].error
        assert found[name].seconds >= least
    assert found["waits"].value == "WAITS"


def test_workers_end_with_a_killed_engine(planted):
    script = (
        "from traindyn.runs.engine import Engine, Task\n"
        "tasks = [Task(n, 'planted_calls:fine', (n, 60.0)) for n in 'ab']\n"
        "if __name__ == '__main__':\n"
        "    list(Engine(2, None).run(tasks))\n"
    )
    (planted / "engine.py").write_text(script)
    engine = subprocess.Popen([sys.executable, str(planted / "engine.py")], start_new_session=True)
    until = time.monotonic() + 60
    while time.monotonic() < until and not (planted / "notes").exists():
        time.sleep(0.1)
    assert (planted / "notes").exists()
    engine.kill()
    engine.wait()
    until = time.monotonic() + 60  # a busy machine may have taken most of the first minute
    while time.monotonic() < until and _alive(engine.pid):
        time.sleep(0.1)
    assert not _alive(engine.pid)


def _alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_jobs_are_bounded_by_cores_and_memory(monkeypatch):
    assert 1 <= cores() <= (os.cpu_count() or 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(64), raising=False)
    sizes = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": int(4.1 * MEMORY * 2**30 / 4096)}
    monkeypatch.setattr(os, "sysconf", sizes.__getitem__)
    assert cores() == 4


class TwoWorkers(Executor):
    """A cluster whose workers end all that is at hand when the caller has no more to give."""

    def __init__(self, tasks):
        self.left, self.given, self.at_hand = tasks, [], []

    def workers(self):
        return ["one", "other"]

    def where(self):
        return {}

    def others_after(self, refused):
        return bool(refused)

    @contextlib.contextmanager
    def executor(self):
        yield self

    def submit(self, *_):
        self.given.append(Future())
        if len(self.given) == 4 or len(self.given) == self.left:
            self.at_hand.append(len(self.given))
            self.left -= len(self.given)
            for future in self.given:
                future.set_result(_Reply("done"))
            self.given = []
        return self.given[-1] if self.given else future


def test_each_worker_of_a_cluster_has_its_next_task_at_hand():
    engine = Engine(1, None)
    engine.cluster = TwoWorkers(6)
    found = results(engine, *(task(name) for name in "abcdef"))
    assert engine.cluster.at_hand == [4, 2]
    assert {done.value for done in found.values()} == {"done"}
