"""Links to the rows of the ledger, and what a row measured, for readers."""

from __future__ import annotations

from docutils.nodes import Node, reference
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

from bookbuild.site.book import LEDGER_PAGE
from traindyn.ledger import Row, format_estimate


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
) -> reference | None:
    """Turn a link to a claim into an address on the ledger page."""
    if node.get("reftype") != "claim":
        return None
    source = node.get("refdoc", env.docname)
    return make_refnode(app.builder, source, LEDGER_PAGE, node["reftarget"], content)


def setup(app: Sphinx) -> None:
    """Resolve the links when pages are written."""
    app.connect("missing-reference", resolve_link)
