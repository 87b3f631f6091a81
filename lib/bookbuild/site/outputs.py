"""A claim displayed by a cell looks like the tables of the ledger.

A cell that ends with a claim prints one line that opens to a Markdown table of its parts, for every
notebook program. On the page the same cells are set as in the other tables of claims: they fold on
a narrow screen.
"""

from __future__ import annotations

from html import escape
from string import ascii_lowercase
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from bookbuild.site.book import SHOWN_ORDER, Chapter, load_book
from bookbuild.site.html import badge, inline, quantity, raw
from bookbuild.site.links import link_to_code, link_to_row
from bookbuild.site.table import head
from bookbuild.site.typeset import set_indices
from traindyn.ledger import markdown_table

HEADER = tuple(cell.strip() for cell in markdown_table([]).split("\n")[0].strip("| ").split("|"))
"""Names of the columns in a claim's Markdown table."""


OPENS = '<details class="evidence"'
"""How the Markdown of a claim begins."""


def is_claim(table: nodes.table) -> bool:
    """Whether a table is that of a claim."""
    first = next(iter(table.findall(nodes.row)), ())
    return tuple(entry.astext().strip() for entry in first) == HEADER


class KeepTyped(SphinxTransform):
    """Leave quotation marks and dashes in tables of claims as they were typed."""

    default_priority = 700  # before SphinxSmartQuotes

    def apply(self, **_: Any) -> None:
        """Mark the tables."""
        for table in self.document.findall(nodes.table):
            if is_claim(table):
                table["support_smartquotes"] = False


def set_table(table: nodes.table) -> nodes.container:
    """The same cells as a table of claims."""
    block = nodes.container("", classes=["claims-table"])
    block += raw(f'<table role="table">{head()}')
    _, *rows = table.findall(nodes.row)
    for row in rows:
        claim_id, statement, predicted, measured, accepted, control, verdict = row
        name = claim_id.astext()
        block += raw('<tr role="row"><th role="rowheader" scope="row">')
        block += nodes.inline("", "", link_to_row(name, nodes.inline("", name)))
        block += raw('</th><td role="cell" data-label="Statement"><div>')
        block += _words(statement)
        block += raw('<div class="controls">Controls: ')
        block += _words(control)
        block += raw(
            '</div></div></td><td role="cell" class="number" data-label="Predicted">'
            f'<div>{quantity(predicted.astext())} <span class="accepted">accepted '
            f'<span class="unbroken">{escape(accepted.astext())}</span></span></div></td>'
            '<td role="cell" class="number" data-label="Measured">'
            f"{quantity(measured.astext())}</td>"
            f'<td role="cell" data-label="Verdict">{_badge(verdict.astext())}</td></tr>'
        )
    block += raw("</tbody></table>")
    return block


def _words(entry: nodes.entry) -> nodes.inline:
    """The content of a cell without its paragraph."""
    children = [node for part in entry for node in (part if part.children else [part])]
    words = inline(node.deepcopy() for node in children)
    set_indices(words)
    return words


def _badge(verdict: str) -> str:
    return badge(verdict) if verdict in SHOWN_ORDER else escape(verdict)


def set_claims(app: Sphinx, doctree: nodes.document) -> None:
    """Set the claims among the outputs of a page's cells."""
    chapters = {chapter.docname: chapter for chapter in load_book(app).chapters}
    set_outputs(doctree, chapters.get(app.env.docname))


def set_outputs(doctree: nodes.document, chapter: Chapter | None) -> None:
    """Set the tables of claims among the outputs of cells.

    A claim that opens from one line takes the code of its cell into its details, and the command
    that computes its numbers again, on the page of its chapter.

    Args:
        doctree: The page.
        chapter: Whose page it is, if it is a chapter's.
    """
    for output in list(doctree.findall(nodes.container)):
        if output.get("nb_element") != "cell_code_output":
            continue
        for table in [table for table in output.findall(nodes.table) if is_claim(table)]:
            first = table.next_node(nodes.tbody).next_node(nodes.entry)
            block = set_table(table)
            table.replace_self(block)
            if chapter:
                block.insert(0, _command(chapter, first.astext().strip()))
            _take_code(output)


def _command(chapter: Chapter, row: str) -> list[nodes.Node]:
    """The command line that computes the numbers of a claim again, and where its code stands."""
    run, claim = chapter.record.summary, row.rstrip(ascii_lowercase)
    options = (f"--claim {claim}", f"--scale {run.scale}", f"--seed {run.seed}")
    whole = " ".join(f'<span class="unbroken">{option}</span>' for option in options)
    command = f"<code>traindyn reproduce {chapter.name} {whole}</code>"
    return [
        raw(f'<p class="reproduce">These numbers again: {command}. '),
        nodes.inline("", "", link_to_code(claim, f"Code of {claim}")),
        raw("</p>"),
    ]


def _take_code(output: nodes.container) -> None:
    """Move the code of a cell into the details of its first output that has some."""
    cell = output.parent
    head = next((part for part in output.findall(nodes.raw) if OPENS in part.astext()), None)
    if not isinstance(cell, nodes.container) or head is None:
        return
    for code in [part for part in cell if part.get("nb_element") == "cell_code_source"]:
        cell.remove(code)
        head.parent.insert(head.parent.index(head) + 1, code)
    cell.attributes.pop("hide_mode", None)  # the details hide it
    cell["classes"].append("evidence-cell")


def setup(app: Sphinx) -> None:
    """Act while a page is read, and after."""
    app.add_transform(KeepTyped)
    app.connect("doctree-read", set_claims)
