"""Other arguments for the studies that a claim asks for, and a record of what it asks.

    with overriding([Override("learning_rate", 0.01)]):
        registry.run("BR-2")  # its studies draw at that learning rate

Only what the claim itself asks is overridden. A study that rests on others passes them what it was
given, so that the key of every result still tells the arguments that it was drawn with.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from traindyn.runs.context import Context


class Override(NamedTuple):
    """Another value for an argument of the studies that a claim asks for."""

    argument: str
    """Its name; a field of an argument as ``setting.rate``."""
    value: Any
    """What the studies get."""
    study: str = ""
    """Name of the only study that gets it, with or without its module; empty: all."""
    instead_of: tuple[Any, ...] = ()
    """Values that it takes the place of; none: all."""

    def concerns(self, study: str, arguments: dict[str, Any]) -> bool:
        """Whether a call of a study is changed.

        >>> Override("rate", 0.1, instead_of=(1,)).concerns("room.run", {"rate": 1.0})
        False
        """
        if self.study not in ("", study, study.rpartition(".")[2]):
            return False
        name, *fields = self.argument.split(".")
        if name not in arguments:
            return False
        try:
            given = functools.reduce(getattr, fields, arguments[name])
        except AttributeError:
            return False
        return not self.instead_of or _spelled(given) in map(_spelled, self.instead_of)

    def apply(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a call that it concerns, changed.

        Raises:
            ValueError: If a class whose field is changed refuses the value.
        """
        name, *fields = self.argument.split(".")
        return {**arguments, name: _with(arguments[name], fields, self.value)}


class Asked(NamedTuple):
    """A call of a study by a claim."""

    study: str
    """Dotted name of the function."""
    arguments: dict[str, Any]
    """By name, without the context."""


@dataclass(frozen=True)
class _Terms:
    """On what terms a claim runs now."""

    overrides: tuple[Override, ...] = ()
    asked: list[Asked] = field(default_factory=list)
    records: bool = False


_FREE = _Terms()
_TERMS: ContextVar[_Terms] = ContextVar("terms", default=_FREE)


@contextmanager
def overriding(overrides: Sequence[Override]) -> Iterator[None]:
    """Give the studies that claims ask for in this block other arguments.

    A claim that runs here is stored under a key of its own: its published result is neither found
    nor replaced.
    """
    with _on(_Terms(tuple(overrides))):
        yield


@contextmanager
def recording() -> Iterator[list[Asked]]:
    """Collect what claims ask of their studies in this block; the claims run, stored or not."""
    terms = _Terms(records=True)
    with _on(terms):
        yield terms.asked


@contextmanager
def answering(study: str, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The arguments that a study gets when it is asked; what it asks itself is not overridden.

    Args:
        study: Its dotted name.
        arguments: Those of the call, by name.
    """
    terms = _TERMS.get()
    if terms is _FREE:
        yield arguments
        return
    if terms.records:
        told = {n: v for n, v in arguments.items() if not isinstance(v, Context)}
        terms.asked.append(Asked(study, told))
    changed = arguments
    for override in terms.overrides:
        if override.concerns(study, arguments):
            changed = override.apply(changed)
    with _on(_FREE):
        yield changed


def in_force() -> tuple[Override, ...]:
    """The overrides of the block that runs now."""
    return _TERMS.get().overrides


def plays() -> bool:
    """Whether claims run now on other terms than usual, so that nothing may be published."""
    return _TERMS.get() is not _FREE


def records() -> bool:
    """Whether the block that runs now collects what is asked."""
    return _TERMS.get().records


@contextmanager
def _on(terms: _Terms) -> Iterator[None]:
    token = _TERMS.set(terms)
    try:
        yield
    finally:
        _TERMS.reset(token)


def _with(value: Any, fields: list[str], new: Any) -> Any:
    """A frozen dataclass, or one inside it, with another value of a field."""
    if not fields:
        return new
    inner = _with(getattr(value, fields[0]), fields[1:], new)
    return dataclasses.replace(value, **{fields[0]: inner})


def _spelled(value: Any) -> str:
    """A value as it names random streams: 8 and 8.0 are two."""
    return repr(value)
