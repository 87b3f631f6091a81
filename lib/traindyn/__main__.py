"""The command line: run a chapter's claims without a notebook, print ledgers, compare them."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import pkgutil
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import traindyn
from traindyn.ledger import (
    SCALES,
    VERDICTS,
    Claim,
    Ledger,
    Registry,
    compare_ledgers,
    ledger_of,
    read_ledger,
    read_ledgers,
    resolve_scale,
    resolve_seed,
    text_table,
    write_json,
)

PUBLISHED = Path("_build/claims")
"""Where the book publishes its ledgers, seen from the root of a checkout."""


class MistakeError(Exception):
    """The user asked for something that does not exist; told in one line, without a traceback."""


def chapters() -> list[str]:
    """Names of the chapters: the packages of this one that have a module ``claims``."""
    names = (module.name for module in pkgutil.iter_modules(traindyn.__path__) if module.ispkg)
    return sorted(name for name in names if importlib.util.find_spec(f"traindyn.{name}.claims"))


def registry_of(chapter: str) -> Registry:
    """The registered claims of a chapter.

    Raises:
        MistakeError: If there is no such chapter.
    """
    if chapter not in (known := chapters()):
        raise MistakeError(
            f"chapter must be one of {', '.join(known) or '(none)'}, got {chapter!r}"
        )
    registry: Registry = importlib.import_module(f"traindyn.{chapter}.claims").registry
    return registry


def _list(_: argparse.Namespace) -> int:
    for chapter in chapters():
        print(chapter)
        for claim_id, statement in registry_of(chapter).statements.items():
            print(f"  {claim_id:6}  {statement}")
    return 0


def _reproduce(options: argparse.Namespace) -> int:
    registry = registry_of(options.chapter)
    chosen = options.claim or registry.ids
    if unknown := [claim_id for claim_id in chosen if claim_id not in registry.ids]:
        raise MistakeError(
            f"--claim must be one of {', '.join(registry.ids)}, got {', '.join(unknown)}"
        )
    try:
        scale, seed = resolve_scale(options.scale), resolve_seed(options.seed)
    except ValueError as error:
        raise MistakeError(str(error)) from None
    if options.output:
        _require_writable(options.output)
    done: list[Claim] = []
    broken: list[str] = []
    for claim_id in sorted(set(chosen), key=registry.ids.index):
        print(f"{claim_id:6}  ", end="", file=sys.stderr, flush=True)
        try:
            claim = registry.run(claim_id, scale=scale, seed=seed).claim
            print(f"{claim.verdict:12}  {claim.seconds:6.1f} s", file=sys.stderr)
            done.append(claim)
            ledger = ledger_of(registry.chapter, done, scale=scale, seed=seed)
            if options.output:
                write_json(options.output, ledger)
        except KeyboardInterrupt:
            broken.append(f"{claim_id}: interrupted")
            break
        except Exception as error:
            print("error", file=sys.stderr)
            traceback.print_exc()
            broken.append(f"{claim_id}: {type(error).__name__}: {error}")

    if done:
        _print_ledger(ledger)
    surprises = [line for claim in done for line in claim.surprises()]
    for line in [*surprises, *broken]:
        print(f"not as expected: {line}", file=sys.stderr)
    return 1 if surprises or broken else 0


def _require_writable(path: Path) -> None:
    """Find out before the run whether its result can be written."""
    folder = path.absolute().parent
    if path.is_dir():
        raise MistakeError(f"--output must be a file, got the folder {path}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MistakeError(f"--output cannot be written: {error}") from None
    if not os.access(folder, os.W_OK):
        raise MistakeError(f"--output cannot be written: no permission for {folder}")


def _ledger(options: argparse.Namespace) -> int:
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
        agrees = agrees and comparison.agrees
    return 0 if agrees else 1


def _read(path: Path) -> dict[str, Ledger]:
    """The ledgers of a file or a folder, by chapter."""
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
    versions = "  ".join(f"{name} {value}" for name, value in ledger["environment"].items())
    print(f"{ledger['chapter']}  scale {ledger['scale']}  seed {ledger['seed']}  {versions}\n")
    print(text_table(ledger["claims"]))
    verdicts = {row["claim"]: row["claim_verdict"] for row in ledger["claims"]}
    count = Counter(verdicts.values())
    summary = ", ".join(f"{count[v]} {v}" for v in reversed(VERDICTS) if count[v])
    print(f"\n{len(verdicts)} claim{'s' * (len(verdicts) != 1)}: {summary or 'none'}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="traindyn", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

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
        "--output", type=Path, metavar="FILE", help="write the ledger here as claims finish"
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
        help="print what differs from this one; exit 1 if a verdict does",
    )
    command("chapters", _list, "list the chapters and their claims")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: The words of the command line; default: those of this process.

    Returns:
        Exit status: 0 if all is as expected, 1 if a verdict is not, 2 after a user's mistake.
    """
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except MistakeError as mistake:
        print(f"traindyn: error: {mistake}", file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
