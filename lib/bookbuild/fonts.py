"""Matplotlib's list of fonts, made once per environment: runs have an empty home.

``python -m bookbuild.fonts`` makes it, as set-up does.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from traindyn.system.files import folder_aside
from traindyn.system.frozen import PASSED


def font_cache(build: Path) -> Path:
    """Folder of matplotlib's list of fonts, made once per environment.

    Without it every run in an empty home would search the machine for fonts.

    Args:
        build: Folder that keeps the list where the environment takes no file.
    """
    shared = Path(sys.prefix) / "share"
    place = shared / "traindyn-fonts" if os.access(shared, os.W_OK) else build / "fonts"
    folder = place / metadata.version("matplotlib")
    if not list(folder.glob("fontlist-*.json")):
        with folder_aside(folder) as made:
            passed = {name: os.environ[name] for name in PASSED if name in os.environ}
            environment = {**passed, "MPLCONFIGDIR": str(made)}
            command = [sys.executable, "-c", "import matplotlib.font_manager"]
            subprocess.run(command, env=environment, capture_output=True, check=False)
            with contextlib.suppress(OSError):  # somebody else made it at the same time
                made.rename(folder)
    return folder


if __name__ == "__main__":
    print(font_cache(Path("_build")))
