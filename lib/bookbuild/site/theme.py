"""Settings of the theme that are computed, and repairs of its markup."""

from __future__ import annotations

from html import escape
from typing import Any

from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.config import Config

from bookbuild.site.launch import BINDER, COLAB

LAUNCH = {"binderhub_url": BINDER, "colab_url": COLAB, "notebook_interface": "jupyterlab"}


def configure(app: Sphinx, config: Config) -> None:
    """Derive launch buttons from the one address of the repository.

    While ``book_repository`` is empty no launch button shows. ``book_branch`` is the branch that
    holds the published folder, where the generated notebooks lie beside the site.
    """
    del app
    if config.book_repository:
        config.html_theme_options = {
            **config.html_theme_options,
            "repository_url": config.book_repository,
            "repository_branch": config.book_branch,
            "path_to_docs": "",
            "launch_buttons": LAUNCH,
        }


def repair(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Add a description of the page for cards and search engines, and mend roles of its body.

    It is that of the page's front matter, else that of the book.
    """
    del template, doctree
    title = escape(Markup(context.get("title", "")).striptags())
    own = app.env.metadata.get(page, {}).get("description")
    description = escape(own or app.config.book_description)
    base = app.config.html_baseurl.rstrip("/")
    image = f"{base}/_static/card.png" if base else ""
    tags = {
        "og:title": title or app.config.html_title,
        "og:site_name": app.config.html_title,
        "og:type": "website",
        "og:description": description,
        "og:image": image,
    }
    lines = [f'<meta name="description" content="{description}"/>']
    lines += [f'<meta property="{name}" content="{text}"/>' for name, text in tags.items() if text]
    context["metatags"] = context.get("metatags", "") + "\n" + "\n".join(lines)
    context["html_baseurl"] = base
    if "body" in context:  # docutils puts a deprecated role where a list wants its items
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app: Sphinx) -> None:
    """Register the settings."""
    app.add_config_value("book_repository", "", "html", str)
    app.add_config_value("book_branch", "gh-pages", "html", str)
    app.add_config_value("book_description", "", "html", str)
    app.connect("config-inited", configure, priority=100)
    app.connect("html-page-context", repair)
