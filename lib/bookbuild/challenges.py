"""``make challenges``: ask the claims of the page *Claims that turn*, and keep their maps.

The maps go to ``book/data/challenges.json``. A study that is stored is not drawn again.
"""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import replace
from typing import Any, NamedTuple

from bookbuild.site.challenges import FILE
from traindyn.challenge.command import Challenge, claim_of, map_of
from traindyn.challenge.maps import as_data
from traindyn.ledger import write_json
from traindyn.ledger.records import environment
from traindyn.system.console import MISTAKE, run_command


class Chosen(NamedTuple):
    """A challenge of the page."""

    request: Challenge
    why: str
    """What the map shows, in a sentence without measured numbers."""


CHOSEN: tuple[Chosen, ...] = (
    Chosen(
        Challenge("BR-18c", ("ratio@0.8=0.6,0.8,0.9,1.0,1.1,1.2",), scale="ci"),
        "Below the threshold no replica may end at zero. The temperature moves across the "
        "threshold, in units of it, and the verdict turns there: the claim ends where the paper "
        "says it does.",
    ),
    Chosen(
        Challenge("BR-18c", ("ratio@0.8=0.8,0.9,1.0,1.1",), "0.005,0.02,0.1,0.5", scale="ci"),
        "The same with other limits. A stricter one asks more than the replicas can tell, a "
        "looser one moves the edge a little, and one that is loose enough to take the runs above "
        "the threshold takes the controls too.",
    ),
    Chosen(
        Challenge("SS-5a", ("gamma@0.75=0.5,0.6,0.7,0.8,0.9,0.95",), scale="ci"),
        "Theory takes the exponent from the run, and the measurement follows it everywhere. As the "
        "exponent nears one, the rival theories predict almost the same: there the runs are too "
        "few to tell them apart, and the verdict is left open.",
    ),
    Chosen(
        Challenge(
            "BR-2b",
            ("decay_of_imbalance.learning_rate@0.002=0.0005,0.001,0.002,0.004",),
            "0.002,0.005,0.01,0.02",
            scale="ci",
        ),
        "The law is a limit of small learning rates, and what it neglects is of first order in the "
        "rate. So the edge runs along the diagonal: half the rate holds under about half the "
        "bound.",
    ),
    Chosen(
        Challenge("BR-7d", ("rate=0.1:0.5:5",), scale="ci"),
        "The claim speaks of one learning rate, and so does its theory. With another rate the "
        "prediction stays, and the verdict turns on both sides.",
    ),
    Chosen(
        Challenge("SS-5a", ("gamma@0.75=0.82,0.84,0.86,0.88",), scale="ci", seeds=(1, 2, 3, 4, 5)),
        "Near the edge of the claim the seed decides.",
    ),
)


def command_of(request: Challenge) -> str:
    """The command that asks the same.

    >>> command_of(Challenge("BR-8a", ("noise=1,2",), scale="ci", seeds=(1, 2, 3)))
    'traindyn challenge BR-8a --set noise=1,2 --seeds 1-3 --scale ci'
    """
    words = ["traindyn", "challenge", request.asked]
    for setting in request.settings:
        words += ["--set", setting]
    words += ["--bound", request.bound] if request.bound else []
    first, last = request.seeds[0], request.seeds[-1]
    if request.seeds != (0,):
        words += ["--seeds", f"{first}-{last}" if first != last else f"{first}"]
    return shlex.join([*words, "--scale", request.scale])


def made(chosen: Chosen) -> dict[str, Any]:
    """The map of a challenge with its command, as plain data.

    Raises:
        ValueError: If the claim cannot be asked that.
    """
    found, _ = map_of(chosen.request, *claim_of(chosen.request.asked))
    return {**as_data(found), "why": chosen.why, "command": command_of(chosen.request)}


def main() -> int:
    """Ask all chosen claims and write the file.

    Returns:
        Exit status: 0, or 2 if a claim cannot be asked what is written here.
    """
    os.environ.pop("TRAINDYN_CLAIMS", None)  # a challenge is play: nothing is published
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    try:
        maps = [made(one._replace(request=replace(one.request, jobs=jobs))) for one in CHOSEN]
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return MISTAKE
    write_json(FILE, {"environment": environment(), "maps": maps})
    print(FILE)
    return 0


if __name__ == "__main__":
    sys.exit(run_command("challenges", main))
