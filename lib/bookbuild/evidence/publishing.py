"""What the published folder holds beside the site: ledgers, badges, descriptions."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bookbuild.evidence.badges import write_badges
from bookbuild.evidence.citation import Citation, read_citation
from bookbuild.evidence.codecheck import FILE as CODECHECK
from bookbuild.evidence.codecheck import Output, as_yaml, codecheck, missing
from bookbuild.evidence.crate import ChapterRun, write_crate
from bookbuild.records import Record
from bookbuild.workspace import Workspace
from traindyn.ledger import Ledger

CLAIMS = "claims"
"""Folder of the ledgers, a file per chapter, as ``traindyn ledger --compare`` reads them."""


def write_evidence(
    workspace: Workspace,
    folder: Path,
    records: Mapping[str, Record],
    *,
    description: str,
    address: str,
    repository: str,
) -> list[str]:
    """Write the evidence into a folder that holds the site and the library.

    Args:
        workspace: The book.
        folder: Where the site was copied to.
        records: The current records by chapter, at least one.
        description: Of the book, in a sentence.
        address: Where the folder is published; empty: nowhere yet.
        repository: Where the sources are; empty: nowhere yet.

    Returns:
        Lines about what an author must still tell before a check can be asked for.

    Raises:
        ValueError: If the citation lacks something.
        OSError: If a file cannot be read or written.
    """
    citation = read_citation(workspace.root)
    ledgers = {chapter: record.claims for chapter, record in records.items()}
    (folder / CLAIMS).mkdir()
    for chapter, record in records.items():
        shutil.copyfile(record.claims_file, folder / CLAIMS / f"{chapter}.json")
        source = workspace.source(chapter)
        shutil.copyfile(source, folder / "chapters" / source.name)
    write_badges(folder, [*ledgers.values()])
    runs = [_run(folder, chapter, record) for chapter, record in records.items()]
    write_crate(folder, citation, description, runs, address)
    return _write_codecheck(folder, citation, ledgers, address or repository)


def _write_codecheck(
    folder: Path, citation: Citation, ledgers: Mapping[str, Ledger], reference: str
) -> list[str]:
    outputs = []
    for chapter, ledger in ledgers.items():
        count = len(ledger["claims"])
        told = f"{count} decided rows of {chapter}, scale {ledger['scale']}, seed {ledger['seed']}"
        outputs.append(Output(f"{CLAIMS}/{chapter}.json", told))
        outputs += [
            Output(notebook, f"figures and tables of {chapter}")
            for notebook in _executed(folder, chapter)
        ]
    content = codecheck(citation, outputs, reference)
    (folder / CODECHECK).write_text(as_yaml(content), encoding="utf-8")
    return [f"{CODECHECK}: {line}" for line in missing(content)]


def _executed(folder: Path, chapter: str) -> tuple[str, ...]:
    """The executed notebook of a chapter, if the site offers it for download."""
    name = f"chapters/{chapter}-executed.ipynb"
    return (name,) if (folder / name).is_file() else ()


def _run(folder: Path, chapter: str, record: Record) -> ChapterRun:
    return ChapterRun(
        record.summary,
        title_of(record.notebook.cells) or chapter,
        (f"chapters/{chapter}.py", f"lib/traindyn/{chapter}/", "requirements.lock"),
        (*_executed(folder, chapter), f"{CLAIMS}/{chapter}.json"),
    )


def title_of(cells: list[Any]) -> str:
    r"""The first heading of a notebook's prose; empty if there is none.

    >>> title_of([{"cell_type": "markdown", "source": "(label)=\n# Noise\nText"}])
    'Noise'
    """
    lines = (
        line
        for cell in cells
        if cell["cell_type"] == "markdown"
        for line in cell["source"].splitlines()
    )
    return next((line[2:].strip() for line in lines if line.startswith("# ")), "")
