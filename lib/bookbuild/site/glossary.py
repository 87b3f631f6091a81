"""Words of the glossary open their definition where a section of a chapter first uses them.

The definitions stand once, on the page of the glossary. A word in a chapter becomes a button that
opens a card, as a number does.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from bookbuild.site.book import CHAPTERS
from bookbuild.site.html import raw

PAGE = "book/glossary"
"""Document that holds the definitions."""

ENTRY = re.compile(r"^(?P<term>\S.*)\n: (?P<definition>.+)$", re.MULTILINE)


def entries(text: str) -> dict[str, str]:
    r"""Terms and definitions of a page of the glossary.

    >>> entries("# Words\n\nbulk\n: The many.\n\nAdam\n: An optimizer.\n")
    {'bulk': 'The many.', 'Adam': 'An optimizer.'}
    """
    return {found["term"]: found["definition"] for found in ENTRY.finditer(text)}


@functools.lru_cache(maxsize=8)
def pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    """Finds any of the terms as a word, the longest first, also in the plural."""
    longest = sorted(terms, key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, longest))})s?\b", re.IGNORECASE)


def explain_words(app: Sphinx, doctree: nodes.document) -> None:
    """Put a button on the first use of every term in each section of a chapter's page."""
    page = app.env.docname
    if not page.startswith(f"{CHAPTERS}/"):
        return
    source = Path(app.srcdir, f"{PAGE}.md")
    if not source.is_file():
        return
    app.env.note_dependency(str(source))
    terms = entries(source.read_text(encoding="utf-8"))
    for section in doctree.findall(nodes.section):
        left = {term.lower(): term for term in terms}
        for text in list(_words(section)):
            _explain(app, text, left, terms)


def _words(section: nodes.section) -> Iterator[nodes.Text]:
    """The plain words of a section's own paragraphs."""
    for part in section:
        if isinstance(part, nodes.section):
            continue
        for paragraph in part.findall(nodes.paragraph):
            yield from (word for word in paragraph if isinstance(word, nodes.Text))


def _explain(app: Sphinx, text: nodes.Text, left: dict[str, str], terms: dict[str, str]) -> None:
    """Replace the first uses among the words of a text that are still to be explained."""
    made: list[nodes.Node] = []
    end = 0
    for found in pattern(tuple(terms)).finditer(text):
        term = left.pop(found[1].lower(), "")
        if not term:
            continue
        made.append(nodes.Text(text[end : found.start()]))
        made.append(_button(found[0], terms[term], app.env.new_serialno("term card")))
        end = found.end()
    if made:
        text.parent.replace(text, [*made, nodes.Text(text[end:])])


def _button(word: str, definition: str, number: int) -> nodes.inline:
    name = f"term-{number}"
    button = nodes.inline("", "", classes=["term"])
    button += raw(f'<button type="button" popovertarget="{name}">')
    button += nodes.inline("", word)
    button += raw(
        f'</button><span class="claim-card" id="{name}" popover>{escape(definition)}</span>'
    )
    return button


def setup(app: Sphinx) -> None:
    """Act after a page is read."""
    app.connect("doctree-read", explain_words)
