"""What a chapter shows besides results: the source of a library function."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Source:
    """Python source, displayed as code by a notebook."""

    text: str

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.text}\n```"

    def __str__(self) -> str:
        return self.text


def show_source(function: Callable[..., Any]) -> Source:
    """The source of a library function, without its docstring.

    A chapter shows the code that runs, never a copy of it.

    Args:
        function: A function written in Python.

    Raises:
        ValueError: If the function has no Python source.

    >>> print(show_source(textwrap.indent).text.splitlines()[0])
    def indent(text, prefix, predicate=None):
    """
    try:
        source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    except (TypeError, OSError):
        raise ValueError(f"function must have Python source, got {function!r}") from None
    (definition,) = ast.parse(source).body
    lines = source.rstrip().splitlines()
    body = getattr(definition, "body", [])
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        first, last = body[0].lineno, body[0].end_lineno or body[0].lineno
        del lines[first - 1 : last]
    return Source("\n".join(lines))
