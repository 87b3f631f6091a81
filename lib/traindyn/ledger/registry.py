"""Where a room registers its claims, and the one way to run them."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, get_args

import numpy as np
from threadpoolctl import threadpool_limits

from traindyn.ledger.claim import BASES, Basis, Claim, Part
from traindyn.ledger.records import ledger_of, merge_claim
from traindyn.system.arguments import finite_number, one_of, short, whole_text

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
        claim: Id of the claim that runs; every claim has streams of its own.

    Raises:
        ValueError: If ``scale`` or ``seed`` leave their range.
    """

    scale: Scale
    seed: int
    claim: str

    def __post_init__(self) -> None:
        one_of("scale", self.scale, SCALES)
        _seed(self.seed)

    def choose(self, *, ci: T, laptop: T, paper: T) -> T:
        """The setting of this scale."""
        return {"ci": ci, "laptop": laptop, "paper": paper}[self.scale]

    def _entropy(self, name: str) -> int:
        text = f"{self.seed}/{self.claim}/{name}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1

    def torch_generator(self, name: str) -> torch.Generator:
        """A torch stream, a function of seed, claim and name only."""
        import torch  # reading a ledger must not wait for it

        generator = torch.Generator()
        generator.manual_seed(self._entropy(name))
        return generator

    def numpy_generator(self, name: str) -> np.random.Generator:
        """A numpy stream, a function of seed, claim and name only."""
        return np.random.default_rng(self._entropy(name))


class Run(NamedTuple):
    """What running a claim returns: data for figures, and the decided claim."""

    result: Any
    """What the chapter's figures draw."""
    claim: Claim
    """The claim with its verdict."""


ClaimFunction = Callable[[Context], tuple[Any, Sequence[Part]]]


class Registry:
    """The claims of one chapter.

    Args:
        chapter: Name of the chapter, its room and its ledger file.
        prefix: Two capital letters that start its claim ids.

    Raises:
        ValueError: If the prefix is something else, or the chapter's name has other characters
            than small letters and underscores.
    """

    def __init__(self, chapter: str, prefix: str) -> None:
        if not isinstance(chapter, str) or not re.fullmatch("[a-z_]+", chapter):
            raise ValueError(f"chapter must consist of a to z and _, got {short(chapter)}")
        if not isinstance(prefix, str) or not re.fullmatch("[A-Z]{2}", prefix):
            raise ValueError(f"prefix must be two capital letters, got {short(prefix)}")
        self.chapter = chapter
        self.prefix = prefix
        self._functions: dict[str, tuple[ClaimFunction, str, Basis, str]] = {}

    def claim(
        self, number: int, *, source: str, basis: Basis, statement: str
    ) -> Callable[[ClaimFunction], ClaimFunction]:
        """Register the function that runs claim ``<prefix>-<number>``.

        The function maps a :class:`Context` to a result (data for figures) and the parts.

        Raises:
            ValueError: If the number is below 1 or taken, the source or the statement is empty, or
                the basis is none.
        """
        if not isinstance(finite_number("number", number), int) or number < 1:
            raise ValueError(f"number must be at least 1, got {short(number)}")
        claim_id = f"{self.prefix}-{number}"
        if claim_id in self._functions:
            raise ValueError(f"claim {claim_id} is registered already")
        whole_text(f"source of {claim_id}", source)
        one_of(f"basis of {claim_id}", basis, BASES)
        whole_text(f"statement of {claim_id}", statement)

        def register(function: ClaimFunction) -> ClaimFunction:
            self._functions[claim_id] = (function, source, basis, statement)
            return function

        return register

    @property
    def ids(self) -> list[str]:
        """Registered claim ids in numerical order."""
        return sorted(self._functions, key=lambda claim_id: int(claim_id.split("-")[1]))

    @property
    def statements(self) -> dict[str, str]:
        """What each registered claim states, in numerical order."""
        return {claim_id: self._functions[claim_id][3] for claim_id in self.ids}

    def run(self, claim_id: str, *, scale: str | None = None, seed: int | None = None) -> Run:
        """Run one claim and return its result and its verdict.

        The run uses one thread: its matrices are small, and threads that wait for each other make
        it many times slower.

        When the environment variable ``TRAINDYN_CLAIMS`` names a folder the claim is also recorded
        there, in ``<chapter>.json``, unless an argument asks for another scale or seed than the
        environment does: such a run is play. Otherwise nothing is written.

        Args:
            claim_id: Such as ``BR-8``.
            scale: ``ci``, ``laptop`` or ``paper``; default: ``TRAINDYN_SCALE``, else ``laptop``.
            seed: At least 0; default: ``TRAINDYN_SEED``, else 0, the published one.

        Raises:
            ValueError: If the id is unknown, scale or seed leave their range, or the claim's
                function returns something else than a result and parts.
        """
        one_of("claim_id", claim_id, self.ids)
        context = Context(resolve_scale(scale), resolve_seed(seed), claim_id)
        function, source, basis, statement = self._functions[claim_id]
        start = time.perf_counter()
        with threadpool_limits(limits=1):
            returned = function(context)
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise ValueError(f"{claim_id} must return a result and parts, got {short(returned)}")
        result, parts = returned
        seconds = round(time.perf_counter() - start, 3)
        claim = replace(Claim(claim_id, source, basis, statement, parts), seconds=seconds)
        published = (context.scale, context.seed) == (resolve_scale(), resolve_seed())
        if (folder := os.environ.get("TRAINDYN_CLAIMS")) and published:
            ledger = ledger_of(
                self.chapter,
                [claim],
                scale=context.scale,
                seed=context.seed,
                key=os.environ.get("TRAINDYN_KEY", ""),
            )
            merge_claim(Path(folder) / f"{self.chapter}.json", ledger)
        return Run(result, claim)


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
