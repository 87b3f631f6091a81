"""What a launch button starts, by hand: a notebook in an environment that holds nothing else.

Binder makes the environment of ``environment.yml`` in the published folder and opens a notebook in
it. Colab opens the notebook alone, whose first cell installs the package from the repository.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import yaml

from bookbuild.setup_environment import CPU_BUILDS, pip_settings, reachable, run, say
from bookbuild.site.hosting import setting
from bookbuild.workspace import Workspace
from traindyn.system import processes

SERVICES = ("binder", "colab")

KERNEL = ("nbclient", "ipykernel")
"""What a service has before it makes anything: a notebook's server and its kernel."""

EXTRA = "--extra-index-url"
"""Option of pip."""

CELL_TIMEOUT = 1800
"""Seconds; at scale ``ci`` a cell takes a few minutes on one core."""


def pip_arguments(environment: str) -> list[str]:
    """What ``pip install`` is given to make an environment as conda does it.

    Args:
        environment: Text of an ``environment.yml`` whose packages are pip's.

    Raises:
        ValueError: If it names no package of pip.

    >>> pip_arguments("dependencies: [python=3.11, pip, {pip: [-r a.lock, -e .]}]")
    ['-r', 'a.lock', '-e', '.']
    """
    for entry in (yaml.safe_load(environment) or {}).get("dependencies", []):
        if isinstance(entry, dict) and entry.get("pip"):
            return [word for line in entry["pip"] for word in line.split()]
    raise ValueError("environment.yml must name packages of pip")


def that_answer(words: Sequence[str]) -> list[str]:
    """Arguments of pip without the extra indexes that do not answer, which are named.

    Pip asks each index for every package, and waits minutes for one that is silent.

    Raises:
        ValueError: If an index is announced and not given.
    """
    kept: list[str] = []
    settings = pip_settings(run([sys.executable, "-m", "pip", "config", "list"]))
    left = iter(words)
    for word in left:
        option, _, index = word.partition("=")
        if option != EXTRA:
            kept.append(word)
        elif not (index := index or next(left, "")):
            raise ValueError(f"{EXTRA} must name an index")
        elif reachable(index, settings):
            kept += [EXTRA, index]
        else:
            say(
                f"{index} does not answer; packages come from pip's own indexes "
                "(for Linux, PyPI serves torch as the CUDA build of several gigabytes)."
            )
    return kept


def launch(workspace: Workspace, chapter: str, service: str) -> bool:
    """Execute the published notebook of a chapter as a service would, at the workspace's scale.

    Args:
        workspace: The book, after ``make publish``.
        chapter: Its name.
        service: ``binder`` or ``colab``.

    Returns:
        Whether every cell passed.

    Raises:
        ValueError: If there is no such chapter or published notebook, the service is unknown, or
            Colab has no repository to install from.
        SetupError: If the environment cannot be made.
        OSError: If a file cannot be copied.
    """
    if service not in SERVICES:
        raise ValueError(f"service must be one of {', '.join(SERVICES)}, got {service!r}")
    if chapter not in workspace.chapters:
        raise ValueError(f"chapter must be one of {', '.join(workspace.chapters)}, got {chapter!r}")
    notebook = Path("chapters", f"{chapter}.ipynb")
    published = workspace.build / "publish"
    if not (published / notebook).is_file():
        raise ValueError(f"{published / notebook} must be there: make publish")
    if service == "colab" and not setting(workspace, "book_repository"):
        raise ValueError("book_repository in _config.yml must be set: Colab installs from there")
    with tempfile.TemporaryDirectory(prefix="launch-") as made:
        place = Path(made) / "content"
        if service == "binder":
            shutil.copytree(published, place)
            packages = pip_arguments((place / "environment.yml").read_text("utf-8"))
        else:
            (place / notebook).parent.mkdir(parents=True)
            shutil.copy(published / notebook, place / notebook)
            packages = []
        python = make_environment(Path(made) / "env", that_answer(packages), place)
        return execute(python, place / notebook, workspace)


def make_environment(folder: Path, packages: Sequence[str], place: Path) -> Path:
    """Make an environment with a kernel and some packages; return its Python.

    Args:
        folder: Where.
        packages: Arguments of ``pip install``.
        place: Folder from which they are read.

    Raises:
        SetupError: If one cannot be installed.
    """
    run([sys.executable, "-m", "venv", folder])
    python = folder / "bin" / "python"
    install: list[str | Path] = [
        python,
        "-m",
        "pip",
        "install",
        "-qq",
        "--disable-pip-version-check",
    ]
    run([*install, *KERNEL])
    if packages:
        changed = [str(place) if word == "." else word for word in packages]
        lock = [str(place / word) if (place / word).is_file() else word for word in changed]
        run([*install, *lock])
    return python


def execute(python: Path, notebook: Path, workspace: Workspace) -> bool:
    """Execute a notebook with the kernel of an environment, and show what fails."""
    inherited = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    environment = {k: v for k, v in inherited.items() if not k.startswith("TRAINDYN_")}
    for index in that_answer([EXTRA, CPU_BUILDS])[1:]:  # Colab has torch; here, a small build
        environment.setdefault("PIP_EXTRA_INDEX_URL", index)
    environment |= {"TRAINDYN_SCALE": workspace.scale, "TRAINDYN_SEED": str(workspace.seed)}
    path = f"{python.parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    command = [str(python), "-m", "jupyter", "execute", f"--timeout={CELL_TIMEOUT}", notebook.name]
    log = notebook.with_suffix(".log")
    status = processes.run(
        command, cwd=notebook.parent, environment={**environment, "PATH": path}, output=log
    )
    sys.stderr.write(log.read_text("utf-8", "replace"))
    return status == 0
