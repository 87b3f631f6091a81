"""The lock, ``pyproject.toml`` and ``environment.yml`` describe one environment."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from bookbuild.check_lock import UNPINNED, VERSIONS
from bookbuild.setup_environment import CPU_BUILDS

ROOT = Path(__file__).parents[1]
LINE = re.compile(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*")


def lock() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return {canonicalize_name(name): version for name, version in (x.split("==") for x in lines)}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def requirements() -> list[Requirement]:
    extras = project()["optional-dependencies"]
    locked = [line for name in ("book", "test", "cluster") for line in extras[name]]
    lines = [*project()["dependencies"], *locked, "setuptools>=80"]
    return [Requirement(line) for line in lines]


def needed(waiting: list[Requirement]) -> set[str]:
    """Names of the installed packages that the requirements need, directly or not."""
    found: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        for extra in ["", *requirement.extras]:
            name = canonicalize_name(requirement.name)
            if (name, extra) in found or UNPINNED.match(name):
                continue
            found.add((name, extra))
            for line in metadata.requires(name) or []:
                child = Requirement(line)
                if child.marker is None or child.marker.evaluate({"extra": extra}):
                    waiting.append(child)
    return {name for name, _ in found}


@pytest.mark.parametrize("line", (ROOT / "requirements.lock").read_text().splitlines())
def test_a_line_of_the_lock_is_a_bare_name_and_version(line):
    assert LINE.fullmatch(line)


@pytest.mark.parametrize(
    "line",
    [
        "torch==2.13.0+cpu",
        "torch>=2",
        "--extra-index-url x",
        "a @ file:///b",
        "a==1 ; b",
        "",
        "# a",
    ],
)
def test_anything_else_is_not(line):
    assert not LINE.fullmatch(line)


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_the_lock_satisfies_the_ranges_of_the_project(requirement):
    assert requirement.specifier.contains(lock()[canonicalize_name(requirement.name)])


def test_the_lock_holds_what_the_project_needs_and_nothing_else():
    assert set(lock()) == needed(requirements())


def test_the_lock_is_what_is_installed():
    installed = {name: Version(metadata.version(name)).public for name in lock()}
    assert installed == lock()


@pytest.mark.parametrize(
    ("name", "version"),
    [("torch", "2.13.0"), ("jupyter-book", "1.0.4.post1"), ("nbval", "0.11.0")],
)
def test_versions_that_matter_are_pinned(name, version):
    assert lock()[name] == version


def test_conda_and_binder_install_the_lock_and_the_package():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["name"] == project()["name"]
    python, pip, packages = environment["dependencies"]
    assert pip == "pip"
    assert packages["pip"] == [
        "--extra-index-url https://download.pytorch.org/whl/cpu",
        "-r requirements.lock",
        "-e .",
    ]
    name, version = python.split("=")
    assert name == "python"
    assert version in Requirement(f"python{project()['requires-python']}").specifier


def test_the_oldest_and_the_newest_python_are_checked():
    assert Requirement(f"python{project()['requires-python']}").specifier == SpecifierSet(">=3.11")
    assert VERSIONS[0] == "3.11.0"
    workflow = (ROOT / ".github" / "workflows" / "book.yml").read_text()
    assert f'"{VERSIONS[0]}-' in workflow
    assert f'"{VERSIONS[-1]}-' in workflow


def test_the_makefile_takes_torch_from_the_same_source():
    index = re.search(r"^TORCH_INDEX \?= (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert index
    packages = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"][-1]["pip"]
    assert f"--extra-index-url {index[1]}" in packages
    assert index[1] == CPU_BUILDS
