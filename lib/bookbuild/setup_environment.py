"""Make the environment: create ``.venv``, install torch, the lock and the package.

Runs by its file path, before anything is installed, with any Python of at least 3.11:
``python3 lib/bookbuild/setup_environment.py``. ``make setup`` does the same.
"""

from __future__ import annotations

import argparse
import ast
import fcntl
import importlib.util
import os
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

UV = "uv==0.13.9"
"""Installs the lock in seconds. It is a tool of the set-up, not a part of the lock."""

PYPI = "https://pypi.org/simple"
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
PATIENCE = 10.0
"""Seconds in which a server must answer."""

ELSEWHERE = ("PIP_PREFIX", "PIP_ROOT", "PIP_TARGET", "PIP_USER", "PYTHONHOME", "PYTHONPATH")
"""Variables that would install into another place, or count packages of another place."""

PROBE = """import sys
from importlib.util import find_spec
print("{}.{}".format(*sys.version_info), sys.version_info >= (3, 11), bool(find_spec("pip")))"""
VERSION = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"


class SetupError(Exception):
    """Why there is no environment, and what to do."""


def run(command: Sequence[str | Path], variables: Mapping[str, str] | None = None) -> str:
    """Run a command without showing its output.

    Args:
        command: Program and arguments.
        variables: Set beside the caller's.

    Returns:
        What it printed.

    Raises:
        SetupError: If it does not start or fails; the error holds the last lines it printed.
    """
    environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    environment.update(variables or {})
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
    except OSError as error:
        raise SetupError(f"{command[0]} does not run: {error}") from None
    if done.returncode != 0:
        printed = (done.stderr.strip() or done.stdout.strip()).splitlines()
        telling = [line for line in printed if not line.startswith("WARNING: Retrying")]
        raise SetupError("\n".join(telling[-12:]) or f"{command[0]} exits with {done.returncode}")
    return done.stdout


def say(line: str) -> None:
    """Tell what is going on."""
    print(line, file=sys.stderr, flush=True)


def python_of(venv: Path) -> Path:
    """The Python of an environment with pip, which is created or mended where it must be.

    Only a folder that this call filled is ever removed; what cannot be mended is its owner's.

    Raises:
        SetupError: If there is no such environment; it says what to install or to remove.
    """
    if not os.path.lexists(venv) or (venv.is_dir() and not any(venv.iterdir())):
        _create(venv)
    if not (venv / "pyvenv.cfg").is_file():
        raise SetupError(f"{venv} is in the way and is no environment: move it away.")
    python = venv / "bin" / "python"
    anew = f"remove {venv.name} (rm -r {venv}) and call make again"
    try:
        version, recent, pip = run([python, "-c", PROBE]).split()
    except SetupError as error:
        raise SetupError(f"{error}\nThe Python of {venv} does not run: {anew}.") from None
    if recent != "True":
        raise SetupError(f"{venv} holds Python {version}; the book needs 3.11 or newer: {anew}.")
    if pip != "True":
        try:
            run([python, "-m", "ensurepip", "--default-pip"])
        except SetupError as error:
            raise SetupError(
                f"{error}\n{venv} has no pip, and its Python cannot bring it. "
                f"Install it ({_package(version)}), or {anew}."
            ) from None
    return python


def _create(venv: Path) -> None:
    try:
        run([sys.executable, "-m", "venv", venv])
    except BaseException as error:
        shutil.rmtree(venv, ignore_errors=True)
        if isinstance(error, SetupError) and importlib.util.find_spec("ensurepip") is None:
            package = _package("{}.{}".format(*sys.version_info))
            raise SetupError(f"{sys.executable} lacks what environments need: {package}.") from None
        raise


def _package(version: str) -> str:
    return f"Debian, Ubuntu: sudo apt-get install python3-venv, or python{version}-venv"


def pip_settings(listing: str) -> dict[str, str]:
    r"""What pip is told by its files and by ``PIP_*``, from the output of ``pip config list``.

    >>> pip_settings(":env:.cert='/a'\nglobal.cert='/b'\ninstall.find-links='/c d'")
    {'cert': '/a', 'find-links': '/c d'}
    """
    settings: dict[str, str] = {}
    for section in ("global.", "install.", ":env:."):  # the later one wins
        for line in listing.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(section) and value[:1] in {"'", '"'}:
                settings[name.removeprefix(section)] = ast.literal_eval(value)
    return settings


def uv_options(settings: Mapping[str, str]) -> list[str]:
    """Options with which uv looks where pip looks, as far as they hold no passwords.

    >>> uv_options({"find-links": "/a https://b", "no-index": "true"})
    ['--find-links', '/a', '--find-links', 'https://b', '--no-index']
    """
    options = []
    for name, option in [("find-links", "--find-links"), ("trusted-host", "--allow-insecure-host")]:
        for value in settings.get(name, "").split():
            options += [option, value]
    no_index = settings.get("no-index", "").lower() in {"1", "true", "yes", "on"}
    return [*options, "--no-index"] if no_index else options


def uv_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Variables with which uv asks the indexes that pip asks, and chooses among them as pip does.

    >>> uv_variables({"proxy": "cache:3128"})["ALL_PROXY"]
    'http://cache:3128'
    """
    variables = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_SYSTEM_CERTS": "true"}
    for name, variable in {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "cert": "SSL_CERT_FILE",
    }.items():
        if settings.get(name):
            variables[variable] = settings[name]
    if proxy := settings.get("proxy"):
        variables["ALL_PROXY"] = proxy if "://" in proxy else f"http://{proxy}"
    return variables


def reachable(index: str, settings: Mapping[str, str]) -> bool:
    """Whether a server answers in time; what it answers is left to pip."""
    proxy = settings.get("proxy")
    ways = [urllib.request.ProxyHandler({"http": proxy, "https": proxy})] if proxy else []
    try:
        urllib.request.build_opener(*ways).open(index, timeout=PATIENCE).close()
    except urllib.error.HTTPError:
        return True
    except urllib.error.URLError as error:
        return isinstance(error.reason, ssl.SSLError)  # pip may know more certificates
    except (OSError, ValueError):
        return False
    return True


def has(python: Path, requirement: str) -> bool:
    """Whether an environment holds ``name==version``, in any build of it."""
    name, version = requirement.split("==")
    try:
        return run([python, "-c", VERSION, name]).strip().split("+")[0] == version
    except SetupError:
        return False


def install(root: Path, python: Path, torch_index: str, settings: Mapping[str, str]) -> None:
    """Install torch, the rest of the lock, and the package of a checkout in place.

    Args:
        root: Folder of the checkout.
        python: The environment's.
        torch_index: Asked for torch beside pip's own indexes, if it answers.
        settings: Of :func:`pip_settings`.

    Raises:
        SetupError: If one of them cannot be installed.
    """
    pip = [str(python), "-m", "pip", "install", "-qq"]
    pip += ["--disable-pip-version-check", "--retries", "1"]
    lock = root / "requirements.lock"
    torch = next(line for line in lock.read_text().splitlines() if line.startswith("torch=="))
    if not has(python, torch):
        more = ["--extra-index-url", torch_index]
        if not reachable(torch_index, settings):
            say(
                f"{torch_index} does not answer; torch comes from pip's own indexes "
                "(for Linux, PyPI serves the CUDA build of several gigabytes)."
            )
            more = []
        say(f"Installing {torch} with pip")
        run([*pip, "--no-deps", *more, torch])
    say(f"Installing {lock.name} with uv")
    try:
        if not has(python, UV):
            run([*pip, UV])
        uv = [str(python.with_name("uv")), "pip", "install", "--quiet", "--python", str(python)]
        run([*uv, *uv_options(settings), "-r", str(lock)], uv_variables(settings))
    except SetupError as error:
        say(f"{error}\nuv does not do it; installing {lock.name} with pip, in minutes")
        run([*pip, "-r", str(lock)])
    run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(root)])


def make_environment(root: Path, torch_index: str) -> None:
    """Make the environment of a checkout; a second call at the same time waits for the first.

    Raises:
        SetupError: If it cannot be made.
    """
    with (root / "requirements.lock").open() as alone:
        with suppress(OSError):  # some network drives know no locks
            fcntl.flock(alone, fcntl.LOCK_EX)
        python = python_of(root / ".venv")
        settings = pip_settings(run([python, "-m", "pip", "config", "list"]))
        try:
            install(root, python, torch_index, settings)
        except SetupError as error:
            index = settings.get("index-url", PYPI)
            if reachable(index, settings):
                raise
            network = f"{index} does not answer; set-up needs the network."
            raise SetupError(f"{error}\n{network}") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the environment of the checkout that holds this file.

    Returns:
        Exit status: 0 on success.
    """
    parser = argparse.ArgumentParser(description="Make the environment .venv.")
    parser.add_argument("--torch-index", default=CPU_BUILDS, help=f"default: {CPU_BUILDS}")
    options = parser.parse_args(arguments)
    try:
        make_environment(Path(__file__).resolve().parents[2], options.torch_index)
    except SetupError as error:
        say(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
