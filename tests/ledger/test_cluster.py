"""``traindyn run`` on a Dask cluster: a scheduler and workers, all on the loopback address."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from traindyn.ledger import read_ledger
from traindyn.runs.engine import Engine

CLAIMS = """
import os, time
import numpy as np
from traindyn.inference import estimate_mean
from traindyn.ledger import Part, Registry, other_system, within
from traindyn.runs import Context, study

registry = Registry("coin", "CO")


@study(stream="spectrum")
def spectrum(context: Context, size: int):
    matrix = context.numpy_generator(f"matrix {size}").standard_normal((size, size))
    return np.linalg.eigvalsh(matrix @ matrix.T)


def measured(context, size):
    with open(os.environ["TMPDIR"] + "/notes", "a") as file:
        file.write(f"{os.getpid()}\\n")
    time.sleep(0.5)
    values = spectrum(context, size)
    mean = estimate_mean(values)
    rule = within(float(size), "the size", "size")
    told = {"prediction": float(size), "compares": "algebra", "replicates": "matrices"}
    return {"values": values}, [Part("the trace", mean, rule, [other_system("0", mean)], **told)]


@registry.claim(1, source="eq. 1", basis="stated", statement="Sixty.")
def sixty(context):
    return measured(context, 60)


@registry.claim(2, source="eq. 2", basis="stated", statement="Ninety.")
def ninety(context):
    return measured(context, 90)
"""


def settings(library):
    own = {"TMPDIR": str(library), "PYTHONPATH": str(library / "lib")}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TRAINDYN_", "DASK_"))}
    return {**kept, **own}


class Cluster:
    """Processes of Dask on the loopback address."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.started = []

    def start(self, library, *words):
        command = [sys.executable, "-m", "dask", *words, "--host", "127.0.0.1", "--no-dashboard"]
        place = ["--dashboard-address", "127.0.0.1:0"]
        with (self.folder / "said").open("a") as said:
            process = subprocess.Popen(
                [*command, *place], cwd=self.folder, env=settings(library), stdout=said, stderr=said
            )
        self.started.append(process)
        return process

    def scheduler(self, library):
        process = self.start(library, "scheduler", "--port", "0", "--scheduler-file", self.file)
        until = time.monotonic() + 60
        while not self.file.exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        return json.loads(self.file.read_text())["address"], process

    def wait_for_workers(self, number):
        until = time.monotonic() + 60
        while (self.folder / "said").read_text().count("Registered to") < number:
            assert time.monotonic() < until
            time.sleep(0.1)

    def worker(self, library, address):
        return self.start(library, "worker", address, "--nthreads", "1", "--no-nanny")


@pytest.fixture
def cluster(tmp_path):
    folder = tmp_path / "cluster"
    folder.mkdir()
    cluster = Cluster(folder)
    yield cluster
    for process in cluster.started:
        process.kill()
        process.wait()


@pytest.fixture
def library(plant, tmp_path):
    return plant(tmp_path / "here", CLAIMS)


def start(library, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "traindyn", "run", "--scale", "ci", *arguments],
        env={**settings(library), "TRAINDYN_STUDIES": str(library / arguments[-1] / "store")},
        cwd=library,
        stderr=subprocess.PIPE,
        text=True,
    )


def rows(library, output):
    """All rows, but for what differs between equal runs."""
    found = {}
    for file in sorted((library / output).glob("seed-*/coin.json")):
        ledger = read_ledger(file)
        found[file.parent.name] = [
            {k: v for k, v in row.items() if k != "seconds"} for row in ledger["claims"]
        ]
    return found


def test_a_worker_dies_and_the_rows_are_those_of_this_machine(library, cluster):
    address, _ = cluster.scheduler(library)
    workers = [cluster.worker(library, address) for _ in range(2)]
    alone = start(library, "--seeds", "0-3", "--jobs", "1", "--output", "local")
    said = alone.communicate(timeout=120)[1]
    assert "8 to run, 1 at a time" in said
    (library / "notes").unlink()
    run = start(library, "--seeds", "0-3", "--scheduler", address, "--output", "cluster")
    until = time.monotonic() + 60
    killed = {}
    while not killed and time.monotonic() < until:
        time.sleep(0.05)
        with contextlib.suppress(OSError):
            at_work = set((library / "notes").read_text().split())
            killed = {worker for worker in workers if str(worker.pid) in at_work}
    killed.pop().send_signal(signal.SIGKILL)
    said = run.communicate(timeout=120)[1]
    assert run.returncode == alone.returncode, said
    assert len(rows(library, "local")) == 4
    assert rows(library, "cluster") == rows(library, "local")
    assert len((library / "notes").read_text().split()) == 9  # one was run twice
    stored = sorted(p.relative_to(library / "local") for p in (library / "local").rglob("*.npz"))
    assert len(stored) == 16
    for file in stored:
        assert (library / "cluster" / file).is_file()
    assert not (library / "_build").exists()  # workers write nothing


def test_a_worker_with_other_sources_refuses_and_the_others_go_on(plant, library, cluster):
    other = plant(cluster.folder / "other", CLAIMS.replace('"0", mean', '"1", mean'))
    address, _ = cluster.scheduler(library)
    cluster.worker(other, address)
    run = start(library, "--scheduler", address, "--output", "refused")
    said = run.communicate(timeout=120)[1]
    assert run.returncode == 1, said
    for name in ("CO-1", "CO-2"):
        assert f"not as expected: {name}: source of {name} must be" in said
    assert f"{other} on " in said
    assert not (library / "notes").exists()
    assert not list(library.rglob("*.npz"))
    cluster.worker(library, address)
    cluster.wait_for_workers(2)
    again = start(library, "--seeds", "0-3", "--scheduler", address, "--output", "mixed")
    said = again.communicate(timeout=120)[1]
    assert "8 to run, 2 at a time" in said
    assert "must be" not in said
    assert len(rows(library, "mixed")) == 4


def wait_for_a_result(library):
    until = time.monotonic() + 60
    while not list(library.rglob("*.npz")) and time.monotonic() < until:
        time.sleep(0.1)


def test_a_scheduler_that_ends_is_told_in_one_line(library, cluster):
    address, scheduler = cluster.scheduler(library)
    cluster.worker(library, address)
    run = start(library, "--seeds", "0-40", "--scheduler", address, "--output", "out")
    wait_for_a_result(library)
    scheduler.terminate()
    said = run.communicate(timeout=90)[1]  # at once, or when the client has given up
    assert run.returncode == 2
    assert said.endswith(
        "traindyn: error: scheduler must stay to the end and has gone; "
        "call again, what is done is stored\n"
    )
    assert "error   " not in said


@pytest.mark.parametrize("address", ["nowhere", "tcp://127.0.0.1:1", "tls://127.0.0.1:1"])
def test_a_scheduler_that_is_none_is_told(address, monkeypatch):
    monkeypatch.setattr("traindyn.runs.engine.PATIENCE", 1.0)
    for _ in range(3):  # each leaves nothing that stops the next
        with pytest.raises(ValueError, match=f"scheduler must be the address .* got '{address}'"):
            Engine(1, None, scheduler=address)
        assert not any(thread.name == "IO loop" for thread in threading.enumerate())


def test_a_cluster_keeps_no_limit():
    with pytest.raises(ValueError, match="limit must be absent with a scheduler, got 5"):
        Engine(1, None, scheduler="tcp://127.0.0.1:1", limit=5.0)


def test_an_interrupted_run_goes_on_later(library, cluster):
    address, _ = cluster.scheduler(library)
    cluster.worker(library, address)
    words = ("--seeds", "0-5", "--scheduler", address, "--output", "out")
    run = start(library, *words)
    wait_for_a_result(library)
    run.terminate()
    assert run.wait(30) == 128 + signal.SIGTERM
    assert [path.name for path in (library / "out").iterdir()] == ["store"]
    said = start(library, *words).communicate(timeout=60)[1]
    assert "scale ci: 0 claims are stored" not in said
    assert len(rows(library, "out")) == 6
