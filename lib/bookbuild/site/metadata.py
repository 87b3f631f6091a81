"""What others read of a page: its description, its card (Open Graph), and JSON-LD for machines.

Every page has a description of its own: that of its front matter, else its first sentences.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx

from bookbuild.evidence.citation import FILE, SPDX, Citation, read_citation
from bookbuild.site.book import CHAPTERS, LEDGER_PAGE
from bookbuild.site.cards import first_paragraph
from bookbuild.site.pictures import Narrow

LONGEST = 200
"""Letters of a description: more is not shown."""

SPECIAL = {
    "404": (
        "No such page",
        "There is no page at this address; the ledger, the chapters and the search are near.",
    ),
    "search": ("Search", "Search all pages of the book for words."),
}
"""Titles and descriptions of the pages that have no source."""

Data = dict[str, Any]


def first_sentences(text: str, longest: int = LONGEST) -> str:
    """As many sentences of a text as there is room for, at least a part of the first.

    >>> first_sentences("One is short. Two is longer.", 20)
    'One is short.'
    >>> first_sentences("One that is too long for it", 15)
    'One that is…'
    """
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    whole = re.match(rf"(?s).{{1,{longest - 1}}}[.!?](?= )", text)
    return whole[0] if whole else f"{text[:longest].rpartition(' ')[0].rstrip(',;:')}…"


def description_of(app: Sphinx, page: str, doctree: nodes.document | None) -> str:
    """The description of a page."""
    _, special = SPECIAL.get(page, ("", ""))
    own = app.env.metadata.get(page, {}).get("description") or special
    if not own and doctree is not None:
        own = first_sentences(first_paragraph(doctree))
    return str(own or app.config.book_description)


def describe(
    app: Sphinx, page: str, template: str, context: Data, doctree: nodes.document | None
) -> None:
    """Add description, card and JSON-LD to the head of a page."""
    del template
    special, _ = SPECIAL.get(page, (app.config.html_title, ""))
    title = Markup(context.get("title", "")).striptags() or special
    description = description_of(app, page, doctree)
    base = app.config.html_baseurl.rstrip("/")
    tags = [
        ("og:title", title),
        ("og:site_name", app.config.html_title),
        ("og:type", "website"),
        ("og:description", description),
        ("og:url", f"{base}/{page}.html" if base else ""),
        *(_images(app, base, doctree) if base else ()),
    ]
    lines = [
        f'<meta name="description" content="{escape(description)}"/>',
        '<meta name="twitter:card" content="summary"/>',
    ]
    lines += [f'<meta property="{name}" content="{escape(text)}"/>' for name, text in tags if text]
    told = json.dumps(linked_data(app, page, title, description), ensure_ascii=False)
    told = told.replace("<", "\\u003c")  # nothing in it may end the script
    lines.append(f'<script type="application/ld+json">{told}</script>')
    context["metatags"] = context.get("metatags", "") + "\n" + "\n".join(lines)
    context["html_baseurl"] = base


def _images(app: Sphinx, base: str, doctree: nodes.document | None) -> list[tuple[str, str]]:
    """The first figure with a text, and the picture of the book for services that read no SVG."""
    found = []
    for image in doctree.findall(nodes.image) if doctree is not None else ():
        folder, _, file = image["uri"].rpartition("/")  # as the page was written with it
        alt = image.get("alt", "")
        if alt and not isinstance(image, Narrow) and folder.endswith(app.builder.imagedir):
            place = f"{base}/{app.builder.imagedir}/{file}"
            found = [("og:image", place), ("og:image:alt", alt)]
            break
    return [*found, ("og:image", f"{base}/_static/card.png")]


def linked_data(app: Sphinx, page: str, title: str, description: str) -> Data:
    """A page in the terms of schema.org: book, chapter, data of the ledger, or another page."""
    base = app.config.html_baseurl.rstrip("/")
    book: Data = {"@type": "Book", "@id": f"{base}/#book", "name": app.config.html_title}
    about: Data = {"@context": "https://schema.org"}
    if page == app.config.root_doc:
        return {**about, **book, "description": description, **_whole(app, base)}
    about |= {"@type": "WebPage", "name": title, "description": description, "isPartOf": book}
    if base:
        about["url"] = f"{base}/{page}.html"
    if page.startswith(f"{CHAPTERS}/"):
        about["@type"] = "Chapter"
    elif page == LEDGER_PAGE:
        about["@type"] = "Dataset"
        about["license"] = f"{SPDX}CC-BY-4.0"
        about["distribution"] = [
            {"@type": "DataDownload", "encodingFormat": kind, "contentUrl": f"{base}/{file}"}
            for file, kind in (("ledger.json", "application/json"), ("ledger.csv", "text/csv"))
        ]
    return about


def _whole(app: Sphinx, base: str) -> Data:
    """What is said of the book alone: authors, licenses, papers, chapters."""
    chapters = [name for name in app.env.found_docs if name.startswith(f"{CHAPTERS}/")]
    parts = []
    for name in sorted(chapters):
        part = {"@type": "Chapter", "name": app.env.titles[name].astext()}
        parts.append({**part, "url": f"{base}/{name}.html"} if base else part)
    told: Data = {"inLanguage": app.config.language, "hasPart": parts}
    root = Path(app.srcdir)
    return {**told, **(_cited(read_citation(root)) if (root / FILE).is_file() else {})}


def _cited(citation: Citation) -> Data:
    return {
        "version": citation.version,
        "keywords": list(citation.keywords),
        "license": [f"{SPDX}{name}" for name in citation.licenses],
        "author": [
            {
                "@type": "Person" if author.orcid else "Organization",
                "name": author.name,
                **({"@id": f"https://orcid.org/{author.orcid}"} if author.orcid else {}),
            }
            for author in citation.authors
        ],
        "isBasedOn": [
            {"@type": "ScholarlyArticle", "name": paper.title, "url": paper.url}
            for paper in citation.papers
        ],
    }


def setup(app: Sphinx) -> None:
    """Act when a page is written."""
    app.connect("html-page-context", describe)
