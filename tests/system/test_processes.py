"""Commands end with whoever started them, on every way out."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from traindyn.system import processes

LIB = Path(__file__).parents[2] / "lib"
SUPERVISE = """
import os, sys
from pathlib import Path
from traindyn.system import processes
processes.exit_on_signals()
processes.GRACE = 0.5
try:
    command = [sys.executable, "-c", sys.argv[1]]
    status = processes.run(command, cwd=Path("."), environment=os.environ)
finally:
    Path("left").touch()
sys.exit(status)
"""

FAMILY = """
import subprocess, sys, time
from traindyn.system.processes import follow_parent
follow_parent()
sleep = [sys.executable, "-c", "import time; time.sleep(600)", "FAMILY"]
subprocess.Popen(sleep)
subprocess.Popen(sleep, start_new_session=True)
open("started", "w").close()
{then}
"""
"""A command with a child in its own session and one that left it."""


def start(folder: Path, then: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-c",
        SUPERVISE,
        FAMILY.replace("FAMILY", str(folder)).format(then=then),
    ]
    environment = {**os.environ, "PYTHONPATH": str(LIB)}
    process = subprocess.Popen(command, cwd=folder, env=environment)
    end = time.monotonic() + 30
    while not (folder / "started").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    return process


def alive(mark: str) -> list[str]:
    """Commands of running processes that name a mark."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if mark in command:
            found.append(command)
    return found


def gone(mark: str, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while alive(mark) and time.monotonic() < end:
        time.sleep(0.1)
    return not alive(mark)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize(
    "then", ["time.sleep(600)", "import signal; signal.signal(15, 1); time.sleep(600)"]
)
def test_a_stopped_supervisor_leaves_nothing_and_closes_what_is_open(tmp_path, number, then):
    process = start(tmp_path, then)
    process.send_signal(number)
    assert process.wait(20) in {128 + number, 1, -number}
    assert gone(str(tmp_path), 0.5)
    assert (tmp_path / "left").exists()


def test_a_killed_supervisor_takes_the_session_along(tmp_path):
    process = start(tmp_path, "time.sleep(600)")
    process.kill()
    process.wait(20)
    end = time.monotonic() + 10
    while len(alive(str(tmp_path))) > 1 and time.monotonic() < end:
        time.sleep(0.1)
    (stray,) = alive(str(tmp_path))  # it left the session, and nobody is there to end it
    assert "sleep(600)" in stray
    subprocess.run(["pkill", "-9", "-f", str(tmp_path)], check=True)


@pytest.mark.parametrize(("then", "status"), [("sys.exit(0)", 0), ("sys.exit(3)", 3)])
def test_a_command_that_ends_leaves_nothing(tmp_path, then, status):
    process = start(tmp_path, then)
    assert process.wait(20) == status
    assert gone(str(tmp_path), 0.5)


def test_the_end_by_a_signal_is_told(tmp_path):
    code = "import os; os.kill(os.getpid(), 9)"
    command = [sys.executable, "-c", code]
    assert processes.run(command, cwd=tmp_path, environment={}) == -9


def test_a_missing_program_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        processes.run(["./none"], cwd=tmp_path, environment={})


def test_a_process_of_nobody_ends_when_its_parent_does(tmp_path):
    """As under a killed make: the command gets a TERM and closes what is open."""
    child = (
        "import signal, sys, time; from traindyn.system.processes import *; exit_on_signals();"
        "follow_parent(); open('started', 'w').close()\n"
        f"try: time.sleep(600)  # {tmp_path!s}\n"
        "finally: open('left', 'w').close()"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    environment = {k: v for k, v in os.environ.items() if k != processes.SUPERVISOR}
    process = subprocess.Popen(
        [sys.executable, "-c", parent], cwd=tmp_path, env={**environment, "PYTHONPATH": str(LIB)}
    )
    end = time.monotonic() + 20
    while not (tmp_path / "started").exists() and time.monotonic() < end:
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert gone(str(tmp_path))
    assert (tmp_path / "left").exists()


def test_a_worker_that_begins_after_its_parent_was_killed_ends(tmp_path):
    """As a worker that was still importing: by then another process has adopted it."""
    (tmp_path / "late.py").write_text(
        "import os, time\n"
        "from traindyn.system.processes import follow_parent\n"
        "def begin(parent):\n"
        "    with open('number', 'w') as file: file.write(str(os.getpid()))\n"
        "    os.rename('number', 'started')\n"
        "    while os.getppid() == parent:\n"
        "        time.sleep(0.05)\n"
        "    follow_parent(parent)\n"
        "    time.sleep(600)\n"
    )
    parent = (
        "import multiprocessing, os, time, late\n"
        "spawn = multiprocessing.get_context('spawn')\n"
        "spawn.Process(target=late.begin, args=(os.getpid(),)).start()\n"
        "time.sleep(600)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != processes.SUPERVISOR}
    process = subprocess.Popen(
        [sys.executable, "-c", parent],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": f"{LIB}{os.pathsep}{tmp_path}"},
        start_new_session=True,
    )
    end = time.monotonic() + 30
    while not (tmp_path / "started").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    worker = int((tmp_path / "started").read_text())
    process.kill()
    process.wait()
    try:
        end = time.monotonic() + 30
        while runs(worker) and time.monotonic() < end:
            time.sleep(0.1)
        assert not runs(worker)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def runs(number: int) -> bool:
    """Whether a process runs; one that ended may wait for its parent to look."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_an_empty_variable_names_no_supervisor():
    child = "import time; from traindyn.system.processes import follow_parent; follow_parent()\n"
    environment = {**os.environ, "PYTHONPATH": str(LIB), processes.SUPERVISOR: ""}
    run = subprocess.run(
        [sys.executable, "-c", child + "time.sleep(1)"], env=environment, capture_output=True
    )
    assert (run.returncode, run.stderr) == (0, b"")


def test_a_supervisor_that_was_killed_before_is_noticed(tmp_path):
    """As a site build that was still importing when its supervisor was killed."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    child = "import time; from traindyn.system.processes import follow_parent; follow_parent()\n"
    child += f"time.sleep(600)  # {tmp_path}"
    process = subprocess.Popen(
        [sys.executable, "-c", child],
        env={**os.environ, "PYTHONPATH": str(LIB), processes.SUPERVISOR: str(ended.pid)},
        start_new_session=True,
    )
    try:
        assert process.wait(30) == -signal.SIGKILL
    finally:
        process.kill()
