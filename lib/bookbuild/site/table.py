"""The table ``{claims}``: the claims of one chapter, or of all, with their verdicts."""

from __future__ import annotations

from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Any, ClassVar

from docutils import nodes
from docutils.nodes import Node
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookbuild.site.book import load_book
from bookbuild.site.folding import folded
from bookbuild.site.html import badge, prose, quantity, raw
from bookbuild.site.links import link_to_row, measured
from traindyn.ledger import NOT_TOLD, Row, format_control, format_prediction, format_range

COLUMNS = ("Claim", "Statement", "Predicted", "Measured", "Verdict")
SUMMARY_COLUMNS = ("Claim", "Statement", "Parts", "Verdict")

OUTCOMES = {"fail": "fails", "pass": "passes", "undecided": "undecided"}


class ClaimsDirective(SphinxDirective):
    """Table of claims: ``{claims} balance_regularization``, or of the whole book without a name.

    One line per claim with its weakest verdict. The option ``only`` names ids, separated by spaces,
    whose parts are shown in full: prediction, measurement and controls.
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
        wanted = self.options.get("only", "").split()
        if wanted:
            known = {row["id"] for row in rows} | {row["claim"] for row in rows}
            if unknown := [claim_id for claim_id in wanted if claim_id not in known]:
                raise self.error(f"claim {', '.join(unknown)} is in no published ledger")
            rows = [row for row in rows if {row["id"], row["claim"]} & set(wanted)]
            return [parts_table(rows, "From the ledger")]
        caption = "Claims of this chapter" if self.arguments else "Claims of the book"
        table = claims_table(rows, caption)
        if self.arguments and self.env.docname == chapters[0].docname:
            count = len({row["claim"] for row in rows})
            return [folded(f"All {count} claims of this chapter and their verdicts", table)]
        return [table]


def claims_table(rows: list[Row], caption: str) -> nodes.container:
    """A line per claim: what it says, how many parts decide it, and its verdict.

    Args:
        rows: Rows of the ledger, parts of a claim together.
        caption: The table's caption.
    """
    block = _open(caption, SUMMARY_COLUMNS)
    for claim_id, group in groupby(rows, key=itemgetter("claim")):
        parts = list(group)
        block += raw('<tr role="row"><th role="rowheader" scope="row">')
        block += nodes.inline("", "", link_to_row(claim_id, nodes.inline("", claim_id)))
        block += raw('</th><td role="cell" data-label="Statement"><div>')
        block += prose(parts[0]["title"])
        block += raw(
            f'</div></td><td role="cell" class="number" data-label="Parts">{len(parts)}</td>'
            f'<td role="cell" data-label="Verdict">{badge(parts[0]["claim_verdict"])}</td></tr>'
        )
    block += raw("</tbody></table>")
    return block


def parts_table(rows: list[Row], caption: str) -> nodes.container:
    """A line per part, with its controls; on a narrow screen every line becomes a card.

    Args:
        rows: Rows of the ledger.
        caption: The table's caption.
    """
    block = _open(caption, COLUMNS)
    for row in rows:
        block += raw('<tr role="row"><th role="rowheader" scope="row">')
        block += nodes.inline("", "", link_to_row(row["id"], nodes.inline("", row["id"])))
        block += raw('</th><td role="cell" data-label="Statement"><div>')
        block += prose(row["statement"])
        block += raw('<div class="controls">Controls: ')
        block.extend(controls(row))
        block += raw(f"</div></div></td>{numbers(row)}</tr>")
    block += raw("</tbody></table>")
    return block


def _open(caption: str, columns: tuple[str, ...]) -> nodes.container:
    block = nodes.container("", classes=["claims-table"])
    block += raw(f'<table role="table"><caption>{escape(caption)}</caption>{head(columns)}')
    return block


def head(columns: tuple[str, ...] = COLUMNS) -> str:
    """Head of a table of claims."""
    cells = " ".join(f'<th role="columnheader" scope="col">{name}</th>' for name in columns)
    return f'<thead role="rowgroup"><tr role="row">{cells}</tr></thead><tbody role="rowgroup">'


def folding_table(
    caption: str, columns: tuple[str, ...], lines: list[list[str]], classes: str
) -> str:
    """A table of ready HTML whose rows become cards on a narrow screen."""
    body = ""
    for line in lines:
        cells = " ".join(
            f'<td role="cell" data-label="{name}">{cell}</td>'
            for name, cell in zip(columns[1:], line[1:], strict=True)
        )
        body += f'<tr role="row"><th role="rowheader" scope="row">{line[0]}</th> {cells}</tr>'
    return (
        f'<div class="claims-table {classes}"><table role="table"><caption>{caption}</caption>'
        f"{head(columns)}{body}</tbody></table></div>"
    )


def plain_table(caption: str, columns: tuple[str, ...], lines: list[list[str]]) -> str:
    """A table of ready HTML that scrolls on a narrow screen."""
    top = "".join(f'<th scope="col">{name}</th>' for name in columns)
    body = "".join(
        f'<tr><th scope="row">{line[0]}</th>'
        + "".join(f"<td>{cell}</td>" for cell in line[1:])
        + "</tr>"
        for line in lines
    )
    return (
        f'<div class="pst-scrollable-table-container"><table class="table plain">'
        f"<caption>{caption}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody>"
        "</table></div>"
    )


def numbers(row: Row) -> str:
    """The cells of prediction with its accepted range, measurement and verdict."""
    return (
        f'<td role="cell" class="number" data-label="Predicted">'
        f"<div>{quantity(format_prediction(row))} "
        f'<span class="accepted">accepted <span class="unbroken">{escape(format_range(row))}</span>'
        f"</span></div></td> "
        f'<td role="cell" class="number" data-label="Measured">'
        f"{quantity(measured(row))}</td> "
        f'<td role="cell" data-label="Verdict">{badge(row["verdict"])}</td>'
    )


def controls(row: Row) -> list[Node]:
    """What was changed in each control, its value, and how the rule decided it."""
    if not row["controls"]:
        return [nodes.inline("", "none")]
    found: list[Node] = []
    for number, control in enumerate(row["controls"], 1):
        value = escape(format_control(control))
        end = ";" if number < len(row["controls"]) else "."
        found.append(raw('<span class="control">'))
        found.append(prose(control["what"]))
        kind = "" if control["kind"] == NOT_TOLD else f"{control['kind']}, "
        found.append(raw(f": {value} ({kind}{OUTCOMES[control['outcome']]}){end}</span> "))
    return found


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("claims", ClaimsDirective)
