"""The ledger on disk: one JSON file per chapter, written whole or not at all."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Iterable
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import numpy as np

from traindyn.ledger.claim import Claim
from traindyn.ledger.rows import rows_of

SCHEMA_VERSION = 1

Ledger = dict[str, Any]


@cache
def schema() -> dict[str, Any]:
    """JSON Schema of a chapter's ledger file."""
    text = resources.files("traindyn.ledger").joinpath("schema.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


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
    """A chapter's ledger: the rows of its claims with scale, seed and environment."""
    return {
        "schema": SCHEMA_VERSION,
        "chapter": chapter,
        "scale": scale,
        "seed": seed,
        "key": key,
        "environment": environment(),
        "claims": [row for claim in claims for row in rows_of(claim)],
    }


def write_json(path: Path, content: Any) -> None:
    """Write JSON so that a reader sees the old file or the new one, never a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, ensure_ascii=False, allow_nan=False, default=_plain)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _plain(value: object) -> object:
    """A numpy number as Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"content must hold plain data, got {type(value).__name__}")


def read_ledger(path: Path) -> Ledger:
    """Read a chapter's ledger file.

    Raises:
        ValueError: If the file is not JSON, its schema version is not the one of this code, or a
            key is missing.
        OSError: If there is no such file, or it cannot be read.
    """
    try:
        ledger: Ledger = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} must be JSON: {error}") from None
    if not isinstance(ledger, dict) or ledger.get("schema") != SCHEMA_VERSION:
        raise ValueError(f"{path.name} must have schema {SCHEMA_VERSION}")
    if missing := [key for key in schema()["required"] if key not in ledger]:
        raise ValueError(f"{path.name} must hold {', '.join(missing)}")
    return ledger


def read_ledgers(folder: Path) -> list[Ledger]:
    """All ledgers of a folder, in the order of their file names."""
    return [read_ledger(path) for path in sorted(folder.glob("*.json"))]


def merge_claim(path: Path, ledger: Ledger) -> None:
    """Add a ledger's rows to a file, replacing rows of the same claims, in numerical order.

    A file holds one run: rows of another scale, seed, key or environment are dropped.
    """
    rows = ledger["claims"]
    if path.exists() and _run_of(old := read_ledger(path)) == _run_of(ledger):
        new_ids = {row["claim"] for row in rows}
        rows = [row for row in old["claims"] if row["claim"] not in new_ids] + rows
    write_json(path, {**ledger, "claims": sorted(rows, key=row_order)})


def _run_of(ledger: Ledger) -> Ledger:
    return {name: value for name, value in ledger.items() if name != "claims"}


def row_order(row: dict[str, Any]) -> tuple[str, int, str]:
    """Sort key of a row: chapter prefix, number, part."""
    prefix, number = row["claim"].split("-")
    return prefix, int(number), row["id"]
