"""The reference of the library: what its pages do not link to, and a repair of short docstrings."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.config import Config

NOT_LINKED = (
    r"(numpy|np|torch|jaxtyping|scipy|collections|pathlib|typing|matplotlib|docutils|sphinx)\b.*"
    r"|ndarray|Tensor|Generator|Axes|Figure|optional|SCALES|.*\.T"
)
"""Names in signatures that other projects document: pages do not link to the network."""


def ignore_external(app: Sphinx, config: Config) -> None:
    """Let nit-picky builds pass over names of other projects."""
    del app
    config.nitpick_ignore_regex = [(r"py:.*", NOT_LINKED)]


def keep_first_line(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Keep "Width in inches: the text column" a sentence, where napoleon would read a type.

    Napoleon takes what stands before a colon in the first line of a value's docstring as its type.
    The types stand in the signatures, so an empty comment takes the place of the first line.
    """
    del app, name, obj, options
    if what in {"attribute", "data", "property"}:
        lines[:0] = ["..", ""]


def setup(app: Sphinx) -> None:
    """Act before napoleon, which listens at the default priority."""
    app.connect("config-inited", ignore_external)
    app.connect("autodoc-process-docstring", keep_first_line, priority=100)
