"""The articles of two sites compared: their words, and where their links lead."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

UNREAD = ("script", "style", "svg")
"""Elements whose text nobody reads as words."""

SHOWN = 60
"""Characters of a difference that are told."""


class Article(HTMLParser):
    """The words and links of the first article of a page.

    >>> page = Article("<p>no</p><article>Noise <a href='b.html'>is</a>&nbsp;all</article>")
    >>> page.words, page.links
    ('Noiseisall', ['b.html'])
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str] = []
        self._inside = 0
        self._done = False
        self._unread = 0
        self.feed(html)
        self.words = "".join("".join(self.texts).split())
        """All text without spaces: versions of Sphinx break lines in other places."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter an article, or take a link of it."""
        if tag == "article" and not self._done:
            self._inside += 1
        self._unread += tag in UNREAD
        address = dict(attrs).get("href")
        if tag == "a" and self._inside and address:
            self.links.append(address)

    def handle_endtag(self, tag: str) -> None:
        """Leave an article."""
        if tag == "article" and self._inside:
            self._inside -= 1
            self._done = not self._inside
        self._unread -= tag in UNREAD

    def handle_data(self, data: str) -> None:
        """Take text of the article."""
        if self._inside and not self._unread:
            self.texts.append(data)


def pages(site: Path) -> list[str]:
    """Addresses of the pages of a site, without those of its theme."""
    found = (file.relative_to(site) for file in site.rglob("*.html"))
    return sorted(page.as_posix() for page in found if page.parts[0] != "_static")


def differences(old: Path, new: Path) -> Iterator[str]:
    """What sets the articles of two sites apart, a line for each page and kind.

    Args:
        old: Folder of a site.
        new: Folder of the same site, built otherwise.
    """
    before, after = pages(old), pages(new)
    yield from (f"{page}: missing" for page in before if page not in after)
    yield from (f"{page}: new" for page in after if page not in before)
    for page in (page for page in before if page in after):
        first, second = (
            Article((site / page).read_text("utf-8", "replace")) for site in (old, new)
        )
        if first.words != second.words:
            yield f"{page}: {_first_difference(first.words, second.words)}"
        for address in sorted(set(first.links) ^ set(second.links)):
            kind = "lost" if address in first.links else "new"
            yield f"{page}: {kind} link to {address}"


def _first_difference(old: str, new: str) -> str:
    """Where two texts part, with what follows.

    >>> _first_difference("abcd", "abed")
    "'cd' became 'ed'"
    """
    together = enumerate(zip(old, new, strict=False))
    start = next((place for place, (a, b) in together if a != b), min(len(old), len(new)))
    return f"{old[start : start + SHOWN]!r} became {new[start : start + SHOWN]!r}"
