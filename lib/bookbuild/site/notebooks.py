"""Jupyter notebooks made from the text notebooks of the chapters.

``chapters/x.ipynb`` lies beside every ``chapters/x.py``, without outputs, in words that every
notebook program shows. The first code cell of a generated notebook, below the title, installs the
book's package where it is missing, as on a hosted service; the text notebooks stay free of it. A
generated notebook carries a digest of itself, so that one which somebody edited is never written
over.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from bookbuild.build_root import GENERATED, is_generated, sign_generated
from bookbuild.site.notebook_words import GUIDE, names_only
from bookbuild.site.plain import make_plain
from bookbuild.workspace import read_notebook
from traindyn.system.files import ASIDE, is_source, keep_aside, write_file

INSTALL = """\
try:
    import traindyn
except ModuleNotFoundError:
    %pip install --quiet "traindyn @ git+{repository}"\
"""

ADVICE = """\
try:
    import traindyn
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("run `pip install .` in a checkout of the book first") from error\
"""
"""First code cell of a book whose repository has no address yet."""


def clean_notebook(source: Path, repository: str = "", site: str = "") -> str:
    """The text of a Jupyter notebook without outputs.

    Args:
        source: A py:percent text notebook in the folder ``chapters`` of a book.
        repository: Address of the book's git repository, which the first code cell installs the
            package from if it cannot be imported.
        site: Address of the built pages, for links.

    Raises:
        ValueError: If ``source`` is no file, or not UTF-8, or holds a role or a directive that has
            no place in a notebook.
    """
    notebook = read_notebook(source)
    named = re.search(r"{claim}`(([A-Z]+-[0-9]+)[a-z]*)`", source.read_text("utf-8-sig"))
    letters = named[2].partition("-")[0] if named else ""
    make_plain(notebook, names_only(source.parents[1], site), letters)
    if named:
        guide = GUIDE.format(example=named[1], claim=named[2])
        notebook.cells.insert(_below_title(notebook), nbformat.v4.new_markdown_cell(guide))
    put_install_cell(notebook, repository)
    notebook.metadata[GENERATED] = "0" * 64
    return sign_generated(nbformat.writes(notebook, version=4) + "\n")


def put_install_cell(notebook: NotebookNode, repository: str) -> None:
    """Put the cell that installs the package below the title, name kernel and number cells."""
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    text = INSTALL.format(repository=repository) if repository else ADVICE
    notebook.cells.insert(_below_title(notebook), nbformat.v4.new_code_cell(text))
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"  # a fixed id: equal sources give equal files


def _below_title(notebook: NotebookNode) -> int:
    """Place of the second cell, or of the first if a notebook does not begin with words."""
    return int(bool(notebook.cells) and notebook.cells[0].cell_type == "markdown")


def text_notebooks(chapters: Path) -> list[Path]:
    """The text notebooks of a folder, sorted; what editors leave there does not count."""
    return [path for path in sorted(chapters.glob("*.py")) if is_source(path.name)]


def write_notebooks(chapters: Path, repository: str = "", site: str = "") -> list[str]:
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
        content = clean_notebook(source, repository, site).encode()
        if os.path.lexists(path) and not is_generated(path):
            lines.append(f"{path.name} was edited: kept as {keep_aside(path).name}")
        if not (path.is_file() and path.read_bytes() == content):
            write_file(path, content)
        lines.append(path.name)
    return lines
