"""The commands of the book: what each does, and the lock under which it runs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bookbuild.build import build_site, serve_site
from bookbuild.build_root import claim_build_root, clean
from bookbuild.execute import execute
from bookbuild.finished import UnfinishedError
from bookbuild.launched import SERVICES, launch
from bookbuild.newest.build import compare
from bookbuild.publish import MissingRecordError, missing_records
from bookbuild.records import collect_old
from bookbuild.setup_environment import SetupError
from bookbuild.site.hosting import prepare, setting
from bookbuild.site.notebooks import write_notebooks
from bookbuild.site.pdf import print_book
from bookbuild.summary import summary
from bookbuild.workspace import Workspace
from traindyn.runs.context import SCALES
from traindyn.system.console import MISTAKE
from traindyn.system.locks import held


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bookbuild", description="Make the book.")
    parser.add_argument("--scale", choices=SCALES, help="default: TRAINDYN_SCALE, else laptop")
    parser.add_argument("--build", help="build root; default: TRAINDYN_BUILD, else _build")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("execute", help="run the chapters that changed")
    run.add_argument("chapters", nargs="*", help="default: all of the table of contents")
    one = commands.add_parser("chapter", help="run one chapter, then build if none is missing")
    one.add_argument("chapters", nargs=1, metavar="chapter")
    for command in (run, one):
        command.add_argument("--jobs", type=int, help="processes; default: cores, as memory allows")
        command.add_argument("--cell-timeout", type=float, help="seconds that one cell may take")
    commands.add_parser("build", help="build the site from the recorded runs")
    serve = commands.add_parser("serve", help="serve the built site on this machine")
    serve.add_argument("--port", type=int, default=8000)
    commands.add_parser("notebooks", help="write each chapter as .ipynb beside its source")
    commands.add_parser("pdf", help="print the built site as one PDF; needs Chromium")
    commands.add_parser("host", help="prepare the folder that a static host serves")
    launched = commands.add_parser("launch", help="execute a chapter as a launch button would")
    launched.add_argument("chapters", nargs=1, metavar="chapter")
    launched.add_argument("--service", choices=SERVICES, default=SERVICES[0])
    commands.add_parser("newest", help="build the pages by the newest Sphinx and compare them")
    commands.add_parser("clean", help="remove the build root")
    return parser


def run(arguments: Sequence[str] | None) -> int:
    """Run one command in the current folder.

    Returns:
        Exit status: 0 on success, 1 if a chapter or the site failed, 2 after a user's mistake.
    """
    options = _parser().parse_args(arguments)
    settings = {"TRAINDYN_SCALE": options.scale, "TRAINDYN_BUILD": options.build}
    chosen = {name: value for name, value in settings.items() if value}
    try:
        if not Path("_toc.yml").is_file():
            raise ValueError(f"the current folder must hold a book's _toc.yml, got {Path.cwd()}")
        workspace = Workspace.at(Path.cwd(), {**os.environ, **chosen})
        return 0 if _locked(workspace, options) else 1
    except (ValueError, MissingRecordError, SetupError, UnfinishedError) as error:
        print(f"error: {error}", file=sys.stderr)
        return MISTAKE


def _locked(workspace: Workspace, options: argparse.Namespace) -> bool:
    """Run a command, one at a time in a build root."""
    if options.command in {"serve", "clean"}:
        return _dispatch(workspace, options)
    claim_build_root(workspace.root, workspace.build)
    told = f"another build runs in {workspace.build}; waiting for it to end"
    with held(workspace.build / "book.lock", told):
        done = _dispatch(workspace, options)
        collect_old(workspace)
        return done


def _dispatch(workspace: Workspace, options: argparse.Namespace) -> bool:
    match options.command:
        case "execute" | "chapter":
            passed = execute(
                workspace, options.chapters, jobs=options.jobs, cell_timeout=options.cell_timeout
            )
            if not passed or options.command == "execute":
                return passed
            if missing := missing_records(workspace):
                print(f"no site yet: {', '.join(missing)} must run first (make book)")
                return True
            return _build(workspace)
        case "build":
            return _build(workspace)
        case "serve":
            serve_site(workspace, options.port)
        case "notebooks":
            addresses = (setting(workspace, name) for name in ("book_repository", "html_baseurl"))
            for line in write_notebooks(workspace.root / "chapters", *addresses):
                print(f"chapters/{line}")
        case "pdf":
            print(print_book(workspace))
        case "host":
            print(prepare(workspace))
        case "launch":
            return launch(workspace, options.chapters[0], options.service)
        case "newest":
            return compare(workspace)
        case "clean":
            for line in clean(workspace.root, workspace.build):
                print(line)
    return True


def _build(workspace: Workspace) -> bool:
    if not build_site(workspace):
        return False
    print(summary(workspace))
    return True
