"""Build the site aside from recorded runs and move it into place; serve it on this machine."""

from __future__ import annotations

import errno
import functools
import os
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bookbuild import doctrees
from bookbuild.finished import finish, is_finished, require_finished
from bookbuild.publish import PUBLISHED, publish
from bookbuild.workspace import Workspace
from traindyn.system import processes
from traindyn.system.files import folder_aside, recover


def build_site(workspace: Workspace) -> bool:
    """Write every page afresh; warnings and unresolved references are errors.

    The pages are built aside. Only a site without an error takes the place of the one before, so
    that no page or picture of an earlier build remains, and none of a failed one appears. A site
    that is whole and of the current records and sources stays.

    Returns:
        Whether the site is there.

    Raises:
        MissingRecordError: If a chapter has no current record.
        OSError: If the build root cannot be written.
    """
    records = publish(workspace)
    recover(workspace.site)
    if is_finished(workspace):
        print("the site is of the current records and sources")
        return True
    with folder_aside(workspace.build / "html") as aside:
        command = [
            *(str(Path(sys.executable).with_name("jupyter-book")), "build", str(workspace.root)),
            *("--path-output", str(aside), "-W", "-n", "--keep-going", "-q"),
        ]
        environment = {**os.environ, **workspace.environment(), PUBLISHED: "1"}
        read = aside / "_build" / ".doctrees"
        doctrees.take(workspace, read)
        print("building the site", flush=True)
        log = aside / "log"
        if processes.run(command, cwd=workspace.root, environment=environment, output=log) != 0:
            sys.stderr.write(log.read_text("utf-8", "replace"))
            return False
        workspace.site.parent.mkdir(parents=True, exist_ok=True)
        finish(workspace, aside / "_build" / "html", workspace.site, records)
        doctrees.put_back(workspace, read)
    return True


def serve_site(workspace: Workspace, port: int = 8000) -> None:
    """Serve the finished site to this machine until interrupted.

    Args:
        workspace: The book.
        port: Port on the loopback address, in [0, 65535]; 0 chooses a free one.

    Raises:
        ValueError: If the port leaves its range or is taken.
        UnfinishedError: If there is no finished site of the current records.
    """
    if not 0 <= port <= 65535:
        raise ValueError(f"port must lie in [0, 65535], got {port}")
    require_finished(workspace)
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(workspace.site))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"fails: {error.strerror}"
        raise ValueError(f"port must be free, but {port} {reason}; name another: --port") from None
    with server:
        print(f"http://127.0.0.1:{server.server_port}/  (stop with Ctrl-C)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
