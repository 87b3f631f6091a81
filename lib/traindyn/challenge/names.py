"""The names that a claim can be asked with: the arguments of its studies, and what they are now.

They are found by running the claim once and recording which studies it asks. The studies come from
the store, so that this takes a moment after the claim has run.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from traindyn.ledger.claim import Claim
from traindyn.ledger.registry import Registry
from traindyn.runs.overrides import Asked, recording

SIMPLE = (bool, int, float, str)
"""Kinds of values that a command line can spell, and tuples of them."""


@dataclass(frozen=True)
class Name:
    """An argument of a study that a claim asks.

    Args:
        study: Name of the study.
        argument: Name of its argument, or of a field of an argument, as ``setting.rate``.
        values: What the claim asks with, each once, in order.
        default: Whether the claim leaves it to the study's default, wherever it asks.
        allowed: The texts that the study takes; empty: any value of that kind.
    """

    study: str
    argument: str
    values: tuple[Any, ...]
    default: bool
    allowed: tuple[str, ...] = ()

    @property
    def can_be_set(self) -> bool:
        """Whether the command line can spell its values."""
        return all(map(_is_simple, self.values))

    def told(self) -> str:
        """The name with its values, as it is listed."""
        shown = (f"{v:.9g}" if isinstance(v, float) else spelled(v) for v in self.values)
        values = ", ".join(shown)
        return f"{self.study}.{self.argument} = {values}{' (default)' * self.default}"


class Asking(NamedTuple):
    """A claim as it stands, and the names that it can be asked with."""

    claim: Claim
    names: tuple[Name, ...]


def ask(registry: Registry, claim_id: str, *, scale: str, seed: int) -> Asking:
    """Run a claim, and find the names that it can be asked with.

    Args:
        registry: That of its chapter.
        claim_id: Such as ``BR-8``.
        scale: ``ci``, ``laptop`` or ``paper``.
        seed: At least 0.

    Raises:
        ValueError: If there is no such claim, or scale or seed leave their range.
    """
    with recording() as asked:
        claim = registry.run(claim_id, scale=scale, seed=seed).claim
    return Asking(claim, names_of(asked))


def names_of(asked: Sequence[Asked]) -> tuple[Name, ...]:
    """The arguments of some calls, each once, with what they were.

    >>> calls = [Asked("room.studies.run", {"rate": 0.1}), Asked("room.studies.run", {"rate": 0.3})]
    >>> [name.told() for name in names_of(calls)]
    ['run.rate = 0.1, 0.3']
    """
    found: dict[tuple[str, str], list[Any]] = {}
    for call in asked:
        for argument, value in _leaves(call.arguments):
            values = found.setdefault((call.study, argument), [])
            if spelled(value) not in map(spelled, values):
                values.append(value)
    names = []
    for (study, argument), values in found.items():
        default, allowed = _declared(study, argument)
        names.append(
            Name(
                study.rpartition(".")[2],
                argument,
                tuple(values),
                [spelled(v) for v in values] == [spelled(default)],
                allowed,
            )
        )
    return tuple(names)


def _leaves(arguments: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The arguments of a call, those that are dataclasses field by field."""
    for name, value in arguments.items():
        if dataclasses.is_dataclass(value):
            fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
            yield from ((f"{name}.{inner}", v) for inner, v in _leaves(fields))
        else:
            yield name, value


def spelled(value: Any) -> str:
    """A value as a command line spells it.

    >>> [spelled(value) for value in (True, 8.0, "SGD", (0.1, 2), None)]
    ['true', '8.0', 'SGD', '(0.1,2)', 'none']
    """
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, tuple):
        return f"({','.join(map(spelled, value))})"
    return value if isinstance(value, str) else repr(value)


def _declared(study: str, argument: str) -> tuple[Any, tuple[str, ...]]:
    """The default of an argument, and the texts that it may be, as its study declares them."""
    module, _, name = study.rpartition(".")
    try:
        function = inspect.unwrap(getattr(importlib.import_module(module), name))
        parameter = inspect.signature(function).parameters[argument]
        kind = typing.get_type_hints(function).get(argument)
    except (ImportError, AttributeError, KeyError, NameError, TypeError):
        return inspect.Parameter.empty, ()
    texts = typing.get_args(kind) if typing.get_origin(kind) is Literal else ()
    return parameter.default, tuple(text for text in texts if isinstance(text, str))


def _is_simple(value: Any) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(map(_is_simple, value))
    return isinstance(value, SIMPLE)
