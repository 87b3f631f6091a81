"""The ledger on disk: one JSON file per chapter, written whole or not at all, checked when read."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from traindyn.inference import critical_value
from traindyn.ledger.claim import Claim, rows_of
from traindyn.ledger.upgrades import upgraded
from traindyn.ledger.validation import SCHEMA_VERSION, Ledger, check_ledger
from traindyn.system.arguments import short
from traindyn.system.files import write_file


def environment() -> dict[str, str]:
    """Versions and processor behind a run: what a reader needs to compare two ledgers."""
    packages = ("numpy", "scipy", "torch")
    return {
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in packages},
        "cpu": _processor(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def ledger_of(
    chapter: str, claims: Iterable[Claim], *, scale: str, seed: int, key: str = ""
) -> Ledger:
    """A chapter's ledger: the rows of its claims with scale, seed and environment.

    Raises:
        ValueError: If an argument is none that a ledger may hold, or two claims share an id.
    """
    ledger = {
        "schema": SCHEMA_VERSION,
        "chapter": chapter,
        "scale": scale,
        "seed": seed,
        "key": key,
        "z": critical_value(),
        "environment": environment(),
        "claims": [row for claim in claims for row in rows_of(claim)],
    }
    check_ledger(ledger)
    return ledger


def write_json(path: Path, content: Any) -> None:
    """Write JSON so that a reader sees the old file or the new one, never a part of it.

    Args:
        path: The file, as :func:`traindyn.system.files.write_file` takes it.
        content: Dictionaries, lists, texts, finite numbers (of numpy too), booleans and None.

    Raises:
        ValueError: If ``content`` holds something else; then nothing is written.
        OSError: If the file cannot be written.
    """
    try:
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False, default=_plain)
        data = f"{text}\n".encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"content must be plain data: {error}") from None
    write_file(path, data)


def _plain(value: object) -> object:
    """A numpy number as Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"got {short(value)}")


def read_ledger(path: Path) -> Ledger:
    """Read a chapter's ledger file; one of schema 1 is brought up to date.

    Raises:
        ValueError: If the file is not JSON in UTF-8, repeats a key of an object, or is refused by
            :func:`traindyn.ledger.check_ledger`.
        OSError: If there is no such file, or it cannot be read.
    """
    try:
        ledger: Ledger = json.loads(
            path.read_bytes().decode("utf-8-sig"), object_pairs_hook=_without_repetition
        )
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} must be JSON: {error}") from None
    ledger = upgraded(ledger, path.name)
    check_ledger(ledger, path.name)
    return ledger


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {short(twice)} stands twice in an object")
    return content


def read_ledgers(folder: Path) -> list[Ledger]:
    """All ledgers of a folder, in the order of their file names; hidden files are none.

    Raises:
        ValueError: If one is refused by :func:`read_ledger`, or two hold the same chapter.
        OSError: If the folder or a file cannot be read.
    """
    names = (path.name for path in folder.iterdir())
    files = sorted(name for name in names if name.endswith(".json") and not name.startswith("."))
    by_chapter: dict[str, str] = {}
    ledgers = []
    for name in files:
        ledgers.append(read_ledger(folder / name))
        chapter = ledgers[-1]["chapter"]
        if chapter in by_chapter:
            raise ValueError(f"{by_chapter[chapter]} and {name} both hold the chapter {chapter!r}")
        by_chapter[chapter] = name
    return ledgers


def merge_claim(path: Path, ledger: Ledger) -> Ledger | None:
    """Add a ledger's rows to a file, replacing rows of the same claims, in numerical order.

    A file holds one run: a ledger of another chapter, scale, seed, key or environment is replaced.
    Processes that merge into one file at the same time lose nothing of each other. A device or a
    pipe receives the ledger as it is.

    Args:
        path: The file; it may be missing or empty.
        ledger: The rows with their run.

    Returns:
        The ledger that was replaced, if one was.

    Raises:
        ValueError: If ``path`` holds something that is no ledger, or ``ledger`` is none.
        OSError: If the file cannot be read or written.
    """
    from traindyn.system.locks import held_for  # reading needs no lock

    check_ledger(ledger)
    with held_for(path):
        old = read_ledger(path) if path.is_file() and path.stat().st_size else None
        same = old is not None and _run_of(old) == _run_of(ledger)
        rows = ledger["claims"]
        if old is not None and same:
            new_ids = {row["claim"] for row in rows}
            rows = [row for row in old["claims"] if row["claim"] not in new_ids] + rows
        merged = {**ledger, "claims": sorted(rows, key=row_order)}
        check_ledger(merged)
        write_json(path, merged)
    return None if same else old


def _run_of(ledger: Ledger) -> Ledger:
    return {name: value for name, value in ledger.items() if name != "claims"}


def row_order(row: dict[str, Any]) -> tuple[str, int, str]:
    """Sort key of a row: chapter prefix, number, part."""
    prefix, number = row["claim"].split("-")
    return prefix, int(number), row["id"]
