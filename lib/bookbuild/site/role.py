"""The role ``{claim}``: a measured value in prose, read from the ledger at build time."""

from __future__ import annotations

from docutils import nodes
from docutils.nodes import Node, system_message
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from bookbuild.site.book import load_book
from bookbuild.site.html import badge, raw
from bookbuild.site.links import link_to_row
from bookbuild.site.number_card import number_with_card

logger = logging.getLogger(__name__)


class ClaimRole(SphinxRole):
    """``{claim}`BR-8a``` shows the measured number of a row, which opens a card.

    The id of a whole claim with several parts links to the ledger. A verdict shows only where it is
    not *verified*. An unknown id is an error.
    """

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Return the number, or the link."""
        claim_id = self.text.strip()
        try:
            chapter, rows = load_book(self.env.app).find(claim_id)
        except ValueError as error:
            logger.error(str(error), location=self.get_location())
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        self.env.note_dependency(str(chapter.source))
        if len(rows) > 1:
            return [_whole(claim_id, rows[0]["claim_verdict"])], []
        (row,) = rows
        page = self.env.docname
        uri = self.env.app.builder.get_relative_uri(page, chapter.docname)
        number = self.env.new_serialno("claim card")
        return [number_with_card(row, number, f"{uri}#cell-{row['claim']}")], []


def _whole(claim_id: str, verdict: str) -> nodes.inline:
    """A link to all rows of a claim."""
    link = link_to_row(claim_id, nodes.inline("", claim_id))
    found = nodes.inline("", "", link, classes=["claim"])
    if verdict != "verified":
        found += [nodes.Text(" "), raw(badge(verdict))]
    return found


def setup(app: Sphinx) -> None:
    """Register the role."""
    app.add_role("claim", ClaimRole())
