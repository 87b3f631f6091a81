"""Where the repository is, and where a chapter runs in a browser: all from one setting.

``book_repository`` in ``_config.yml`` is the address. While it is empty nothing of this shows.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

from bookbuild.site.book import CHAPTERS, load_book
from bookbuild.site.html import chapter_label, raw

BINDER = "https://mybinder.org"
COLAB = "https://colab.research.google.com"

ADDRESS = "REPOSITORY"
"""What stands for the address in the body of the directive."""


def services(config: Config, chapter: str) -> dict[str, str]:
    """Addresses at which services open a chapter's notebook, by their names.

    Both read repositories of GitHub; the published branch holds the notebooks.
    """
    place = urlsplit(config.book_repository)
    if place.netloc != "github.com":
        return {}
    name = place.path.strip("/").removesuffix(".git")
    notebook, branch = f"{CHAPTERS}/{chapter}.ipynb", config.book_branch
    return {
        "Colab": f"{COLAB}/github/{name}/blob/{branch}/{notebook}",
        "Binder": f"{BINDER}/v2/gh/{name}/{branch}?urlpath={quote(f'lab/tree/{notebook}')}",
    }


def service_links(config: Config, chapter: str) -> str:
    """The same as HTML: ``Colab · Binder``; empty without a repository."""
    found = services(config, chapter).items()
    return " · ".join(f'<a href="{address}">{name}</a>' for name, address in found)


class RepositoryDirective(SphinxDirective):
    """Text that shows if the repository has an address, which takes the place of a word in it."""

    has_content = True

    def run(self) -> list[Node]:
        """Return the text, or nothing."""
        self.assert_has_content()
        if not (address := self.config.book_repository):
            return []
        text = "\n".join(self.content).replace(ADDRESS, address)
        found: list[Node] = self.parse_text_to_nodes(text)
        return found


class LaunchDirective(SphinxDirective):
    """A list of the chapters with the services that run them, or nothing."""

    def run(self) -> list[Node]:
        """Return the list."""
        chapters = [chapter.name for chapter in load_book(self.env.app).chapters]
        found = [(name, service_links(self.config, name)) for name in chapters]
        lines = [f"<li>{chapter_label(name)}: {links}</li>" for name, links in found if links]
        return [raw(f'<ul class="launch">{"".join(lines)}</ul>')] if lines else []


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("repository", RepositoryDirective)
    app.add_directive("launch", LaunchDirective)
