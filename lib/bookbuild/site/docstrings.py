"""Docstrings and signatures mean what they say, where Sphinx would read something else."""

from __future__ import annotations

import re

from sphinx.application import Sphinx

BAR = re.compile(r"(?<![^\s(])\|(?=\S)")
"""A bar that docutils takes for the start of a substitution."""

DEFAULT = re.compile(r"= <(?:(?:function|class) '?(?:\w+\.)*(\w+))?[^<>]*>")
"""A default that Python shows as no code: ``<factory>``, ``<function f>``, ``<class 'm.C'>``."""

VERBATIM = re.compile(
    r"(?P<tick>`+)[^`]+(?P=tick)"
    r"|^ *(?:>>>|\.\.\.).*"
    r"|^(?P<indent> *)(?:\.\.|.*::$).*(?:\n(?:(?P=indent) .*|[ \t]*(?=\n|\Z)))*",
    re.MULTILINE,
)
"""Code and formulas, doctests, and what stands below a directive."""


def escape_bars(text: str) -> str:
    r"""A docstring in which a bar is a bar, as in the size |u| of u; formulas stay.

    >>> print(escape_bars("|u| and :math:`2 |v|`\n\n.. math::\n\n   |w|"))
    \|u| and :math:`2 |v|`
    <BLANKLINE>
    .. math::
    <BLANKLINE>
       |w|
    """
    made, end = [], 0
    for found in VERBATIM.finditer(text):
        made += [BAR.sub(r"\|", text[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*made, BAR.sub(r"\|", text[end:])])


def keep_text(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Keep what napoleon and docutils would read as mark-up.

    Napoleon takes what stands before a colon for a type, in the first line of a value's docstring
    and of what is returned: "Width in inches: the text column". The types stand in the signatures,
    so an empty comment takes the place of the first line. A bar is no substitution.
    """
    del app, name, obj, options
    if what in {"attribute", "data", "property"}:
        lines[:0] = ["..", ""]
    for number in reversed(range(len(lines) - 1)):
        text = lines[number + 1]
        if lines[number].strip() in {"Returns:", "Yields:"} and re.search(r":(\s|$)", text):
            lines[number + 1 : number + 1] = [text[: len(text) - len(text.lstrip())] + "..", ""]
    lines[:] = escape_bars("\n".join(lines)).split("\n")


def name_defaults(
    app: Sphinx,
    what: str,
    name: str,
    obj: object,
    options: object,
    signature: str | None,
    returned: str | None,
) -> tuple[str | None, str | None]:
    """Show defaults as code: functions and classes by name, what is made anew as ``...``.

    Sphinx would give up on the whole signature and print all types with their modules.
    """
    del app, what, name, obj, options
    return signature and DEFAULT.sub(lambda found: f"= {found[1] or '...'}", signature), returned


def setup(app: Sphinx) -> None:
    """Act before napoleon, which listens at the default priority."""
    app.connect("autodoc-process-docstring", keep_text, priority=100)
    app.connect("autodoc-process-signature", name_defaults)
