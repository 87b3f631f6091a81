"""What belongs to the second level of a chapter is closed, and one tap away.

The list of all claims ends the story of a chapter. The list, and the sections below its heading,
stand closed; their titles show. A link into them opens them, search and paper show them.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from bookbuild.site.html import raw

CLAIMS = "chapter-claims"
"""Class of the block with the list of a chapter's claims, on its own page."""


def folded(summary: str, content: nodes.Node) -> nodes.container:
    """A block that opens from one line.

    Args:
        summary: The line, as ready HTML.
        content: What it opens to.
    """
    block = nodes.container("", classes=[CLAIMS])
    block += raw(f'<details class="evidence"><summary>{summary}</summary>')
    block += content
    block += raw("</details>")
    return block


def fold_sections(app: Sphinx, doctree: nodes.document) -> None:
    """Close the sections below the heading that holds the list of a chapter's claims."""
    del app
    for block in list(doctree.findall(nodes.container)):
        if CLAIMS in block["classes"] and isinstance(block.parent, nodes.section):
            for section in block.parent:
                if isinstance(section, nodes.section):
                    _close(section)


def _close(section: nodes.section) -> None:
    """Put the title of a section into a summary, and the rest below it."""
    place = section.first_child_matching_class(nodes.title) or 0
    section.insert(place + 1, raw("</summary>"))
    section.insert(place, raw('<details class="more"><summary>'))
    section += raw("</details>")


def setup(app: Sphinx) -> None:
    """Act after a page is read."""
    app.connect("doctree-read", fold_sections)
