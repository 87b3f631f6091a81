"""A directive whose argument names a table of a file in ``book/data``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from docutils.nodes import Node
from sphinx.util.docutils import SphinxDirective

from bookbuild.site.html import raw


class MeasuredTables(SphinxDirective):
    """Tables of one file: a class of its own for each, which names file and tables.

    Attributes:
        file: The file, relative to the book's root.
        writer: What writes it, as a message says it.
        parts: What makes HTML of its content, by the name of the part.
    """

    required_arguments = 1
    file: ClassVar[Path]
    writer: ClassVar[str]
    parts: ClassVar[Mapping[str, Callable[[dict[str, Any]], str]]]

    def run(self) -> list[Node]:
        """Return the part."""
        name = self.arguments[0]
        if name not in self.parts:
            raise self.error(f"part must be one of {', '.join(self.parts)}, got {name!r}")
        file = Path(self.env.app.srcdir) / self.file
        self.env.note_dependency(str(file))
        try:
            return [raw(self.parts[name](json.loads(file.read_text(encoding="utf-8"))))]
        except (OSError, ValueError, KeyError, TypeError) as error:
            fault = f"{type(error).__name__}: {error}"
            raise self.error(f"{self.file} must be what {self.writer} writes: {fault}") from None
