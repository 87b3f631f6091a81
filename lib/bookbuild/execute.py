"""Execute the chapters that have no current record, each once, through nbval."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from bookbuild.records import current_record
from bookbuild.workspace import Workspace

CELL_TIMEOUT = {"ci": 150.0, "laptop": 360.0, "paper": 86400.0}
"""Seconds that one cell may take: at a reader's scale, no cell may exceed its chapter's budget."""


def execute(
    workspace: Workspace,
    chapters: Sequence[str] = (),
    *,
    jobs: int = 2,
    cell_timeout: float | None = None,
) -> bool:
    """Run stale chapters and record them.

    Args:
        workspace: The book and the settings of the run.
        chapters: Names of chapters; default: all of the table of contents.
        jobs: Number of chapters that run at the same time, at least 1.
        cell_timeout: Seconds that one cell may take; default: see :data:`CELL_TIMEOUT`.

    Returns:
        Whether every chapter has a current record afterwards.

    Raises:
        ValueError: If a chapter is not in the table of contents, or a number leaves its range.
    """
    known = workspace.chapters
    for name in chapters:
        if name not in known:
            raise ValueError(f"chapters must be among {', '.join(known)}, got {name!r}")
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs}")
    timeout = CELL_TIMEOUT[workspace.scale] if cell_timeout is None else cell_timeout
    if not timeout > 0:
        raise ValueError(f"cell_timeout must be above 0, got {timeout}")
    stale = []
    for name in chapters or known:
        if current_record(workspace, name):
            print(f"{name}: nothing changed since its last run at scale {workspace.scale}")
        else:
            stale.append(name)
    if not stale:
        return True
    passed = _run_nbval(workspace, stale, min(jobs, len(stale)), timeout)
    unrecorded = [name for name in stale if current_record(workspace, name) is None]
    if unrecorded:
        print(f"not recorded: {', '.join(unrecorded)}", file=sys.stderr)
    return passed and not unrecorded


def _run_nbval(workspace: Workspace, chapters: list[str], jobs: int, timeout: float) -> bool:
    command = [
        *(sys.executable, "-m", "pytest"),
        *("-p", "nbval.plugin", "-p", "xdist.plugin", "-p", "bookbuild.plugin"),
        *("-p", "no:cacheprovider"),
        *("--nbval", f"--nbval-cell-timeout={timeout}"),
        *(("-n", str(jobs), "--dist", "loadfile") if jobs > 1 else ()),
        *("--rootdir", str(workspace.root)),
        *(str(workspace.source(name)) for name in chapters),
    ]
    # Other plugins that happen to be installed cost a second per process and could interfere.
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment = {**os.environ, **workspace.environment(), **alone}
    return subprocess.run(command, cwd=workspace.root, env=environment).returncode == 0
