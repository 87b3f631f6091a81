"""The key of a chapter's run: a hash of everything that its outputs depend on."""

from __future__ import annotations

import platform
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from bookbuild.workspace import Workspace
from traindyn.system.files import data_files, digest, source_files
from traindyn.system.imports import closure, imported_names
from traindyn.system.versions import arithmetic_variables, installed_versions

RECORD_FORMAT = 2
"""Version of the record's layout; raising it makes every chapter run again."""


def code_cells(workspace: Workspace, chapter: str) -> list[str]:
    """Sources of a chapter's code cells."""
    cells = workspace.notebook(chapter).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def dependencies(workspace: Workspace, chapter: str) -> list[Path]:
    """Files below ``lib`` that a chapter depends on, sorted.

    These are all sources of its room, data included, the modules that room and cells import (and
    those import in turn), and the data files in the folders of these modules.

    Raises:
        ValueError: If a cell or a module is no Python, with its place.
    """
    lib = workspace.lib
    names = _imports_of_cells(workspace, chapter)
    room = source_files(lib / "traindyn" / chapter)
    names |= {
        ".".join(file.relative_to(lib).with_suffix("").parts)
        for file in room
        if file.suffix == ".py"
    }
    modules = closure(lib, names)
    packages = {file.parent for file in modules if file.name == "__init__.py"}
    data = {file for package in packages for file in data_files(package)}
    return sorted(modules | data | set(room))


def _imports_of_cells(workspace: Workspace, chapter: str) -> set[str]:
    names: set[str] = set()
    python = TransformerManager().transform_cell
    for number, cell in enumerate(code_cells(workspace, chapter), start=1):
        try:
            names |= set(imported_names(python(cell)))
        except (SyntaxError, ValueError) as error:
            line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
            reason = getattr(error, "msg", error)
            raise ValueError(f"chapters/{chapter}.py, code cell {number}{line}: {reason}") from None
    return names


def run_key(workspace: Workspace, chapter: str) -> str:
    """The key of a chapter's run at the workspace's scale and seed.

    It changes with a code cell, a file of :func:`dependencies`, the lock, an installed version of
    what the lock names, Python's version, a variable that steers arithmetic, scale and seed. It
    does not change with prose or with the metadata of cells.

    Raises:
        ValueError: If a cell or a module is no Python.
        OSError: If a file cannot be read.
    """
    lock = workspace.lock.read_bytes()
    versions = installed_versions(lock.decode("utf-8", "replace"))
    settings = f"{RECORD_FORMAT} {platform.python_version()} {workspace.scale} {workspace.seed}"
    parts = [settings.encode(), versions.encode(), repr(arithmetic_variables()).encode(), lock]
    parts += [cell.encode() for cell in code_cells(workspace, chapter)]
    for file in dependencies(workspace, chapter):
        parts += [file.relative_to(workspace.root).as_posix().encode(), file.read_bytes()]
    return digest(*parts)[:16]
