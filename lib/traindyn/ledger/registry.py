"""Where a room registers its claims, and the one way to run them."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from traindyn.ledger.claim import Claim
from traindyn.ledger.decisions import verdict_key
from traindyn.ledger.parts import BASES, Basis, Part
from traindyn.ledger.records import ledger_of, merge_claim
from traindyn.runs.context import Context, resolve_scale, resolve_seed
from traindyn.runs.keys import library_of
from traindyn.runs.overrides import plays
from traindyn.runs.store import Key
from traindyn.runs.studies import STORE, Stored
from traindyn.system.arguments import finite_number, one_of, short, whole_text
from traindyn.system.threads import one_thread


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
        self._functions: dict[str, tuple[ClaimFunction | Stored, str, Basis, str]] = {}

    def claim(
        self, number: int, *, source: str, basis: Basis, statement: str
    ) -> Callable[[ClaimFunction], ClaimFunction]:
        """Register the function that runs claim ``<prefix>-<number>``.

        The function maps a :class:`traindyn.runs.Context` to a result (data for figures) and the
        parts.

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
            self._functions[claim_id] = (_stored(function), source, basis, statement)
            return function

        return register

    def discover(self, package: str) -> None:
        """Import the modules of a package, which register their claims here.

        The package does not name them, so that what one claim depends on is not what all do.

        Args:
            package: Dotted name of a package that is being imported or was.
        """
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
            importlib.import_module(f"{package}.{module.name}")

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

        Result and parts come from the store of this process if a run of the same sources at the
        same scale and seed has left them there, and are stored otherwise; the verdict is computed.
        A claim that stands outside the library, as in a notebook, is not stored.

        The run uses one thread: its matrices are small, and threads that wait for each other make
        it many times slower.

        When the environment variable ``TRAINDYN_CLAIMS`` names a folder the claim is also recorded
        there, in ``<chapter>.json``, unless an argument asks for another scale or seed than the
        environment does, or it runs on other terms (``traindyn.runs.overrides``): such a run is
        play. Otherwise nothing is written.

        Args:
            claim_id: Such as ``BR-8``.
            scale: ``ci``, ``laptop`` or ``paper``; default: ``TRAINDYN_SCALE``, else ``laptop``.
            seed: At least 0; default: ``TRAINDYN_SEED``, else 0, the published one.

        Raises:
            ValueError: If the id is unknown, scale or seed leave their range, or the claim's
                function returns something else than a result and parts, or a result that is no
                data.
        """
        context = self._context(claim_id, scale, seed)
        function, source, basis, statement = self._functions[claim_id]
        returned, seconds = _returned(function, context)
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise ValueError(f"{claim_id} must return a result and parts, got {short(returned)}")
        result, parts = returned
        claim = replace(
            Claim(claim_id, source, basis, statement, parts),
            seconds=seconds,
            key=self.source_of(claim_id),
        )
        published = (context.scale, context.seed) == (resolve_scale(), resolve_seed())
        if (folder := os.environ.get("TRAINDYN_CLAIMS")) and published and not plays():
            ledger = ledger_of(
                self.chapter,
                [claim],
                scale=context.scale,
                seed=context.seed,
                key=os.environ.get("TRAINDYN_KEY", ""),
            )
            merge_claim(Path(folder) / f"{self.chapter}.json", ledger)
        return Run(result, claim)

    def is_stored(
        self, claim_id: str, *, scale: str | None = None, seed: int | None = None
    ) -> bool:
        """Whether :meth:`run` finds a stored result; it may turn out damaged.

        Raises:
            ValueError: If the id is unknown, or scale or seed leave their range.
        """
        key = self._key(claim_id, scale, seed)
        return key is not None and STORE.holds(key)

    def source_of(self, claim_id: str) -> str:
        """Digest of all that a claim can execute or read, and of what decides its verdicts.

        It is empty if the claim is not stored.

        Raises:
            ValueError: If the id is unknown.
        """
        key = self._key(claim_id, None, None)
        return verdict_key(key.source) if key else ""

    def _key(self, claim_id: str, scale: str | None, seed: int | None) -> Key | None:
        context = self._context(claim_id, scale, seed)
        function = self._functions[claim_id][0]
        return function.key(context)[0] if isinstance(function, Stored) else None

    def _context(self, claim_id: str, scale: str | None, seed: int | None) -> Context:
        one_of("claim_id", claim_id, self.ids)
        return Context(resolve_scale(scale), resolve_seed(seed), claim_id)


def _returned(function: ClaimFunction | Stored, context: Context) -> tuple[Any, float]:
    """What the function of a claim returns, and the seconds that it takes."""
    if isinstance(function, Stored):
        return function.fetch(context)
    start = time.perf_counter()
    with one_thread():
        returned = function(context)
    return returned, round(time.perf_counter() - start, 3)


def _stored(function: ClaimFunction) -> ClaimFunction | Stored:
    """The function with a store in front, if it stands at the top of a module of the library."""
    name = getattr(function, "__qualname__", "<locals>")
    if "<locals>" in name or library_of(getattr(function, "__module__", "")) is None:
        return function
    return Stored(function)
