"""Build the site from recorded runs, and serve it on this machine."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bookbuild.workspace import Workspace


def build_site(workspace: Workspace) -> bool:
    """Build every page afresh; warnings and unresolved references are errors.

    The old pages are removed first, so that no page or picture of an earlier build remains.

    Returns:
        Whether the build succeeded.
    """
    shutil.rmtree(workspace.site, ignore_errors=True)
    shutil.rmtree(workspace.site.with_name("jupyter_execute"), ignore_errors=True)
    command = [
        *(str(Path(sys.executable).with_name("jupyter-book")), "build", str(workspace.root)),
        *("--path-output", str(workspace.output), "--all", "-W", "-n", "--keep-going", "-q"),
    ]
    environment = {**os.environ, **workspace.environment()}
    return subprocess.run(command, cwd=workspace.root, env=environment).returncode == 0


def serve_site(workspace: Workspace, port: int = 8000) -> None:
    """Serve the built site to this machine until interrupted.

    Args:
        workspace: The book.
        port: Port on the loopback address; 0 chooses a free one.

    Raises:
        ValueError: If there is no built site.
    """
    if not (workspace.site / "index.html").is_file():
        raise ValueError(f"workspace must hold a built site, found none in {workspace.site}")
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(workspace.site))
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"http://127.0.0.1:{server.server_port}/  (stop with Ctrl-C)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
