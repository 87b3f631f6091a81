"""The layout of the book: which way imports point, and that nothing is empty or missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
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
    "results": {"experiments"},
    "studies": {"theory", "experiments", "results"},
    "claims": {"theory", "results", "studies"},
    "figures": {"results"},
}
"""The parts of a room, and which other parts each may import."""

OPTIONAL = {"results", "studies"}

TOP = {"traindyn.__main__"}
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


def import_circle(lib: Path) -> list[str]:
    """Modules below ``traindyn`` that import each other in a circle, in functions too; or none."""
    files = {module_name(lib, file): file for file in sorted((lib / "traindyn").rglob("*.py"))}
    graph = {name: imports_of(lib, file) - {name} for name, file in files.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []


def drawing_modules(lib: Path, room: str) -> Iterator[str]:
    """Claim modules that choose sizes or take random numbers themselves."""
    for file in sorted((lib / "traindyn" / room).glob("claims/*.py")):
        called = {
            node.func.attr
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        if called & {"choose", "torch_generator", "numpy_generator"}:
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


def test_imports_make_no_circle():
    assert import_circle(ROOT / "lib") == []


@pytest.mark.parametrize("room", sorted(rooms(ROOT / "lib")))
def test_no_claim_draws(room):
    assert list(drawing_modules(ROOT / "lib", room)) == []


LONGEST = 60
"""Lines of a function of claims."""


def long_functions(lib: Path, room: str) -> Iterator[str]:
    """Functions of claims that nobody reads in one go."""
    for file in sorted((lib / "traindyn" / room).glob("claims/*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            lines = (getattr(node, "end_lineno", 0) or 0) - getattr(node, "lineno", 0) + 1
            if isinstance(node, ast.FunctionDef) and lines > LONGEST:
                yield f"{module_name(lib, file)}.{node.name} has {lines} lines"


@pytest.mark.parametrize("room", sorted(rooms(ROOT / "lib")))
def test_functions_that_only_decide_are_short(room):
    assert list(long_functions(ROOT / "lib", room)) == []


def words_of(lib: Path, room: str) -> dict[str, int]:
    """How often the claims of a room say each of these words as a text of their code."""
    counts = dict.fromkeys(("convention", "toy"), 0)
    for file in sorted((lib / "traindyn" / room).glob("claims/*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and node.value in counts:
                counts[node.value] += 1
    return counts


@pytest.mark.parametrize("room", sorted(rooms(ROOT / "lib")))
def test_every_bound_has_a_derived_reason_and_no_row_is_a_toy(room):
    assert words_of(ROOT / "lib", room) == {"convention": 0, "toy": 0}


def test_a_convention_is_counted(book):
    with (book / "lib/traindyn/two/claims/early.py").open("a") as opened:
        opened.write('\n\nRULE = within(0.1, "a tenth", "convention")\nTOY = "toy"\n')
    assert words_of(book / "lib", "two") == {"convention": 1, "toy": 1}


def test_a_long_function_is_found(book):
    with (book / "lib/traindyn/two/claims/early.py").open("a") as opened:
        opened.write("\n\ndef decide():\n" + "    X()\n" * 60)
    found = list(long_functions(book / "lib", "two"))
    assert found == ["traindyn.two.claims.early.decide has 61 lines"]


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
    files["lib/traindyn/one/claims.py"] = "from .theory import X\nfrom . import theory\nY = X"
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
        ("traindyn/two/claims/early.py", "from ..experiments import X", "imports traindyn.two.exp"),
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


def test_a_circle_of_imports_is_found(tmp_path):
    package = tmp_path / "traindyn"
    package.mkdir()
    (package / "more.py").write_text("from traindyn import shared")
    (package / "shared.py").write_text("X = 1")
    assert import_circle(tmp_path) == []
    (package / "shared.py").write_text("def late():\n    from traindyn.more import X")
    assert set(import_circle(tmp_path)) == {"traindyn.more", "traindyn.shared"}


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
