"""``traindyn diagnose FILE.py:make_network --data FILE.py:make_loader``."""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from traindyn.diagnose.data import loss_function
from traindyn.diagnose.diagnosis import Diagnosis, diagnose
from traindyn.diagnose.report import as_json, draw, markdown
from traindyn.system.arguments import whole_number
from traindyn.system.files import require_writable, write_file


class UserCodeError(RuntimeError):
    """A file or a function of the user failed; the cause says how."""


FILES = ("diagnosis.json", "diagnosis.md", "diagnosis.svg")
"""What the command writes into its output folder."""


def load_function(place: str, name: str) -> Callable[..., Any]:
    """A function of a file, given as ``FILE.py:function``.

    The folder of the file is where its own imports are looked up, as when it runs as a script.

    Args:
        place: File and function.
        name: What the message calls it.

    Raises:
        ValueError: If there is no such file or function.
    """
    file, _, function = place.rpartition(":")
    path = Path(file)
    if not file or not function.isidentifier():
        raise ValueError(f"{name} must be FILE.py:function, got {place}")
    if not path.is_file():
        raise ValueError(f"{name} must name a file that is there, got {file}")
    if path.suffix != ".py" or not path.stem.isidentifier():
        raise ValueError(f"{name} must name a module of Python, got {file}")
    found = getattr(_imported(path.resolve(), name), function, None)
    if not callable(found):
        raise ValueError(f"{name} must name a function of {path.name}, got {function}")
    called: Callable[..., Any] = found
    return called


def _imported(path: Path, name: str) -> ModuleType:
    """The module of a file; what is wrong in it is the user's to see whole."""
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    try:
        module = importlib.import_module(path.stem)
    except (Exception, SystemExit) as error:
        raise UserCodeError(f"{path.name} cannot be imported") from error
    if getattr(module, "__file__", None) != str(path):
        raise ValueError(f"{name} must not have the name of another module, got {path.name}")
    return module


def _call(place: str, name: str) -> Any:
    """What a function of the user returns."""
    function = load_function(place, name)
    try:
        return function()
    except (Exception, SystemExit) as error:
        raise UserCodeError(f"{place} failed") from error


def run(options: argparse.Namespace) -> int:
    """Diagnose a network.

    Raises:
        ValueError: If an argument leaves its range, before any work where that can be known.
        UserCodeError: If a file or function of the user fails.
        OSError: If the output cannot be written; where it cannot after the work, the report is
            printed.
    """
    output: Path | None = options.output
    whole_number("--samples", options.samples, 4)
    whole_number("--count", options.count, 1)
    if ":" not in options.loss:
        loss_function(options.loss)
    if output is not None and output.is_symlink() and not output.exists():
        raise ValueError(f"--output must be a new or an empty folder, got a dangling link {output}")
    if output is not None and output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ValueError(f"--output must be a new or an empty folder, got {output}")
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        require_writable(output / FILES[0])
    loss = load_function(options.loss, "--loss") if ":" in options.loss else options.loss
    found = diagnose(
        _call(options.network, "network"),
        _call(options.data, "--data"),
        loss,
        samples=options.samples,
        count=options.count,
        seed=options.seed,
        tell=lambda line: print(line, file=sys.stderr, flush=True),
    )
    if output is None:
        print(markdown(found), end="")
        return 0
    try:
        if made := [name for name in FILES if (output / name).exists()]:
            raise FileExistsError(errno.EEXIST, "was made in the meantime", str(output / made[0]))
        _write(output, found)
    except OSError:  # what took minutes is not lost with the disk
        print(markdown(found), end="")
        raise
    return 0


def _write(output: Path, found: Diagnosis) -> None:
    told = json.dumps(as_json(found), indent=1, allow_nan=False)
    write_file(output / FILES[0], told.encode())
    write_file(output / FILES[1], markdown(found).encode())
    drawn = io.BytesIO()
    draw(found).savefig(drawn, format="svg", metadata={"Date": None})
    write_file(output / FILES[2], drawn.getvalue())
