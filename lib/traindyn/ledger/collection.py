"""What a sweep has decided so far, in memory or in a table on disk, and what it says at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from traindyn.ledger.claim import Claim
from traindyn.ledger.records import ledger_of
from traindyn.ledger.registry import Registry
from traindyn.ledger.seed_statistics import statistics_of, told
from traindyn.ledger.seeds import (
    SeedTable,
    add_runs,
    exact_readings_that_differ,
    exact_values_that_differ,
    runs_of,
)
from traindyn.ledger.validation import Ledger
from traindyn.runs.studies import STORE

Decided = tuple[Registry, str, int]
"""A claim at a seed."""


def decided(registry: Registry, claim_id: str, scale: str, seed: int) -> Claim:
    """A claim whose run is stored; its arrays leave the memory again.

    Raises:
        ValueError: If the id is unknown, or scale or seed leave their range.
    """
    claim = registry.run(claim_id, scale=scale, seed=seed).claim
    if STORE.root is not None:
        STORE.memory.clear()
    return claim


class Collection:
    """The claims of a sweep at their seeds.

    Args:
        path: The table of :mod:`traindyn.ledger.seeds`; empty: nothing is written.
        scale: Of the sweep.
        claims: The claims that are swept.

    Raises:
        ValueError: If the file is no table, or one of another scale.
    """

    def __init__(self, path: str, scale: str, claims: Sequence[tuple[Registry, str]]) -> None:
        self.path, self.scale = Path(path) if path else None, scale
        registries = {registry.chapter: registry for registry, _ in claims}.values()
        self.registered = [claim for registry in registries for claim in registry.ids]
        self.table = SeedTable(scale)
        if self.path:
            self.table = add_runs(self.path, scale, [], self.registered)

    def holds(self, registry: Registry, claim_id: str, seed: int) -> bool:
        """Whether the table has the claim at that seed, of the sources as they are."""
        return self.table.holds(claim_id, seed, registry.source_of(claim_id))

    def add(self, done: Sequence[Decided]) -> None:
        """Put claims whose runs are stored into the table, if there is one."""
        if self.path is None or not done:
            return
        runs = [run for ledger in self._ledgers(done) for run in runs_of(ledger)]
        self.table = add_runs(self.path, self.scale, runs, self.registered)

    def values_that_differ(self, done: Sequence[Decided]) -> list[str]:
        """Lines about exact values that depend on the seed, of stored runs and of the table."""
        found = exact_values_that_differ([*self._ledgers(done)])
        return list(dict.fromkeys([*found, *exact_readings_that_differ(self.table)]))

    def told(self) -> list[str]:
        """What the seeds of the table say, in lines; none if nothing is collected."""
        return told(statistics_of(self.table)) if self.table.runs else []

    def _ledgers(self, done: Sequence[Decided]) -> Iterator[Ledger]:
        """Their ledgers, one per chapter and seed."""
        groups: dict[tuple[str, int], list[tuple[Registry, str]]] = {}
        for registry, claim_id, seed in done:
            groups.setdefault((registry.chapter, seed), []).append((registry, claim_id))
        for (chapter, seed), group in groups.items():
            claims = [decided(registry, name, self.scale, seed) for registry, name in group]
            yield ledger_of(chapter, claims, scale=self.scale, seed=seed)
