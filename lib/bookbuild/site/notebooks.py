"""Jupyter notebooks made from the text notebooks of the chapters.

    python -m bookbuild.site.notebooks chapters

writes ``chapters/x.ipynb`` beside every ``chapters/x.py``, without outputs. The first cell of a
generated notebook installs the book's package where it is missing, as on a hosted service; the
text notebooks stay free of it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jupytext
import nbformat

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
        ValueError: If ``source`` is not a file.
    """
    if not source.is_file():
        raise ValueError(f"source must be a text notebook, got {source.name}, which is no file")
    notebook = jupytext.read(source, fmt="py:percent")
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
    text: str = nbformat.writes(notebook, version=4)
    return text + "\n"


def write_notebooks(chapters: Path, out: Path, repository: str = "") -> list[Path]:
    """Write one notebook per text notebook of a folder and return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for source in sorted(chapters.glob("*.py")):
        path = out / f"{source.stem}.ipynb"
        path.write_text(clean_notebook(source, repository), encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    for path in write_notebooks(Path(sys.argv[1]), Path(sys.argv[1])):
        print(path)
