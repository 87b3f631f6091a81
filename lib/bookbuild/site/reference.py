"""The reference of the library: a page of the shared modules and one for the room of each chapter.

All together would make a page too heavy to read on a phone.
"""

from __future__ import annotations

import ast
import functools
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.domains.python import PythonDomain
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

import bookbuild
from bookbuild.workspace import Workspace
from traindyn.system.files import digest, digest_files, source_files
from traindyn.system.imports import closure
from traindyn.system.versions import installed_versions

NOT_LINKED = (
    r"(numpy|np|torch|jaxtyping|scipy|collections|pathlib|typing|matplotlib|docutils|sphinx)\b.*"
    r"|ndarray|Array|Float|Int|Tensor|Generator|Axes|Figure|optional|SCALES|P|.*\.(T|R|Field)"
    r"|traindyn\.curvature\.operators\..*"
)
"""Names in signatures that other projects document, aliases of such types, kinds of matrices."""

PLACE = "% every module is put here by bookbuild.site.reference\n"
"""Line of a page that becomes the reference, in alphabetical order."""

ROOM_PARTS = ("theory", "experiments", "results", "studies")
"""Parts of a room with a reference. Claims have a page of their own, figures serve one page."""


def ignore_external(app: Sphinx, config: Config) -> None:
    """Let nit-picky builds pass over names of other projects."""
    del app
    config.nitpick_ignore_regex = [(r"py:.*", NOT_LINKED)]


def public_modules(package: Path, prefix: str = "") -> Iterator[tuple[str, bool]]:
    """Modules of a package, and whether a module re-exports the names of its parts.

    A package that lists names in ``__all__`` stands for its parts. Modules whose names start with
    an underscore are left out.

    Args:
        package: Folder of the package.
        prefix: Names of the packages that hold it, each with its dot.
    """
    inside = f"{prefix}{package.name}."
    for path in sorted(package.iterdir()):
        if path.name.startswith("_"):
            continue
        if path.suffix == ".py":
            yield f"{inside}{path.stem}", False
        elif (path / "__init__.py").is_file():
            if "__all__" in names_assigned(path / "__init__.py"):
                yield f"{inside}{path.name}", True
            else:
                yield from public_modules(path, inside)


def names_assigned(file: Path) -> set[str]:
    """Names that the top level of a module assigns."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def reference(modules: Sequence[tuple[str, bool]], inside: str) -> str:
    """A table of modules for each package that holds some, and a section per module, in Markdown.

    Args:
        modules: Names, and whether a module re-exports the names of its parts.
        inside: What titles leave out of the names.
    """
    titles = {name: name.removeprefix(inside) for name, _ in modules}
    tables: dict[str, list[str]] = {}
    for name, title in titles.items():
        tables.setdefault(title.rpartition(".")[0], []).append(name)
    blocks = []
    for package, names in tables.items():
        table = "\n".join(f"   {'~' * bool(package)}{name}" for name in names)
        head = f"*{package.capitalize()}*\n\n" if package else ""
        blocks.append(f"{head}```{{eval-rst}}\n.. autosummary::\n\n{table}\n```\n")
    for name, exports in modules:
        also = "imported-members" if exports else "ignore-module-all"
        options = f"   :members:\n   :{also}:\n"
        blocks.append(
            f"## {titles[name]}\n\n```{{eval-rst}}\n.. automodule:: {name}\n{options}```\n"
        )
    return "\n".join(blocks)


def modules_of(workspace: Workspace, page: str) -> tuple[list[tuple[str, bool]], str]:
    """The modules that a page tells, and what their titles leave out.

    They are those of a room if the page has its name, else all that are in no room.
    """
    package, room = workspace.lib / "traindyn", page.rpartition("/")[2]
    rooms = set(workspace.chapters)
    if room in rooms:
        inside = f"traindyn.{room}."
        parts = [package / room / part for part in ROOM_PARTS]
        return [m for part in parts if part.is_dir() for m in public_modules(part, inside)], inside
    shared = [m for m in public_modules(package) if m[0].split(".")[1] not in rooms]
    return shared, "traindyn."


def insert_reference(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the reference in its place on a page, and note what it was made of."""
    if PLACE in source[0]:
        workspace = Workspace.at(Path(app.srcdir))
        text = reference(*modules_of(workspace, page))
        source[0] = source[0].replace(PLACE, text)
        _made_of(app.env)[page] = modules_digest(workspace, page)


def _made_of(env: BuildEnvironment) -> dict[str, str]:
    """What :func:`modules_digest` told of each page of the reference when it was read."""
    pages: dict[str, str] = vars(env).setdefault("reference_made_of", {})
    return pages


def modules_digest(workspace: Workspace, page: str) -> str:
    """Digest of what a page of the reference is made of besides its own text.

    These are the names of its modules, all modules that they import, since signatures show the
    types of those, and the sources and packages that make pages.
    """
    lib = workspace.lib
    modules, _ = modules_of(workspace, page)
    files = closure(lib, {name for name, _ in modules})
    makers = source_files(Path(bookbuild.__file__).parent)
    versions = installed_versions(workspace.lock.read_text("utf-8", "replace"))
    texts = (repr(modules), digest_files(lib, sorted(files)), versions, platform.python_version())
    made = [*(text.encode() for text in texts), *(file.read_bytes() for file in makers)]
    return digest(*made)


def read_again(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> set[str]:
    """All pages but those of the reference whose modules are as they were when they were read.

    What other pages are made of is not listed anywhere, so each build reads them.
    """
    del changed, removed
    workspace, made_of = Workspace.at(Path(app.srcdir)), _made_of(env)
    return {
        page
        for page in env.found_docs - added
        if page not in made_of or made_of[page] != modules_digest(workspace, page)
    }


@functools.lru_cache(maxsize=1)
def _last_words(domain: PythonDomain) -> frozenset[str]:
    """Last words of all documented names, once every page is read."""
    return frozenset(name.rpartition(".")[2] for name in domain.objects)


def find_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.Node
) -> nodes.reference | None:
    """Resolve a name that a docstring writes without its module, where only one is meant."""
    domain = env.get_domain("py")
    if node.get("refdomain") != "py" or not isinstance(domain, PythonDomain):
        return None
    if node["reftarget"].rpartition(".")[2] not in _last_words(domain):
        return None  # most names are of other libraries: looking for each takes seconds
    found = domain.find_obj(
        env, node.get("py:module"), node.get("py:class"), node["reftarget"], node["reftype"], 1
    )
    if len(found) != 1:
        return None
    [(_, entry)] = found
    return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, content)


def setup(app: Sphinx) -> None:
    """Fill the pages when they are read, if they are, and resolve names when they are written."""
    app.connect("env-get-outdated", read_again)
    app.connect("config-inited", ignore_external)
    app.connect("source-read", insert_reference)
    app.connect("missing-reference", find_name)
