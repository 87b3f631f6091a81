"""Studies: named runs that are drawn once and stored.

    @study(stream="first steps")
    def first_steps(context: Context, inputs: int, problems: int) -> FirstSteps: ...

    first_steps(context, 80, 320)  # computed once per key, by whichever process comes first

A study is a function of plain arguments that returns data. Its random numbers come from its own
stream, whoever asks for it: scale and seed are the caller's, the stream is the study's.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from traindyn.runs.context import Context
from traindyn.runs.encoding import encode
from traindyn.runs.keys import LIB, canonical, source_key, unchanged
from traindyn.runs.store import Store
from traindyn.system.files import digest

P = ParamSpec("P")
R = TypeVar("R")


def default_root() -> Path | None:
    """Where results are stored: ``TRAINDYN_STUDIES``, else ``studies`` in the build root.

    Outside a checkout of the book, as in an installed package, nothing is stored.
    """
    if folder := os.environ.get("TRAINDYN_STUDIES"):
        return Path(folder).absolute()
    if build := os.environ.get("TRAINDYN_BUILD"):
        return LIB.parent / Path(build).expanduser() / "studies"
    return LIB.parent / "_build" / "studies" if (LIB.parent / "_toc.yml").is_file() else None


STORE = Store(default_root())
"""The store of this process."""


def study(*, stream: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function at the top of a module a study: its results are computed once, and stored.

    Args:
        stream: Name of its random streams. Equal names draw equal numbers.

    Raises:
        ValueError: If the function is no function at the top of a module. On a call: if an argument
            has no key (an array, a function, a generator, NaN), with its name.
    """

    def make(function: Callable[P, R]) -> Callable[P, R]:
        name = f"{function.__module__}.{function.__qualname__}"
        if not inspect.isfunction(function) or "<locals>" in name or function.__closure__:
            raise ValueError(f"a study must stand at the top of its module, got {name}")
        signature = inspect.signature(function)
        source = source_key(function.__module__)  # now, while the file is what was imported

        @functools.wraps(function)
        def stored(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            for argument, value in bound.arguments.items():
                if isinstance(value, Context):
                    value = value.of(stream)
                bound.arguments[argument] = canonical(value, f"{argument} of {name}")
            key = key_of(name, source, dict(bound.arguments))
            return STORE.fetch(
                name,
                key,
                lambda: function(*bound.args, **bound.kwargs),
                lambda: unchanged(function.__module__),
            )

        return stored

    return make


def key_of(name: str, source: str, arguments: dict[str, Any]) -> str:
    """The key of a study's result: its name, its sources and its arguments."""
    text = json.dumps([name, source, encode(arguments, "arguments")], sort_keys=True)
    return digest(text.encode())[:24]
