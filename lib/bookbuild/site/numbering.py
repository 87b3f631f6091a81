"""Figures, equations, theorems and exercises are numbered by chapter: ``HA-1``, ``HA-2``.

A number that a reader cites stays when another chapter changes.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from bookbuild.site.book import load_book


def number_by_chapter(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Count from one in each chapter, behind the letters of its claims.

    Returns:
        No pages: those whose numbers changed are written anyhow.
    """
    numbers: dict[str, Any] = env.toc_fignumbers  # Sphinx joins their parts as texts
    for chapter in load_book(app).chapters:
        for counted in numbers.get(chapter.docname, {}).values():
            for count, label in enumerate(counted, start=1):
                counted[label] = (f"{chapter.letters}-{count}",)
    return []


def setup(app: Sphinx) -> None:
    """Act after Sphinx has numbered the whole book."""
    app.connect("env-get-updated", number_by_chapter, priority=900)
