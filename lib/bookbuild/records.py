"""The record of a chapter's run: one folder with its outputs, its claims and how it was made.

A record proves itself: ``run.json`` holds the digests of its neighbors and of itself. One that does
not verify counts as missing, and the chapter runs again.
"""

from __future__ import annotations

import contextlib
import json
import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from bookbuild.keys import run_key
from bookbuild.snapshot import Origin
from bookbuild.workspace import Workspace
from traindyn.ledger import Ledger, read_ledger, write_json
from traindyn.system.files import ASIDE, digest, folder_aside, move_into_place, remove

PACKAGES = ("jupyter-book", "jupytext", "matplotlib", "nbval", "numpy", "scipy", "torch")
"""Packages whose versions a record states."""

FILES = ("notebook.ipynb", "claims.json")
"""Files of a record beside ``run.json``."""

KEPT = 3
"""Records of one chapter, scale and seed that are kept: to go back to old sources costs no run."""


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
        commit: Commit of the checkout, with ``-dirty`` if sources had changed since.
        variables: The variables that steered its arithmetic.
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
    variables: dict[str, str]


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
        content = self._content()
        return Summary(**{field.name: content[field.name] for field in fields(Summary)})

    def _content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "run.json").read_text("utf-8"))
        return content

    def fault(self) -> str | None:
        """What shows that the record is not what its run wrote, or None."""
        try:
            content = self._content()
            summary = self.summary
            if content.pop("digest") != _digest_of(content):
                return "run.json was changed"
            if self.folder.name != f"{summary.chapter}-{summary.key}":
                return f"it belongs to {summary.chapter}-{summary.key}"
            if self.folder.parent.name != summary.scale:
                return f"it belongs to scale {summary.scale}"
            for name in FILES:
                if content["files"][name] != digest((self.folder / name).read_bytes()):
                    return f"{name} was changed"
        except OSError as error:
            return f"{Path(str(error.filename)).name} cannot be read: {error.strerror}"
        except (ValueError, KeyError, TypeError, AttributeError):
            return "run.json was changed"
        return None


def _digest_of(content: dict[str, Any]) -> str:
    return digest(json.dumps(content, sort_keys=True).encode())


def summarize(
    workspace: Workspace, chapter: str, key: str, *, seconds: float, cells: int, origin: Origin
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
        finished=datetime.now(UTC).isoformat(timespec="microseconds"),
        versions={"python": platform.python_version(), **versions},
        commit=origin.commit,
        variables=origin.variables,
    )


def save_record(
    workspace: Workspace, summary: Summary, notebook: NotebookNode, claims: Path
) -> Record:
    """Write a record aside and move it into place as a whole.

    Args:
        workspace: Where to write.
        summary: How the run was made.
        notebook: The executed notebook.
        claims: The ledger file that the run wrote.

    Raises:
        OSError: If it cannot be written.
    """
    place = workspace.runs / f"{summary.chapter}-{summary.key}"
    with folder_aside(place) as aside:
        nbformat.write(notebook, aside / "notebook.ipynb")
        shutil.copyfile(claims, aside / "claims.json")
        content = asdict(summary)
        content["files"] = {name: digest((aside / name).read_bytes()) for name in FILES}
        write_json(aside / "run.json", {**content, "digest": _digest_of(content)})
        move_into_place(aside, place)
    return Record(place)


def find_record(workspace: Workspace, chapter: str) -> Record | None:
    """The folder of a chapter's record as its sources are now, whether it verifies or not."""
    record = Record(workspace.runs / f"{chapter}-{run_key(workspace, chapter)}")
    return record if record.folder.exists() else None


def current_record(workspace: Workspace, chapter: str) -> Record | None:
    """The record of a chapter as it is now, or None if it has to run again.

    Raises:
        ValueError: If a source of the chapter is no Python.
    """
    record = find_record(workspace, chapter)
    return record if record and record.fault() is None else None


def current_records(workspace: Workspace) -> dict[str, Record]:
    """The current records by chapter, in the order of the table of contents."""
    records = {chapter: current_record(workspace, chapter) for chapter in workspace.chapters}
    return {chapter: record for chapter, record in records.items() if record}


def collect_old(workspace: Workspace) -> None:
    """Remove what no later run or build will ask for.

    Of the records of one chapter, scale and seed the current and the newest ``KEPT`` stay; damaged
    ones and what killed runs left go. Nobody else may be running in this build root.
    """
    keep = set(_current_folders(workspace))
    newest: dict[tuple[str, int], list[tuple[str, Path]]] = {}
    for folder in _folders(workspace.runs):
        aside = folder.name.startswith(".")
        if not aside and not _holds_ours_only(folder):
            continue
        record = Record(folder)
        if aside or record.fault():
            remove(folder)
            continue
        summary = record.summary
        group = newest.setdefault((summary.chapter, summary.seed), [])
        group.append((summary.finished, folder))
    for group in newest.values():
        for _, folder in sorted(group, reverse=True)[KEPT:]:
            if folder not in keep:
                remove(folder)
    for folder in (workspace.build, workspace.claims):
        for file in folder.glob(f"{ASIDE}*"):
            file.unlink()
    for folder in _folders(workspace.build):
        if folder.name.startswith((".snapshot-", ".html-", ".publish-", ".cache-")):
            remove(folder)


def _holds_ours_only(folder: Path) -> bool:
    """Whether a folder holds nothing but files of a record; False where that cannot be seen."""
    try:
        return {path.name for path in folder.iterdir()} <= {*FILES, "run.json"}
    except OSError:
        return False


def _current_folders(workspace: Workspace) -> Iterator[Path]:
    for chapter in workspace.chapters:
        with contextlib.suppress(ValueError):  # of a source that is no Python: nothing is current
            if record := find_record(workspace, chapter):
                yield record.folder


def _folders(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from (entry for entry in sorted(place.iterdir()) if entry.is_dir())
