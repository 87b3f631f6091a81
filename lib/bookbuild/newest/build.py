"""Build the pages by the newest Sphinx and tell what differs from the site of the book."""

from __future__ import annotations

import os
import sys

from bookbuild.finished import require_finished
from bookbuild.newest.articles import differences, pages
from bookbuild.newest.configuration import write_configuration
from bookbuild.newest.environment import distributions, make_environment
from bookbuild.publish import PUBLISHED, publish
from bookbuild.setup_environment import run
from bookbuild.workspace import Workspace
from traindyn.system import processes
from traindyn.system.files import remove

VERSION = "import sphinx; print(sphinx.__version__)"


def compare(workspace: Workspace) -> bool:
    """Build all pages of a book again, below ``newest`` in the build root; print what differs.

    Returns:
        Whether all articles hold the same words and links.

    Raises:
        UnfinishedError: If the book has no finished site of its present pages.
        SetupError: If the environment cannot be made.
        ValueError: If a setting of the book has no counterpart.
        OSError: If a file cannot be read or written.
    """
    require_finished(workspace, sources=True)
    place = workspace.build / "newest"
    publish(workspace)
    settings = write_configuration(workspace.root, place / "conf")
    python = make_environment(
        place / "env", distributions(settings["extensions"]), workspace.root / "lib"
    )
    print(f"building the pages with Sphinx {run([python, '-c', VERSION]).strip()}", flush=True)
    remove(place / "html")
    command = [str(python), "-m", "sphinx", "--builder", "html", "--conf-dir", str(place / "conf")]
    command += ["--doctree-dir", str(place / "doctrees"), "--fresh-env", "--write-all"]
    command += ["--nitpicky", "--quiet", str(workspace.root), str(place / "html")]
    environment = {**os.environ, **workspace.environment(), PUBLISHED: "1"}
    log = place / "log"
    status = processes.run(command, cwd=workspace.root, environment=environment, output=log)
    sys.stderr.write(log.read_text("utf-8", "replace"))
    if status != 0:
        return False
    found = list(differences(workspace.site, place / "html"))
    print("\n".join(found) or f"all {len(pages(workspace.site))} pages hold the same articles")
    return not found
