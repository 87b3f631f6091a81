"""The error budget at build time: the book may not decide more noisy tests than it pays for."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from bookbuild.site.book import Book, load_book
from traindyn.inference import BOOK_RANDOM_TESTS


def random_tests(book: Book) -> int:
    """Number of decisions about noisy measurements in the whole book."""
    return sum(row["random_tests"] for chapter in book.chapters for row in chapter.rows)


def require_budget(app: Sphinx) -> None:
    """Stop a build that would publish more random tests than the error budget covers.

    Raises:
        ExtensionError: If there are too many, or a published ledger is none.
    """
    try:
        made = random_tests(load_book(app))
    except ValueError as error:
        raise ExtensionError(str(error)) from None
    if made > BOOK_RANDOM_TESTS:
        raise ExtensionError(
            f"the error budget pays for {BOOK_RANDOM_TESTS} random tests, the ledger holds {made}"
        )


def setup(app: Sphinx) -> None:
    """Check before pages are read, after the guard has published the ledgers."""
    app.connect("builder-inited", require_budget, priority=600)
