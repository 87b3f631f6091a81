"""The record of a chapter's run: one folder with its outputs, its claims and how it was made."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from bookbuild.keys import run_key
from bookbuild.workspace import Workspace
from traindyn.ledger import Ledger, read_ledger, write_json

PACKAGES = ("jupyter-book", "jupytext", "matplotlib", "nbval", "numpy", "scipy", "torch")
"""Packages whose versions a record states."""


@dataclass(frozen=True)
class Summary:
    """How a run was made; the content of ``run.json``.

    Args:
        chapter: Name of the chapter.
        scale: ``ci``, ``laptop`` or ``paper``.
        seed: Seed of the run.
        key: Hash of what the outputs depend on, see :mod:`bookbuild.keys`.
        seconds: Wall time of the run, start of the kernel included.
        cells: Number of code cells executed; all of them passed.
        finished: When the run ended, in UTC.
        versions: Versions of Python and of the main packages.
        commit: Commit of the checkout, with ``-dirty`` if files had changed since.
    """

    chapter: str
    scale: str
    seed: int
    key: str
    seconds: float
    cells: int
    finished: str
    versions: dict[str, str]
    commit: str


@dataclass(frozen=True)
class Record:
    """The record of a run in which every cell passed.

    Args:
        folder: Holds ``notebook.ipynb``, ``claims.json`` and ``run.json``.
    """

    folder: Path

    @property
    def notebook(self) -> NotebookNode:
        """The executed notebook with its outputs."""
        notebook: NotebookNode = nbformat.read(self.folder / "notebook.ipynb", as_version=4)
        return notebook

    @property
    def claims_file(self) -> Path:
        """The chapter's ledger."""
        return self.folder / "claims.json"

    @property
    def claims(self) -> Ledger:
        """Content of the chapter's ledger."""
        return read_ledger(self.claims_file)

    @property
    def summary(self) -> Summary:
        """How the run was made."""
        return Summary(**json.loads((self.folder / "run.json").read_text(encoding="utf-8")))


def summarize(
    workspace: Workspace, chapter: str, key: str, *, seconds: float, cells: int
) -> Summary:
    """The summary of a run that ends now."""
    versions = {name: metadata.version(name) for name in PACKAGES}
    return Summary(
        chapter=chapter,
        scale=workspace.scale,
        seed=workspace.seed,
        key=key,
        seconds=round(seconds, 2),
        cells=cells,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={"python": platform.python_version(), **versions},
        commit=_commit(workspace.root),
    )


def _commit(root: Path) -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return run.stdout.strip()


def save_record(
    workspace: Workspace, summary: Summary, notebook: NotebookNode, claims: Path
) -> Record:
    """Write a record aside and move it into place as a whole.

    Older records of the same chapter and scale are removed.

    Args:
        workspace: Where to write.
        summary: How the run was made.
        notebook: The executed notebook.
        claims: The ledger file that the run wrote.
    """
    runs = workspace.runs
    runs.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=runs, prefix=f".{summary.chapter}-"))
    try:
        aside.chmod(0o755)
        nbformat.write(notebook, aside / "notebook.ipynb")
        shutil.copyfile(claims, aside / "claims.json")
        write_json(aside / "run.json", asdict(summary))
        for old in runs.glob(f"{summary.chapter}-*"):
            shutil.rmtree(old)
        return Record(aside.rename(runs / f"{summary.chapter}-{summary.key}"))
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def current_record(workspace: Workspace, chapter: str) -> Record | None:
    """The record of a chapter as it is now, or None if it has to run again."""
    folder = workspace.runs / f"{chapter}-{run_key(workspace, chapter)}"
    return Record(folder) if folder.is_dir() else None


def current_records(workspace: Workspace) -> dict[str, Record]:
    """The current records by chapter, in the order of the table of contents."""
    records = {chapter: current_record(workspace, chapter) for chapter in workspace.chapters}
    return {chapter: record for chapter, record in records.items() if record}
