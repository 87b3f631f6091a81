"""What a reader can take away: executed and clean notebooks, and the ledger as JSON and CSV."""

from __future__ import annotations

import base64
import csv
import json
import re
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from sphinx.application import Sphinx

from bookbuild.publish import with_outputs
from bookbuild.site.book import CHAPTERS, Book, load_book
from bookbuild.site.notebook_words import with_numbers
from bookbuild.site.notebooks import clean_notebook, put_install_cell
from bookbuild.site.pictures import SVG
from bookbuild.site.plain import make_plain
from bookbuild.workspace import Workspace
from traindyn.interactive.figure import STYLE
from traindyn.ledger import (
    SCHEMA_VERSION,
    Row,
    format_control,
    format_estimate,
    schema,
    write_json,
)

PNG, HTML = "image/png", "text/html"

TITLE, CAPTION = r'<p class="interactive-title">(.*?)</p>', r"<figcaption>(.*?)</figcaption>"

PANEL = 400
"""Width of a panel of a moving figure that stands still, in pixels of a screen."""

MOVES = "<i>It moves in the book, and here once its cell has run.</i>"

FIELDS = (
    "chapter",
    "id",
    "claim",
    "source",
    "claim_basis",
    "title",
    "basis",
    "statement",
    "compares",
    "prediction",
    "value",
    "stderr",
    "half_width",
    "degrees_of_freedom",
    "n",
    "replicates",
    "random",
    "unit",
    "kind",
    "bound",
    "limit",
    "origin",
    "why",
    "outcome",
    "controls",
    "asymptotic",
    "toward",
    "sizes",
    "random_tests",
    "expected",
    "verdict",
    "claim_verdict",
    "seconds",
    "key",
    "seen",
    "note",
)


SCHEMA = f"schema/ledger-{SCHEMA_VERSION}.json"
"""Place of the ledger's schema in the site; another version of it gets another place."""


def flat_row(chapter: str, row: Row) -> dict[str, Any]:
    """A row of the ledger as one line of a table; controls and sizes joined by semicolons."""
    controls = "; ".join(
        f"{c['what']}: {format_control(c)} ({c['outcome']})" for c in row["controls"]
    )
    sizes = "; ".join(
        f"{size['size']:g}: {format_estimate(m['value'], m['stderr'])}"
        for size in row["sizes"]
        for m in [size["measurement"]]
    )
    joined = {"chapter": chapter, "controls": controls, "sizes": sizes}
    parts = {**row, **row["measurement"], **row["rule"], **joined}
    return {field: parts[field] for field in FIELDS}


def write_ledger(book: Book, folder: Path) -> None:
    """Write ``ledger.json`` (whole) and ``ledger.csv`` (one line per row) into a folder."""
    ledgers = (json.dumps(chapter.ledger, ensure_ascii=False) for chapter in book.chapters)
    text = "[\n" + ",\n".join(ledgers) + "\n]\n"
    (folder / "ledger.json").write_text(text, encoding="utf-8")
    with (folder / "ledger.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        for chapter in book.chapters:
            writer.writerows(flat_row(chapter.name, row) for row in chapter.rows)


def write_schema(folder: Path, address: str) -> None:
    """Write the schema of a ledger under its permanent place in the site.

    Args:
        folder: The site.
        address: Where it is published; empty: the schema then names no address.
    """
    named = {"$id": f"{address.rstrip('/')}/{SCHEMA}"} if address else {}
    content = schema()
    write_json(folder / SCHEMA, {"$schema": content["$schema"], **named, **content})


def write_downloads(app: Sphinx, error: Exception | None) -> None:
    """Copy notebooks and ledger into the finished site."""
    if error is not None or app.builder.format != "html":
        return
    book, out, workspace = load_book(app), Path(app.outdir), Workspace.at(Path(app.srcdir))
    write_ledger(book, out)
    write_schema(out, app.config.html_baseurl)
    folder = out / CHAPTERS
    folder.mkdir(exist_ok=True)
    repository, site = app.config.book_repository, app.config.html_baseurl
    for chapter in book.chapters:
        executed = with_outputs(workspace.notebook(chapter.name), chapter.record.notebook)
        make_plain(executed, with_numbers(book, workspace.root, site), chapter.letters)
        lighten_outputs(executed)
        put_install_cell(executed, repository)
        nbformat.write(executed, folder / f"{chapter.name}-executed.ipynb")
    for name in workspace.chapters:
        text = clean_notebook(workspace.source(name), repository, site)
        (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")


def lighten_outputs(notebook: NotebookNode) -> None:
    """Leave out what a program does not show of a notebook that somebody else has executed.

    JupyterLab shows no drawing and runs no script of a stranger: a figure is its picture, and a
    moving one its first frame. Plain text goes where there is a richer form.
    """
    for output in [output for cell in notebook.cells for output in cell.get("outputs", [])]:
        data = output.get("data", {})
        if PNG in data:
            data.pop(SVG, None)
        output.get("metadata", {}).pop(SVG, None)  # the layout for phones
        if HTML in data:
            data[HTML] = still("".join(data[HTML]))
        if len(data) > 1:
            data.pop("text/plain", None)


def still(html: str) -> str:
    """A moving figure as its first frame, without a script; anything else as it is."""
    found = [re.search(pattern, html) for pattern in (TITLE, CAPTION)]
    panels = re.findall(r"<svg (.*?aria-label=\"(.*?)\">)(.*?</svg>)", html, re.DOTALL)
    title, caption = (words[1] if words else "" for words in found)
    if not title or not panels:
        return html
    images = ""
    for opened, label, drawn in panels:
        drawing = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="interactive" style="background:white" '
            f"{opened}<style>{STYLE}</style>{drawn}"
        )
        coded = base64.b64encode(drawing.encode()).decode()
        images += f'<img alt="{label}" width="{PANEL}" src="data:{SVG};base64,{coded}">'
    return f"<p><b>{title}</b></p><p>{images}</p><p>{caption}</p><p>{MOVES}</p>"


def offer_downloads(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Offer both notebooks in the header of a chapter's page."""
    del template, doctree
    executed = {chapter.docname: chapter.name for chapter in load_book(app).chapters}
    if page not in executed:
        return
    name = executed[page]
    for button in context.get("header_buttons", []):
        if button.get("label") == "download-buttons":
            button["buttons"][:0] = [
                _button(f"{name}-executed.ipynb", "executed .ipynb", "Notebook with outputs"),
                _button(f"{name}.ipynb", "clean .ipynb", "Notebook without outputs"),
            ]


def _button(url: str, text: str, tooltip: str) -> dict[str, str]:
    return {
        "type": "link",
        "url": url,
        "text": text,
        "tooltip": tooltip,
        "icon": "fas fa-code",
        "label": "download-notebook-button",
    }


def setup(app: Sphinx) -> None:
    """Write the downloads after a build and offer them on the pages."""
    app.connect("build-finished", write_downloads)
    app.connect("html-page-context", offer_downloads, priority=510)
