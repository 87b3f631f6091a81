"""Which chapters there are, and the claims that each has registered."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Sequence

import traindyn
from traindyn.ledger.registry import Registry
from traindyn.system.arguments import short


def chapters() -> list[str]:
    """Names of the chapters: the packages of the library that have a module ``claims``."""
    names = (module.name for module in pkgutil.iter_modules(traindyn.__path__) if module.ispkg)
    return sorted(name for name in names if importlib.util.find_spec(f"traindyn.{name}.claims"))


def registry_of(chapter: str) -> Registry:
    """The registered claims of a chapter.

    Raises:
        ValueError: If there is no such chapter.
    """
    if chapter not in (known := chapters()):
        raise ValueError(
            f"chapter must be one of {', '.join(known) or '(none)'}, got {short(chapter)}"
        )
    registry: Registry = importlib.import_module(f"traindyn.{chapter}.claims").registry
    return registry


def find_claims(names: Sequence[str]) -> list[tuple[Registry, str]]:
    """Claims by the names of chapters and claims; no name: all.

    Raises:
        ValueError: If a name is neither.
    """
    known = chapters()
    if all(name in known for name in names):
        registries = [registry_of(chapter) for chapter in names or known]
        return [(registry, claim_id) for registry in registries for claim_id in registry.ids]
    found = {}
    for registry in map(registry_of, known):
        for claim_id in registry.ids:
            if not {registry.chapter, claim_id}.isdisjoint(names):
                found[claim_id] = registry
    given = {*found, *(registry.chapter for registry in found.values())}
    if unknown := [name for name in names if name not in given]:
        raise ValueError(
            f"claims must be ids such as SS-7 or chapters ({', '.join(known)}), "
            f"got {short(unknown[0])}"
        )
    return [(registry, claim_id) for claim_id, registry in found.items()]
