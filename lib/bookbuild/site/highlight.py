"""Highlighted code and signatures without marks that no reader sees: half of their weight.

Pygments puts every name, bracket and space into an element of its own, in the color that words of
code have anyway; Sphinx does the same in signatures, with one more element around each word.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

BLOCK = re.compile(r'<pre>.*?</pre>|<dt class="sig.*?</dt>', re.DOTALL)
WORD = re.compile(r'<span class="pre">([^<]*)</span>')
PLAIN = re.compile(r'<span class="(?:n|nn|p|w)">([^<]*)</span>')
"""Names, names of modules, punctuation and spaces."""


def lighten(html: str) -> str:
    """A page whose code and signatures mark only what has a color.

    >>> lighten('<pre><span class="n">x</span> <span class="k">in</span></pre>')
    '<pre>x <span class="k">in</span></pre>'
    >>> lighten('<dt class="sig"><span class="n"><span class="pre">x</span></span></dt>')
    '<dt class="sig">x</dt>'
    """
    return BLOCK.sub(lambda block: PLAIN.sub(r"\1", WORD.sub(r"\1", block[0])), html)


def lighten_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Lighten the body of a page before it is written."""
    del app, page, template, doctree
    if "body" in context:
        context["body"] = lighten(context["body"])


def setup(app: Sphinx) -> None:
    """Act when a page is written."""
    app.connect("html-page-context", lighten_page)
