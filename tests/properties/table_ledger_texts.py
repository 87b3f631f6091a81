"""Properties of the texts of a ledger."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from table_ledger import property_of

from traindyn.ledger import texts

marks = st.text(st.sampled_from("ab_ *`$\\|<>[]{}&~#!-\n1"), max_size=14)
wild_texts = st.one_of(st.text(max_size=14), marks)
plain_words = st.text(st.sampled_from("ab _-|<>\\&{}[]().,1"), max_size=14)


def shown(text):
    """What a table of GitHub's Markdown shows for a text, formulas as they are written."""
    table = f"| {texts.markdown(text)} |\n| --- |\n"
    (cell,) = [token for token in READER.parse(table) if token.type == "inline"]
    return "".join(token.content for token in cell.children or [])


READER = MarkdownIt("js-default", {"linkify": False})
"""Reads tables, struck-out words, HTML and entities; formulas are words for it."""


def slow_pieces(text):
    """The parts of a text, found by reading it from left to right."""
    text = slow_one_line(text)
    found, words, at = [], "", 0
    while at < len(text):
        kind, content, end = at_mark(text, at)
        if not kind:
            words, at = words + text[at:end], end
            continue
        if words:
            found.append(("words", words))
        found.append((kind, content))
        words, at = "", end
    return [*found, ("words", words)] if words else found


def at_mark(text, at):
    """Kind, content and end of the marked part that starts at a place; else the next place."""
    before = text[at - 1 : at]
    if text[at] == "`" and before != "`":
        ticks = at_run(text, at, "`")
        for end in range(at + ticks, len(text)):
            if text[end] == "`" and text[end - 1] != "`" and at_run(text, end, "`") == ticks:
                return "code", text[at + ticks : end], end + ticks
    if text[at] == "$" and before not in ("\\", "$"):
        end = at + 1
        while end < len(text) and text[end] != "$":
            end += 2 if text[end] == "\\" else 1
        inner, after = text[at + 1 : end], text[end + 1 : end + 2]
        if (
            end < len(text)
            and inner
            and inner == inner.strip()
            and not (after.isdigit() or after == "$")
        ):
            return "math", inner, end + 1
    if text[at] == "*" and (not before or before in " (["):
        end = text.find("*", at + 1)
        inner, after = text[at + 1 : end], text[end + 1 : end + 2]
        closed = not after or after in " )].,;:!?"
        if end > at + 1 and inner == inner.strip() and closed and not set(inner) & set("`$"):
            return "emphasis", inner, end + 1
    return "", "", at + 1


def at_run(text, at, character):
    return len(text[at:]) - len(text[at:].lstrip(character))


TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def slow_one_line(text):
    """Character by character, spaces joined."""
    line = ""
    for c in text:
        if c.isspace():
            line += "" if line.endswith(" ") else " "
        elif unicodedata.category(c) in ("Cc", "Cs") or unicodedata.bidirectional(c) in TURNING:
            line += c.encode("unicode_escape").decode()
        else:
            line += c
    return line.strip(" ")


TABLE = {
    "traindyn.ledger.texts.pieces": property_of(
        lambda text: [tuple(piece) for piece in texts.pieces(text)],
        slow_pieces,
        st.tuples(plain_words),
        st.tuples(wild_texts),
    ),
    "traindyn.ledger.texts.plain": property_of(
        texts.plain,
        lambda text: "".join(content for _, content in slow_pieces(text)),
        st.tuples(plain_words),
        st.tuples(wild_texts),
    ),
    "traindyn.ledger.texts.markdown": property_of(
        shown,
        lambda text: "".join(
            f"${content}$" if kind == "math" else content for kind, content in slow_pieces(text)
        ),
        st.tuples(plain_words),
        st.tuples(wild_texts.filter(lambda text: "$" not in text)),
    ),
    "traindyn.ledger.texts.one_line": property_of(
        texts.one_line,
        slow_one_line,
        st.tuples(plain_words),
        st.tuples(st.text(st.characters(), max_size=9)),
    ),
}
