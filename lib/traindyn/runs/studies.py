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
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import traindyn
from traindyn.runs.context import Context
from traindyn.runs.keys import (
    argument_key,
    canonical,
    library_of,
    source_key,
    unchanged,
    younger_than,
)
from traindyn.runs.overrides import answering, in_force, records
from traindyn.runs.store import Key, Store
from traindyn.system.threads import one_thread

P = ParamSpec("P")
R = TypeVar("R")


def default_root() -> Path | None:
    """Where results are stored: ``TRAINDYN_STUDIES``, else ``studies`` in the build root.

    The build root is ``TRAINDYN_BUILD``, else ``_build`` in the checkout. Outside a checkout, as in
    an installed package, nothing is stored unless one of the variables says where.
    """
    checkout = Path(__file__).resolve().parents[3]
    if folder := os.environ.get("TRAINDYN_STUDIES"):
        return Path(folder).expanduser().absolute()
    if build := os.environ.get("TRAINDYN_BUILD"):
        return checkout / Path(build).expanduser() / "studies"
    return checkout / "_build" / "studies" if (checkout / "_toc.yml").is_file() else None


STORE = Store(default_root())
"""The store of this process."""


class Stored:
    """A function whose results are stored.

    Args:
        function: The function, at the top of a module of the library.

    Raises:
        ValueError: If it is no function at the top of a module.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.name = f"{function.__module__}.{getattr(function, '__qualname__', '')}"
        if not inspect.isfunction(function) or "<locals>" in self.name:
            raise ValueError(f"a study must stand at the top of its module, got {self.name}")
        self._function = function
        self._signature = inspect.signature(function)
        for parameter in self._signature.parameters.values():
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                raise ValueError(f"arguments of {self.name} must have names, got {parameter}")
        self._library = library_of(function.__module__)
        self._source = _source_of(function.__module__, self._library)

    def _bind(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The arguments of a call by name, with those that it leaves to their defaults."""
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)

    def key(self, *args: Any, **kwargs: Any) -> tuple[Key, dict[str, Any]]:
        """The key of a call, and its arguments by name in canonical form.

        Overrides in force, see :mod:`traindyn.runs.overrides`, belong to the key.

        Raises:
            ValueError: If an argument has no key, with its name.
        """
        arguments = {
            name: canonical(value, f"{name} of {self.name}")
            for name, value in self._bind(*args, **kwargs).items()
        }
        terms = {"overrides in force": overrides} if (overrides := in_force()) else {}
        return Key(self.name, argument_key({**arguments, **terms}), self._source), arguments

    def fetch(self, *args: Any, **kwargs: Any) -> tuple[Any, float]:
        """The stored result, which is drawn if there is none, and the seconds that drawing takes.

        Where what is asked is recorded it is drawn anew, and not stored.

        Raises:
            ValueError: If an argument has no key, or the result is no data.
        """
        key, arguments = self.key(*args, **kwargs)
        if records():
            with one_thread():
                return self._function(**arguments), 0.0
        return STORE.fetch(key, lambda: self._function(**arguments), self._unchanged)

    def _unchanged(self) -> bool:
        return self._library is not None and unchanged(self._library, self._function.__module__)


def _source_of(module: str, library: Path | None) -> str:
    """Digest of what a module executes, taken now, while its files are what was imported.

    Empty, so that nothing is stored, where a file may have been edited since: what it imports can
    have come into memory long before the module itself, as in a notebook.
    """
    imported_at = getattr(traindyn, "IMPORTED_AT", math.inf)  # a stand-in of the package has none
    if library is None or younger_than(library, module, imported_at):
        return ""
    return source_key(library, module)


def study(*, stream: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function at the top of a module a study: its results are computed once, and stored.

    Args:
        stream: Name of its random streams. Equal names draw equal numbers.

    Raises:
        ValueError: If it is no function at the top of a module. On a call: if an argument has no
            key (an array, a function, a generator, NaN), with its name, or the result is no data.
    """

    def make(function: Callable[P, R]) -> Callable[P, R]:
        stored = Stored(function)

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            own = {n: v.of(stream) if isinstance(v, Context) else v for n, v in kwargs.items()}
            positional = (v.of(stream) if isinstance(v, Context) else v for v in args)
            with answering(stored.name, stored._bind(*positional, **own)) as arguments:
                result: R = stored.fetch(**arguments)[0]
            return result

        return call

    return make
