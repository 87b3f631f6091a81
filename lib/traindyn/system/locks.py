"""One process at a time: locks that end with their process, however it ends."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from traindyn.system.files import digest, folder_aside, remove

USED = ".lock"
"""File in a scratch folder that is locked while the folder is used."""


@contextmanager
def held(lock: Path, message: str = "") -> Iterator[None]:
    """Hold a lock, after waiting for whoever holds it.

    Args:
        lock: The lock's file, which stays; its folder is made if it is missing.
        message: What to say on standard error when somebody else holds it; empty: nothing.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    guard = FileLock(lock)
    try:
        guard.acquire(timeout=0)
    except Timeout:
        if message:
            print(message, file=sys.stderr, flush=True)
        guard.acquire()
    try:
        yield
    finally:
        guard.release()


@contextmanager
def held_for(path: Path) -> Iterator[None]:
    """Hold the lock of a file that a user named; nothing is left beside that file."""
    name = digest(os.fsencode(os.path.realpath(path)))[:32]
    user = os.getuid() if hasattr(os, "getuid") else os.getlogin()
    folder = Path(tempfile.gettempdir()) / f"traindyn-locks-{user}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with held(folder / f"{name}.lock"):
        yield


@contextmanager
def scratch_folder(place: Path) -> Iterator[Path]:
    """A new folder beside a place, for as long as it is used.

    Those of processes that were killed are removed first: nobody holds their locks any more.

    Args:
        place: The name of the new folder begins with that of this one, after a dot.

    Raises:
        OSError: If it cannot be made.
    """
    for lock in place.parent.glob(f".{place.name}-*/{USED}"):
        with suppress(Timeout, OSError), FileLock(lock, timeout=0):
            remove(lock.parent)
    with folder_aside(place) as scratch, held(scratch / USED):
        yield scratch
