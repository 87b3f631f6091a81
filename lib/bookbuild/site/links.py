"""Links to the rows of the ledger and to code, and what a row measured, for readers."""

from __future__ import annotations

from docutils import nodes
from docutils.nodes import Node
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import NoUri
from sphinx.util.nodes import make_refnode

from bookbuild.site.book import LEDGER_PAGE
from bookbuild.site.code_pages import pages_of_code
from traindyn.ledger import Row, format_estimate


def measured(row: Row) -> str:
    """Measured value ± standard error with its unit."""
    measurement = row["measurement"]
    text = format_estimate(measurement["value"], measurement["stderr"])
    return text if measurement["unit"] == "1" else f"{text} {measurement['unit']}"


def link_to_row(claim_id: str, content: Node) -> addnodes.pending_xref:
    """A link to the ledger's row of a claim; it becomes an address when pages are written."""
    return _link("claim", claim_id, content)


def link_to_code(claim: str, text: str) -> addnodes.pending_xref:
    """A link to the source of a claim; only its text, if no page shows the source."""
    return _link("claim-code", claim, nodes.Text(text))


def _link(kind: str, target: str, content: Node) -> addnodes.pending_xref:
    reference: addnodes.pending_xref = addnodes.pending_xref(
        "", refdomain="", reftype=kind, reftarget=target, refwarn=False
    )
    reference += content
    return reference


def resolve_link(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: Node
) -> nodes.reference | None:
    """Turn a link to a claim into an address on the ledger page, or on a page of code.

    Raises:
        NoUri: If no page shows the code: then the words stay without a link.
    """
    target, source = node["reftarget"], node.get("refdoc", env.docname)
    if node.get("reftype") == "claim":
        return make_refnode(app.builder, source, LEDGER_PAGE, target, content)
    if node.get("reftype") != "claim-code":
        return None
    if target not in (pages := pages_of_code(env)):
        raise NoUri
    return make_refnode(app.builder, source, pages[target], f"code-{target}", content)


def setup(app: Sphinx) -> None:
    """Resolve the links when pages are written."""
    app.connect("missing-reference", resolve_link)
