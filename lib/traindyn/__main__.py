"""The command line: run a chapter's claims without a notebook, print ledgers, compare them.

What the commands need is imported when they run: the help waits for nothing, and Ctrl-C is told in
one line from the start.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from traindyn.system.console import MISTAKE, run_command

if TYPE_CHECKING:
    from traindyn.ledger import Claim, Ledger

PUBLISHED = Path("_build/claims")
"""Where the book publishes its ledgers, seen from the root of a checkout."""


class MistakeError(Exception):
    """The user asked for something that does not exist; told in one line, without a traceback."""


def _list(_: argparse.Namespace) -> int:
    from traindyn.ledger.chapters import chapters, registry_of

    for chapter in chapters():
        print(chapter)
        for claim_id, statement in registry_of(chapter).statements.items():
            print(f"  {claim_id:6}  {_seen(statement)}")
    return 0


def _reproduce(options: argparse.Namespace) -> int:
    from traindyn.ledger import ledger_of
    from traindyn.ledger.chapters import registry_of
    from traindyn.runs.context import resolve_scale, resolve_seed

    try:
        registry = registry_of(options.chapter)
    except ValueError as error:
        raise MistakeError(str(error)) from None
    chosen = options.claim or registry.ids
    if unknown := [claim_id for claim_id in chosen if claim_id not in registry.ids]:
        raise MistakeError(
            f"--claim must be one of {', '.join(registry.ids)}, got {', '.join(unknown)}"
        )
    try:
        scale, seed = resolve_scale(options.scale), resolve_seed(options.seed)
    except ValueError as error:
        raise MistakeError(str(error)) from None
    if output := options.output:
        _require_output(output)
    as_claims_finish = output and (output.is_file() or not output.exists())
    table_to = sys.stderr if output and _is_standard_output(output) else sys.stdout
    done: list[Claim] = []
    broken: list[str] = []
    unwritten, interrupted = "", False
    for claim_id in sorted(set(chosen), key=registry.ids.index):
        print(f"{claim_id:6}  ", end="", file=sys.stderr, flush=True)
        try:
            claim = registry.run(claim_id, scale=scale, seed=seed).claim
            print(f"{claim.verdict:12}  {claim.seconds:6.1f} s", file=sys.stderr)
            done.append(claim)
            if as_claims_finish:
                unwritten = _write(
                    output, ledger_of(registry.chapter, done, scale=scale, seed=seed)
                )
        except KeyboardInterrupt:
            print(file=sys.stderr)
            interrupted = True
            break
        except Exception as error:
            print("error", file=sys.stderr)
            traceback.print_exc()
            broken.append(f"{claim_id}: {type(error).__name__}: {error}")

    if done:
        ledger = ledger_of(registry.chapter, done, scale=scale, seed=seed)
        if output and not as_claims_finish:
            unwritten = _write(output, ledger)
        with contextlib.redirect_stdout(table_to):
            _print_ledger(ledger)
    surprises = [line for claim in done for line in claim.surprises()]
    for line in [*surprises, *broken]:
        print(f"not as expected: {line}", file=sys.stderr)
    if interrupted:
        raise KeyboardInterrupt
    if unwritten:
        raise MistakeError(unwritten)
    return 1 if surprises or broken else 0


def _run_many(options: argparse.Namespace) -> int:
    from traindyn.ledger.sweep import Request, run_frozen, seeds_of
    from traindyn.runs.context import resolve_scale, resolve_seed
    from traindyn.system.processes import exit_on_signals

    exit_on_signals()  # a TERM closes what is open, too
    jobs, limit = options.jobs, options.limit
    if jobs is not None and not 1 <= jobs <= 1024:
        raise MistakeError(f"--jobs must be from 1 to 1024, got {jobs}")
    if limit is not None and not 0 < limit < math.inf:
        raise MistakeError(f"--limit must be above 0, got {limit}")
    if options.output and os.path.lexists(options.output) and not Path(options.output).is_dir():
        raise MistakeError(f"--output must be a folder, got {options.output}")
    try:
        scale = resolve_scale(options.scale)
        seeds = (resolve_seed(),) if options.seeds is None else seeds_of(options.seeds)
    except ValueError as error:
        raise MistakeError(str(error)) from None
    output, collect = (
        str(Path(path).absolute()) if path else "" for path in (options.output, options.collect)
    )
    names = tuple(options.names)
    request = Request(
        names, scale, seeds, jobs or 0, options.scheduler, limit or 0.0, output, collect
    )
    return run_frozen(request.command())


def _diagnose(options: argparse.Namespace) -> int:
    from traindyn.diagnose import command

    try:
        return command.run(options)
    except (OSError, ValueError) as error:
        raise MistakeError(str(error)) from None


def _challenge(options: argparse.Namespace) -> int:
    from traindyn.challenge import command

    try:
        return command.run(options)
    except ValueError as error:
        raise MistakeError(str(error)) from None


def _require_output(path: Path) -> None:
    """Find out before the run whether its result can be written, and that no file is lost."""
    from traindyn.ledger import read_ledger
    from traindyn.system.files import require_writable

    if path.is_dir():
        raise MistakeError(f"--output must be a file, got the folder {path}")
    try:
        require_writable(path)
        if path.is_file() and path.stat().st_size:
            read_ledger(path)
    except OSError as error:
        raise MistakeError(f"--output cannot be written: {error}") from None
    except ValueError as error:
        raise MistakeError(f"--output would overwrite what is no ledger: {error}") from None


def _write(path: Path, ledger: Ledger) -> str:
    """Merge a ledger into the output; what went wrong, or an empty text."""
    from traindyn.ledger import merge_claim, settings_that_differ

    try:
        replaced = merge_claim(path, ledger)
    except (OSError, ValueError) as error:
        return f"--output cannot be written: {error}"
    if replaced is not None:
        lines = "; ".join(settings_that_differ(replaced, ledger))
        print(_seen(f"{path} held another run and is replaced ({lines})"), file=sys.stderr)
    return ""


def _is_standard_output(path: Path) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(1))
    except OSError:
        return False


def _ledger(options: argparse.Namespace) -> int:
    from traindyn.ledger import compare_ledgers
    from traindyn.ledger.replication import agreement_table, agreements

    ours = _read(options.path)
    if options.compare is None:
        for ledger in ours.values():
            _print_ledger(ledger)
        return 0
    theirs = _read(options.compare)
    if options.path.is_file() != options.compare.is_file():  # one chapter against a folder of them
        common = ours if options.path.is_file() else theirs
        ours, theirs = ({c: side[c] for c in common if c in side} for side in (ours, theirs))
    if not ours.keys() & theirs.keys():
        raise MistakeError(f"{options.path} and {options.compare} hold no common chapter")
    agrees = True
    for chapter in [*ours, *(c for c in theirs if c not in ours)]:
        print(chapter)
        if chapter not in ours or chapter not in theirs:
            print(f"changed  only in the {'first' if chapter in ours else 'second'}")
            agrees = False
            continue
        comparison = compare_ledgers(ours[chapter], theirs[chapter])
        print(comparison)
        if found := agreements(ours[chapter], theirs[chapter]):
            print(f"\n{agreement_table(found)}")
        agrees = agrees and comparison.agrees
    return 0 if agrees else 1


def _read(path: Path) -> dict[str, Ledger]:
    """The ledgers of a file or a folder, by chapter."""
    from traindyn.ledger import read_ledger, read_ledgers

    try:
        ledgers = read_ledgers(path) if path.is_dir() else [read_ledger(path)]
    except FileNotFoundError:
        hint = " (make book writes it)" if path == PUBLISHED else ""
        raise MistakeError(f"{path} does not exist{hint}") from None
    except (OSError, ValueError) as error:
        raise MistakeError(str(error)) from None
    if not ledgers:
        raise MistakeError(f"{path} holds no ledger")
    return {ledger["chapter"]: ledger for ledger in ledgers}


def _print_ledger(ledger: Ledger) -> None:
    from traindyn.ledger import VERDICTS, text_table

    settings = [ledger["chapter"], f"scale {ledger['scale']}", f"seed {ledger['seed']}"]
    settings += [_seen(f"{name} {value}") for name, value in ledger["environment"].items()]
    print("  ".join(settings) + "\n")
    print(text_table(ledger["claims"]))
    verdicts = {row["claim"]: row["claim_verdict"] for row in ledger["claims"]}
    count = Counter(verdicts.values())
    summary = ", ".join(f"{count[v]} {v}" for v in reversed(VERDICTS) if count[v])
    ending = "s" * (len(verdicts) != 1)
    print(f"\n{len(verdicts)} claim{ending}: {summary or 'none'}")


def _seen(text: str) -> str:
    from traindyn.ledger import one_line

    return one_line(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="traindyn", description=__doc__.splitlines()[0])
    parser.set_defaults(run=lambda _: print(parser.format_help(), end="") or 0)
    commands = parser.add_subparsers(metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    from traindyn.runs.context import SCALES

    reproduce = command(
        "reproduce",
        _reproduce,
        "run a chapter's claims and print its ledger; exit 1 if a verdict is not the expected one",
    )
    reproduce.add_argument("chapter", metavar="CHAPTER", help="as listed by `traindyn chapters`")
    reproduce.add_argument(
        "--claim", action="append", metavar="ID", help="run this claim only; may be repeated"
    )
    reproduce.add_argument(
        "--scale", metavar="|".join(SCALES), help="default: TRAINDYN_SCALE, else laptop"
    )
    reproduce.add_argument(
        "--seed", type=int, metavar="N", help="default: TRAINDYN_SEED, else 0, the published one"
    )
    reproduce.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="add the rows to the ledger in this file as claims finish; one of another run is "
        "replaced",
    )

    run = command(
        "run",
        _run_many,
        "run claims on all cores or a cluster and store what they draw; what is stored is not run "
        "again, so an interrupted run is resumed by calling it again",
    )
    run.add_argument("names", nargs="*", metavar="CHAPTER|CLAIM", help="default: all claims")
    run.add_argument(
        "--scale", metavar="|".join(SCALES), help="default: TRAINDYN_SCALE, else laptop"
    )
    run.add_argument("--seeds", metavar="0-99", help="default: TRAINDYN_SEED, else 0")
    run.add_argument(
        "--jobs", type=int, metavar="N", help="processes; default: cores, as memory allows"
    )
    run.add_argument("--scheduler", default="", metavar="ADDRESS", help="of a Dask scheduler")
    run.add_argument(
        "--limit",
        type=float,
        metavar="SECONDS",
        help="that a claim may compute, a quarter of what it may take by the clock; default: none",
    )
    run.add_argument(
        "--output", default="", metavar="FOLDER", help="write ledgers here, a folder per seed"
    )
    run.add_argument(
        "--collect",
        default="",
        metavar="FILE",
        help="put a line per claim and seed into this table and print what the seeds say; what it "
        "holds is not run again",
    )

    ask = command(
        "challenge",
        _challenge,
        "run a claim under other arguments of its studies, other seeds or another bound, and print "
        "how the verdict moves; without --set, list the arguments",
    )
    ask.add_argument("claim", metavar="CLAIM", help="such as BR-8, or one of its parts, BR-8a")
    ask.add_argument(
        "--set",
        action="append",
        metavar="NAME=VALUES",
        help="values of an argument: 0.1,0.2, or 0.1:1:4 for four at equal distances, or "
        "0.1:1:4:log at equal ratios; NAME@0.5 replaces the value 0.5 alone; may be repeated",
    )
    ask.add_argument(
        "--bound", metavar="VALUES", help="other bounds, or limits where no part has a bound"
    )
    ask.add_argument(
        "--scale", metavar="|".join(SCALES), help="default: TRAINDYN_SCALE, else laptop"
    )
    ask.add_argument("--seeds", metavar="1-100", help="default: TRAINDYN_SEED, else 0")
    ask.add_argument(
        "--jobs", type=int, metavar="N", help="processes; default: cores, as memory allows"
    )
    ask.add_argument(
        "--limit", type=float, metavar="SECONDS", help="that a run may compute; default: none"
    )
    ask.add_argument(
        "--output", type=Path, metavar="FILE", help="write the map: a new .svg, .png or .json"
    )

    ledger = command("ledger", _ledger, "print a ledger, or compare two")
    ledger.add_argument(
        "path",
        nargs="?",
        type=Path,
        default=PUBLISHED,
        metavar="PATH",
        help=f"a ledger file or a folder of them; default: {PUBLISHED}",
    )
    ledger.add_argument(
        "--compare",
        type=Path,
        metavar="PATH",
        help="print what differs from this one, and a table of all rows with both errors; exit 1 "
        "if a verdict differs",
    )
    look = command("diagnose", _diagnose, "look at your own network through the book's lenses")
    look.add_argument(
        "network", metavar="FILE.py:FUNCTION", help="function that returns the trained network"
    )
    look.add_argument(
        "--data", required=True, metavar="FILE.py:FUNCTION", help="function that returns a loader"
    )
    look.add_argument(
        "--loss",
        default="cross_entropy",
        metavar="NAME",
        help="cross_entropy, mse, or FILE.py:FUNCTION with one loss per sample",
    )
    look.add_argument("--samples", type=int, default=512, metavar="N", help="default: 512")
    look.add_argument(
        "--count", type=int, default=10, metavar="K", help="top eigenvectors; default: 10"
    )
    look.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    look.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="write JSON, Markdown and a picture into this new or empty folder; default: print "
        "Markdown",
    )

    command("chapters", _list, "list the chapters and their claims")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The words of the command line; default: those of this process.

    Returns:
        Exit status: 0 if all is as expected, 1 if a verdict is not or a claim broke, 2 after a
        user's mistake; see :func:`traindyn.system.console.run_command` for others.
    """
    return run_command("traindyn", lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except MistakeError as mistake:
        print(f"traindyn: error: {_seen(str(mistake))}", file=sys.stderr)
        return MISTAKE
    return status


if __name__ == "__main__":
    sys.exit(main())
