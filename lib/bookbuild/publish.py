"""From current records to what the site build reads: published ledgers and one jupyter-cache."""

from __future__ import annotations

import shutil

from filelock import FileLock
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbformat import NotebookNode

from bookbuild.records import Record, current_records
from bookbuild.workspace import Workspace
from traindyn.ledger import write_json


class MissingRecordError(Exception):
    """A chapter of the table of contents has no record of a run that passed.

    Args:
        workspace: The book and its settings.
        chapters: The chapters without a record.
    """

    def __init__(self, workspace: Workspace, chapters: list[str]) -> None:
        super().__init__(
            f"no passing run at scale {workspace.scale} of {', '.join(chapters)}; "
            "`python -m bookbuild execute` makes it"
        )


def missing_records(workspace: Workspace) -> list[str]:
    """Chapters of the table of contents that have to run before a build."""
    records = current_records(workspace)
    return [chapter for chapter in workspace.chapters if chapter not in records]


def publish(workspace: Workspace) -> dict[str, Record]:
    """Publish the ledgers of the current records and fill the cache with their outputs.

    Returns:
        The current records by chapter.

    Raises:
        MissingRecordError: If a chapter has no current record.
    """
    if missing := missing_records(workspace):
        raise MissingRecordError(workspace, missing)
    records = current_records(workspace)
    workspace.build.mkdir(parents=True, exist_ok=True)
    with FileLock(workspace.build / "publish.lock"):
        for ledger in workspace.claims.glob("*.json"):
            if ledger.stem not in records:
                ledger.unlink()
        for chapter, record in records.items():
            write_json(workspace.claims / f"{chapter}.json", record.claims)
        _fill_cache(workspace, records)
    return records


def _fill_cache(workspace: Workspace, records: dict[str, Record]) -> None:
    shutil.rmtree(workspace.cache, ignore_errors=True)
    cache = get_cache(workspace.cache)
    for chapter, record in records.items():
        bundle = CacheBundleIn(
            with_outputs(workspace.notebook(chapter), record.notebook),
            uri=str(workspace.source(chapter)),
            data={"execution_seconds": record.summary.seconds},
        )
        cache.cache_notebook_bundle(bundle, overwrite=True)


def with_outputs(notebook: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """Attach the outputs of an executed notebook to the same code cells.

    Prose and the metadata of cells (tags, captions, alternative texts) come from ``notebook``, so
    editing them needs no new run.

    Raises:
        ValueError: If the code cells differ.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    done = [cell for cell in executed.cells if cell.cell_type == "code"]
    if [cell.source for cell in cells] != [cell.source for cell in done]:
        raise ValueError("notebook and executed must have the same code cells")
    for cell, source in zip(cells, done, strict=True):
        cell.outputs = source.outputs
        cell.execution_count = source.execution_count
    notebook.metadata["language_info"] = executed.metadata["language_info"]
    return notebook
