"""Text in lines."""

from __future__ import annotations

import re
import textwrap

from traindyn.system.arguments import whole_number, whole_text


def wrapped(text: str, letters: int) -> list[str]:
    """The lines of a text; a formula stays in one piece.

    Args:
        text: Words and formulas between dollars.
        letters: Letters in a line; a longer word or formula has a line of its own.

    Raises:
        ValueError: If ``letters`` is below 1 or ``text`` is none that can be stored.

    >>> wrapped("one $x = 1$ two", 7)
    ['one', '$x = 1$', 'two']
    """
    whole_number("letters", letters, 1)
    whole_text("text", text, may_be_empty=True)
    words = " ".join(text.split())
    whole = re.sub(r"\$[^$]*\$", lambda formula: formula[0].replace(" ", "\0"), words)
    lines = textwrap.wrap(whole, letters, break_long_words=False, break_on_hyphens=False)
    return [line.replace("\0", " ") for line in lines]
