"""Citation, badges, a request for a check, a research object: small cases and what is refused."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter

import pytest
import yaml
from rocrate.rocrate import ROCrate

from bookbuild.evidence.badges import COLORS, badges_of, picture, summary, write_badges
from bookbuild.evidence.citation import Author, Citation, Paper, read_citation
from bookbuild.evidence.codecheck import Output, as_yaml, codecheck, missing
from bookbuild.evidence.crate import ChapterRun, write_crate
from bookbuild.evidence.publishing import title_of
from bookbuild.records import Summary
from traindyn.inference import exact
from traindyn.ledger import VERDICTS, Claim, Part, ledger_of, other_system, within

ADA = Author("Ada Lovelace", "0000-0002-1825-0097")
BOOK = Citation("Coins", "1.0", (ADA, Author("Others")), ("MIT",), ("coins",), ())


def summary_of(chapter="coin", **changes):
    told = {
        "scale": "ci",
        "seed": 0,
        "key": f"key-of-{chapter}",
        "seconds": 2.5,
        "cells": 3,
        "finished": "2026-01-02T03:04:05.000000+00:00",
        "versions": {"python": "3.11.7", "numpy": "2.0"},
        "commit": "abc",
        "variables": {"OMP_NUM_THREADS": "1"},
    }
    return Summary(chapter=chapter, **{**told, **changes})


def ledger():
    part = Part(
        "it is one",
        exact(1.0),
        within(0.5, "the half", "size"),
        [other_system("zero", exact(0.0))],
        prediction=1.0,
        compares="algebra",
    )
    claims = [Claim(f"CO-{i}", "eq. 1", "stated", "One.", [part]) for i in (1, 2)]
    return ledger_of("coin", claims, scale="ci", seed=0)


def test_a_citation_is_read(tmp_path):
    (tmp_path / "CITATION.cff").write_text(
        "title: Coins\nversion: 1.0\nlicense: MIT\nkeywords: [coins]\nauthors:\n"
        "- given-names: Ada\n  family-names: Lovelace\n"
        "  orcid: https://orcid.org/0000-0002-1825-0097\n- name: Others\n"
        "references:\n- title: On coins\n  url: https://a.org\n"
    )
    papers = (Paper("On coins", "https://a.org"),)
    assert read_citation(tmp_path) == Citation(
        "Coins", "1.0", BOOK.authors, ("MIT",), ("coins",), papers
    )
    (tmp_path / "CITATION.cff").write_text("title: Coins\n")
    with pytest.raises(ValueError, match=r"CITATION\.cff must hold title, version, authors"):
        read_citation(tmp_path)


def test_badges_are_made_of_a_ledger(tmp_path):
    found = badges_of(ledger())
    assert [*found] == ["coin", "CO-1", "CO-2"]
    assert found["coin"]["message"] == "2 verified"
    for badge in found.values():
        assert badge["schemaVersion"] == 1
        assert badge["message"]
        assert isinstance(badge["label"], str)
    write_badges(tmp_path, [ledger()])
    assert len([*(tmp_path / "badges").iterdir()]) == 6
    empty = {**ledger(), "claims": []}
    with pytest.raises(ValueError, match="the ledger of coin must hold a claim"):
        badges_of(empty)


def test_every_verdict_has_a_color_that_can_be_read():
    assert set(COLORS) == set(VERDICTS)
    for color in COLORS.values():
        channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
        assert 1.05 / (luminance + 0.05) > 4.5  # against white letters


def test_a_picture_escapes_its_words_and_grows_with_them():
    short, long = (
        picture({"label": label, "message": "1 < 2", "color": "#000"})
        for label in ("a & b", "a" * 9)
    )
    roots = [ET.fromstring(text) for text in (short, long)]
    assert roots[0].find("{*}title").text == "a & b: 1 < 2"
    assert int(roots[1].get("width")) > int(roots[0].get("width"))


def test_a_summary_counts_in_the_order_of_the_book():
    assert summary(Counter(toy=1, falsified=2)) == "2 falsified, 1 toy"


def test_codecheck_tells_orcids_as_plain_identifiers():
    content = codecheck(BOOK, [Output("claims/coin.json", "verdicts")], "https://a.org")
    assert content["paper"] == {
        "title": "Coins",
        "authors": [{"name": ADA.name, "ORCID": ADA.orcid}, {"name": "Others"}],
        "reference": "https://a.org",
    }
    assert yaml.safe_load(as_yaml(content)) == content
    assert as_yaml(content).startswith("---\n")
    assert missing(content) == ["Others has no ORCID in CITATION.cff"]
    assert missing(codecheck(BOOK, [], ""))[-1].startswith("the book has no address")


def test_a_crate_is_read_back(tmp_path):
    for name in ("coin.py", "die.py", "shared.lock", "coin.json", "die.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "lib").mkdir()
    runs = [
        ChapterRun(
            summary_of(name, finished=f"2026-01-0{day}T00:00:01+00:00"),
            name.capitalize(),
            (f"{name}.py", "lib/", "shared.lock"),
            (f"{name}.json",),
        )
        for day, name in enumerate(("coin", "die"), 1)
    ]
    write_crate(tmp_path, BOOK, "All of it.", runs, "https://a.org")
    crate = ROCrate(tmp_path)
    assert str(crate.root_dataset["datePublished"]) == "2026-01-02T00:00:01+00:00"
    assert crate.root_dataset["author"][0].id == f"https://orcid.org/{ADA.orcid}"
    assert [one.id for one in crate.root_dataset["license"]] == ["https://spdx.org/licenses/MIT"]
    coin, die = crate.root_dataset["mentions"]
    assert coin["startTime"] == "2025-12-31T23:59:58.500000+00:00"
    assert coin["instrument"].id == die["instrument"].id == "#traindyn-abc"
    assert {entity.id for entity in crate.data_entities} == {
        *("coin.py", "die.py", "shared.lock", "coin.json", "die.json", "lib/")
    }
    graph = json.loads((tmp_path / "ro-crate-metadata.json").read_text())["@graph"]
    assert len({entity["@id"] for entity in graph}) == len(graph)


def test_a_crate_needs_runs_and_their_files(tmp_path):
    with pytest.raises(ValueError, match="runs must hold at least one"):
        write_crate(tmp_path, BOOK, "", [], "")
    run = ChapterRun(summary_of(), "Coin", ("coin.py",), ())
    with pytest.raises(ValueError, match=r"coin\.py must be in the folder of the crate"):
        write_crate(tmp_path, BOOK, "", [run], "")


def test_a_notebook_without_a_heading_has_no_title():
    assert title_of([{"cell_type": "code", "source": "# comment"}]) == ""
