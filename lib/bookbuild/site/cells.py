"""Anchors on a chapter's cells, and the line under its title: when, how long, what came out."""

from __future__ import annotations

import re
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from bookbuild.site.book import LEDGER_PAGE, Chapter, load_book, verdicts
from bookbuild.site.html import counts, raw

RUNS = re.compile(r"""\brun\(\s*["']([A-Z]{2}-[1-9][0-9]*)["']""")
"""A call such as ``run("BR-8")``: the cell that computes that claim."""


def claims_run(source: str) -> list[str]:
    """Ids of the claims that a cell's code computes.

    >>> claims_run('result, claim = run("BR-8")')
    ['BR-8']
    """
    return RUNS.findall(source)


def mark_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Give the cells that compute claims the anchors that the ledger links to."""
    chapters = {chapter.docname: chapter for chapter in load_book(app).chapters}
    chapter = chapters.get(app.env.docname)
    title = next(iter(doctree.findall(nodes.title)), None)
    if chapter is None or title is None:
        return
    seen: set[str] = set()
    for block in doctree.findall(nodes.literal_block):
        if "cell_input" not in getattr(block.parent, "attributes", {}).get("classes", []):
            continue
        new = [claim_id for claim_id in claims_run(block.astext()) if claim_id not in seen]
        if new:
            block.parent["ids"].extend(f"cell-{claim_id}" for claim_id in new)
        seen.update(new)
    # A claim that no visible cell runs by its name is linked to the top of the page.
    claims = dict.fromkeys(row["claim"] for row in chapter.rows)
    title.parent["ids"].extend(f"cell-{claim_id}" for claim_id in claims if claim_id not in seen)
    # The theme offers launch buttons on pages with a kernel; a text notebook need not name one.
    app.env.metadata[app.env.docname].setdefault("kernelspec", "python3")
    app.env.note_dependency(str(chapter.source))
    ledger = app.builder.get_relative_uri(app.env.docname, LEDGER_PAGE)
    title.parent.insert(title.parent.index(title) + 1, _banner(chapter, ledger))


def _banner(chapter: Chapter, ledger: str) -> nodes.raw:
    """Verdicts, time and downloads of a chapter."""
    run = chapter.record.summary
    return raw(
        '<div class="chapter-banner">'
        f"{counts(verdicts(chapter.rows), f'{ledger}?chapter={chapter.name}')}"
        f"<p>Runs in {run.seconds:.0f} s at <code>{escape(run.scale)}</code> scale, "
        f"seed {run.seed}. Run it: <code>make chapter NAME={chapter.name}</code>. Download it: "
        f'<a href="{chapter.name}-executed.ipynb">executed</a> or '
        f'<a href="{chapter.name}.ipynb">clean</a> notebook.</p></div>'
    )


def setup(app: Sphinx) -> None:
    """Mark cells after a page is read."""
    app.connect("doctree-read", mark_cells)
