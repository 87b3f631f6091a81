"""Frozen sources: what runs for minutes runs from a copy, in an environment of its own.

What the copy does not hold, a run cannot see: files of editors, bytecode, the user's home with its
start-up files and settings, and all variables but a few. An edit during a run changes nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from traindyn.system.files import source_files
from traindyn.system.versions import THREAD_LIMITS, arithmetic_variables

PASSED = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""Variables that programs need to start, on machines that set them."""

SHOWN = ("TERM", "COLUMNS", "NO_COLOR")
"""Variables that steer how a run shows its progress."""

LOCK = "requirements.lock"
"""The exact versions of all packages, beside ``lib``."""


def copy_sources(root: Path, copy: Path) -> None:
    """Copy ``lib``, without bytecode and what editors leave, and the lock of a checkout.

    Raises:
        OSError: If a file cannot be read or written.
    """
    lock = [root / LOCK] if (root / LOCK).is_file() else []
    for file in [*source_files(root / "lib"), *lock]:
        place = copy / file.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)


def frozen_environment(home: Path, libraries: Iterable[Path]) -> dict[str, str]:
    """Variables of a run from copied sources: nothing of the user's settings, one thread each.

    Args:
        home: An empty folder.
        libraries: Folders to import from, the first one first.
    """
    return {
        **{name: os.environ[name] for name in PASSED + SHOWN if name in os.environ},
        **arithmetic_variables(),
        **dict.fromkeys(THREAD_LIMITS, "1"),
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(map(str, libraries))),
        "PYTHONUTF8": "1",
        "TZ": "UTC",
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
    }
