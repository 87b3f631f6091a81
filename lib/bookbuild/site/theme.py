"""Settings of the theme that are computed, and repairs of its markup."""

from __future__ import annotations

from typing import Any

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
    """Mend roles of the body of a page."""
    del app, page, template, doctree
    if "body" in context:  # docutils puts a deprecated role where a list wants its items
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app: Sphinx) -> None:
    """Register the settings."""
    app.add_config_value("book_repository", "", "html", str)
    app.add_config_value("book_branch", "gh-pages", "html", str)
    app.add_config_value("book_description", "", "html", str)
    app.connect("config-inited", configure, priority=100)
    app.connect("html-page-context", repair)
