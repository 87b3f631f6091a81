"""The table ``{claims}``: the claims of one chapter, or of all, with their verdicts."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

from docutils import nodes
from docutils.nodes import Node
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookbuild.site.book import load_book
from bookbuild.site.html import badge, raw
from bookbuild.site.role import link_to_row, measured
from traindyn.ledger import Row, format_estimate, format_number, format_range

COLUMNS = ("Claim", "Statement", "Predicted", "Measured", "Accepted", "Control", "Verdict")


class ClaimsDirective(SphinxDirective):
    """Table of claims: ``{claims} balance_regularization``, or of the whole book without a name.

    The option ``only`` names the ids to show, separated by spaces.
    """

    optional_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"only": directives.unchanged}

    def run(self) -> list[Node]:
        """Return the table."""
        book = load_book(self.env.app)
        try:
            chapters = [book.chapter(self.arguments[0])] if self.arguments else book.chapters
        except ValueError as error:
            raise self.error(str(error)) from None
        rows = [row for chapter in chapters for row in chapter.rows]
        for chapter in chapters:
            self.env.note_dependency(str(chapter.source))
        if wanted := self.options.get("only", "").split():
            known = {row["id"] for row in rows} | {row["claim"] for row in rows}
            if unknown := [claim_id for claim_id in wanted if claim_id not in known]:
                raise self.error(f"claim {', '.join(unknown)} is in no published ledger")
            rows = [row for row in rows if {row["id"], row["claim"]} & set(wanted)]
        caption = "Claims of this chapter" if self.arguments else "Claims of the book"
        return [table(self, rows, caption)]


def table(directive: SphinxDirective, rows: list[Row], caption: str) -> nodes.container:
    """A table of rows; on a narrow screen every row becomes a card."""
    head = "".join(f'<th role="columnheader" scope="col">{name}</th>' for name in COLUMNS)
    block = nodes.container("", classes=["claims-table"])
    block += raw(
        f'<table role="table"><caption>{escape(caption)}</caption><thead role="rowgroup">'
        f'<tr role="row">{head}</tr></thead><tbody role="rowgroup">'
    )
    for row in rows:
        block += raw('<tr role="row"><th role="rowheader" scope="row">')
        block += nodes.inline("", "", link_to_row(row["id"], nodes.inline("", row["id"])))
        block += raw('</th><td role="cell" data-label="Statement"><div>')
        block += prose(directive, row["statement"])
        block += raw("</div></td>")
        for label, text in zip(COLUMNS[2:5], _numbers(row), strict=True):
            block += raw(f'<td role="cell" class="number" data-label="{label}">{escape(text)}</td>')
        block += raw('<td role="cell" data-label="Control"><div>')
        block.extend(_controls(directive, row))
        block += raw(
            f'</div></td><td role="cell" data-label="Verdict">{badge(row["verdict"])}</td></tr>'
        )
    block += raw("</tbody></table>")
    return block


def prose(directive: SphinxDirective, text: str) -> nodes.inline:
    """A sentence of the ledger as inline Markdown: its formulas and code are rendered."""
    parsed, messages = directive.parse_inline(text)
    return nodes.inline("", "", *parsed, *messages)


def _numbers(row: Row) -> tuple[str, str, str]:
    return format_number(row["prediction"]), measured(row), format_range(row)


def _controls(directive: SphinxDirective, row: Row) -> list[Node]:
    if not row["controls"]:
        return [nodes.inline("", "none")]
    found: list[Node] = []
    for control in row["controls"]:
        value = escape(format_estimate(control["value"], control["stderr"]))
        found.append(raw('<span class="control">'))
        found.append(prose(directive, control["what"]))
        found.append(raw(f': <span class="number">{value}</span></span>'))
    return found


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("claims", ClaimsDirective)
