"""The seal of a finished folder: which files the book wrote, from which records and sources."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

from bookbuild.records import Record, current_records
from bookbuild.workspace import Workspace
from traindyn.ledger import write_json
from traindyn.system.files import digest, digest_files, keep_aside, move_into_place, source_files
from traindyn.system.versions import installed_versions

SEAL = ".book.json"
"""File of the seal in a finished folder."""

FOLDERS = ("chapters", "book", "lib")
"""Folders of sources that pages are made of."""

SETTINGS = ("_config.yml", "_toc.yml", "CITATION.cff", "requirements.lock")
"""Files beside these that pages are made of, besides pages that the table of contents names."""


class UnfinishedError(Exception):
    """There is no finished site of the book as it is now."""


def finish(workspace: Workspace, folder: Path, place: Path, records: dict[str, Record]) -> None:
    """Seal a folder that was made without an error, and move it into place.

    A folder there that holds anything but what the book wrote is kept under another name.

    Args:
        workspace: The book.
        folder: What was made.
        place: Where it belongs.
        records: The records that its chapters show.

    Raises:
        OSError: If it cannot be written or moved.
    """
    content = {
        "records": {chapter: record.summary.key for chapter, record in records.items()},
        "sources": sources_digest(workspace),
        "files": _digests(folder),
    }
    write_json(folder / SEAL, content)
    if foreign := foreign_files(place):
        print(f"{place.name} holds {foreign[0]}, which the book did not write", end="; ")
        print(f"kept as {keep_aside(place).name}")
    move_into_place(folder, place)


def foreign_files(folder: Path) -> list[str]:
    """Names of the files below a folder that are not as its seal says.

    A site without a seal, as Sphinx makes it, belongs to the book.
    """
    if not folder.is_dir() or ((folder / ".buildinfo").is_file() and not (folder / SEAL).exists()):
        return []
    known = (_seal(folder) or {"files": {}})["files"]
    return [name for name, value in _digests(folder).items() if known.get(name) != value]


def require_finished(workspace: Workspace, *, sources: bool = False) -> None:
    """Refuse a site that is not whole or not of the current records.

    Args:
        workspace: The book.
        sources: Whether the pages must also be of the current sources.

    Raises:
        UnfinishedError: With the reason.
    """
    found = _seal(workspace.site)
    if found is None:
        raise UnfinishedError(f"there is no finished site in {workspace.site}: make book")
    records = current_records(workspace)
    if found["records"] != {name: record.summary.key for name, record in records.items()}:
        raise UnfinishedError("the site is older than its chapters: make book")
    if found["files"] != _digests(workspace.site):
        raise UnfinishedError(f"{workspace.site} is not as it was built: make book")
    if sources and found["sources"] != sources_digest(workspace):
        raise UnfinishedError("the site is older than its pages: make book")


def is_finished(workspace: Workspace) -> bool:
    """Whether the site is whole, of the current records and of the current sources."""
    try:
        require_finished(workspace, sources=True)
    except UnfinishedError:
        return False
    return True


def sources_digest(workspace: Workspace) -> str:
    """Digest of what pages are made of besides records.

    These are chapters, pages and settings, the library that makes them and that they show, and the
    installed versions.
    """
    root = workspace.root
    files = {file for name in FOLDERS for file in source_files(root / name)}
    files |= {file for page in workspace.pages for file in root.glob(f"{page}.*")}
    files |= {root / name for name in SETTINGS if (root / name).is_file()}
    files = {file for file in files if file.is_file() and file.suffix != ".ipynb"}
    lock = workspace.lock.read_text("utf-8", "replace")
    versions = f"{platform.python_version()}\n{installed_versions(lock)}"
    return digest(digest_files(root, sorted(files)).encode(), versions.encode())


def _seal(folder: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads((folder / SEAL).read_text("utf-8"))
        return content if {"records", "sources", "files"} <= content.keys() else None
    except (OSError, ValueError, AttributeError):
        return None


def _digests(folder: Path) -> dict[str, str]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    names = {file.relative_to(folder).as_posix(): file for file in files}
    return {name: digest(file.read_bytes()) for name, file in names.items() if name != SEAL}
