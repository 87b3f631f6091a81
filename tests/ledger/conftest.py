"""A checkout that holds the machinery of this one and claims of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

LIB = Path(__file__).parents[2] / "lib" / "traindyn"
MACHINERY = ("__init__.py", "__main__.py", "runs", "ledger", "inference", "system")


@pytest.fixture(scope="session")
def plant():
    """Make such a checkout in a folder; its one room is called coin."""

    def make(root: Path, claims: str) -> Path:
        package = root / "lib" / "traindyn"
        (package / "coin").mkdir(parents=True)
        (package / "coin" / "__init__.py").write_text("")
        (package / "coin" / "claims.py").write_text(claims)
        for name in MACHINERY:
            copy = shutil.copytree if (LIB / name).is_dir() else shutil.copyfile
            copy(LIB / name, package / name)
        (root / "_toc.yml").write_text("format: jb-book\nroot: index\n")
        return root

    return make
