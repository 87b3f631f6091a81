"""The reference of the library: every shared module, and what its page does not link to.

The rooms of the chapters are left out: each is told by its chapter, and all together would make a
page too heavy to read on a phone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from bookbuild.workspace import Workspace

NOT_LINKED = (
    r"(numpy|np|torch|jaxtyping|scipy|collections|pathlib|typing|matplotlib|docutils|sphinx)\b.*"
    r"|ndarray|Array|Float|Int|Tensor|Generator|Axes|Figure|optional|SCALES|P|.*\.(T|R|Field)"
    r"|traindyn\.curvature\.operators\..*"
)
"""Names in signatures that other projects document, aliases of such types, kinds of matrices."""

PLACE = "% every shared module, in alphabetical order, is put here by bookbuild.site.reference\n"
"""Line of a page that becomes the reference."""


def ignore_external(app: Sphinx, config: Config) -> None:
    """Let nit-picky builds pass over names of other projects."""
    del app
    config.nitpick_ignore_regex = [(r"py:.*", NOT_LINKED)]


def public_modules(package: Path) -> Iterator[tuple[str, bool]]:
    """Modules of a package, and whether a module re-exports the names of its parts.

    A package that lists names in ``__all__`` stands for its parts. Modules whose names start with
    an underscore are left out.
    """
    for path in sorted(package.iterdir()):
        if path.name.startswith("_"):
            continue
        if path.suffix == ".py":
            yield f"{package.name}.{path.stem}", False
        elif (path / "__init__.py").is_file():
            if "__all__" in names_assigned(path / "__init__.py"):
                yield f"{package.name}.{path.name}", True
            else:
                for name, exports in public_modules(path):
                    yield f"{package.name}.{name}", exports


def names_assigned(file: Path) -> set[str]:
    """Names that the top level of a module assigns."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def reference(package: Path, rooms: Iterable[str] = ()) -> str:
    """A table of the modules of a package and a section for each, in Markdown.

    Args:
        package: Folder of the package.
        rooms: Names of its parts that are left out.
    """
    left_out = set(rooms)
    modules = [
        (name, exports)
        for name, exports in public_modules(package)
        if name.split(".")[1] not in left_out
    ]
    table = "\n".join(f"   {name}" for name, _ in modules)
    blocks = [f"```{{eval-rst}}\n.. autosummary::\n\n{table}\n```\n"]
    for name, exports in modules:
        options = "   :members:\n" + ("   :imported-members:\n" if exports else "")
        title = name.partition(".")[2]
        blocks.append(f"## {title}\n\n```{{eval-rst}}\n.. automodule:: {name}\n{options}```\n")
    return "\n".join(blocks)


def insert_reference(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the reference in its place on a page."""
    del page
    if PLACE in source[0]:
        workspace = Workspace.at(Path(app.srcdir))
        text = reference(workspace.lib / "traindyn", workspace.chapters)
        source[0] = source[0].replace(PLACE, text)


def keep_first_line(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Keep "Width in inches: the text column" a sentence, where napoleon would read a type.

    Napoleon takes what stands before a colon in the first line of a value's docstring as its type.
    The types stand in the signatures, so an empty comment takes the place of the first line.
    """
    del app, name, obj, options
    if what in {"attribute", "data", "property"}:
        lines[:0] = ["..", ""]


def setup(app: Sphinx) -> None:
    """Act before napoleon, which listens at the default priority."""
    app.connect("config-inited", ignore_external)
    app.connect("source-read", insert_reference)
    app.connect("autodoc-process-docstring", keep_first_line, priority=100)
