"""``traindyn challenge BR-2 --set learning_rate=0.01:0.1:4``.

``python -m traindyn.challenge.command`` does what a request in JSON says, from the sources it is
imported from; ``traindyn challenge`` calls it from a copy of theirs.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from traindyn.challenge.bounds import decided_by, parts_of, span_of
from traindyn.challenge.cells import fill
from traindyn.challenge.drawing import draw
from traindyn.challenge.maps import Map, as_data, text_of
from traindyn.challenge.names import Name, ask
from traindyn.challenge.settings import MOST, Setting, read_bound, read_setting
from traindyn.ledger.chapters import chapters, registry_of
from traindyn.ledger.records import write_json
from traindyn.ledger.registry import Registry
from traindyn.ledger.sweep import run_frozen, seeds_of
from traindyn.runs.context import resolve_scale, resolve_seed
from traindyn.runs.engine import Engine, cores
from traindyn.runs.studies import STORE
from traindyn.system import processes
from traindyn.system.arguments import short
from traindyn.system.console import end_as_command
from traindyn.system.files import require_writable, write_file

ENDINGS = (".svg", ".png", ".json")
"""Of the files that a map can be written to."""


@dataclass(frozen=True)
class Challenge:
    """What is asked of a claim.

    Args:
        asked: A claim, such as ``BR-8``, or one of its parts, such as ``BR-8a``.
        settings: Words of ``--set``.
        bound: Word of ``--bound``; empty: every part keeps its own.
        scale: ``ci``, ``laptop`` or ``paper``.
        seeds: Seeds, each at least 0.
        jobs: Processes; 0: as many as the machine has cores and memory for.
        limit: Seconds that a run may compute; 0: no limit.
        output: File for the map, which ends with one of ``ENDINGS``; empty: it is printed only.
    """

    asked: str
    settings: tuple[str, ...] = ()
    bound: str = ""
    scale: str = "laptop"
    seeds: tuple[int, ...] = (0,)
    jobs: int = 0
    limit: float = 0.0
    output: str = ""

    def command(self) -> list[str]:
        """The command that does it."""
        return [sys.executable, "-m", "traindyn.challenge.command", json.dumps(asdict(self))]


def run(options: argparse.Namespace) -> int:
    """Do what the words of a command line ask.

    Raises:
        ValueError: If one leaves its range, or the output is there already.
        OSError: If the output cannot be written.
    """
    jobs, limit, output = options.jobs, options.limit, options.output
    if jobs is not None and not 1 <= jobs <= 1024:
        raise ValueError(f"--jobs must be from 1 to 1024, got {jobs}")
    if limit is not None and not 0 < limit < math.inf:
        raise ValueError(f"--limit must be above 0, got {limit}")
    if output is not None:
        _require_new(output)
    processes.exit_on_signals()  # a TERM closes what is open, too
    request = Challenge(
        options.claim,
        tuple(options.set or ()),
        options.bound or "",
        resolve_scale(options.scale),
        (resolve_seed(),) if options.seeds is None else seeds_of(options.seeds),
        jobs or 0,
        limit or 0.0,
        str(output.absolute()) if output else "",
    )
    return run_frozen(request.command())


def _require_new(path: Path) -> None:
    """Find out before the run whether the map can be written, and that no file is lost."""
    if path.suffix not in ENDINGS:
        raise ValueError(f"--output must end with {', '.join(ENDINGS)}, got {path.name}")
    if os.path.lexists(path):
        raise ValueError(f"--output must be a new file, got {path}")
    require_writable(path)


def challenge(request: Challenge) -> int:
    """Ask a claim, print the map, and write it if a file is named.

    Returns:
        Exit status: 0 if every run came to a verdict or was refused, 1 if one broke.

    Raises:
        ValueError: If there is no such claim, a setting is none of it, or all were refused.
        OSError: If the output cannot be written.
    """
    registry, claim_id = claim_of(request.asked)
    found, names = map_of(request, registry, claim_id)
    spans = {}
    if not request.settings and not request.bound and len(request.seeds) == 1:
        claim = registry.run(claim_id, scale=request.scale, seed=request.seeds[0]).claim
        meant = parts_of(claim, request.asked)
        spans = {claim_id + part.label: span_of(part) for part in meant}
    print(text_of(found, spans))
    if not request.settings:
        print(f"\n{_listed(claim_id, names)}")
    if request.output:
        write_map(Path(request.output), found)
    return int(any(cell.refused.startswith("broke: ") for cell in found.cells))


def claim_of(asked: str) -> tuple[Registry, str]:
    """The registry and the id of the claim that is meant by its id or that of a part.

    Raises:
        ValueError: If there is no such claim.
    """
    claim_id = asked.rstrip("abcdefghijklmnopqrstuvwxyz")
    for registry in map(registry_of, chapters()):
        if claim_id in registry.ids:
            return registry, claim_id
    raise ValueError(f"claim must be an id such as SS-7 or SS-7a, got {short(asked)}")


def map_of(request: Challenge, registry: Registry, claim_id: str) -> tuple[Map, tuple[Name, ...]]:
    """The map of a challenge, and the names that the claim can be asked with.

    Raises:
        ValueError: If a setting or a bound is none of the claim, or all were refused.
    """
    claim, names = ask(registry, claim_id, scale=request.scale, seed=request.seeds[0])
    parts_of(claim, request.asked)
    try:
        settings = _settings(request, names)
    except ValueError as error:
        raise ValueError(f"{error}\n{_listed(claim_id, names)}") from None
    for bound in [value for s in settings if not s.overrides for value in s.values]:
        decided_by(claim, bound, request.asked)  # refuses one that is none, before anything runs
    engine = Engine(request.jobs or cores(), STORE.root, limit=request.limit or math.inf)
    cells = fill(
        registry,
        claim_id,
        settings,
        scale=request.scale,
        seeds=request.seeds,
        engine=engine,
        chosen=request.asked,
    )
    if settings and not any(cell.rows for cell in cells):
        raise ValueError(f"{cells[0].refused}\n{_listed(claim_id, names)}")
    key = registry.source_of(claim_id)
    statement = registry.statements[claim_id]
    if request.asked != claim_id:
        statement = cells[0].rows[0]["statement"] if cells[0].rows else statement
    return Map(
        request.asked,
        registry.chapter,
        statement,
        key,
        request.scale,
        request.seeds,
        tuple(settings),
        tuple(cells),
    ), names


def _settings(request: Challenge, names: Sequence[Name]) -> list[Setting]:
    found = [read_setting(word, names) for word in request.settings]
    found += [read_bound(request.bound)] if request.bound else []
    labels = [setting.label for setting in found]
    if twice := [label for label in labels if labels.count(label) > 1]:
        raise ValueError(f"--set must name each argument once, got {short(twice[0])} twice")
    axes = [setting for setting in found if len(setting.values) > 1]
    if len(axes) > 2:
        named = ", ".join(axis.label for axis in axes)
        raise ValueError(f"at most two settings may have several values, got {named}")
    if (size := math.prod(len(axis.values) for axis in axes) * len(request.seeds)) > 100 * MOST:
        raise ValueError(f"the map must have at most {100 * MOST} cells, got {size}")
    return found


def _listed(claim_id: str, names: Sequence[Name]) -> str:
    if not names:
        return f"{claim_id} asks no study: only --seeds, --scale and --bound change it"
    can_be = [f"  {name.told()}" for name in names if name.can_be_set]
    if not can_be:
        return f"the studies of {claim_id} take no argument: only --seeds, --scale and --bound do"
    return "\n".join([f"{claim_id} can be asked with --set of", *can_be])


def write_map(path: Path, found: Map) -> None:
    """Write a map as a picture or as JSON, as the ending of the file says.

    Raises:
        ValueError: If it says something else, or the file is there by now.
        OSError: If the file cannot be written.
    """
    _require_new(path)  # the runs took a while; they are stored, so that asking again is quick
    if path.suffix == ".json":
        write_json(path, as_data(found))
        return
    drawn = io.BytesIO()
    picture = draw(found)
    told = {"metadata": {"Date": None}} if path.suffix == ".svg" else {"dpi": 200}
    picture.savefig(drawn, format=path.suffix[1:], facecolor="white", transparent=False, **told)
    write_file(path, drawn.getvalue())


def main() -> int:
    """Do the request on the command line.

    Returns:
        Exit status, see :func:`challenge`.

    Raises:
        ValueError: After a user's mistake.
    """
    os.environ.pop("TRAINDYN_CLAIMS", None)  # a challenge is play: nothing is published
    content = json.loads(sys.argv[1])
    tuples = {name: tuple(content[name]) for name in ("settings", "seeds")}
    return challenge(Challenge(**{**content, **tuples}))


if __name__ == "__main__":
    end_as_command("traindyn", main)
