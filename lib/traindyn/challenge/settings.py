"""What ``--set`` and ``--bound`` say: a name, the value that is replaced, the values instead.

learning_rate=0.01,0.02,0.05
learning_rate=0.01:0.1:4          4 values at equal distances, ends included
learning_rate=0.01:1:5:log        5 values at equal ratios
ratio@0.5=0.3,0.7                 only where the claim asks with 0.5
simulated_growth.ratio@0.5=0.3    only in that study
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from traindyn.challenge.names import Name, spelled
from traindyn.runs.overrides import Override
from traindyn.system.arguments import short

MOST = 1000
"""Values that one setting may hold."""

BOUND = "bound"
"""Name of the axis of ``--bound``."""


@dataclass(frozen=True)
class Setting:
    """Values that take the place of an argument.

    Args:
        label: As it was typed, before the equals sign.
        overrides: One for each value; none where the setting is a bound.
        values: The values.
    """

    label: str
    overrides: tuple[Override, ...]
    values: tuple[Any, ...]


def read_setting(text: str, names: Sequence[Name]) -> Setting:
    """What a word of ``--set`` says about a claim that can be asked with some names.

    Args:
        text: ``[STUDY.]NAME[@VALUE]=VALUES``, where ``VALUES`` are separated by commas, or
            ``FIRST:LAST:COUNT`` or ``FIRST:LAST:COUNT:log``.
        names: Of the claim.

    Raises:
        ValueError: If no study of the claim has that argument, the claim asks with several values
            and the text does not say which one is meant, or a value is of another kind.
    """
    label, equals, values = text.partition("=")
    place, at, old = label.partition("@")
    if not (equals and place and values) or (at and not old):
        raise ValueError(f"--set must be NAME=VALUES or NAME@VALUE=VALUES, got {short(text)}")
    meant = [n for n in names if place in (n.argument, f"{n.study}.{n.argument}")]
    if not meant:
        raise ValueError(f"--set must name an argument of the claim's studies, got {short(place)}")
    if fixed := [name for name in meant if not name.can_be_set]:
        raise ValueError(f"--set cannot spell the values of {fixed[0].told()}")
    if len({type(value) for name in meant for value in name.values}) > 1:
        told = ", ".join(f"{name.study}.{name.argument}" for name in meant)
        raise ValueError(f"--set {place} must say which one it means: {told}")
    instead_of: tuple[Any, ...] = ()
    if at:
        known = {spelled(value): value for name in meant for value in name.values}
        asked = [value for value in known.values() if _is(old, value)]
        if not asked:
            raise ValueError(f"--set {place}@ must be one of {', '.join(known)}, got {short(old)}")
        instead_of = tuple(asked)
        meant = [n for n in meant if {spelled(v) for v in n.values} & set(map(spelled, asked))]
    elif len(several := sorted({spelled(value) for name in meant for value in name.values})) > 1:
        raise ValueError(
            f"--set {place} must say which value it replaces, as {place}@{several[0]}=...: "
            f"the claim asks with {', '.join(several)}"
        )
    made = read_values(f"--set {label}", values, meant[0].values[0], meant[0].allowed)
    argument = meant[0].argument
    study = meant[0].study if place != argument else ""
    overrides = tuple(Override(argument, value, study, instead_of) for value in made)
    return Setting(label, overrides, made)


def read_bound(text: str) -> Setting:
    """What ``--bound`` says: positive numbers, spelled as those of a setting.

    Raises:
        ValueError: If one is not.

    >>> read_bound("0.1:0.3:3").values
    (0.1, 0.2, 0.3)
    """
    values = read_values("--bound", text, 1.0)
    return Setting(BOUND, (), values)


def read_values(name: str, text: str, like: Any, allowed: Sequence[str] = ()) -> tuple[Any, ...]:
    """Values of one kind.

    Args:
        name: What the message calls them.
        text: As they are typed.
        like: A value of their kind.
        allowed: The texts that may stand there; none: any.

    Raises:
        ValueError: If one is of another kind, not finite, or stands there twice.

    >>> read_values("--set rate", "1:100:3:log", 0.5), read_values("--set size", "1:9:3", 4)
    ((1.0, 10.0, 100.0), (1, 5, 9))
    """
    if ":" in text and isinstance(like, int | float) and not isinstance(like, bool):
        values = _range(name, text, like)
    else:
        values = tuple(_value(name, word, like, allowed) for word in _words(text))
    if len(values) > MOST:
        raise ValueError(f"{name} must hold at most {MOST} values, got {len(values)}")
    if len({spelled(value) for value in values}) < len(values):
        raise ValueError(f"{name} must hold each value once, got {short(text)}")
    return values


def _range(name: str, text: str, like: int | float) -> tuple[int | float, ...]:
    first, *rest = text.split(":")
    if len(rest) not in (2, 3) or rest[2:] not in ([], ["log"]):
        raise ValueError(f"{name} must be FIRST:LAST:COUNT or FIRST:LAST:COUNT:log, got {text}")
    count: int = _value(f"{name}: COUNT", rest[1], 2)
    low: float = _value(name, first, 1.0)
    high: float = _value(name, rest[0], 1.0)
    if not 2 <= count <= MOST:
        raise ValueError(f"{name}: COUNT must lie in [2, {MOST}], got {count}")
    if rest[2:] and min(low, high) <= 0:
        raise ValueError(f"{name}: ends must be positive for equal ratios, got {text}")
    found = (np.geomspace if rest[2:] else np.linspace)(low, high, count)
    rounded = [float(f"{value:.12g}") for value in found]  # 0.30000000000000004 is nobody's value
    return tuple(round(value) if isinstance(like, int) else value for value in rounded)


def _words(text: str) -> list[str]:
    """Words between commas that stand in no brackets."""
    words, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            words.append("")
        else:
            words[-1] += letter
    return [word.strip() for word in words]


def _is(text: str, value: Any) -> bool:
    """Whether a text means a value of a claim, which may be a rounded product."""
    try:
        meant = _value("", text, value)
    except ValueError:
        return False
    if isinstance(value, float):
        return math.isclose(meant, value, rel_tol=1e-9)
    return bool(meant == value)


def _value(name: str, word: str, like: Any, allowed: Sequence[str] = ()) -> Any:
    """A word as a value of a kind."""
    wrong = f"{name} must be {_kind(like, allowed)}, got {short(word)}"
    if isinstance(like, tuple):
        inner = _words(word[1:-1]) if word[:1] + word[-1:] == "()" else []
        if len(inner) != len(like):
            raise ValueError(wrong)
        return tuple(_value(name, part, kind) for part, kind in zip(inner, like, strict=True))
    if isinstance(like, str):
        if not word or (allowed and word not in allowed):
            raise ValueError(wrong)
        return word
    if isinstance(like, bool):
        if word not in ("true", "false"):
            raise ValueError(wrong)
        return word == "true"
    try:
        value = int(word) if isinstance(like, int) else float(word)
    except ValueError:
        raise ValueError(wrong) from None
    if not math.isfinite(value):
        raise ValueError(wrong)
    return value


def _kind(like: Any, allowed: Sequence[str]) -> str:
    if allowed:
        return f"one of {', '.join(allowed)}"
    if isinstance(like, tuple):
        return f"such as {spelled(like)}"
    kinds = {bool: "true or false", int: "a whole number", float: "a finite number", str: "a text"}
    return kinds[type(like)]
