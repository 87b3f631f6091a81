"""Whether the lock installs: on every Python and platform that the README promises, as wheels.

``python -m bookbuild.check_lock`` asks the package index; nothing is installed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from bookbuild.setup_environment import SetupError, pip_settings, run, uv_options, uv_variables

VERSIONS = ("3.11.0", "3.13", "3.14")
"""The oldest Python, and the newest ones; the first release of each."""

PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin")
MACOS = {"MACOSX_DEPLOYMENT_TARGET": "14.0"}
"""The oldest macOS for which torch has wheels."""

UNPINNED = re.compile(r"nvidia-|cuda-|triton|appnope$")
"""Packages of some machines only: torch built for a GPU, and ipykernel on macOS, ask for them."""


def names(lines: str) -> set[str]:
    r"""Names of the packages in lines ``name==version``, in the spelling of the index.

    >>> sorted(names("Jinja2==3.1\nsphinx_design==0.8 ; x\n"))
    ['jinja2', 'sphinx-design']
    """
    pins = (line.partition("==") for line in lines.splitlines())
    return {re.sub(r"[-_.]+", "-", name).lower() for name, equal, _ in pins if equal}


def faults(lock: Path, python: Path) -> Iterator[str]:
    """What keeps a lock from being installed somewhere, one line each.

    Args:
        lock: Its file.
        python: Of an environment with pip and uv.
    """
    settings = pip_settings(run([python, "-m", "pip", "config", "list"]))
    resolve = [str(python.with_name("uv")), "pip", "compile", str(lock), "--no-header", "--quiet"]
    resolve += ["--no-annotate", "--only-binary", ":all:", *uv_options(settings)]
    pinned = names(lock.read_text(encoding="utf-8"))
    for version in VERSIONS:
        for platform in PLATFORMS:
            here = ["--python-version", version, "--python-platform", platform]
            try:
                found = names(run([*resolve, *here], uv_variables(settings) | MACOS))
            except SetupError as error:
                yield f"Python {version}, {platform}: {error}"
                continue
            if more := sorted(name for name in found - pinned if not UNPINNED.match(name)):
                yield f"Python {version}, {platform}: the lock lacks {', '.join(more)}"


def main() -> int:
    """Check the lock of the current folder.

    Returns:
        Exit status: 0 if it installs everywhere.
    """
    lock = Path("requirements.lock")
    problems = list(faults(lock, Path(sys.prefix, "bin", "python")))
    print("\n".join(problems) or f"{lock} installs on Python {', '.join(VERSIONS)}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
