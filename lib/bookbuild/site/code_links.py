"""Names in cells of code lead to the reference: what a chapter imports of the library is a link."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from IPython.core.inputtransformer2 import TransformerManager
from sphinx.application import Sphinx

import traindyn
from bookbuild.site.claim_code import resolve

LIBRARY = "traindyn"
LIB = Path(traindyn.__file__).parents[1]
CELL = re.compile(r'<div class="[^"]*\bcell_input\b.*?</pre>', re.DOTALL)
DOT = '<span class="o">.</span>'
NAME = r'<span class="n">\w+</span>'
DOTTED = re.compile(
    rf'(?<!{re.escape(DOT)}){NAME}(?:{re.escape(DOT)}{NAME})*(?!\s*<span class="o">=</span>)'
)
"""A name with its attributes; what stands before an equals sign is another one's argument."""

MARK = re.compile(r"<[^>]+>")


def imported(cells: Iterable[str]) -> dict[str, str]:
    """What names of the cells of a chapter stand for, if they come from the library.

    A name that a cell also gives to something else stands for nothing.

    Args:
        cells: Their sources, as IPython reads them.

    Raises:
        SyntaxError: If one is no Python.

    >>> imported(["from traindyn import style as look, runs", "runs = 3", "import numpy as np"])
    {'look': 'traindyn.style'}
    """
    found: dict[str, str] = {}
    given = set()
    for cell in cells:
        for node in ast.walk(ast.parse(TransformerManager().transform_cell(cell))):
            match node:
                case ast.ImportFrom(module=str(module)) if module.split(".")[0] == LIBRARY:
                    found |= {a.asname or a.name: f"{module}.{a.name}" for a in node.names}
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                    given.add(name)
    return {name: place for name, place in found.items() if name not in given}


def documented(place: str, known: Mapping[str, str]) -> str | None:
    """Where the reference has an object of the library; None if it has not.

    Args:
        place: Dotted name under which the object is imported.
        known: Addresses by the names of the reference.

    >>> documented("traindyn.curvature.overlap", {"traindyn.curvature.overlap": "api.html#overlap"})
    'api.html#overlap'
    >>> documented("traindyn.notebook.no_such_name", {}) is None
    True
    """
    if place in known:
        return known[place]
    module, _, name = place.rpartition(".")
    found = resolve(LIB, module, name)
    return known.get(".".join(found)) if found else None


def linked(html: str, names: Mapping[str, str], known: Mapping[str, str]) -> str:
    """A page in whose cells of code the names of the library are links.

    Args:
        html: Its body.
        names: What the names stand for, see :func:`imported`.
        known: Addresses by the names of the reference.

    >>> cell = '<div class="cell_input"><pre><span class="n">f</span>(1)</pre>'
    >>> linked(cell, {"f": "traindyn.f"}, {"traindyn.f": "api.html#f"}).count('href="api.html#f"')
    1
    """

    def link(match: re.Match[str]) -> str:
        words = match[0].split(DOT)
        first, *rest = (MARK.sub("", word) for word in words)
        for length in range(len(words), 0, -1) if first in names else ():
            address = documented(".".join([names[first], *rest[: length - 1]]), known)
            if address is not None:
                shown = (
                    f'<a class="code-link" href="{escape(address)}">{DOT.join(words[:length])}</a>'
                )
                return DOT.join([shown, *words[length:]])
        return match[0]

    return CELL.sub(lambda cell: DOTTED.sub(link, cell[0]), html)


def link_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Link the cells of a page before it is written."""
    del template
    if doctree is None or "body" not in context:
        return
    cells = (
        block.astext()
        for cell in doctree.findall(nodes.container)
        if "cell_input" in cell["classes"]
        for block in cell.findall(nodes.literal_block)
    )
    names = imported(cells)
    if names:
        objects = app.env.domains["py"].objects
        pages = {entry.docname for entry in objects.values()}
        relative = {name: app.builder.get_relative_uri(page, name) for name in pages}
        known = {
            name: f"{relative[entry.docname]}#{entry.node_id}" for name, entry in objects.items()
        }
        context["body"] = linked(context["body"], names, known)


def setup(app: Sphinx) -> None:
    """Act when a page is written, before its code loses the marks of plain names."""
    app.connect("html-page-context", link_page, priority=400)
