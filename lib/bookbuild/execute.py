"""Execute the chapters that have no current record: their claims first, then their cells."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bookbuild.keys import run_key
from bookbuild.records import current_record, find_record
from bookbuild.snapshot import Origin, run_environment, snapshot
from bookbuild.workspace import Workspace
from traindyn.ledger.sweep import ORIGIN, Request
from traindyn.runs.engine import cores
from traindyn.system import processes

CELL_TIMEOUT = {"ci": 150.0, "laptop": 360.0, "paper": 86400.0}
"""Seconds that one cell may take: at a reader's scale, no cell may exceed its chapter's budget."""


def execute(
    workspace: Workspace,
    chapters: Sequence[str] = (),
    *,
    jobs: int | None = None,
    cell_timeout: float | None = None,
) -> bool:
    """Run stale chapters in a snapshot and record them.

    A chapter whose source is no Python is named, and the others run.

    Args:
        workspace: The book and the settings of the run.
        chapters: Names of chapters; default: all of the table of contents.
        jobs: Number of processes, at least 1; default: as many as the machine has cores and memory
            for.
        cell_timeout: Seconds that one cell may take; default: see :data:`CELL_TIMEOUT`.

    Returns:
        Whether every chapter has a current record afterwards.

    Raises:
        ValueError: If a chapter is not in the table of contents, or a number leaves its range.
        OSError: If the build root cannot be written.
    """
    known = workspace.chapters
    for name in chapters:
        if name not in known:
            raise ValueError(f"chapters must be among {', '.join(known)}, got {name!r}")
    jobs = cores() if jobs is None else jobs
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs}")
    timeout = CELL_TIMEOUT[workspace.scale] if cell_timeout is None else cell_timeout
    if not timeout > 0:
        raise ValueError(f"cell_timeout must be above 0, got {timeout}")
    origin = Origin.of(workspace)
    with snapshot(workspace) as copy:
        stale, broken = [], []
        for name in chapters or known:
            try:
                if _is_stale(copy, name):
                    stale.append(name)
            except ValueError as error:
                print(f"not run: {name}: {error}", file=sys.stderr)
                broken.append(name)
        if not stale:
            return not broken
        _compute(copy, origin, stale, jobs, timeout)
        passed = _run_nbval(copy, origin, stale, min(jobs, len(stale)), timeout)
        unrecorded = [name for name in stale if current_record(copy, name) is None]
        if unrecorded:
            print(f"not recorded: {', '.join(unrecorded)}", file=sys.stderr)
        _say_what_was_edited(workspace, copy, stale)
    return passed and not unrecorded and not broken


def _is_stale(copy: Workspace, name: str) -> bool:
    """Whether a chapter has to run; says why not, or what is wrong with its record."""
    record = find_record(copy, name)
    fault = record.fault() if record else None
    if record and fault is None:
        print(f"{name}: nothing changed since its last run at scale {copy.scale}")
    if fault:
        print(f"{name}: its record is damaged and is made again ({fault})", file=sys.stderr)
    return record is None or fault is not None


def _say_what_was_edited(workspace: Workspace, copy: Workspace, names: list[str]) -> None:
    """Name the chapters whose sources are not what has just run any more."""
    for name in names:
        try:
            edited = run_key(workspace, name) != run_key(copy, name)
        except (ValueError, OSError):
            edited = True
        if edited:
            print(f"{name}: edited while it ran; `execute` again to run the edit")


def _compute(
    copy: Workspace, origin: Origin, chapters: list[str], jobs: int, timeout: float
) -> None:
    """Compute what the claims of chapters draw, on all processes; the cells then find it stored.

    What goes wrong is told, and left to the cells.
    """
    request = Request(
        tuple(chapters), copy.scale, (copy.seed,), jobs=jobs, limit=timeout, ahead=True
    )
    environment = {**run_environment(copy, origin), ORIGIN: origin.root}
    processes.run(request.command(), cwd=copy.root, environment=environment)


def _run_nbval(
    copy: Workspace, origin: Origin, chapters: list[str], jobs: int, timeout: float
) -> bool:
    command = [
        *(sys.executable, "-m", "pytest"),
        *("-p", "nbval.plugin", "-p", "xdist.plugin", "-p", "bookbuild.plugin"),
        *("-p", "no:cacheprovider", "--no-header"),
        *("--nbval", f"--nbval-cell-timeout={timeout}"),
        *(("-n", str(jobs), "--dist", "loadfile") if jobs > 1 else ()),
        *("--rootdir", str(copy.root)),
        *(f"chapters/{name}.py" for name in chapters),
    ]
    return processes.run(command, cwd=copy.root, environment=run_environment(copy, origin)) == 0
