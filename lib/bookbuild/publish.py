"""From current records to what the site build reads: published ledgers and one jupyter-cache."""

from __future__ import annotations

import json
from pathlib import Path

from nbformat import NotebookNode

from bookbuild.build_root import claim_build_root
from bookbuild.records import Record, current_records
from bookbuild.workspace import Workspace
from traindyn.ledger import read_ledger, write_json
from traindyn.system.files import (
    digest,
    folder_aside,
    keep_aside,
    move_into_place,
    recover,
    write_file,
)
from traindyn.system.locks import held

PUBLISHED = "TRAINDYN_PUBLISHED"
"""Variable of a build of pages: that the command which started it has published the records."""


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

    A ledger of that name which the book did not write, or which somebody edited, is kept aside.

    Returns:
        The current records by chapter.

    Raises:
        MissingRecordError: If a chapter has no current record.
        ValueError: If the build root is not the book's own.
        OSError: If it cannot be written.
    """
    records = current_records(workspace)
    if missing := [chapter for chapter in workspace.chapters if chapter not in records]:
        raise MissingRecordError(workspace, missing)
    claim_build_root(workspace.root, workspace.build)
    with held(workspace.build / "publish.lock"):
        recover(workspace.cache)
        _publish_ledgers(workspace, records)
        with folder_aside(workspace.cache) as aside:
            _fill_cache(workspace, records, aside)
            move_into_place(aside, workspace.cache)
    return records


def _publish_ledgers(workspace: Workspace, records: dict[str, Record]) -> None:
    """Write the ledgers, and withdraw those of chapters that the book does not hold any more."""
    for record in records.values():
        read_ledger(record.claims_file)  # refuses one that is none, before anything is written
    before = _published(workspace)
    contents = {chapter: record.claims_file.read_bytes() for chapter, record in records.items()}
    after = {chapter: digest(content) for chapter, content in contents.items()}
    write_json(workspace.published, {"claims": {**before, **after}})
    for chapter in [*before, *(name for name in contents if name not in before)]:
        place = workspace.claims / f"{chapter}.json"
        old = digest(place.read_bytes()) if place.is_file() else None
        if old is not None and old == after.get(chapter):
            continue
        if old is not None and old != before.get(chapter):
            kept = keep_aside(place, workspace.build / "kept")  # where no ledger is looked for
            print(f"claims/{place.name} is not what the book published: kept as {kept}")
        elif old is not None and chapter not in contents:
            place.unlink()
        if chapter in contents:
            write_file(place, contents[chapter])
    write_json(workspace.published, {"claims": after})


def _published(workspace: Workspace) -> dict[str, str]:
    """Digests of the ledgers that the last publication wrote, by chapter."""
    try:
        claims: dict[str, str] = json.loads(workspace.published.read_text("utf-8"))["claims"]
        return dict(claims)
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _fill_cache(workspace: Workspace, records: dict[str, Record], folder: Path) -> None:
    from jupyter_cache import get_cache  # its database takes a second, which few commands need
    from jupyter_cache.base import CacheBundleIn

    cache = get_cache(folder)
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
