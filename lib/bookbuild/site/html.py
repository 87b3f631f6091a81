"""Pieces of HTML that several directives share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from html import escape

from docutils import nodes

from bookbuild.site.book import SHOWN_ORDER
from bookbuild.site.typeset import set_indices
from traindyn.ledger import pieces

MARKS = {"verified": "●", "falsified": "◆", "inconclusive": "■", "toy": "▲"}
"""A shape per verdict, so that no reader needs its color."""


def raw(text: str) -> nodes.raw:
    """A node that holds ready HTML."""
    return nodes.raw("", text, format="html")


def prose(text: str) -> nodes.inline:
    """A text of the ledger as typed, with its code, formulas, emphasis and indices set."""
    sentence = inline(_node(kind, content) for kind, content in pieces(text))
    set_indices(sentence)
    return sentence


def inline(content: Iterable[nodes.Node]) -> nodes.inline:
    """Words whose quotation marks and dashes stay as they were typed."""
    return nodes.inline("", "", *content, support_smartquotes=False)


def _node(kind: str, content: str) -> nodes.Node:
    match kind:
        case "code":
            return nodes.literal("", content)
        case "math":
            return nodes.math("", content)
        case "emphasis":
            return nodes.emphasis("", content)
        case _:
            return nodes.Text(content)


def badge(verdict: str) -> str:
    """A verdict as colored shape and word."""
    mark = f'<span aria-hidden="true">{MARKS[verdict]}</span>'
    return f'<span class="verdict verdict-{verdict}">{mark} {verdict}</span>'


def quantity(text: str) -> str:
    """A number with its error, which may break before the ± but not after it."""
    return escape(text).replace("± ", "±&nbsp;")


def counts(numbers: Counter[str], href: str | None = None) -> str:
    """A list of verdict counts.

    Args:
        numbers: Claims per verdict.
        href: Address of the ledger page; then each count links to the rows it counts.
    """
    items = []
    for verdict in SHOWN_ORDER:
        if not (number := numbers[verdict]):
            continue
        text = f"<strong>{number}</strong> {badge(verdict)}"
        if href is not None:
            join = "&amp;" if "?" in href else "?"
            text = f'<a href="{href}{join}verdict={verdict}">{text}</a>'
        items.append(f"<li>{text}</li>")
    return f'<ul class="verdict-counts">{"".join(items)}</ul>'


def chapter_label(name: str) -> str:
    """A chapter's name for readers: ``heavy_tailed_esd`` becomes ``heavy tailed esd``."""
    return escape(name.replace("_", " "))
