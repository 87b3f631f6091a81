"""The articles of two sites compared: their words, and where their links lead."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin

UNREAD = ("script", "style", "svg")
"""Elements whose text nobody reads as words."""

SHOWN = 60
"""Characters of a difference that are told."""


class Article(HTMLParser):
    """The words, links and places of the first article of a page.

    >>> page = Article("<p>no</p><article>Noise <a href='b.html'>is</a>&nbsp;all</article>")
    >>> page.words, page.links
    ('Noiseisall', ['b.html'])
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str] = []
        self.places: dict[str, str] = {}
        """By name the place that a link leads to: the first of the names without text between."""
        self._together: list[str] = []
        self._inside = 0
        self._done = False
        self._unread = 0
        self.feed(html)
        self.words = "".join("".join(self.texts).split())
        """All text without spaces: versions of Sphinx break lines in other places."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter an article, or take a link or a place of it."""
        if tag == "article" and not self._done:
            self._inside += 1
        self._unread += tag in UNREAD
        address, name = (dict(attrs).get(key) for key in ("href", "id"))
        if name and self._inside:
            self._together.append(name)
            self.places.update(dict.fromkeys(self._together, min(self._together)))
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
            if data.strip():
                self._together = []


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
    before, after = (
        {page: Article((site / page).read_text("utf-8", "replace")) for page in pages(site)}
        for site in (old, new)
    )
    yield from (f"{page}: missing" for page in before if page not in after)
    yield from (f"{page}: new" for page in after if page not in before)
    both = [page for page in before if page in after]
    for page in both:
        first, second = before[page], after[page]
        if first.words != second.words:
            yield f"{page}: {_first_difference(first.words, second.words)}"
        lost, found = (_led_to(page, site, both) for site in (before, after))
        yield from (f"{page}: lost link to {lost[place]}" for place in lost if place not in found)
        yield from (f"{page}: new link to {found[place]}" for place in found if place not in lost)


def _led_to(page: str, site: Mapping[str, Article], both: Container[str]) -> dict[str, str]:
    """By the place that a link of a page leads to, in order, the link.

    A place may have several names: one version of Sphinx puts the name of a label first, another
    that of the heading. Only of pages that both sites hold the places are known.
    """
    led = {}
    for link in site[page].links:
        target, name = urldefrag(urljoin(page, link))
        place = site[target].places.get(name, name) if target in both else name
        led[f"{target}#{place}"] = link
    return dict(sorted(led.items()))


def _first_difference(old: str, new: str) -> str:
    """Where two texts part, with what follows.

    >>> _first_difference("abcd", "abed")
    "'cd' became 'ed'"
    """
    together = enumerate(zip(old, new, strict=False))
    start = next((place for place, (a, b) in together if a != b), min(len(old), len(new)))
    return f"{old[start : start + SHOWN]!r} became {new[start : start + SHOWN]!r}"
