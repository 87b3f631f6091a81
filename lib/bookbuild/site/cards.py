"""The directive ``{cards}``: one card per chapter on the landing page."""

from __future__ import annotations

import base64
import functools
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.nodes import Node
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookbuild.records import Record
from bookbuild.site.book import LEDGER_PAGE, Chapter, load_book, verdicts
from bookbuild.site.html import counts, raw
from bookbuild.site.launch import service_links

THUMBNAILS = "thumbnails"
"""Folder of the site that holds the pictures."""

KINDS = {"image/svg+xml": "svg", "image/png": "png"}


class Cards(nodes.General, nodes.Element):
    """Place of the cards; they are filled in when all chapters have been read."""


class CardsDirective(SphinxDirective):
    """A card per chapter: its first picture, its title, its first paragraph and its verdicts."""

    def run(self) -> list[Node]:
        """Return the place of the cards."""
        for chapter in load_book(self.env.app).chapters:
            self.env.note_dependency(str(chapter.source))
        return [Cards()]


def first_picture(notebook: NotebookNode) -> tuple[str, bytes] | None:
    """File ending and content of the first picture among a notebook's outputs."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for kind, ending in KINDS.items():
                if kind in data:
                    text = "".join(data[kind])
                    binary = ending == "png"
                    return ending, base64.b64decode(text) if binary else text.encode()
    return None


@functools.lru_cache(maxsize=64)
def thumbnail(record: Record) -> tuple[str, bytes] | None:
    """The first picture of a run, read once: its card and the folder of pictures ask for it."""
    return first_picture(record.notebook)


def first_paragraph(doctree: nodes.document) -> str:
    """The first paragraph of a page as plain text."""
    for paragraph in doctree.findall(nodes.paragraph):
        words = (
            text.astext()
            for text in paragraph.findall(nodes.Text)
            if not isinstance(text.parent, nodes.raw) and not _on_a_card(text)
        )
        return "".join(words)
    return ""


def _on_a_card(node: nodes.Node | None) -> bool:
    """Whether a node belongs to the card of a number."""
    while node is not None:
        if "claim-card-body" in getattr(node, "attributes", {}).get("classes", []):
            return True
        node = node.parent
    return False


def fill_cards(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the cards in their place."""
    for place in list(doctree.findall(Cards)):
        cards = "".join(_card(app, page, chapter) for chapter in load_book(app).chapters)
        place.replace_self(raw(f'<div class="cards">{cards}</div>'))


def _card(app: Sphinx, page: str, chapter: Chapter) -> str:
    relative = app.builder.get_relative_uri
    uri = relative(page, chapter.docname)
    ledger = f"{relative(page, LEDGER_PAGE)}?chapter={chapter.name}"
    title = escape(app.env.titles[chapter.docname].astext())
    result = escape(first_paragraph(app.env.get_doctree(chapter.docname)))
    image = ""
    if picture := thumbnail(chapter.record):
        up = "../" * page.count("/")
        source = f"{up}{THUMBNAILS}/{chapter.name}.{picture[0]}"
        image = f'<img class="dark-light" src="{source}" alt="" loading="lazy">'
    services = service_links(app.config, chapter.name)
    launch = f"; run it: {services}" if services else ""
    return (
        f'<article class="chapter-card">{image}<h3><a href="{uri}">{title}</a></h3>'
        f"<p>{result}</p>{counts(verdicts(chapter.rows), ledger)}"
        f"<p>Runs in {chapter.record.summary.seconds:.0f} s{launch}</p></article>"
    )


def write_thumbnails(app: Sphinx, error: Exception | None) -> None:
    """Write the pictures into the finished site."""
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir, THUMBNAILS)
    folder.mkdir(exist_ok=True)
    for chapter in load_book(app).chapters:
        if picture := thumbnail(chapter.record):
            (folder / f"{chapter.name}.{picture[0]}").write_bytes(picture[1])


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_node(Cards)
    app.add_directive("cards", CardsDirective)
    app.connect("doctree-resolved", fill_cards)
    app.connect("build-finished", write_thumbnails)
