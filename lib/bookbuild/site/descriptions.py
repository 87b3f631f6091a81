"""Measured numbers in alternative texts: the build writes them where a role stands.

A caption is read as prose, with its roles. An alternative text is plain: there
``{claim}`BR-8a``` becomes the short number alone.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from bookbuild.site.book import Book, load_book
from bookbuild.site.number_card import short_text

logger = logging.getLogger(__name__)

ROLE = re.compile(r"\{claim\}`([^`]*)`")


def fill(text: str, book: Book) -> str:
    """The text with a row's short number in place of every role.

    Raises:
        ValueError: If a role names no row, or a claim with several.
    """
    return ROLE.sub(lambda role: _number(role[1].strip(), book), text)


def _number(row_id: str, book: Book) -> str:
    _, rows = book.find(row_id)
    if len(rows) > 1:
        raise ValueError(f"claim must name one row in an alternative text, got {row_id!r}")
    return short_text(rows[0])


def fill_images(app: Sphinx, doctree: nodes.document) -> None:
    """Fill the alternative texts of a page; a wrong role is an error."""
    book = load_book(app)
    for image in doctree.findall(nodes.image):
        try:
            image["alt"] = fill(image.get("alt", ""), book)
        except ValueError as error:
            logger.error(str(error), location=image)


def setup(app: Sphinx) -> None:
    """Act after a page is read."""
    app.connect("doctree-read", fill_images)
