"""Every public function of the shared modules, found by inspection."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import traindyn

LEFT_OUT = ("traindyn.__main__",)


def shared_modules() -> Iterator[ModuleType]:
    """The modules of ``traindyn`` that belong to no room, packages and private ones included."""
    for found in pkgutil.walk_packages(traindyn.__path__, "traindyn."):
        top = ".".join(found.name.split(".")[:2])
        is_room = importlib.util.find_spec(top).submodule_search_locations is not None and (
            importlib.util.find_spec(f"{top}.claims") is not None
        )
        if not is_room and found.name not in LEFT_OUT:
            yield importlib.import_module(found.name)


def public_functions() -> dict[str, Any]:
    """What the shared modules offer, by the name under which it is defined.

    Functions and classes without a leading underscore, and the functions of these classes:
    ``traindyn.laws.GridLaw`` stands for making one, ``traindyn.laws.GridLaw.cdf`` for its method.
    Exceptions, named tuples, types and properties are no functions, nor is making a dataclass that
    checks nothing: it holds what it is given.
    """
    found: dict[str, Any] = {}
    for module in shared_modules():
        for name, value in vars(module).items():
            if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(inspect.unwrap(value)):
                found[f"{module.__name__}.{name}"] = value
            elif inspect.isclass(value) and not issubclass(value, BaseException | tuple):
                if not dataclasses.is_dataclass(value) or _checks(value):
                    found[f"{module.__name__}.{name}"] = value
                found |= _methods(f"{module.__name__}.{name}", value)
    return found


def _methods(owner: str, kind: type) -> Iterator[tuple[str, Any]]:
    for name, value in vars(kind).items():
        function = getattr(value, "__func__", value)  # a class method holds its function
        if not name.startswith("_") and inspect.isfunction(inspect.unwrap(function)):
            yield f"{owner}.{name}", value


def _checks(kind: Any) -> bool:
    """Whether making a dataclass checks what it is given."""
    return hasattr(kind, "__post_init__") or not kind.__dataclass_params__.init
