"""A figure has two layouts: in one column for a phone, wide elsewhere and on paper.

A run keeps the narrow drawing in the metadata of the wide one, see :func:`traindyn.style.use`. The
page offers both in one picture: one alternative text, one caption, one label.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx

from bookbuild.site.book import load_book
from traindyn.system.files import digest

SVG = "image/svg+xml"

PHONE = "screen and (max-width: 600px)"
"""Where the narrow drawing is shown."""


class Picture(nodes.General, nodes.Element):
    """The narrow drawing, then the wide one, which the reader's window chooses from."""


class Narrow(nodes.image):
    """The drawing for a phone, without words of its own."""


def drawings(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, dict[str, Any]]]:
    """The outputs of a notebook that hold a drawing, each with the metadata of the drawing."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if SVG in output.get("data", {}):
                yield output, output.metadata.get(SVG, {})


def pair_layouts(app: Sphinx, doctree: nodes.document) -> None:
    """Put the narrow drawing of each figure beside the wide one."""
    chapters = {chapter.docname: chapter for chapter in load_book(app).chapters}
    chapter = chapters.get(app.env.docname)
    if chapter is None:
        return
    narrow = {
        "\n".join(output.data[SVG].splitlines()): about["narrow"]
        for output, about in drawings(chapter.record.notebook)
        if "narrow" in about
    }
    for image in list(doctree.findall(nodes.image)):
        wide = Path(app.srcdir, image["uri"].lstrip("/"))
        if wide.suffix == ".svg" and (drawing := narrow.get(wide.read_text("utf-8"))):
            beside = f"{digest(drawing.encode())}.svg"
            wide.with_name(beside).write_text(drawing, "utf-8")
            place = posixpath.join(posixpath.dirname(image["uri"]), beside)
            image.replace_self(Picture("", Narrow(uri=place), image.deepcopy()))


def _open(writer: Any, node: Picture) -> None:
    del node
    writer.body.append("<picture>")


def _close(writer: Any, node: Picture) -> None:
    del node
    writer.body.append("</picture>")


def _offer(writer: Any, node: Narrow) -> None:
    """The source for a phone.

    Raises:
        SkipNode: Always: nothing else is written.
    """
    file = quote(writer.builder.images[node["uri"]])
    place = posixpath.join(writer.builder.imgpath, file)
    writer.body.append(f'<source media="{PHONE}" srcset="{place}"/>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Act after a page is read, before Sphinx collects its images."""
    app.add_node(Picture, html=(_open, _close))
    app.add_node(Narrow, html=(_offer, None))
    app.connect("doctree-read", pair_layouts, priority=400)
