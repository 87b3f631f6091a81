"""Evidence of the planted book in standard forms, each held against its specification."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from datetime import datetime
from importlib import resources
from pathlib import Path

import jsonschema
import numpy
import pytest
import yaml
from rocrate.rocrate import ROCrate

from traindyn.ledger import read_ledgers

pytestmark = pytest.mark.xdist_group("planted site")  # built once, not once per worker


def linked_data(page):
    """The JSON-LD of a page."""
    (told,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    return json.loads(told)


def test_pages_tell_machines_what_they_are(built):
    book = linked_data(built.page("book/intro"))
    assert (book["@context"], book["@type"]) == ("https://schema.org", "Book")
    assert book["@id"] == "https://a.org/b/#book"
    assert [part["url"] for part in book["hasPart"]] == [
        "https://a.org/b/chapters/coin.html",
        "https://a.org/b/chapters/die.html",
    ]
    assert len(book["isBasedOn"]) == 5
    assert book["license"][0] == "https://spdx.org/licenses/BSD-3-Clause"
    chapter = linked_data(built.page("chapters/coin"))
    assert (chapter["@type"], chapter["isPartOf"]["@id"]) == ("Chapter", book["@id"])
    data = linked_data(built.page("book/ledger"))
    assert data["@type"] == "Dataset"
    for entry in data["distribution"]:
        file = entry["contentUrl"].removeprefix("https://a.org/b/")
        assert (built.workspace.site / file).is_file()
    assert linked_data(built.page("search"))["@type"] == "WebPage"


def test_the_terms_of_the_linked_data_are_those_of_schema_org(built):
    """Each type is a class, and each property one of its class or of a class above it."""
    found = json.loads(resources.files("rocrate.data").joinpath("schema.jsonld").read_text())
    terms = {entry["@id"]: entry for entry in found["@graph"]}

    def names(entry, key):
        told = entry.get(key, [])
        return {one["@id"] for one in (told if isinstance(told, list) else [told])}

    def above(kind):
        return {kind}.union(*(above(up) for up in names(terms[kind], "rdfs:subClassOf")))

    prefix = next(name for name in terms if name.endswith("Book")).removesuffix("Book")

    def check(told):
        if isinstance(told, list):
            for one in told:
                check(one)
        if isinstance(told, dict):
            classes = above(f"{prefix}{told['@type']}")
            for key, value in told.items():
                if not key.startswith("@"):
                    domains = names(terms[f"{prefix}{key}"], f"{prefix}domainIncludes")
                    assert domains & classes, f"{key} of {told['@type']}"
                    check(value)

    for page in ("book/intro", "chapters/coin", "book/ledger", "search"):
        check(linked_data(built.page(page)))


def test_the_schema_of_the_ledger_has_a_permanent_place(built):
    schema = json.loads((built.workspace.site / "schema" / "ledger-2.json").read_text())
    assert schema["$id"] == "https://a.org/b/schema/ledger-2.json"
    jsonschema.Draft202012Validator.check_schema(schema)
    for chapter in json.loads((built.workspace.site / "ledger.json").read_text()):
        jsonschema.validate(chapter, schema)


def test_the_published_folder_is_a_research_object(built):
    published = built.workspace.build / "publish"
    crate = ROCrate(published)
    root = crate.root_dataset
    assert crate.metadata["conformsTo"] == "https://w3id.org/ro/crate/1.2"
    assert all(root[name] for name in ("name", "description", "license", "datePublished"))
    assert datetime.fromisoformat(root["datePublished"]).tzinfo is not None
    actions = crate.get_by_type("CreateAction")
    assert len(actions) == len(root["mentions"]) == 2
    for action in actions:
        assert {"name", "instrument", "object", "result", "endTime"} <= set(action.properties())
        parts = action["object"] + action["result"]
        files = [entity for entity in parts if entity in crate.data_entities]
        assert len(files) == 5
        assert all((published / entity.id).exists() for entity in files)
        values = {e["name"]: e["value"] for e in action["object"] if e.type == "PropertyValue"}
        assert (values["scale"], values["seed"]) == ("ci", 0)
        needed = action["instrument"]["softwareRequirements"]
        versions = {entity["name"]: entity["softwareVersion"] for entity in needed}
        assert versions["numpy"] == numpy.__version__
    graph = json.loads((published / "ro-crate-metadata.json").read_text())["@graph"]
    known = {entity["@id"] for entity in graph}
    assert len(known) == len(graph)
    named = set(re.findall(r'"@id": "([^"]+)"', json.dumps(graph)))
    outside = {name for name in named - known if not name.startswith("http")}
    assert outside == set()


def test_codecheck_holds_what_an_author_may_tell_and_nothing_else(built):
    published = built.workspace.build / "publish"
    text = (published / "codecheck.yml").read_text(encoding="utf-8")
    assert text.startswith("---\n")
    told = yaml.safe_load(text)
    assert set(told) == {"version", "paper", "manifest"}  # no check was made
    assert told["version"] == "https://codecheck.org.uk/spec/config/2.0/"
    assert told["paper"]["title"]
    assert told["paper"]["reference"] == "https://a.org/b"
    assert all(author["name"] for author in told["paper"]["authors"])
    assert len(told["manifest"]) == 4
    for entry in told["manifest"]:
        assert set(entry) == {"file", "comment"}
        assert not Path(entry["file"]).is_absolute()
        assert (published / entry["file"]).is_file()
    assert not re.search("FIXME|TODO|XXXX", text)


def test_every_claim_and_chapter_has_a_badge(built):
    published = built.workspace.build / "publish"
    names = {"coin", "die", "CO-1", "CO-2", "CO-10", "DI-2"}
    assert {path.stem for path in (published / "badges").iterdir()} == names
    badge = json.loads((published / "badges" / "CO-1.json").read_text())
    assert badge == {
        "schemaVersion": 1,
        "label": "CO-1",
        "message": "falsified",
        "color": "#c04a00",
    }
    coin = json.loads((published / "badges" / "coin.json").read_text())
    assert coin["message"] == "1 verified, 1 falsified, 1 toy"
    title = ET.parse(published / "badges" / "CO-1.svg").getroot().find("{*}title")
    assert title.text == "CO-1: falsified"


def test_ledgers_of_the_published_folder_can_be_compared(built):
    ledgers = read_ledgers(built.workspace.build / "publish" / "claims")
    assert [ledger["chapter"] for ledger in ledgers] == ["coin", "die"]
