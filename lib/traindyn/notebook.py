"""What a chapter shows besides results: the source of a library function."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from traindyn.system.arguments import short


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
        function: A function or method that ``def`` defines. A docstring stays where nothing else
            is in the body, or on the same line.

    Raises:
        ValueError: If it is anything else: a builtin, a class, a lambda.

    >>> print(show_source(textwrap.indent).text.splitlines()[0])
    def indent(text, prefix, predicate=None):
    """
    wrapped = inspect.unwrap(function)
    code = getattr(wrapped, "__code__", None)
    if not inspect.iscode(code):
        raise ValueError(f"function must have Python source, got {short(function)}")
    try:
        lines = inspect.getsource(code).rstrip().splitlines()
    except OSError:
        raise ValueError(f"function must have Python source, got {short(function)}") from None
    # inside a block the indentation of a method means what it says, whatever its strings hold
    block = "if True:\n" if lines[0][:1].isspace() else ""
    try:
        tree = ast.parse(block + "\n".join(lines)).body[0]
    except SyntaxError:  # a lambda in the middle of an expression
        tree = ast.Pass()
    definition = tree.body[0] if isinstance(tree, ast.If) else tree
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef) or (
        # the line of a lambda can be that of another function, which it is passed to
        definition.name != code.co_name
    ):
        raise ValueError(f"function must be defined by def, got {short(function)}")
    if ast.get_docstring(definition) is not None and len(definition.body) > 1:
        text, following = definition.body[:2]
        first, last = text.lineno, text.end_lineno or text.lineno
        alone = definition.lineno < first and last < following.lineno
        if alone:
            shift = 1 if block else 0
            del lines[first - 1 - shift : last - shift]
    return Source(textwrap.dedent("\n".join(lines)))
