"""Sphinx extension: build pages from recorded runs only, and refuse to execute a chapter."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NoReturn

from myst_nb.core.execute import cache as cached_execution
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from bookbuild.publish import PUBLISHED, MissingRecordError, publish
from bookbuild.workspace import Workspace
from traindyn.system.processes import SUPERVISOR, follow_parent


def use_records(app: Sphinx, config: Config) -> None:
    """Make myst-nb read outputs from the cache of the workspace.

    Raises:
        ExtensionError: If the configuration would execute notebooks or tolerate their errors.
    """
    if config.nb_execution_mode != "cache" or not config.nb_execution_raise_on_error:
        raise ExtensionError("_config.yml must set execute_notebooks: cache and raise_on_error")
    config.nb_execution_cache_path = str(Workspace.at(Path(app.srcdir)).cache)


def require_records(app: Sphinx) -> None:
    """Publish the current records, unless the command that builds the pages has done it.

    An environment with other packages than the chapters ran with cannot find their records.

    Raises:
        ExtensionError: If a chapter of the table of contents has none.
    """
    if os.environ.get(PUBLISHED):
        return
    try:
        publish(Workspace.at(Path(app.srcdir)))
    except (MissingRecordError, ValueError) as error:
        raise ExtensionError(str(error)) from error


def refuse(*_: Any, **__: Any) -> NoReturn:
    """Stand in for the execution of a notebook by the build.

    Raises:
        ExtensionError: Always.
    """
    raise ExtensionError("a page with code cells must be a chapter with a recorded run")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the guard; it acts before myst-nb reads its configuration."""
    if os.environ.get(SUPERVISOR):
        follow_parent()
    cached_execution.single_nb_execution = refuse
    app.connect("config-inited", use_records)
    app.connect("builder-inited", require_records, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
