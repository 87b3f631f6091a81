"""The directive ``{ledger}``: every claim of every chapter with its rows, readable without script.

A claim is one line that opens to its rows, and a row opens to all that is known of it. A script may
filter and sort them; claims and rows carry what it needs as ``data-`` attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby
from operator import itemgetter

from docutils import nodes
from docutils.nodes import Node
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookbuild.site.book import SHOWN_ORDER, Book, Chapter, load_book
from bookbuild.site.html import badge, chapter_label, prose, quantity, raw
from bookbuild.site.links import link_to_code
from bookbuild.site.table import controls, head, numbers
from traindyn.ledger import Row, format_estimate, format_number, format_range, room_used

SEEN = "; the result at seed 0 was known before the rule took its present form"

BASES = ("stated", "attributed", "derived", "extension")

ORDERS = {"": "as in the book", "used": "tightest first", "seconds": "longest first"}
"""How claims can be sorted: names of their ``data-`` attributes, and what readers see."""

FAR = 9.0
"""Share of its bound by which a claim beyond it is sorted."""


class LedgerDirective(SphinxDirective):
    """The whole ledger with filters, details of every row, and downloads."""

    def run(self) -> list[Node]:
        """Return filters and claims."""
        book = load_book(self.env.app)
        block = nodes.container("", classes=["claims-table", "ledger"])
        block += raw(f'{_filters(book)}<div id="ledger-claims">')
        for chapter in book.chapters:
            self.env.note_dependency(str(chapter.source))
            for _, group in groupby(chapter.rows, key=itemgetter("claim")):
                self._claim(block, chapter, list(group))
        block += raw("</div>")
        return [block]

    def _claim(self, block: nodes.container, chapter: Chapter, rows: Sequence[Row]) -> None:
        name = rows[0]["claim"]
        used = max(min(room_used(row), FAR) for row in rows)
        parts = f"{len(rows)} part{'s' * (len(rows) > 1)}"
        anchor = "" if name == rows[0]["id"] else f' id="{name}"'
        block += addnodes.index(entries=[("single", name, rows[0]["id"], "", None)])
        block += raw(
            f'<details class="ledger-claim"{anchor} data-chapter="{chapter.name}" '
            f'data-used="{used:.4g}" data-seconds="{rows[0]["seconds"]:.4g}">'
            f'<summary><span class="ledger-id">{name}</span> <span class="ledger-title">'
        )
        block += prose(rows[0]["title"])
        block += raw(
            f'</span> <span class="ledger-parts">{parts}</span> {badge(rows[0]["claim_verdict"])}'
            f'</summary><table role="table"><caption class="unseen">Parts of {name}</caption> '
            f"{head()}"
        )
        for row in rows:
            self._row(block, row)
        block += raw("</tbody></table>")
        self._origin(block, chapter, rows[0])
        block += raw("</details>")

    def _origin(self, block: nodes.container, chapter: Chapter, row: Row) -> None:
        """Which cell computes a claim, the command that does so again, and where its code is."""
        uri = self.env.app.builder.get_relative_uri(self.env.docname, chapter.docname)
        claim, run = row["claim"], chapter.record.summary
        block += raw(
            f'<p class="reproduce">{chapter_label(chapter.name).capitalize()}, '
            f'<a href="{uri}#cell-{claim}">the cell that runs {claim}</a>, '
        )
        block += nodes.inline("", "", link_to_code(claim, "its code"))
        block += raw(
            f". Again: <code>traindyn reproduce {chapter.name} --claim {claim} "
            f"--scale {run.scale} --seed {run.seed}</code> ({row['seconds']:.1f} s).</p>"
        )

    def _row(self, block: nodes.container, row: Row) -> None:
        block += raw(
            f'<tr role="row" id="{row["id"]}" data-basis="{row["basis"]}" '
            f'data-verdict="{row["verdict"]}"><th role="rowheader" scope="row">'
            f'<a href="#{row["id"]}" title="Permanent link">{row["id"]}</a></th>'
            '<td role="cell" data-label="Statement"><div>'
        )
        block += prose(row["statement"])
        _details(block, row)
        block += raw(f"</div></td>{numbers(row)}</tr>")


def _details(block: nodes.container, row: Row) -> None:
    """All that is known of a row."""
    rule = row["rule"]
    block += raw(
        f'<details><summary>Details<span class="unseen"> of {row["id"]}</span></summary>'
        f'<dl class="row"><dt>Source</dt><dd>{escape(row["source"])} ({row["basis"]})</dd>'
        f"<dt>Compares</dt><dd>{row['compares']}</dd>"
        f"<dt>Rule</dt><dd>accepted {escape(format_range(row))}: {rule['outcome']}. "
        f"{_interval(row)} The bound comes from {rule['origin']}: "
    )
    block += prose(rule["why"])
    block += raw(f'</dd><dt id="controls-{row["id"]}">Controls</dt><dd>')
    block.extend(controls(row))
    block += raw(
        f"</dd>{_sizes(row)}<dt>Samples</dt><dd>{_samples(row)}</dd>"
        f"<dt>Expected</dt><dd>{row['expected']}{SEEN if row['seen'] else ''}</dd>"
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
    anything = [("", "all")]
    selects = [
        ("chapter", anything + chapters),
        ("verdict", anything + verdicts),
        ("basis", anything + bases),
        ("order", list(ORDERS.items())),
    ]
    made = "".join(
        f'<label>{name.capitalize()} <select name="{name}">'
        + " ".join(f'<option value="{value}">{text}</option>' for value, text in options)
        + "</select></label> "
        for name, options in selects
    )
    return (
        f'<form class="ledger-filters" hidden><label>Text <input type="search" name="text"></label>'
        f'{made}<output aria-live="polite">{len(rows)} rows</output></form> '
    )


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("ledger", LedgerDirective)
