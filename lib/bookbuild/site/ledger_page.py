"""The directive ``{ledger}``: every row of every chapter, readable without a script.

A script may filter and sort the table; the rows carry what it needs as ``data-`` attributes.
"""

from __future__ import annotations

from html import escape

from docutils import nodes
from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookbuild.site.book import SHOWN_ORDER, Book, Chapter, load_book
from bookbuild.site.html import chapter_label, prose, quantity, raw
from bookbuild.site.table import controls, head, numbers
from traindyn.ledger import Row, format_estimate, format_number, format_range

SEEN = "; the result at seed 0 was known before the rule took its present form"

BASES = ("stated", "attributed", "derived", "extension")


class LedgerDirective(SphinxDirective):
    """The whole ledger with filters, details of every row, and downloads."""

    def run(self) -> list[Node]:
        """Return filters and table."""
        book = load_book(self.env.app)
        block = nodes.container("", classes=["claims-table", "ledger"])
        block += raw(
            f'{_filters(book)}<table role="table" id="all-claims">'
            f"<caption>All decided claims</caption> {head()}"
        )
        for chapter in book.chapters:
            self.env.note_dependency(str(chapter.source))
            seen: set[str] = set()
            for row in chapter.rows:
                self._row(block, chapter, row, first=row["claim"] not in seen)
                seen.add(row["claim"])
        block += raw("</tbody></table>")
        return [block]

    def _row(self, block: nodes.container, chapter: Chapter, row: Row, first: bool) -> None:
        name, basis = chapter.name, row["basis"]
        block += raw(
            f'<tr role="row" id="{row["id"]}" data-chapter="{name}" data-basis="{basis}" '
            f'data-verdict="{row["verdict"]}"><th role="rowheader" scope="row">'
        )
        if first and row["claim"] != row["id"]:
            block += raw(f'<span id="{row["claim"]}"></span>')
        block += raw(
            f'<a href="#{row["id"]}" title="Permanent link">{row["id"]}</a></th>'
            '<td role="cell" data-label="Statement"><div>'
        )
        block += prose(row["statement"])
        self._details(block, chapter, row)
        block += raw(f"</div></td>{numbers(row)}</tr>")

    def _details(self, block: nodes.container, chapter: Chapter, row: Row) -> None:
        uri = self.env.app.builder.get_relative_uri(self.env.docname, chapter.docname)
        rule = row["rule"]
        block += raw(
            f'<details><summary>Details<span class="unseen"> of {row["id"]}</span></summary>'
            f'<dl class="row">'
            f'<dt>Chapter</dt><dd><a href="{uri}">{chapter_label(chapter.name)}</a>, computed by '
            f'<a href="{uri}#cell-{row["claim"]}">the cell that runs {row["claim"]}</a></dd>'
            "<dt>Claim</dt><dd>"
        )
        block += prose(row["title"])
        block += raw(
            f"</dd><dt>Source</dt><dd>{escape(row['source'])} ({row['basis']})</dd>"
            f"<dt>Compares</dt><dd>{row['compares']}</dd>"
            f"<dt>Rule</dt><dd>accepted {escape(format_range(row))}: {rule['outcome']}. "
            f"{_interval(row)} The bound comes from {rule['origin']}: "
        )
        block += prose(rule["why"])
        block += raw(f'</dd><dt id="controls-{row["id"]}">Controls</dt><dd>')
        block.extend(controls(row))
        block += raw(f"</dd>{_sizes(row)}<dt>Samples</dt><dd>{_samples(row)}</dd>")
        block += raw(
            f"<dt>Expected</dt><dd>{row['expected']}{SEEN if row['seen'] else ''}</dd>"
            f"<dt>Again</dt><dd><code>traindyn reproduce {chapter.name} --claim {row['claim']}"
            f"</code> ({row['seconds']:.1f} s)</dd>"
        )
        if row["note"]:
            block += raw("<dt>Note</dt><dd>")
            block += prose(row["note"])
            block += raw("</dd>")
        block += raw("</dl></details>")


def _interval(row: Row) -> str:
    """The interval of the decision, whose half-width is the power: what it would not see."""
    measured = row["measurement"]
    if not measured["random"]:
        return "Not random."
    half_width = measured["half_width"]
    number = quantity(f"± {format_number(half_width)}")
    return f"Decided with {number}: a smaller effect would not be seen."


def _samples(row: Row) -> str:
    measured = row["measurement"]
    if not measured["random"]:
        return "none: no seed changes it"
    return f"{measured['n']:,} {escape(row['replicates'])}"


def _sizes(row: Row) -> str:
    if not row["sizes"]:
        return ""
    sizes = "; ".join(f"{format_number(size['size'])}: {_measured(size)}" for size in row["sizes"])
    return f"<dt>Sizes</dt><dd>{escape(sizes)}</dd>"


def _measured(size: Row) -> str:
    return format_estimate(size["measurement"]["value"], size["measurement"]["stderr"])


def _filters(book: Book) -> str:
    """The form that the script shows; hidden while no script runs."""
    rows = [row for chapter in book.chapters for row in chapter.rows]
    chapters = [(chapter.name, chapter_label(chapter.name)) for chapter in book.chapters]
    verdicts = [(v, v) for v in SHOWN_ORDER if any(row["verdict"] == v for row in rows)]
    bases = [(b, b) for b in BASES if any(row["basis"] == b for row in rows)]
    selects = "".join(
        f'<label>{name.capitalize()} <select name="{name}"><option value="">all</option> '
        + " ".join(f'<option value="{value}">{text}</option>' for value, text in options)
        + "</select></label> "
        for name, options in [("chapter", chapters), ("verdict", verdicts), ("basis", bases)]
    )
    return (
        f'<form class="ledger-filters" hidden><label>Text <input type="search" name="text"></label>'
        f'{selects}<output aria-live="polite">{len(rows)} rows</output></form> '
    )


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("ledger", LedgerDirective)
