"""The catalogue of mutants: small wrong steps, each of which some claim must notice.

One JSON file per chapter beside this module holds a list of
``{"id": "AN-m01", "file": "lib/traindyn/.../x.py", "old": "exact text", "new": "the wrong step",
"what": "one line", "claims": ["AN-3"], "quick": true}``; ``quick`` may be left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from traindyn.system.files import digest

FOLDER = Path(__file__).parent

TOOLS = (
    "curvature",
    "data.py",
    "digits.py",
    "inference",
    "laws.py",
    "random_matrices",
    "symmetry",
    "tails",
)
"""What of ``lib/traindyn`` all rooms compute with; the rest stores, decides or draws pages."""


@dataclass(frozen=True)
class Mutant:
    """One wrong step.

    Args:
        id: Such as ``AN-m01``, with the two letters of its claims.
        file: The file that is changed, relative to the checkout.
        old: Text that occurs once in it.
        new: What stands there instead.
        what: The error in one line.
        claims: Those of which one must notice it.
        quick: Whether ``make test`` tries it, too.
        chapter: Whose catalogue it stands in.
    """

    id: str
    file: str
    old: str
    new: str
    what: str
    claims: tuple[str, ...]
    quick: bool = False
    chapter: str = ""

    @property
    def patch(self) -> str:
        """Digest of the change."""
        return digest(self.file.encode(), self.old.encode(), self.new.encode())[:16]

    def apply(self, root: Path) -> str:
        """The changed text of the file below a root.

        Raises:
            ValueError: If the old text does not occur exactly once there, or is the new one.
            OSError: If the file cannot be read.
        """
        text = (root / self.file).read_text(encoding="utf-8")
        if (count := text.count(self.old)) != 1:
            raise ValueError(f"old text must occur once in {self.file}, got {count} times")
        if self.old == self.new:
            raise ValueError("new text must differ from the old one")
        return text.replace(self.old, self.new)


def read_catalogue(folder: Path = FOLDER, chapter: str = "") -> list[Mutant]:
    """The mutants of all chapters, or of one.

    Raises:
        ValueError: If a file is no list of mutants, or there is none of that chapter.
    """
    files = {file.stem: file for file in sorted(folder.glob("*.json"))}
    if chapter and chapter not in files:
        raise ValueError(f"chapter must be one of {', '.join(files)}, got {chapter!r}")
    chosen = [chapter] if chapter else list(files)
    return [mutant for name in chosen for mutant in _read(files[name])]


def _read(file: Path) -> Iterator[Mutant]:
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file.name} must be JSON: {error}") from None
    if not isinstance(entries, list):
        raise ValueError(f"{file.name} must hold a list")
    for number, entry in enumerate(entries, start=1):
        where = f"mutant {number} of {file.name}"
        fault = _fault_of_entry(entry)
        if fault:
            raise ValueError(f"{where}: {fault}")
        yield Mutant(**{**entry, "claims": tuple(entry["claims"]), "chapter": file.stem})


def _fault_of_entry(entry: Any) -> str:
    """What is wrong with an entry's form; empty: nothing."""
    texts = ("id", "file", "old", "new", "what")
    if not isinstance(entry, dict):
        return "must be an object"
    if missing := [name for name in (*texts, "claims") if name not in entry]:
        return f"misses {', '.join(missing)}"
    if unknown := sorted(set(entry) - {*texts, "claims", "quick"}):
        return f"has no field {', '.join(unknown)}"
    if wrong := [name for name in texts if not isinstance(entry[name], str)]:
        return f"{wrong[0]} must be a text"
    claims = entry["claims"]
    if not isinstance(claims, list) or not claims or not all(isinstance(c, str) for c in claims):
        return "claims must be a list of ids"
    return "" if isinstance(entry.get("quick", False), bool) else "quick must be true or false"


def faults_of(
    mutants: Sequence[Mutant], root: Path, claims_of: dict[str, Sequence[str]]
) -> list[str]:
    """What is wrong with a catalogue, a line each; empty: nothing.

    Args:
        mutants: All mutants.
        root: The checkout.
        claims_of: The claim ids of each chapter.
    """
    ids = [mutant.id for mutant in mutants]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    found = [f"{name}: stands twice" for name in twice]
    for mutant in mutants:
        found += [f"{mutant.id}: {fault}" for fault in _faults(mutant, root, claims_of)]
    return found


def _faults(mutant: Mutant, root: Path, claims_of: dict[str, Sequence[str]]) -> Iterator[str]:
    if mutant.chapter not in claims_of:
        yield f"there is no chapter {mutant.chapter}"
    known = claims_of.get(mutant.chapter, ())
    yield from (f"there is no claim {name}" for name in mutant.claims if name not in known)
    prefix = mutant.claims[0].partition("-")[0]
    if not re.fullmatch(rf"{prefix}-[mq]\d+", mutant.id):
        yield f"its id must be such as {prefix}-m01"
    if not mutant.what.strip() or "\n" in mutant.what:
        yield "what must be one line"
    parts = Path(mutant.file).parts
    places = (mutant.chapter, *TOOLS)
    if parts[:2] != ("lib", "traindyn") or len(parts) < 3 or parts[2] not in places:
        yield f"{mutant.file} lies neither in the room nor in a shared tool"
        return
    try:
        compile(mutant.apply(root), mutant.file, "exec")
    except (OSError, ValueError) as error:
        yield str(error)
    except SyntaxError as error:
        yield f"does not compile: {error}"


def as_text(mutant: Mutant) -> str:
    """A mutant as JSON, for another process."""
    return json.dumps(asdict(mutant))


def from_text(text: str) -> Mutant:
    """The mutant that :func:`as_text` wrote."""
    data = json.loads(text)
    return Mutant(**{**data, "claims": tuple(data["claims"])})
