"""A run sees frozen sources: chapters, ``lib`` and lock are copied aside, hashed and run there."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import bookbuild
from bookbuild.fonts import font_cache
from bookbuild.machine_paths import machine_paths
from bookbuild.workspace import Workspace
from traindyn.system.files import folder_aside, is_source
from traindyn.system.frozen import copy_sources, frozen_environment
from traindyn.system.versions import arithmetic_variables

ORIGIN = "TRAINDYN_ORIGIN"
"""Variable that tells a run where its snapshot comes from, as JSON of :class:`Origin`."""


@dataclass(frozen=True)
class Origin:
    """Where a snapshot comes from.

    Args:
        root: The checkout.
        commit: Its commit, with ``-dirty`` if a source differs from it.
        variables: The variables that steer arithmetic.
        machine_paths: Paths that must not reach a page.
    """

    root: str
    commit: str
    variables: dict[str, str]
    machine_paths: list[str]

    @classmethod
    def of(cls, workspace: Workspace) -> Origin:
        """The origin of a snapshot taken now."""
        variables, paths = arithmetic_variables(), machine_paths(workspace.root)
        return cls(str(workspace.root), commit(workspace.root), variables, paths)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Origin | None:
        """The origin that the variable tells; None outside a snapshot."""
        text = environ.get(ORIGIN)
        return cls(**json.loads(text)) if text else None


@contextlib.contextmanager
def snapshot(workspace: Workspace) -> Iterator[Workspace]:
    """A frozen copy of what runs read; it lies in the build root and goes with the block.

    Yields:
        The workspace of the copy, with the build root and the settings of the original.

    Raises:
        OSError: If it cannot be made.
    """
    with folder_aside(workspace.build / "snapshot") as root:
        copy_sources(workspace.root, root)
        (root / "chapters").mkdir()
        chapters = map(workspace.source, workspace.chapters)
        for file in [workspace.root / "_toc.yml", *(file for file in chapters if file.is_file())]:
            shutil.copyfile(file, root / file.relative_to(workspace.root))
        (root / "pytest.ini").write_text("[pytest]\n")  # else the checkout's own would be found
        yield replace(workspace, root=root)


def run_environment(copy: Workspace, origin: Origin) -> dict[str, str]:
    """The variables of a run in a snapshot: a home of its own, and nothing of the user's settings.

    Args:
        copy: The snapshot.
        origin: Where it comes from.
    """
    home = copy.root / ".home"
    fonts = home / "matplotlib"
    fonts.mkdir(parents=True, exist_ok=True)
    for file in font_cache(copy.build).glob("fontlist-*.json"):
        shutil.copyfile(file, fonts / file.name)
    return {
        **frozen_environment(home, [copy.lib, Path(bookbuild.__file__).parents[1]]),
        **copy.environment(),
        ORIGIN: json.dumps(asdict(origin)),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTER_DATA_DIR": str(home / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "MPLCONFIGDIR": str(fonts),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


def commit(root: Path) -> str:
    """The commit of a checkout, with ``-dirty`` if a source differs; ``unknown`` without git.

    A repository that merely holds the checkout, or that variables such as ``GIT_DIR`` name, does
    not count.
    """
    try:
        if Path(_git(root, "rev-parse", "--show-toplevel")).resolve() != root.resolve():
            return "unknown"
        name = _git(root, "rev-parse", "--short=12", "HEAD")
        listed = _git(root, "status", "--porcelain", "-z", "--untracked-files=all")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    changed = (entry[3:] for entry in listed.split("\0") if entry)
    dirty = any(all(map(is_source, Path(path).parts)) for path in changed)
    return f"{name}-dirty" if dirty else name


def _git(root: Path, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    command: Sequence[str] = ["git", "-C", str(root), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return run.stdout.removesuffix("\n")
