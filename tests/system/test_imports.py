from __future__ import annotations

import pytest

from traindyn.system.imports import closure, imported_names, imports_of, module_file, module_name

FILES = {
    "pack/__init__.py": "",
    "pack/a.py": "import numpy\nfrom pack import b",
    "pack/b.py": "def late():\n    from .room import c\n    return c",
    "pack/room/__init__.py": "from .. import side",
    "pack/room/c.py": "import pack.a",
    "pack/side.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pack.typed",
    "pack/typed.py": "",
    "pack/alone.py": "import pack.b",
}


@pytest.fixture
def lib(tmp_path):
    for name, source in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    return tmp_path


def test_closure_follows_late_relative_and_type_only_imports_through_a_cycle(lib):
    assert closure(lib, {"pack.a"}) == {lib / name for name in FILES} - {lib / "pack/alone.py"}


def test_closure_holds_only_what_is_imported(lib):
    assert closure(lib, {"pack.typed"}) == {lib / "pack/__init__.py", lib / "pack/typed.py"}
    assert closure(lib, {"numpy", "pack.missing"}) == {lib / "pack/__init__.py"}


def test_direct_imports(lib):
    assert imports_of(lib, lib / "pack/a.py") == {"pack", "pack.b"}
    assert imports_of(lib, lib / "pack/room/__init__.py") == {"pack", "pack.side"}


def test_names_and_files_are_inverse(lib):
    for name in FILES:
        assert module_file(lib, module_name(lib, lib / name)) == lib / name
    assert module_file(lib, "pack.missing") is None


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b as c", ["a.b"]),
        ("from a import b, c", ["a", "a.b", "a.c"]),
        ("from . import b", ["p.q", "p.q.b"]),
        ("from .b import c", ["p.q.b", "p.q.b.c"]),
        ("from ..b import c", ["p.b", "p.b.c"]),
        ("x = 'import a'", []),
    ],
)
def test_imported_names(source, names):
    assert list(imported_names(source, "p.q")) == names
