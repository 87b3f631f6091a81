"""The key of a verdict: that of the claim's studies, and what decides between them and it."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

from traindyn.system.files import digest

DECIDING = ("rules.py", "parts.py", "verdicts.py")
"""Modules of the ledger that a verdict is made by; the keys of studies leave them out, so that
another rule simulates nothing again."""


def _statements(source: str) -> str:
    """What a module does, in one form: without comments, spacing and docstrings.

    Raises:
        ValueError: If it is no Python.

    >>> _statements("x = 1  # one") == _statements("'''Doc.'''; x = (1)")
    True
    >>> _statements("x = 1") == _statements("x = 2")
    False
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"source must be Python: {error}") from None
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_text(part)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


@functools.cache
def _deciding_source() -> str:
    """Digest of what decides, as the files were when this process first asked."""
    folder = Path(__file__).parent
    return digest(*(_statements((folder / name).read_text("utf-8")).encode() for name in DECIDING))


def verdict_key(source: str) -> str:
    """The key of a claim's verdicts; empty if its studies have none.

    Args:
        source: Digest of all that the claim's studies can execute or read.
    """
    return digest(source.encode(), _deciding_source().encode())[:16] if source else ""
