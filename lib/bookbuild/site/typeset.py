"""Typesetting that Markdown leaves undone: subscripts in words, no break before punctuation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:  # commands that do not build pages start without it
    from sphinx.application import Sphinx

INDEX = re.compile(r"(?<![a-z0-9_])([A-Za-z])_([A-Z]|[a-z]++|[0-9]++)(?!_)")
"""A letter with an index, as in ``T_c``; names such as ``batch_size`` and ``a_b_c`` are none."""

CLOSING = re.compile(r"[)\]”’]*[,.;:!?]*[)\]”’]*")
OPENING = re.compile(r"[(\[“‘]*$")


def set_indices(node: nodes.Element) -> None:
    """Lower the indices in the words below a node; code and formulas stay as they are."""
    for text in list(node.findall(nodes.Text)):
        parent = text.parent
        if isinstance(parent, nodes.literal | nodes.math | nodes.raw | nodes.subscript):
            continue
        pieces: list[nodes.Node] = []
        end = 0
        for found in INDEX.finditer(text):
            pieces.append(nodes.Text(text[end : found.end(1)]))
            pieces.append(nodes.subscript("", found[2]))
            end = found.end()
        if pieces:
            parent.replace(text, [*pieces, nodes.Text(text[end:])])


def hold_punctuation(app: Sphinx, doctree: nodes.document) -> None:
    """Keep a comma or a parenthesis on the line of the formula or button that it belongs to."""
    del app
    buttons = [n for n in doctree.findall(nodes.inline) if {"claim", "term"} & {*n["classes"]}]
    for node in [*doctree.findall(nodes.math), *buttons]:
        parent, place = node.parent, node.parent.index(node)
        before, after = parent[:place], parent[place + 1 :]
        opening = closing = ""
        if before and isinstance(before[-1], nodes.Text):
            text = before.pop()
            opening = OPENING.search(text)[0]  # type: ignore[index]  # it matches any text
            before.append(nodes.Text(text[: len(text) - len(opening)]))
        if after and isinstance(after[0], nodes.Text):
            text = after.pop(0)
            closing = CLOSING.match(text)[0]  # type: ignore[index]  # it matches any text
            after.insert(0, nodes.Text(text[len(closing) :]))
        if opening or closing:
            unit = nodes.inline("", opening, classes=["unbroken"])
            unit += [node, nodes.Text(closing)]
            parent.children = []
            parent.extend([*before, unit, *after])


def setup(app: Sphinx) -> None:
    """Act after a page is read."""
    app.connect("doctree-read", hold_punctuation)
