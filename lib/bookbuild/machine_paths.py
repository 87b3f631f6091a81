"""Paths of the machine that runs a chapter; they must not reach a page."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbformat import NotebookNode


def machine_paths(root: Path) -> list[str]:
    """The checkout, the Python environment, the home and the temporary folder.

    The file system's root is left out: every absolute path lies below it.
    """
    folders = (root, Path(sys.prefix), Path(sys.base_prefix), Path.home(), tempfile.gettempdir())
    return sorted({str(folder) for folder in folders} - {"/"})


def find_machine_path(texts: Iterable[str], paths: Iterable[str]) -> str | None:
    """The first machine path that a text contains as a whole path, or None.

    >>> find_machine_path(["see /rooted/tree", "File '/root/x.py'"], ["/root"])
    '/root'
    """
    pattern = re.compile("|".join(rf"(?<![\w.]){re.escape(path)}(?!\w)" for path in paths))
    matches = (pattern.search(text) for text in texts)
    return next((match.group() for match in matches if match), None)


def output_texts(notebook: NotebookNode) -> Iterator[str]:
    """The texts among a notebook's outputs: streams, tracebacks, and all data but pictures."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield output.get("text", "")
            yield "\n".join(output.get("traceback", []))
            for kind, content in output.get("data", {}).items():
                if not kind.startswith("image/") or kind == "image/svg+xml":
                    yield content if isinstance(content, str) else repr(content)
