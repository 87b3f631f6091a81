"""The table of what mutants did, ``book/data/mutants.json``: one line per mutant, in order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalogue import Mutant
from judge import Judgement

from traindyn.system.files import write_file
from traindyn.system.locks import held_for

Entry = dict[str, Any]


def entry_of(
    mutant: Mutant, judgement: Judgement, *, sources: str, seconds: float, commit: str, error: str
) -> Entry:
    """What the table holds of a mutant.

    Args:
        mutant: The mutant.
        judgement: What came of it.
        sources: Digest of all that its claims can execute or read, without the mutant.
        seconds: What it took.
        commit: Of the sources.
        error: Last line of what went wrong; empty: nothing.
    """
    entry: Entry = {
        "id": mutant.id,
        "what": mutant.what,
        "file": mutant.file,
        "claims": [*mutant.claims],
        "outcome": judgement.outcome,
        "rows": [[*change] for change in judgement.changes],
        "patch": mutant.patch,
        "sources": sources,
        "seconds": round(seconds, 1),
        "commit": commit,
    }
    return {**entry, "error": error} if error else entry


def is_current(entry: Entry | None, mutant: Mutant, sources: str) -> bool:
    """Whether a line of the table tells of this mutant, these claims and these sources."""
    if entry is None:
        return False
    told = (entry["patch"], entry["sources"], entry["claims"])
    return told == (mutant.patch, sources, [*mutant.claims])


def read_table(path: Path) -> dict[str, Entry]:
    """The lines of a table by the ids of their mutants; empty if there is none.

    Raises:
        ValueError: If it is no table.
    """
    if not path.is_file():
        return {}
    try:
        return {entry["id"]: entry for entry in json.loads(path.read_bytes())["mutants"]}
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} must be a table of mutants") from None


def add_to_table(path: Path, entries: Iterable[Entry], catalogue: Sequence[Mutant]) -> None:
    """Put lines into a table; those of mutants that are in no catalogue any more go.

    Processes that do so at the same time lose nothing of each other.

    Args:
        path: The table.
        entries: The new lines.
        catalogue: All mutants, in the order of the table.
    """
    with held_for(path):
        table = read_table(path) | {entry["id"]: entry for entry in entries}
        found = [table[mutant.id] for mutant in catalogue if mutant.id in table]
        write_file(path, text_of(found).encode())


def text_of(entries: Sequence[Mapping[str, Any]]) -> str:
    """The text of a table, a line per mutant."""
    lines = (json.dumps(entry, ensure_ascii=False, allow_nan=False) for entry in entries)
    return '{"mutants": [\n' + ",\n".join(lines) + "\n]}\n"
