"""``traindyn diagnose FILE.py:make_network --data FILE.py:make_loader``."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from traindyn.diagnose.diagnosis import diagnose
from traindyn.diagnose.report import as_json, draw, markdown
from traindyn.system.files import write_file

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
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module = sys.modules.get(path.stem)
    if module is None or getattr(module, "__file__", None) != str(path.resolve()):
        spec = importlib.util.spec_from_file_location(path.stem, path.resolve())
        if spec is None or spec.loader is None:
            raise ValueError(f"{name} must name a file of Python, got {file}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
    found = getattr(module, function, None)
    if not callable(found):
        raise ValueError(f"{name} must name a function of {path.name}, got {function}")
    called: Callable[..., Any] = found
    return called


def run(options: argparse.Namespace) -> int:
    """Diagnose a network.

    Raises:
        ValueError: If an argument leaves its range, before any work where that can be known.
        OSError: If the output cannot be written.
    """
    output: Path | None = options.output
    if output is not None and output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ValueError(f"--output must be a new or an empty folder, got {output}")
    loss = load_function(options.loss, "--loss") if ":" in options.loss else options.loss
    network = load_function(options.network, "network")()
    found = diagnose(
        network,
        load_function(options.data, "--data")(),
        loss,
        samples=options.samples,
        count=options.count,
        seed=options.seed,
        tell=lambda line: print(line, file=sys.stderr, flush=True),
    )
    text = markdown(found)
    if output is None:
        print(text, end="")
        return 0
    output.mkdir(parents=True, exist_ok=True)
    write_file(output / FILES[0], json.dumps(as_json(found), indent=1, allow_nan=False).encode())
    write_file(output / FILES[1], text.encode())
    draw(found).savefig(output / FILES[2], metadata={"Date": None})
    return 0
