"""How a command that is a process of its own ends, and the folder that it works in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from traindyn.system.console import MISTAKE
from traindyn.system.locks import USED, held, scratch_folder

COMMAND = """
import os, sys, time
from pathlib import Path
from traindyn.system.console import end_as_command
from traindyn.system.locks import scratch_folder

def command():
    if len(sys.argv) == 2:
        raise ValueError(f"faces must be at least 1, got {sys.argv[1]}")
    with scratch_folder(Path("work")):
        print("at work", flush=True)
        time.sleep(float(os.environ.get("SECONDS", 0)))
    return 3

end_as_command("dice", command)
"""


def started(place, *words, **variables):
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *words],
        cwd=place,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a supervised process takes its session with it
    )


def test_the_status_is_that_of_the_command(tmp_path):
    process = started(tmp_path)
    assert process.communicate(timeout=60) == ("at work\n", "")
    assert process.returncode == 3
    assert not list(tmp_path.iterdir())


def test_a_mistake_is_one_line(tmp_path):
    process = started(tmp_path, "0")
    assert process.communicate(timeout=60)[1] == "dice: error: faces must be at least 1, got 0\n"
    assert process.returncode == MISTAKE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_no_folder(tmp_path, number):
    process = started(tmp_path, SECONDS="60")
    assert process.stdout.readline() == "at work\n"
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_goes_and_what_is_used_stays(tmp_path):
    process = started(tmp_path, SECONDS="60")
    assert process.stdout.readline() == "at work\n"
    (left,) = tmp_path.iterdir()
    process.kill()
    process.communicate(timeout=60)
    other, strange = tmp_path / ".work-other", tmp_path / ".workshop"
    strange.mkdir()
    with held(other / USED), scratch_folder(tmp_path / "work") as scratch:
        assert not left.exists()
        assert {other, strange, scratch} == {*tmp_path.iterdir()}
    assert {other, strange} == {*tmp_path.iterdir()}


def test_it_ends_with_its_supervisor(tmp_path):
    supervisor = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = started(tmp_path, SECONDS="60", TRAINDYN_SUPERVISOR=str(supervisor.pid))
    assert process.stdout.readline() == "at work\n"
    supervisor.communicate(b"\n", timeout=60)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
