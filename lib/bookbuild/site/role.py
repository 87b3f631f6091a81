"""The role ``{claim}``: a measured value in prose, read from the ledger at build time."""

from __future__ import annotations

from docutils import nodes
from docutils.nodes import Node, system_message
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole
from sphinx.util.nodes import make_refnode

from bookbuild.site.book import LEDGER_PAGE, load_book
from bookbuild.site.html import badge, raw
from traindyn.ledger import Row, format_estimate

logger = logging.getLogger(__name__)


class ClaimRole(SphinxRole):
    """``{claim}`BR-8a``` shows value ± error and verdict, and links to the row of the ledger.

    The id of a whole claim with several parts shows its verdict only. An unknown id is an error.
    """

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Return the link."""
        claim_id = self.text.strip()
        try:
            chapter, rows = load_book(self.env.app).find(claim_id)
        except ValueError as error:
            logger.error(str(error), location=self.get_location())
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        self.env.note_dependency(str(chapter.source))
        content = nodes.inline("", "", classes=["claim"])
        if len(rows) == 1:
            content += nodes.inline("", measured(rows[0]), classes=["claim-value"])
            content += nodes.Text(" ")
            content += raw(badge(rows[0]["verdict"]))
        else:
            content += nodes.inline("", claim_id, classes=["claim-value"])
            content += nodes.Text(" ")
            content += raw(badge(rows[0]["claim_verdict"]))
        anchor = rows[0]["id"] if len(rows) == 1 else claim_id
        return [link_to_row(anchor, content)], []


def measured(row: Row) -> str:
    """Measured value ± standard error with its unit."""
    measurement = row["measurement"]
    text = format_estimate(measurement["value"], measurement["stderr"])
    return text if measurement["unit"] == "1" else f"{text} {measurement['unit']}"


def link_to_row(claim_id: str, content: Node) -> addnodes.pending_xref:
    """A link to the ledger's row of a claim; it becomes an address when pages are written."""
    reference: addnodes.pending_xref = addnodes.pending_xref(
        "", refdomain="", reftype="claim", reftarget=claim_id, refwarn=False
    )
    reference += content
    return reference


def resolve_link(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: Node
) -> nodes.reference | None:
    """Turn a link to a claim into an address on the ledger page."""
    if node.get("reftype") != "claim":
        return None
    source = node.get("refdoc", env.docname)
    return make_refnode(app.builder, source, LEDGER_PAGE, node["reftarget"], content)


def setup(app: Sphinx) -> None:
    """Register the role."""
    app.add_role("claim", ClaimRole())
    app.connect("missing-reference", resolve_link)
