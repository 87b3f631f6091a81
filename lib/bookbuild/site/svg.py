"""Drawings without what no reader sees: a third less to load."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from string import ascii_letters

UNSEEN = re.compile(r"<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
PLACES = re.compile(r'(?<=\s)(?:d|x|y)="[^"]*"|translate\([^)]*\)')
"""Where a drawing says positions, in points: not scales, which need their digits."""
DIGITS = re.compile(r"(\.\d\d)\d+")
COMMANDS = re.compile(r"\s*([A-Za-z])\s*")
"""A command of a path with the blanks around it."""
STYLE = re.compile(r'(?<=\s)style="[^"]*"')
USED = re.compile(r'(<use\s[^>]*?)transform="translate\((\S+) (\S+)\)"(?=\s*/>)')
"""A letter or a mark that is only moved."""
ALIKE = re.compile(r'<use\s[^>]*?style="([^"]*)"/>(?:\s*<use\s[^>]*?style="\1"/>)+')
"""Marks in a row that look the same."""
OPACITY = re.compile(r"(?:^|(?<=;))opacity:([^;]*);?")
"""The one part of a look that a group must not have: overlapping marks would melt into one."""
GROUP = re.compile(r"(<g(?:\s[^>]*)?(?<!/)>|</g>)")
NAME = re.compile(r'\s+id="([^"]*)"')
USE = re.compile(r'(?:xlink:)?href="#([^"]*)"|url\(#([^)]*)\)')


def compact(svg: str, prefix: str = "") -> str:
    r"""The drawing with positions to a hundredth of a point, short names, and no comments.

    Names that nothing refers to go, and groups without attributes. Marks in a row that look the
    same say so once.

    Args:
        svg: The drawing.
        prefix: Letters before every name, where several drawings stand in one document.

    >>> compact('<svg>\n <!-- a -->\n <path id="p" d="M 1.23456 2 \nz"/>\n</svg>')
    '<svg><path d="M1.23 2z"/></svg>'
    >>> compact('<use transform="translate(0.125 1) scale(0.015625)"/>')
    '<use transform="translate(0.12 1) scale(0.015625)"/>'
    >>> compact('<path id="long"/><use xlink:href="#long" x="1"/><g clip-path="url(#long)"/>')
    '<path id="a"/><use href="#a" x="1"/><g clip-path="url(#a)"/>'
    >>> compact('<path id="long"/><use xlink:href="#long" x="1"/>', "p")
    '<path id="pa"/><use href="#pa" x="1"/>'
    >>> compact('<g id="axes"><g x="1"><g><path/></g></g></g>')
    '<g x="1"><path/></g>'
    >>> compact('<use x="1" style="fill:red"/><use x="2" style="fill:red"/>')
    '<g style="fill:red"><use x="1"/><use x="2"/></g>'
    """
    short = USED.sub(_moved, PLACES.sub(_place, STYLE.sub(_style, UNSEEN.sub("", svg))))
    short = re.sub(r"> (?=<)", ">", re.sub(r"\s*\n\s*", " ", short))
    return ALIKE.sub(_share, _ungroup(_rename(short, prefix)))


def _moved(found: re.Match[str]) -> str:
    across, up = found[2], found[3]
    return f'{found[1]}x="{across}"' + ("" if float(up) == 0 else f' y="{up}"')


def _share(found: re.Match[str]) -> str:
    look = found[1]
    faint = OPACITY.search(look)
    own = f' opacity="{faint[1]}"' if faint else ""
    marks = found[0].replace(f' style="{look}"', own)
    return f'<g style="{OPACITY.sub("", look).rstrip(";")}">{marks}</g>'


def _style(found: re.Match[str]) -> str:
    return re.sub(r"\s*([:;])\s*", r"\1", found[0])


def _place(found: re.Match[str]) -> str:
    place = DIGITS.sub(r"\1", found[0])
    if place.startswith("d="):
        path = COMMANDS.sub(r"\1", place[3:-1])
        return f'd="{path}"'
    return place


def _rename(svg: str, prefix: str) -> str:
    used = dict.fromkeys(one or other for one, other in USE.findall(svg))
    names = dict(zip(used, (prefix + name for name in _short_names()), strict=False))
    svg = NAME.sub(lambda name: f' id="{names[name[1]]}"' if name[1] in names else "", svg)
    return USE.sub(
        lambda use: f'href="#{names[use[1]]}"' if use[1] else f"url(#{names[use[2]]})", svg
    )


def _ungroup(svg: str) -> str:
    """Without the groups that say nothing about their members."""
    made: list[str] = []
    opened: list[str] = []
    for piece in GROUP.split(svg):
        if piece == "</g>":
            piece = opened.pop()
        elif GROUP.fullmatch(piece):
            bare = not piece[2:-1].strip()
            opened.append("" if bare else "</g>")
            piece = "" if bare else piece
        made.append(piece)
    return "".join(made)


def _short_names() -> Iterator[str]:
    for length in itertools.count(1):
        yield from map("".join, itertools.product(ascii_letters, repeat=length))
