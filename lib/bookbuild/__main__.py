"""Command line of the book: ``python -m bookbuild execute|chapter|build|serve|...``."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from bookbuild.build import build_site, serve_site
from bookbuild.execute import execute
from bookbuild.publish import MissingRecordError, missing_records, publish
from bookbuild.site.hosting import prepare, setting
from bookbuild.site.notebooks import write_notebooks
from bookbuild.site.pdf import print_book
from bookbuild.summary import summary
from bookbuild.workspace import Workspace
from traindyn.ledger import SCALES


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
        command.add_argument("--jobs", type=int, default=2, help="chapters at the same time")
        command.add_argument("--cell-timeout", type=float, help="seconds that one cell may take")
    commands.add_parser("build", help="build the site from the recorded runs")
    serve = commands.add_parser("serve", help="serve the built site on this machine")
    serve.add_argument("--port", type=int, default=8000)
    commands.add_parser("notebooks", help="write each chapter as .ipynb beside its source")
    commands.add_parser("pdf", help="print the built site as one PDF; needs Chromium")
    commands.add_parser("host", help="prepare the folder that a static host serves")
    commands.add_parser("clean", help="remove the build root")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command in the current folder.

    Returns:
        Exit status: 0 on success.
    """
    options = _parser().parse_args(arguments)
    settings = {"TRAINDYN_SCALE": options.scale, "TRAINDYN_BUILD": options.build}
    chosen = {name: value for name, value in settings.items() if value is not None}
    try:
        workspace = Workspace.at(Path.cwd(), {**os.environ, **chosen})
        return 0 if _dispatch(workspace, options) else 1
    except (ValueError, MissingRecordError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


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
            chapters = workspace.root / "chapters"
            repository = setting(workspace, "book_repository")
            for path in write_notebooks(chapters, chapters, repository):
                print(path.relative_to(workspace.root))
        case "pdf":
            print(print_book(workspace))
        case "host":
            print(prepare(workspace))
        case "clean":
            shutil.rmtree(workspace.build, ignore_errors=True)
    return True


def _build(workspace: Workspace) -> bool:
    publish(workspace)
    if not build_site(workspace):
        return False
    print(summary(workspace))
    return True


if __name__ == "__main__":
    sys.exit(main())
