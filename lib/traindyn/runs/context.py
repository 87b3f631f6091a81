"""Scale, seed and random streams of a run."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import numpy as np

from traindyn.system.arguments import one_of, short

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
Scale = Literal["ci", "laptop", "paper"]
SCALES: tuple[Scale, ...] = get_args(Scale)


@dataclass(frozen=True)
class Context:
    """Scale and seed of a run, and the random streams derived from them.

    Args:
        scale: ``ci``, ``laptop`` or ``paper``: dimensions, replicas and horizons.
        seed: 0 is published, 1-999 serve sweeps, 1000 and above calibration.
        stream: Name of a study's stream or id of a claim; each has random streams of its own.

    Raises:
        ValueError: If ``scale`` or ``seed`` leave their range.
    """

    scale: Scale
    seed: int
    stream: str

    def __post_init__(self) -> None:
        one_of("scale", self.scale, SCALES)
        _seed(self.seed)

    def choose(self, *, ci: T, laptop: T, paper: T) -> T:
        """The setting of this scale."""
        return {"ci": ci, "laptop": laptop, "paper": paper}[self.scale]

    def of(self, stream: str) -> Context:
        """The same scale and seed with other random streams."""
        return replace(self, stream=stream)

    def _entropy(self, name: str) -> int:
        text = f"{self.seed}/{self.stream}/{name}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1

    def torch_generator(self, name: str) -> torch.Generator:
        """A torch stream, a function of seed, stream and name only."""
        import torch  # reading a ledger must not wait for it

        generator = torch.Generator()
        generator.manual_seed(self._entropy(name))
        return generator

    def numpy_generator(self, name: str) -> np.random.Generator:
        """A numpy stream, a function of seed, stream and name only."""
        return np.random.default_rng(self._entropy(name))


def resolve_scale(scale: str | None = None) -> Scale:
    """The scale of a run: the argument, else ``TRAINDYN_SCALE``, else ``laptop``.

    Raises:
        ValueError: If it is not one of :data:`SCALES`.
    """
    value: Any = os.environ.get("TRAINDYN_SCALE") or "laptop" if scale is None else scale
    one_of("scale", value, SCALES)
    return value


def resolve_seed(seed: int | None = None) -> int:
    """The seed of a run: the argument, else ``TRAINDYN_SEED``, else 0.

    Raises:
        ValueError: If it is not an integer of at least 0 with at most 18 digits.
    """
    return _seed(os.environ.get("TRAINDYN_SEED") or "0" if seed is None else seed)


def _seed(value: Any) -> int:
    text = str(value)
    if not text.isdecimal():
        raise ValueError(f"seed must be an integer of at least 0, got {short(text)}")
    if len(text) > 18:
        raise ValueError(f"seed must have at most 18 digits, got {short(text)}")
    return int(text)
