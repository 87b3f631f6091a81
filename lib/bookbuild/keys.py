"""The key of a chapter's run: a hash of everything that its outputs depend on."""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from bookbuild.workspace import Workspace
from traindyn.system.imports import closure, imported_names

RECORD_FORMAT = 1
"""Version of the record's layout; raising it makes every chapter run again."""


def code_cells(workspace: Workspace, chapter: str) -> list[str]:
    """Sources of a chapter's code cells."""
    cells = workspace.notebook(chapter).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def dependencies(workspace: Workspace, chapter: str) -> list[Path]:
    """Files below ``lib`` that a chapter depends on, sorted.

    These are its whole room, the modules that room and cells import (and those import in turn),
    and the data files beside these modules.
    """
    lib = workspace.lib
    python = TransformerManager().transform_cell
    names = {n for cell in code_cells(workspace, chapter) for n in imported_names(python(cell))}
    room = lib / "traindyn" / chapter
    names |= {
        f"traindyn.{chapter}." + ".".join(file.relative_to(room).with_suffix("").parts)
        for file in room.rglob("*.py")
    }
    modules = closure(lib, names)
    packages = {file.parent for file in modules if file.name == "__init__.py"}
    data = {
        file
        for package in packages
        for file in package.iterdir()
        if file.is_file() and file.suffix not in {".py", ".pyc"}
    }
    return sorted(modules | data)


def run_key(workspace: Workspace, chapter: str) -> str:
    """The key of a chapter's run at the workspace's scale and seed.

    It changes with a code cell, a file of :func:`dependencies`, the lock, Python's minor version,
    scale and seed. It does not change with prose or with the metadata of cells.
    """
    digest = hashlib.sha256()

    def add(name: str, content: bytes) -> None:
        digest.update(f"{len(name)} {name} {len(content)} ".encode() + content)

    version = ".".join(platform.python_version_tuple()[:2])
    add("run", f"{RECORD_FORMAT} {version} {workspace.scale} {workspace.seed}".encode())
    for cell in code_cells(workspace, chapter):
        add("cell", cell.encode())
    for file in [*dependencies(workspace, chapter), workspace.lock]:
        add(file.relative_to(workspace.root).as_posix(), file.read_bytes())
    return digest.hexdigest()[:16]
