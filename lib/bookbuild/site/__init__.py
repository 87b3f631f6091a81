"""The Sphinx extension of the book: claims in prose and tables, plots, code, status, downloads."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # Sphinx takes a second, which few commands need
    from sphinx.application import Sphinx

PARTS = (
    "budget",
    "links",
    "role",
    "descriptions",
    "table",
    "forest",
    "ledger_page",
    "summary",
    "speed",
    "peers",
    "trust",
    "challenges",
    "cards",
    "cells",
    "prompts",
    "outputs",
    "pictures",
    "numbering",
    "folding",
    "glossary",
    "typeset",
    "downloads",
    "theme",
    "metadata",
    "launch",
    "reference",
    "docstrings",
    "code_pages",
    "code_links",
    "highlight",
    "assets",
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Set up every part of the extension.

    Documents are trees of millions of small objects that stay, and Python's collector looks through
    them again and again, which took a quarter of a build. Until the build ends it hardly comes, and
    what the build has made it never looks through.
    """
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 50)

    def end(*_: object) -> None:
        gc.freeze()
        gc.set_threshold(*before)

    app.connect("build-finished", end)
    for part in PARTS:
        app.setup_extension(f"bookbuild.site.{part}")
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": False}
