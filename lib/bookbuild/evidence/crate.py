"""``ro-crate-metadata.json``: the published folder as a research object.

One ``CreateAction`` per chapter tells its run: inputs, versions, outputs, and when it ended. The
form is RO-Crate 1.2, https://w3id.org/ro/crate/1.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from rocrate.model import ContextEntity, Dataset, File
from rocrate.rocrate import ROCrate

from bookbuild.evidence.citation import SPDX, Citation
from bookbuild.records import Summary

VERSION = "1.2"

KINDS = {
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".py": "text/x-python",
    ".lock": "text/plain",
    ".csv": "text/csv",
}
"""Media types of the files that actions read and write."""


class ChapterRun(NamedTuple):
    """The run of a chapter, and the files of the folder that belong to it."""

    summary: Summary
    title: str
    inputs: tuple[str, ...]
    """Files, and folders that end with a slash."""
    outputs: tuple[str, ...]


def write_crate(
    folder: Path, citation: Citation, description: str, runs: Sequence[ChapterRun], address: str
) -> None:
    """Describe a folder by a file in it.

    Args:
        folder: It holds the inputs and outputs.
        citation: Title, authors, licenses and papers.
        description: Of the book, in a sentence.
        runs: The runs of its chapters, at least one.
        address: Where the folder is published; empty: nowhere yet.

    Raises:
        ValueError: If there is no run, or a file of one is not in the folder.
        OSError: If the file cannot be written.
    """
    if not runs:
        raise ValueError("runs must hold at least one")
    crate = ROCrate(version=VERSION)
    crate.name, crate.description = citation.title, description
    crate.datePublished = max(run.summary.finished for run in runs)
    root = crate.root_dataset
    root["version"] = citation.version
    root["keywords"] = ", ".join(citation.keywords)
    root["license"] = [_license(crate, name) for name in citation.licenses]
    root["author"] = [
        crate.add(_author(crate, number, author.name, author.orcid))
        for number, author in enumerate(citation.authors, 1)
    ]
    root["isBasedOn"] = [
        crate.add(ContextEntity(crate, p.url, {"@type": "ScholarlyArticle", "name": p.title}))
        for p in citation.papers
    ]
    if address:
        root["url"] = address
    root["mentions"] = [_action(crate, folder, run) for run in runs]
    crate.metadata.write(folder)


def _license(crate: ROCrate, name: str) -> ContextEntity:
    about = {"@type": "CreativeWork", "name": name, "identifier": name}
    return crate.add(ContextEntity(crate, f"{SPDX}{name}", about))


def _author(crate: ROCrate, number: int, name: str, orcid: str) -> ContextEntity:
    if orcid:
        about = {"@type": "Person", "name": name}
        return ContextEntity(crate, f"https://orcid.org/{orcid}", about)
    return ContextEntity(crate, f"#author-{number}", {"@type": "Organization", "name": name})


def _action(crate: ROCrate, folder: Path, run: ChapterRun) -> ContextEntity:
    """The run of a chapter as an action."""
    done = run.summary
    end = datetime.fromisoformat(done.finished)
    inputs = [_file(crate, folder, name) for name in run.inputs]
    variables = {"scale": done.scale, "seed": done.seed, **done.variables}
    inputs += [_value(crate, name, value) for name, value in variables.items()]
    about = {
        "@type": "CreateAction",
        "name": f"Run of the chapter: {run.title}",
        "description": f"{done.cells} code cells executed once, all passed; key {done.key}",
        "startTime": (end - timedelta(seconds=done.seconds)).isoformat(),
        "endTime": end.isoformat(),
        "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
    }
    action = crate.add(ContextEntity(crate, f"#run-{done.chapter}-{done.key}", about))
    action["instrument"] = _software(crate, done)
    action["object"] = inputs
    action["result"] = [_file(crate, folder, name) for name in run.outputs]
    return action


def _software(crate: ROCrate, done: Summary) -> ContextEntity:
    """The book's own code at a commit, with the versions that it ran with."""
    needs = [
        _once(
            crate,
            f"#{name}-{version}",
            {"@type": "SoftwareApplication", "name": name, "softwareVersion": version},
        )
        for name, version in done.versions.items()
    ]
    commit = done.commit or "unknown"
    about = {"@type": "SoftwareApplication", "name": "traindyn", "softwareVersion": commit}
    software = _once(crate, f"#traindyn-{commit}", about)
    software["softwareRequirements"] = needs
    return software


def _value(crate: ROCrate, name: str, value: object) -> ContextEntity:
    about = {"@type": "PropertyValue", "name": name, "value": value}
    return _once(crate, f"#{name}={value}".replace(" ", "-"), about)


def _file(crate: ROCrate, folder: Path, name: str) -> Any:
    """A file or folder of the crate, once.

    Raises:
        ValueError: If it is not there.
    """
    if found := crate.dereference(name):
        return found
    if not (folder / name).exists():
        raise ValueError(f"{name} must be in the folder of the crate")
    kind = Dataset if name.endswith("/") else File
    about = {"name": name.rstrip("/")}
    if kind is File:
        about["encodingFormat"] = KINDS[Path(name).suffix]
    return crate.add(kind(crate, dest_path=name, properties=about))


def _once(crate: ROCrate, identifier: str, about: dict[str, Any]) -> ContextEntity:
    return crate.dereference(identifier) or crate.add(ContextEntity(crate, identifier, about))
