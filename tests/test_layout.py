"""The layout of the book: which way imports point, and that nothing is empty or missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbval.plugin import find_comment_markers

from bookbuild.keys import code_cells
from bookbuild.plugin import FORBIDDEN_TAGS
from bookbuild.workspace import Workspace
from traindyn.system.imports import imported_names, imports_of, module_file, module_name

ROOT = Path(__file__).parents[1]
PARTS = {
    "theory": set(),
    "experiments": set(),
    "results": {"theory", "experiments"},
    "studies": {"theory", "experiments", "results"},
    "claims": {"theory", "experiments", "results", "studies"},
    "figures": {"results"},
}
"""The parts of a room, and which other parts each may import."""

OPTIONAL = {"results", "studies"}

DRAWING = {
    "anisotropic_noise": 16,
    "balance_regularization": 22,
    "hessian_alignment": 18,
    "heavy_tailed_esd": 0,
    "saddle_to_saddle": 15,
}
"""How many claim modules of a room still draw, or measure what was drawn. It may only fall."""

TOP = {"traindyn.__main__", "traindyn.diagnose"}
"""Modules that see all rooms."""


def rooms(lib: Path) -> set[str]:
    """Packages of ``traindyn`` that make claims."""
    packages = {path.parent for path in (lib / "traindyn").glob("*/claims.py")}
    packages |= {path.parent for path in (lib / "traindyn").glob("*/claims") if path.is_dir()}
    return {package.name for package in packages}


def place(name: str, known: set[str]) -> tuple[str | None, str | None]:
    """Room and part of a module; None where it lies outside."""
    parts = [*name.split("."), "", ""]
    if parts[0] != "traindyn" or parts[1] not in known:
        return None, None
    return parts[1], parts[2] or None


def wrong_imports(lib: Path) -> Iterator[str]:
    """Imports that point against the arrows of the design."""
    known = rooms(lib)
    for file in sorted(lib.rglob("*.py")):
        name = module_name(lib, file)
        room, part = place(name, known)
        for target in sorted(imports_of(lib, file)):
            to_room, to_part = place(target, known)
            if name.startswith("traindyn") and target.startswith("bookbuild"):
                yield f"{name} imports the plumbing {target}"
            if to_room and to_room != room and name not in TOP:
                yield f"{name} imports the room {target}"
            if room is None or to_room != room or part is None:
                continue
            if to_part in PARTS and to_part not in {part, *PARTS.get(part, ())}:
                yield f"{name} imports {target}"


def drawing_modules(lib: Path, room: str) -> Iterator[str]:
    """Claim modules that run experiments, choose sizes or take random numbers themselves."""
    for file in sorted((lib / "traindyn" / room).glob("claims/*.py")):
        called = {
            node.func.attr
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        experiments = f"traindyn.{room}.experiments"
        if called & {"choose", "torch_generator", "numpy_generator"} or any(
            name.startswith(experiments) for name in imports_of(lib, file)
        ):
            yield module_name(lib, file)


def empty_modules(lib: Path) -> Iterator[str]:
    """Modules without a docstring, and modules other than packages that define nothing."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    for file in sorted(lib.rglob("*.py")):
        tree = ast.parse(file.read_text())
        defines = any(isinstance(node, definitions) for node in tree.body)
        if not ast.get_docstring(tree) or not (defines or file.name == "__init__.py"):
            yield module_name(lib, file)


def faulty_chapters(workspace: Workspace) -> Iterator[str]:
    """Chapters without a page, a room or content, and rooms without a chapter."""
    lib = workspace.lib
    known = rooms(lib)
    sources = {path.stem for path in workspace.root.glob("chapters/*.py")}
    for name in sorted(sources | known | set(workspace.chapters)):
        if name not in sources:
            yield f"{name} has no notebook"
            continue
        if name not in workspace.chapters:
            yield f"{name} is not in the table of contents"
        for part in PARTS.keys() - OPTIONAL:
            if module_file(lib, f"traindyn.{name}.{part}") is None:
                yield f"the room of {name} has no {part}"
        cells = workspace.notebook(name).cells
        kinds = [cell.cell_type for cell in cells]
        if min(kinds.count("code"), kinds.count("markdown")) < 5:
            yield f"{name} is a stub"
        for cell in cells:
            if FORBIDDEN_TAGS & set(cell.metadata.get("tags", [])):
                yield f"{name} has a cell with a forbidden tag"
            if any(True for _ in find_comment_markers(cell.source)):
                yield f"{name} has a cell with a forbidden comment"
        for cell in code_cells(workspace, name):
            for target in imported_names(cell):
                if place(target, known)[0] not in {None, name}:
                    yield f"{name} imports the room {target}"


def test_imports_point_one_way():
    assert list(wrong_imports(ROOT / "lib")) == []


@pytest.mark.parametrize("room", sorted(rooms(ROOT / "lib")))
def test_fewer_and_fewer_claims_draw(room):
    found = list(drawing_modules(ROOT / "lib", room))
    assert len(found) == DRAWING[room], "\n".join(found)


def test_no_module_is_empty():
    assert list(empty_modules(ROOT / "lib")) == []


def test_every_chapter_has_its_room_its_page_and_content():
    assert list(faulty_chapters(Workspace(ROOT, ROOT / "_build"))) == []


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A small book in order: the rooms ``one`` and ``two``, a shared module, the plumbing."""
    files = {
        "_toc.yml": "format: jb-book\nroot: index\nchapters:\n"
        "- file: chapters/one\n- file: chapters/two\n",
        "lib/bookbuild/__init__.py": "from traindyn import shared",
        "lib/traindyn/__init__.py": "",
        "lib/traindyn/__main__.py": "from traindyn import one, two\nX = one, two",
        "lib/traindyn/shared.py": "X = 1",
        "lib/traindyn/two/claims/__init__.py": "",
        "lib/traindyn/two/claims/early.py": "from ..theory import X\nY = X",
    }
    for room in ("one", "two"):
        files[f"lib/traindyn/{room}/__init__.py"] = "from .claims import *"
        for part in ("theory", "experiments", "figures"):
            files[f"lib/traindyn/{room}/{part}.py"] = "from traindyn.shared import X\nY = X"
        cells = f"# %% [markdown]\n# Text\n\n# %%\nfrom traindyn.{room} import X\n\n"
        files[f"chapters/{room}.py"] = cells * 5
    files["lib/traindyn/one/claims.py"] = "from .theory import X\nfrom . import experiments\nY = X"
    for name, source in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        doc = '"""Documented."""\n' if name.startswith("lib/") else ""
        path.write_text(doc + source + "\n")
    return tmp_path


def problems(book: Path) -> list[str]:
    lib = book / "lib"
    workspace = Workspace(book, book / "_build")
    return [*wrong_imports(lib), *empty_modules(lib), *faulty_chapters(workspace)]


def test_a_book_in_order_has_no_problem(book):
    assert problems(book) == []


@pytest.mark.parametrize(
    ("line", "draws"),
    [
        ("size = context.choose(ci=1, laptop=2, paper=3)", True),
        ("numbers = context.numpy_generator('x').normal()", True),
        ("from traindyn.two.experiments import X", True),
        ("from ..studies import early", False),
    ],
)
def test_a_claim_that_draws_is_found(book, line, draws):
    with (book / "lib/traindyn/two/claims/early.py").open("a") as opened:
        opened.write(f"{line}\n")
    found = list(drawing_modules(book / "lib", "two"))
    assert found == (["traindyn.two.claims.early"] if draws else [])


@pytest.mark.parametrize(
    ("file", "line", "problem"),
    [
        ("traindyn/one/experiments.py", "from .theory import X", "imports traindyn.one.theory"),
        ("traindyn/one/experiments.py", "import traindyn.one.claims", "imports traindyn.one.cl"),
        ("traindyn/one/theory.py", "from . import experiments", "imports traindyn.one.experim"),
        (
            "traindyn/one/figures.py",
            "def f():\n    from . import theory",
            "imports traindyn.one.th",
        ),
        ("traindyn/two/figures.py", "from .claims import early", "imports traindyn.two.claims"),
        ("traindyn/one/theory.py", "from traindyn import two", "imports the room traindyn.two"),
        ("traindyn/shared.py", "import traindyn.one.theory", "imports the room traindyn.one"),
        ("traindyn/shared.py", "import bookbuild", "traindyn.shared imports the plumbing"),
        ("bookbuild/__init__.py", "import traindyn.two", "imports the room traindyn.two"),
    ],
)
def test_a_wrong_import_is_found(book, file, line, problem):
    with (book / "lib" / file).open("a") as opened:
        opened.write(f"{line}\n")
    found = problems(book)
    assert found
    assert all(problem in text for text in found if "imports" in text)


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        ("lib/traindyn/new.py", '"""Only a docstring."""\n', "traindyn.new"),
        ("lib/traindyn/new.py", "X = 1\n", "traindyn.new"),
        ("lib/traindyn/three/claims.py", '"""Claims."""\nX = 1\n', "three has no notebook"),
        ("chapters/three.py", "# %%\n1\n", "three is not in the table of contents"),
        ("chapters/three.py", "# %%\n1\n", "the room of three has no figures"),
        ("chapters/one.py", "# %%\n1\n", "one is a stub"),
        ("chapters/one.py", '# %% tags=["nbval-skip"]\n1\n', "one has a cell with a forbidden tag"),
        ("chapters/one.py", "# %%\n# NBVAL_SKIP\n1\n", "one has a cell with a forbidden comment"),
        ("chapters/one.py", "# %%\nimport traindyn.two\n", "one imports the room traindyn.two"),
    ],
)
def test_an_empty_or_misplaced_file_is_found(book, file, content, problem):
    (book / file).parent.mkdir(exist_ok=True)
    (book / file).write_text(content)
    assert problem in problems(book)
