r"""The texts of a ledger: words as typed, with code, formulas and emphasis in them.

A statement, a reason, a note and the name of a control share one small language: ```code``` between
backticks, ``$formulas$`` between dollars, ``*emphasis*`` between stars that touch a word on their
inner side only. Everything else means itself: ``<b>``, ``a_b_c``, ``|u|`` or a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

_CODE = r"(?<!`)(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
_MATH = r"(?<![\\$])\$(?![\s$])(?P<math>(?:\\.|[^$\\])+?)(?<!\s)\$(?![\d$])"
_EMPHASIS = r"(?<![^\s(\[])\*(?![\s*])(?P<emphasis>[^*`$]+)(?<![\s*])\*(?![^\s)\].,;:!?])"
_MARKED = re.compile(f"{_CODE}|{_MATH}|{_EMPHASIS}")

_SPECIAL = re.compile(r"[\\`*<\[\]{&$~]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown would read as mark-up; an underscore between letters is none."""

_BAR = re.compile(r"\\?\|")


_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What steers a terminal, turns the direction of writing, or is half a character."""


def one_line(text: str) -> str:
    r"""A text on one line, with escapes for what would be obeyed instead of being shown.

    >>> print(one_line("a\nb \x1b[31mred"))
    a b \x1b[31mred
    """
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], " ".join(text.split()))


class Piece(NamedTuple):
    """A part of a text."""

    kind: Literal["words", "code", "math", "emphasis"]
    content: str


def pieces(text: str) -> Iterator[Piece]:
    """The parts of a text in order, on one line.

    >>> [tuple(piece) for piece in pieces("*All* of `a|b`")]
    [('emphasis', 'All'), ('words', ' of '), ('code', 'a|b')]
    """
    text = one_line(text)
    end = 0
    for found in _MARKED.finditer(text):
        if found.start() > end:
            yield Piece("words", text[end : found.start()])
        kind: Any = found.lastgroup
        yield Piece(kind, found[kind])
        end = found.end()
    if end < len(text):
        yield Piece("words", text[end:])


def markdown(text: str) -> str:
    r"""A text as Markdown that shows it, for a cell of a table.

    Bars of formulas become ``\vert``: of ``\|`` some programs take the backslash away and others
    do not.

    >>> print(markdown("a <b and |c| of `d|e` and $|f|$"))
    a \<b and \|c\| of `d\|e` and $\vert f\vert $
    """
    return "".join(_marked_up(piece) for piece in pieces(text))


def plain(text: str) -> str:
    """A text without the marks of code, formulas and emphasis, for a label.

    >>> plain("*All* of `a_b` at $T_c$, 2*3 < 7")
    'All of a_b at T_c, 2*3 < 7'
    """
    return "".join(piece.content for piece in pieces(text))


def _marked_up(piece: Piece) -> str:
    match piece.kind:
        case "words":
            return _words(piece.content)
        case "emphasis":
            return f"*{_words(piece.content)}*"
        case "code":
            return _code(piece.content)
        case "math":
            bars = (r"\vert ", r"\Vert ")
            return f"${_BAR.sub(lambda bar: bars[len(bar[0]) - 1], piece.content)}$"


def _words(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text).replace("|", r"\|")


def _code(text: str) -> str:
    runs = {len(run) for run in re.findall("`+", text)}
    ticks = "`" * next(n for n in range(1, len(runs) + 2) if n not in runs)
    ends = {text[0], text[-1]}
    space = " " if "`" in ends or (ends == {" "} and text.strip()) else ""
    return f"{ticks}{space}{text}{space}{ticks}".replace("|", r"\|")
