"""Pytest plugin: nbval on text notebooks. A chapter whose cells all pass leaves a record.

``pytest --nbval chapters`` collects ``chapters/*.py``, one item per code cell. The cells of a
chapter run in order in one kernel. After a cell that fails the rest of its chapter fails without
running. No cell can be skipped or marked as an expected failure.

Only a run in a snapshot leaves a record; in a checkout ``pytest --nbval chapters`` just tries.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbval.kernel import CURRENT_ENV_KERNEL_NAME
from nbval.plugin import IPyNbCell, IPyNbFile, find_comment_markers

from bookbuild.kernel import KernelDiedError, WatchedKernel
from bookbuild.keys import run_key
from bookbuild.machine_paths import find_machine_path, output_texts
from bookbuild.records import save_record, summarize
from bookbuild.snapshot import Origin
from bookbuild.workspace import Workspace
from traindyn.ledger import read_ledger
from traindyn.system.files import is_source
from traindyn.system.processes import SUPERVISOR, follow_parent
from traindyn.system.versions import THREAD_LIMITS

FORBIDDEN_TAGS = {"nbval-skip", "skip-execution", "raises-exception", "nbval-raises-exception"}
"""Cell tags with which a cell would not run, or would be allowed to fail."""

CELL_OPTIONS = {"check": False, "check_exception": False, "skip": False}
"""Nbval compares no stored outputs: a text notebook has none, its cells assert what must hold."""


class ChapterCell(IPyNbCell):
    """A code cell of a chapter."""

    def setup(self) -> None:
        """Nothing: nbval would mark the cells after a timeout as expected failures."""

    def runtest(self) -> None:
        """Execute the cell and keep its outputs; fail at once after a cell that failed."""
        if self.parent.failed_cell:
            pytest.fail(f"not executed, because {self.parent.failed_cell} failed", pytrace=False)
        if self.cell_num != self.parent.passed:  # another process, which ended, ran the first ones
            pytest.fail("not executed, because the cells before it did not run", pytrace=False)
        self.parent.failed_cell = self.name
        super().runtest()
        self.parent.failed_cell = None
        self.cell.outputs = self.test_outputs
        self.cell.execution_count = self.cell_num + 1
        for output in self.cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = self.cell.execution_count
        self.parent.passed += 1

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
        """What a reader sees of a failure; files have the names that they have in the checkout."""
        if isinstance(excinfo.value, KernelDiedError):
            return f"{self.name} of {self.path.name}: {excinfo.value}"
        text = str(super().repr_failure(excinfo))
        origin = Origin.from_environment()
        return text.replace(str(self.config.rootpath), origin.root) if origin else text


class Chapter(IPyNbFile):
    """A text notebook, executed in one kernel of the current environment."""

    nb: NotebookNode
    passed: int
    failed_cell: str | None
    kernel: WatchedKernel | None = None

    def collect(self) -> Iterator[ChapterCell]:
        """Yield one item per code cell.

        Raises:
            CollectError: If a cell carries a tag or comment that would keep it from running.
        """
        self.nb = Workspace.at(self.config.rootpath).notebook(self.path.stem)
        cells = [cell for cell in self.nb.cells if cell.cell_type == "code"]
        for number, cell in enumerate(cells):
            name = f"cell {number + 1} of {len(cells)}"
            tags = FORBIDDEN_TAGS & set(cell.metadata.get("tags", []))
            if tags or any(True for _ in find_comment_markers(cell.source)):
                raise self.CollectError(
                    f"{name} of {self.path.name} has a forbidden tag or comment"
                )
            yield ChapterCell.from_parent(
                self, name=name, cell_num=number, cell=cell, options=dict(CELL_OPTIONS)
            )

    def setup(self) -> None:
        """Start the kernel with the settings of the run."""
        self.workspace = Workspace.at(self.config.rootpath)
        self.origin = Origin.from_environment()
        self.key = run_key(self.workspace, self.path.stem)
        self.passed, self.failed_cell = 0, None
        self.start = time.perf_counter()
        with _disk_faults_named(self.path.stem):
            inside = self.workspace.root if self.origin else None  # goes with it
            self.claims = tempfile.TemporaryDirectory(prefix="claims-", dir=inside)
        settings = {
            **self.workspace.environment(),
            **dict.fromkeys(THREAD_LIMITS, "1"),
            "TRAINDYN_CLAIMS": self.claims.name,
            "TRAINDYN_KEY": self.key,
        }
        with _disk_faults_named(self.path.stem), pytest.MonkeyPatch.context() as environment:
            for name, value in settings.items():
                environment.setenv(name, value)
            self.kernel = WatchedKernel(
                CURRENT_ENV_KERNEL_NAME,
                cwd=str(self.path.parent),
                startup_timeout=self.config.option.nbval_kernel_startup_timeout,
            )

    def teardown(self) -> None:
        """Stop the kernel; if every code cell passed, write the record or fail."""
        seconds = time.perf_counter() - self.start
        if self.kernel is None:  # it could not start
            return
        self.kernel.stop()
        with self.claims as folder:
            cells = sum(cell.cell_type == "code" for cell in self.nb.cells)
            if self.passed == cells and self.origin:
                with _disk_faults_named(self.path.stem):
                    self.record(Path(folder) / f"{self.path.stem}.json", self.origin, seconds)

    def record(self, claims: Path, origin: Origin, seconds: float) -> None:
        """Write the record of a run in which every cell passed, or fail."""
        name = self.path.stem
        if fault := self.find_fault(claims, origin):
            pytest.fail(f"{name}: {fault}", pytrace=False)
        self.nb.metadata["language_info"] = {"name": "python"}
        summary = summarize(
            self.workspace, name, self.key, seconds=seconds, cells=self.passed, origin=origin
        )
        save_record(self.workspace, summary, self.nb, claims)

    def find_fault(self, claims: Path, origin: Origin) -> str | None:
        """Why a run in which every cell passed must not be recorded, or None.

        Args:
            claims: The ledger file that the run should have written.
            origin: Where the sources of the run come from.
        """
        if not claims.is_file():
            return "no claim was recorded"
        ledger = read_ledger(claims)
        expected = {
            "chapter": self.path.stem,
            "scale": self.workspace.scale,
            "seed": self.workspace.seed,
            "key": self.key,
        }
        for name, value in expected.items():
            if ledger[name] != value:
                return f"claims must have {name} {value!r}, got {ledger[name]!r}"
        texts = [*output_texts(self.nb), claims.read_text(encoding="utf-8")]
        paths = [*origin.machine_paths, str(self.workspace.root)]
        if path := find_machine_path(texts, paths):
            return f"outputs or claims contain the machine path {path}"
        if run_key(self.workspace, self.path.stem) != self.key:
            return "something changed its sources in the snapshot"
        return None


@contextlib.contextmanager
def _disk_faults_named(chapter: str) -> Iterator[None]:
    """Fail with one line where the disk is full or takes no file."""
    try:
        yield
    except OSError as error:
        pytest.fail(f"{chapter}: {error.filename}: {error.strerror}", pytrace=False)


class Progress:
    """One line per executed cell.

    Args:
        config: The session that shows the lines.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_sessionstart(self) -> None:
        """Leave out pytest's own line per file."""
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        reporter.showfspath = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """Count a cell, without pytest's own letter for it."""
        return (report.outcome, "", "") if report.when == "call" else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write the line: chapter, cell, outcome, time."""
        if report.when == "call":
            file, _, cell = report.nodeid.partition("::")
            line = f"{Path(file).stem}  {cell}  {report.outcome}  {report.duration:.1f} s"
            self.config.get_terminal_writer().line(line, flush=True)


def pytest_configure(config: pytest.Config) -> None:
    """Make sure that chapters import the ``traindyn`` of this checkout.

    Raises:
        pytest.UsageError: If another one would be imported.
    """
    if not config.option.nbval:
        return
    if os.environ.get(SUPERVISOR):
        follow_parent()
    lib = Workspace.at(config.rootpath).lib
    spec = importlib.util.find_spec("traindyn")
    if spec is None or lib not in Path(str(spec.origin)).resolve().parents:
        origin = spec.origin if spec else "nowhere"
        raise pytest.UsageError(f"traindyn must be imported from {lib}, but comes from {origin}")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Progress(config))


class NeverImported(pytest.Module):
    """A chapter named on the command line, as pytest's own Python plugin would import it."""

    def collect(self) -> list[pytest.Item]:
        """Nothing: importing a chapter would execute it."""
        return []


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Chapter | None:
    """Collect the chapters of the book when nbval is asked for."""
    if parent.config.option.nbval and _is_chapter(file_path, parent.config):
        return Chapter.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    """Keep pytest from importing a chapter."""
    if _is_chapter(module_path, parent.config):
        return NeverImported.from_parent(parent, path=module_path)
    return None


def _is_chapter(path: Path, config: pytest.Config) -> bool:
    inside = path.parent == config.rootpath / "chapters"
    return inside and path.suffix == ".py" and is_source(path.name)
