"""Jupyter notebooks made from the text notebooks of the chapters.

``chapters/x.ipynb`` lies beside every ``chapters/x.py``, without outputs. The first cell of a
generated notebook installs the book's package where it is missing, as on a hosted service; the
text notebooks stay free of it. A generated notebook carries a digest of itself, so that one which
somebody edited is never written over.
"""

from __future__ import annotations

import os
from pathlib import Path

import nbformat

from bookbuild.build_root import GENERATED, is_generated, sign_generated
from bookbuild.workspace import read_notebook
from traindyn.system.files import ASIDE, is_source, keep_aside, write_file

INSTALL = """\
try:
    import traindyn
except ModuleNotFoundError:
    %pip install --quiet "traindyn @ git+{repository}"\
"""


def clean_notebook(source: Path, repository: str = "") -> str:
    """The text of a Jupyter notebook without outputs.

    Args:
        source: A py:percent text notebook.
        repository: Address of the book's git repository. When it is set, the notebook starts with
            a cell that installs the package from there if it cannot be imported.

    Raises:
        ValueError: If ``source`` is no file, or not UTF-8.
    """
    notebook = read_notebook(source)
    notebook.metadata[GENERATED] = "0" * 64
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    if repository:
        cell = nbformat.v4.new_code_cell(INSTALL.format(repository=repository))
        notebook.cells.insert(0, cell)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"  # a fixed id: equal sources give equal files
    return sign_generated(nbformat.writes(notebook, version=4) + "\n")


def text_notebooks(chapters: Path) -> list[Path]:
    """The text notebooks of a folder, sorted; what editors leave there does not count."""
    return [path for path in sorted(chapters.glob("*.py")) if is_source(path.name)]


def write_notebooks(chapters: Path, repository: str = "") -> list[str]:
    """Write the notebook of every text notebook of a folder beside it.

    A notebook that somebody made or edited is given another name first.

    Returns:
        A line for each notebook: its name, and what became of an edited one.

    Raises:
        ValueError: If a text notebook is not UTF-8.
        OSError: If a notebook cannot be written.
    """
    lines = []
    for half in chapters.glob(f"{ASIDE}*"):  # left by a kill
        half.unlink()
    for source in text_notebooks(chapters):
        path = source.with_suffix(".ipynb")
        content = clean_notebook(source, repository).encode()
        if os.path.lexists(path) and not is_generated(path):
            lines.append(f"{path.name} was edited: kept as {keep_aside(path).name}")
        if not (path.is_file() and path.read_bytes() == content):
            write_file(path, content)
        lines.append(path.name)
    return lines
