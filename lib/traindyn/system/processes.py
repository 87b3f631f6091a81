"""Commands that end with whoever started them, on every way out.

A supervised command runs in a session of its own. It is ended when its supervisor is told to end,
and it ends by itself when its supervisor was killed. On Linux the supervisor also adopts, and ends,
what the command left running.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

SUPERVISOR = "TRAINDYN_SUPERVISOR"
"""Variable that holds the process number of the supervisor, in all that it started."""

GRACE = 5.0
"""Seconds between the request to end and the end by force."""

_POLL = 0.3
_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER of linux/prctl.h


def exit_on_signals() -> None:
    """Let TERM and HUP end this process as an interrupt does: what is open is closed first."""

    def leave(number: int, _: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def follow_parent(parent: int | None = None) -> None:
    """End this process soon after its parent has ended.

    A supervised process also ends when its supervisor has ended, even before this call, and takes
    its whole session with it. Any other one gets a TERM, so that it can close what is open.

    Args:
        parent: Process number of the parent, which may have ended before this call. Default: the
            one that this process has now.
    """
    parent = parent or os.getppid()
    supervisor = int(os.environ.get(SUPERVISOR) or parent)

    def watch() -> None:
        while os.getppid() == parent and _lives(supervisor):
            time.sleep(_POLL)
        if os.environ.get(SUPERVISOR):
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _lives(number: int) -> bool:
    """Whether there is a process of that number."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # of another user
    return True


def run(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], output: Path | None = None
) -> int:
    """Run a command to its end and leave nothing of it behind.

    Args:
        command: Program and arguments.
        cwd: Its current folder.
        environment: All of its variables.
        output: File for what it prints; default: where this process prints.

    Returns:
        Its exit status; negative if a signal ended it.

    Raises:
        OSError: If it cannot be started.
        BaseException: What interrupted the waiting, such as ``KeyboardInterrupt``, after the
            command and all that it started have ended.
    """
    process = None
    with _adopting_orphans():
        try:
            variables = {**environment, SUPERVISOR: str(os.getpid())}
            with contextlib.ExitStack() as stack:
                said = stack.enter_context(output.open("wb")) if output else None
                process = subprocess.Popen(
                    command,
                    cwd=cwd,
                    env=variables,
                    stdout=said,
                    stderr=subprocess.STDOUT if said else None,
                    start_new_session=True,
                )
            return process.wait()
        finally:
            if process is not None:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command and its session: first ask, then force."""
    try:
        if process.poll() is None:
            _signal_group(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
    finally:
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: of a dead group
        os.killpg(group, number)


@contextlib.contextmanager
def _adopting_orphans() -> Iterator[None]:
    """Become the parent of processes whose own parent ends, and end them afterwards."""
    adopts = sys.platform == "linux" and ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1, 0, 0, 0) == 0
    mine = set(_children())
    try:
        yield
    finally:
        while adopts and (orphans := set(_children()) - mine):
            for orphan in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(orphan, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(orphan, 0)
        if adopts:
            ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 0, 0, 0, 0)


def _children() -> list[int]:
    """Process numbers of the children of this process, where the system lists them."""
    lists = Path("/proc/self/task").glob("*/children")
    return [int(number) for file in lists for number in file.read_text().split()]
