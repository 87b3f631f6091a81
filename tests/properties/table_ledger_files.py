"""Properties of ledgers on disk, of their validation, comparison and tables."""

from __future__ import annotations

import copy
import json
import math
import re
import sys
import tempfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from table_ledger import anything, finite, property_of, slow_shrinks, slow_verdict
from table_ledger_claims import claims, equal_rows, slow_rows
from table_ledger_rules import slow_outcome

from traindyn.ledger import (
    Rule,
    check_ledger,
    ledger_of,
    merge_claim,
    read_ledger,
    read_ledgers,
    records,
    schema,
    write_json,
)

SCHEMA = Path(records.__file__).with_name("schema.json")
LETTERS = "abcdefghijklmnopqrstuvwxyz"

runs = st.fixed_dictionaries(
    {
        "scale": st.sampled_from(["ci", "laptop"]),
        "seed": st.integers(0, 2),
        "key": st.sampled_from(["", "k"]),
    }
)
few = st.builds(replace, claims, id=st.sampled_from(["BR-1", "BR-2", "BR-10"]))
unique = st.lists(few, max_size=3, unique_by=lambda claim: claim.id)
ledgers = st.builds(lambda found, run: ledger_of("coin", found, **run), unique, runs)


def places(content, at=()):
    """Every place of some plain data below its top."""
    pairs = dict(enumerate(content)) if isinstance(content, list) else content
    for key, value in pairs.items() if isinstance(pairs, dict) else ():
        yield (*at, key)
        yield from places(value, (*at, key))


@st.composite
def edited(draw):
    """A ledger in which one value is another, or one key is missing or added."""
    ledger = copy.deepcopy(draw(ledgers))
    at = draw(st.sampled_from(list(places(ledger))))
    parent = ledger
    for step in at[:-1]:
        parent = parent[step]
    kind = draw(st.sampled_from(["other", "odd", "missing", "twice"]))
    if kind == "missing":
        del parent[at[-1]]
    elif kind == "twice":
        parent[str(at[-1]) + "x" if isinstance(parent, dict) else slice(0, 0)] = [parent[at[-1]]]
    else:
        parent[at[-1]] = draw(OTHER if kind == "other" else anything)
    return ledger


OTHER = st.one_of(
    st.sampled_from(["pass", "fail", "undecided", "verified", "falsified", "toy", "inconclusive"]),
    st.sampled_from([None, True, False, 0, 1, 2, -1, 0.5, float("nan"), float("inf"), "BR-1", ""]),
)


def in_folder(call):
    """A call in a folder of its own, which is gone afterwards."""

    def inside(*given):
        with tempfile.TemporaryDirectory() as folder:
            return call(Path(folder), *given)

    return inside


def accepted(ledger):
    check_ledger(ledger)
    return json.dumps(ledger, sort_keys=True)


def slow_accepted(ledger):
    """Accepted are only ledgers whose decisions a reader of the rows would repeat."""
    assert ledger["schema"] == 2
    for row in ledger["claims"]:
        outcome = slow_outcome_of(row, row["measurement"], row["prediction"])
        assert row["rule"]["outcome"] in outcome
        controls = []
        for control in row["controls"]:
            named = control["prediction"]
            against = row["prediction"] if named is None else named
            assert control["outcome"] in slow_outcome_of(row, control["measurement"], against)
            controls.append((control["kind"], control["outcome"]))
        assert row["verdict"] == slow_verdict(
            row["rule"]["outcome"],
            controls,
            *(row["asymptotic"], len(row["sizes"]), slow_shrinks(gaps_of(row))),
        )
        decided = [row["measurement"], *(control["measurement"] for control in row["controls"])]
        decided += [size["measurement"] for size in row["sizes"] if row["asymptotic"]]
        assert row["random_tests"] == [found["random"] for found in decided].count(True)
        assert all(found["random"] or found["stderr"] == 0 for found in decided)
        mine = [r["verdict"] for r in ledger["claims"] if r["claim"] == row["claim"]]
        order = ["falsified", "inconclusive", "toy", "verified"]
        assert row["claim_verdict"] == next(v for v in order if v in mine)
        assert re.fullmatch(row["claim"] + "[a-z]?", row["id"])
    ids = [row["id"] for row in ledger["claims"]]
    assert len(set(ids)) == len(ids)
    return json.dumps(ledger, sort_keys=True, allow_nan=False)


def slow_outcome_of(row, measured, prediction):
    """What a stored interval may be decided to be; what diverged has lost its sign."""
    told, values = row["rule"], [measured["value"]]
    rule = Rule(told["kind"], "so", "size", told["bound"], told["limit"])
    if measured["value"] is None:
        values = [-math.inf, math.inf]
    reach = math.inf if measured["half_width"] is None else measured["half_width"]
    return {slow_outcome(rule, value, reach, prediction) for value in values}


def gaps_of(row):
    """Distances of the sizes from where they go, with half-widths."""
    end = row["prediction"] if row["toward"] is None else row["toward"]
    found = []
    for size in row["sizes"]:
        value, reach = size["measurement"]["value"], size["measurement"]["half_width"]
        reach = math.inf if reach is None else reach
        found.append((math.inf if None in (value, end) else abs(value - end), reach))
    return found


def read_bytes(folder, content):
    (folder / "a.json").write_bytes(content)
    return json.dumps(read_ledger(folder / "a.json"), sort_keys=True)


@st.composite
def files_of(draw, ledger=ledgers):
    """A ledger as its file, whole."""
    text = json.dumps(draw(ledger), indent=draw(st.sampled_from([None, 1])))
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode()


@st.composite
def torn(draw):
    """A ledger's file, cut off, with bytes in it, or something else altogether."""
    content = draw(files_of())
    at = draw(st.integers(0, len(content)))
    more = draw(st.one_of(st.binary(max_size=4), st.just(b'"seed": 1, ')))
    return draw(st.sampled_from([content[:at], content[:at] + more + content[at:], more]))


def slow_read(content):
    """Accepted are only whole files, in which the content of a ledger stands once."""
    text = content.removeprefix(b"\xef\xbb\xbf").decode()
    ledger = json.loads(text)
    assert text.count('"seed":') == 1
    return slow_accepted(ledger)


def read_folder(folder, named):
    for name, chapter, ledger in named:
        write_json(folder / name, {**ledger, "chapter": chapter})
    return [ledger["chapter"] for ledger in read_ledgers(folder)]


file_names = st.sampled_from(["a.json", "b.json", ".c.json", "._d.json", "e.txt"])
named = st.lists(
    st.tuples(file_names, st.sampled_from(["coin", "die", "dice"]), ledgers),
    max_size=3,
    unique_by=lambda file: file[0],
)


def slow_folder(found):
    seen = [chapter for name, chapter, _ in sorted(found, key=str) if name in ("a.json", "b.json")]
    assert len(set(seen)) == len(seen)
    return seen


def merged(folder, several):
    path = folder / "a.json"
    dropped = [merge_claim(path, ledger) is not None for ledger in several]
    return dropped, read_ledger(path)


def slow_merged(several):
    """The last run, with the last rows of each of its claims, sorted by number."""
    dropped, rows_by_claim, last = [], {}, None
    for ledger in several:
        run = {k: v for k, v in ledger.items() if k != "claims"}
        dropped.append(last is not None and run != last)
        rows_by_claim = {} if run != last else rows_by_claim
        new = {}
        for row in ledger["claims"]:
            new.setdefault(row["claim"], []).append(row)
        rows_by_claim |= new
        last = run
    order = sorted(rows_by_claim, key=lambda claim: (claim[:2], int(claim[3:])))
    return dropped, {**last, "claims": [row for claim in order for row in rows_by_claim[claim]]}


plain_data = st.recursive(
    st.one_of(st.none(), st.booleans(), finite, st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
odd_data = st.one_of(
    plain_data,
    anything,
    st.lists(anything, max_size=2),
    st.dictionaries(st.text(max_size=2), anything, max_size=2),
)


def written(folder, content):
    write_json(folder / "new" / "a.json", content)
    assert [path.name for path in (folder / "new").iterdir()] == ["a.json"]
    return json.loads((folder / "new" / "a.json").read_text(encoding="utf-8"))


def as_plain(content):
    """The content with Python's numbers and lists, rebuilt by hand."""
    if isinstance(content, dict):
        return {key: as_plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [as_plain(value) for value in content]
    return content.item() if isinstance(content, np.generic) else content


def made(chapter, found, scale, seed, key):
    return ledger_of(chapter, found, scale=scale, seed=seed, key=key)


def slow_made(chapter, found, scale, seed, key):
    assert chapter.islower()
    assert scale in ("ci", "laptop", "paper")
    assert seed >= 0
    rows = [row for claim in found for row in slow_rows(claim)]
    return {"chapter": chapter, "scale": scale, "seed": seed, "key": key, "claims": rows}


def equal_ledgers(ledger, expected):
    same_run = all(ledger[name] == expected[name] for name in ("chapter", "scale", "seed", "key"))
    return same_run and equal_rows(ledger["claims"], expected["claims"])


def slow_environment():
    packages = {name: import_module(name).__version__ for name in ("numpy", "scipy", "torch")}
    return {"python": ".".join(map(str, sys.version_info[:3])), **packages}


TABLE = {
    "traindyn.ledger.validation.schema": property_of(
        schema, lambda: json.loads(SCHEMA.read_text()), st.just(())
    ),
    "traindyn.ledger.validation.check_ledger": property_of(
        accepted, slow_accepted, st.tuples(ledgers), st.tuples(st.one_of(edited(), anything))
    ),
    "traindyn.ledger.records.environment": property_of(
        lambda: {k: v for k, v in records.environment().items() if k != "cpu"},
        slow_environment,
        st.just(()),
    ),
    "traindyn.ledger.records.ledger_of": property_of(
        made,
        slow_made,
        st.tuples(st.just("coin"), unique, st.just("ci"), st.integers(0, 9), st.just("")),
        st.tuples(
            st.one_of(st.just("coin"), anything),
            st.lists(few, max_size=2),
            st.one_of(st.just("ci"), anything),
            st.one_of(st.integers(), anything),
            st.one_of(st.just("k"), anything),
        ),
        equal_ledgers,
    ),
    "traindyn.ledger.records.write_json": property_of(
        in_folder(written), as_plain, st.tuples(plain_data), st.tuples(odd_data)
    ),
    "traindyn.ledger.records.read_ledger": property_of(
        in_folder(read_bytes), slow_read, st.tuples(files_of()), st.tuples(torn())
    ),
    "traindyn.ledger.records.read_ledgers": property_of(
        in_folder(read_folder), slow_folder, st.tuples(st.just([])), st.tuples(named)
    ),
    "traindyn.ledger.records.merge_claim": property_of(
        in_folder(merged), slow_merged, st.tuples(st.lists(ledgers, min_size=1, max_size=3))
    ),
    "traindyn.ledger.records.row_order": property_of(
        lambda rows: [row["id"] for row in sorted(rows, key=records.row_order)],
        lambda rows: sorted(
            [row["id"] for row in rows], key=lambda name: (len(name[3:].rstrip(LETTERS)), name)
        ),
        st.tuples(ledgers.map(lambda ledger: ledger["claims"])),
    ),
}
