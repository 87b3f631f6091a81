"""Pytest plugin: nbval on text notebooks. A chapter whose cells all pass leaves a record.

``pytest --nbval chapters`` collects ``chapters/*.py``, one item per code cell. The cells of a
chapter run in order in one kernel. After a cell that fails the rest of its chapter fails without
running. No cell can be skipped or marked as an expected failure.
"""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError, find_comment_markers

from bookbuild.keys import run_key
from bookbuild.machine_paths import find_machine_path, machine_paths, output_texts
from bookbuild.records import save_record, summarize
from bookbuild.workspace import Workspace
from traindyn.ledger import read_ledger

FORBIDDEN_TAGS = {"nbval-skip", "skip-execution", "raises-exception", "nbval-raises-exception"}
"""Cell tags with which a cell would not run, or would be allowed to fail."""

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""One thread per kernel: two kernels share two cores, and sums do not depend on the machine."""


class ChapterError(Exception):
    """A chapter that cannot be executed or recorded as it is."""


class ChapterCell(IPyNbCell):
    """A code cell of a chapter."""

    def setup(self) -> None:
        """Refuse to run after a cell that failed."""
        if self.parent.failed_cell:
            raise ChapterError(f"not executed, because {self.parent.failed_cell} failed")

    def runtest(self) -> None:
        """Execute the cell and keep its outputs."""
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
        """The cell with its traceback, or one line for a chapter that stopped."""
        if isinstance(excinfo.value, NbCellError):
            return str(super().repr_failure(excinfo))
        return f"{type(excinfo.value).__name__}: {excinfo.value}"


class Chapter(IPyNbFile):
    """A text notebook, executed in one kernel of the current environment."""

    nb: NotebookNode
    passed: int
    failed_cell: str | None

    def collect(self) -> Iterator[ChapterCell]:
        """Yield one item per code cell.

        Raises:
            ChapterError: If a cell carries a tag or comment that would keep it from running.
        """
        self.nb = Workspace.at(self.config.rootpath).notebook(self.path.stem)
        cells = [cell for cell in self.nb.cells if cell.cell_type == "code"]
        for number, cell in enumerate(cells):
            name = f"cell {number + 1} of {len(cells)}"
            tags = FORBIDDEN_TAGS & set(cell.metadata.get("tags", []))
            if tags or any(True for _ in find_comment_markers(cell.source)):
                raise ChapterError(f"{name} of {self.path.name} asks nbval for special treatment")
            yield ChapterCell.from_parent(
                self, name=name, cell_num=number, cell=cell, options={"check": False}
            )

    def setup(self) -> None:
        """Start the kernel with the settings of the run."""
        self.workspace = Workspace.at(self.config.rootpath)
        self.key = run_key(self.workspace, self.path.stem)
        self.passed, self.failed_cell = 0, None
        self.claims = tempfile.TemporaryDirectory(prefix="claims-")
        settings = {
            **self.workspace.environment(),
            **dict.fromkeys(THREAD_LIMITS, "1"),
            "TRAINDYN_CLAIMS": self.claims.name,
            "TRAINDYN_KEY": self.key,
        }
        with pytest.MonkeyPatch.context() as environment:
            for name, value in settings.items():
                environment.setenv(name, value)
            self.kernel = RunningKernel(
                CURRENT_ENV_KERNEL_NAME,
                cwd=str(self.path.parent),
                startup_timeout=self.config.option.nbval_kernel_startup_timeout,
            )
        self.start = time.perf_counter()

    def teardown(self) -> None:
        """Stop the kernel; if every code cell passed, write the record."""
        seconds = time.perf_counter() - self.start
        super().teardown()
        with self.claims as claims:
            cells = [cell for cell in self.nb.cells if cell.cell_type == "code"]
            if self.passed == len(cells):
                self.record(Path(claims) / f"{self.path.stem}.json", seconds)

    def record(self, claims: Path, seconds: float) -> None:
        """Check what the run left behind and move it into place.

        Raises:
            ChapterError: If the claims are missing or of another run, if an output contains a
                path of this machine, or if the chapter changed while it ran.
        """
        chapter = self.path.stem
        if not claims.is_file():
            raise ChapterError(f"{chapter} recorded no claim")
        ledger = read_ledger(claims)
        made = (ledger["chapter"], ledger["scale"], ledger["seed"], ledger["key"])
        if made != (chapter, self.workspace.scale, self.workspace.seed, self.key):
            raise ChapterError(f"{chapter} recorded claims of another run: {made}")
        texts = [*output_texts(self.nb), claims.read_text(encoding="utf-8")]
        if found := find_machine_path(texts, machine_paths(self.workspace.root)):
            raise ChapterError(f"outputs or claims of {chapter} contain the machine path {found}")
        if run_key(self.workspace, chapter) != self.key:
            raise ChapterError(f"{chapter} or its code changed while it ran; run it again")
        self.nb.metadata["language_info"] = {"name": "python"}
        summary = summarize(self.workspace, chapter, self.key, seconds=seconds, cells=self.passed)
        save_record(self.workspace, summary, self.nb, claims)


def pytest_configure(config: pytest.Config) -> None:
    """Make sure that chapters import the ``traindyn`` of this checkout.

    Raises:
        pytest.UsageError: If another one would be imported.
    """
    if not config.option.nbval:
        return
    lib = Workspace.at(config.rootpath).lib
    spec = importlib.util.find_spec("traindyn")
    if spec is None or lib not in Path(str(spec.origin)).resolve().parents:
        origin = spec.origin if spec else "nowhere"
        raise pytest.UsageError(f"traindyn must be imported from {lib}, but comes from {origin}")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Chapter | None:
    """Collect the chapters of the book when nbval is asked for."""
    chapters = parent.config.rootpath / "chapters"
    if parent.config.option.nbval and file_path.parent == chapters and file_path.suffix == ".py":
        return Chapter.from_parent(parent, path=file_path)  # type: ignore[no-any-return]
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: Any) -> tuple[str, str, str] | None:
    """Show how long a cell took, in its line of ``pytest -v``."""
    if report.when == "call" and report.passed and "/chapters/" in f"/{report.nodeid}":
        return "passed", ".", f"passed in {report.duration:6.1f} s"
    return None
