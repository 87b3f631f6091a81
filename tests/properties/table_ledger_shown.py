"""Properties of how ledgers are compared and shown, and of how a command ends."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from table_ledger import (
    close_enough,
    errors,
    finite,
    kinds_of_controls,
    property_of,
    slow_format,
    values,
)
from table_ledger_claims import compared as kinds_of_comparison
from table_ledger_files import edited, few, in_folder, ledgers, runs
from table_ledger_rules import near, origins, words
from table_ledger_texts import READER, slow_one_line, slow_pieces

from traindyn.ledger import (
    compare_ledgers,
    format_control,
    format_prediction,
    format_range,
    ledger_of,
    markdown_table,
    rows,
    settings_that_differ,
    text_table,
)
from traindyn.system import console, files

# --- comparing ------------------------------------------------------------------------------------


def compared(ours, theirs):
    found = compare_ledgers(ours, theirs)
    head = [line.split(":")[0] for line in found.changed]
    return head, found.equal, sorted({line.split(":")[0] for line in found.moved})


def slow_compared(ours, theirs):
    """Row by row, numbers as intervals of three errors."""
    left, right = ({row["id"]: row for row in side["claims"]} for side in (ours, theirs))
    changed, moved, equal = [], [], 0
    for name in list(dict.fromkeys([*left, *right])):
        a, b = left.get(name), right.get(name)
        if a is None or b is None or a["verdict"] != b["verdict"]:
            changed.append(name)
            continue
        x, y = a["measurement"], b["measurement"]
        if x["value"] is None or y["value"] is None:
            apart = x["value"] is not y["value"]
        elif x["stderr"] is None or y["stderr"] is None:
            apart = False
        else:
            error = (x["stderr"] ** 2 + y["stderr"] ** 2) ** 0.5
            apart = abs(x["value"] - y["value"]) > 3 * error + 1e-9 * max(abs(x["value"]), 1e-9)
        moved += [name] if apart else []
        equal += not apart and said(a) == said(b) and tell_the_same(a, b)
    return changed, equal, sorted(moved)


def said(row):
    rule = {name: row["rule"][name] for name in ("kind", "bound", "limit", "why")}
    names = ("source", "claim_basis", "basis", "title", "statement", "prediction", "asymptotic")
    names = (*names, "expected", "replicates", "toward")
    controls = [(control["what"], control["prediction"]) for control in row["controls"]]
    return {name: row[name] for name in names}, rule, controls, row["measurement"]["unit"]


def tell_the_same(a, b):
    """Whether neither of two rows tells otherwise what the other tells."""
    kinds = [[control["kind"] for control in row["controls"]] for row in (a, b)]
    pairs = [(a["compares"], b["compares"]), (a["rule"]["origin"], b["rule"]["origin"])]
    pairs += [] if "not told" in [*kinds[0], *kinds[1]] else [tuple(kinds)]
    return all("not told" in pair or pair[0] == pair[1] for pair in pairs)


@st.composite
def twins(draw):
    """A ledger, and the same with another word, number or kind in one of its parts."""
    claim, run = draw(few), draw(runs)
    part = claim.parts[0]
    changes = [
        {"statement": draw(words)},
        {"compares": draw(kinds_of_comparison)},
        {"note": "another", "seen": True},
        {"rule": replace(part.rule, why=draw(words))},
        {"rule": replace(part.rule, origin=draw(origins))},
        {"measurement": replace(part.measurement, unit="m")},
        {"expected": "toy"},
    ]
    if part.controls:
        control = part.controls[0]
        more = {"what": draw(words), "kind": draw(kinds_of_controls), "prediction": draw(near)}
        for name in ("what", "kind", *(["prediction"] if control.measurement is None else [])):
            changed = replace(control, **{name: more[name]})
            changes.append({"controls": (changed, *part.controls[1:])})
    other = replace(part, **draw(st.sampled_from(changes)))
    claims = claim, replace(claim, parts=(other, *claim.parts[1:]))
    return tuple(ledger_of("coin", [one], **run) for one in claims)


# --- tables ---------------------------------------------------------------------------------------


def table_cells(found):
    """Id, statement and verdict of every line of the Markdown table, as a reader sees them."""
    tokens = [token for token in READER.parse(markdown_table(found)) if token.type == "inline"]
    texts = ["".join(child.content for child in token.children) for token in tokens]
    lines = [texts[i : i + 7] for i in range(7, len(texts), 7)]
    return [(line[0], line[1], line[6]) for line in lines]


def slow_cells(found):
    return [
        (
            row["id"],
            "".join(content for _, content in slow_pieces(row["statement"])),
            row["verdict"],
        )
        for row in found
    ]


def shown_claim(found):
    """What a reader sees of a claim: whether it stands open, its line, and its table."""
    head, summary, *table, end = rows.markdown_claim(found).split("\n")
    assert end == "</details>"
    line = summary.removeprefix("<summary>").removesuffix("</summary>")
    return "open" in head, line == rows.headline(found), "\n".join(table).strip()


def slow_headline(found):
    """How many hold, and the names of the others."""
    bad = [row["id"] for row in found if row["verdict"] != "verified"]
    return len(found) - len(bad), bad


def read_headline(found):
    line = rows.headline(found)
    if len(found) == 1:
        return (1, []) if " holds" in line else (0, [found[0]["id"]])
    assert f" of {len(found)} parts hold" in line
    bad = line.partition("; not ")[2]
    return int(line.split(": ")[1].split()[0]), bad.split(", ") if bad else []


def used(kind, value, half_width, goal, bound):
    prediction, limit = (goal, None) if kind == "within" else (None, goal)
    rule = {"kind": kind, "bound": bound, "limit": limit}
    measured = {"value": value, "half_width": half_width}
    return rows.room_used({"prediction": prediction, "measurement": measured, "rule": rule})


def slow_used(kind, value, half_width, goal, bound):
    """By the end of the interval that lies nearest to the forbidden numbers."""
    if None in (value, half_width):
        return float("inf")
    if kind == "within":
        return max(value + half_width - goal, goal - value + half_width) / bound
    room = (value - goal) * (1 if kind == "at_least" else -1)
    return half_width / room if room > 0 else float("inf")


def text_lines(found):
    head, *lines = text_table(found).split("\n")
    starts = [head.index(name) for name in ("claim", "verdict", "statement")]
    return [(line.split()[0], line[starts[1] :].split()[0], line[starts[2] :]) for line in lines]


def slow_lines(found):
    return [(row["id"], row["verdict"], slow_one_line(row["statement"])) for row in found]


def one_number(number):
    return slow_format(number)


def slow_range(kind, number):
    return {"at_most": "≤ ", "at_least": "≥ "}[kind] + one_number(number)


def shown_range(kind, number, prediction=None):
    own = "bound" if kind == "within" else "limit"
    return format_range({"prediction": prediction, "rule": {"kind": kind, own: number}})


def shown_control(prediction, value, stderr):
    measured = {"value": value, "stderr": stderr}
    return format_control({"prediction": prediction, "measurement": measured})


def right_control(found, given):
    """Whether a shown control says what is predicted, or else what was measured."""
    prediction, value, stderr = given
    if prediction is not None:
        return found.split() == ["predicted", slow_format(prediction)]
    return close_enough(found, (value, stderr))


# --- the console ----------------------------------------------------------------------------------

endings = st.sampled_from([0, 1, 2, KeyboardInterrupt(), BrokenPipeError(), OSError(28, "full")])


def ended(ending):
    def command():
        if isinstance(ending, int):
            return ending
        raise ending

    return console.run_command("it", command)


def tried_path(folder, parts, kind):
    """Whether a path is called writable, and whether it then is."""
    (folder / "file").write_text("old")
    (folder / "folder").mkdir()
    path = folder.joinpath(*parts)
    before = sorted(map(str, folder.rglob("*")))
    try:
        files.require_writable(path)
        told = True
    except OSError:
        told = False
    assert sorted(map(str, folder.rglob("*"))) == before
    try:
        files.write_file(path, kind)
        return told, True
    except OSError:
        return told, False


def slow_settings(ours, theirs):
    """What differs, as a set of names."""
    flat = [
        {**{k: v for k, v in side.items() if k in HEAD}, **side["environment"]}
        for side in (ours, theirs)
    ]
    return {name for side in flat for name in side if flat[0].get(name) != flat[1].get(name)}


HEAD = ("chapter", "scale", "seed", "key", "z")
found_rows = ledgers.map(lambda ledger: ledger["claims"])

TABLE = {
    "traindyn.ledger.compare.compare_ledgers": property_of(
        compared,
        slow_compared,
        twins() | st.tuples(ledgers, ledgers),
        st.tuples(edited(), ledgers),
    ),
    "traindyn.ledger.compare.settings_that_differ": property_of(
        lambda *both: {line.split(":")[0] for line in settings_that_differ(*both)},
        slow_settings,
        st.tuples(ledgers, ledgers),
    ),
    "traindyn.ledger.rows.cells": property_of(
        lambda found: [rows.cells(row, str.upper)[:2] for row in found],
        lambda found: [(row["id"], row["statement"].upper()) for row in found],
        st.tuples(found_rows),
    ),
    "traindyn.ledger.rows.markdown_table": property_of(
        table_cells, slow_cells, st.tuples(found_rows)
    ),
    "traindyn.ledger.rows.markdown_claim": property_of(
        shown_claim,
        lambda found: (
            any(row["verdict"] != "verified" for row in found),
            True,
            markdown_table(found),
        ),
        st.tuples(found_rows.filter(len)),
    ),
    "traindyn.ledger.rows.headline": property_of(
        read_headline, slow_headline, st.tuples(found_rows.filter(len))
    ),
    "traindyn.ledger.rows.room_used": property_of(
        used,
        slow_used,
        st.tuples(
            st.sampled_from(["within", "at_least", "at_most"]),
            values,
            errors,
            near,
            st.floats(0.01, 9),
        ),
    ),
    "traindyn.ledger.rows.text_table": property_of(text_lines, slow_lines, st.tuples(found_rows)),
    "traindyn.ledger.rows.format_range": property_of(
        shown_range,
        lambda kind, number, prediction=None: (
            f"{slow_format(prediction)} ± {slow_format(number)}"
            if kind == "within"
            else slow_range(kind, number)
        ),
        st.one_of(
            st.tuples(st.just("within"), st.floats(0.01, 9), near),
            st.tuples(st.sampled_from(["at_least", "at_most"]), near),
        ),
    ),
    "traindyn.ledger.rows.format_prediction": property_of(
        lambda prediction: format_prediction({"prediction": prediction}),
        lambda prediction: "a limit" if prediction is None else slow_format(prediction),
        st.tuples(values),
    ),
    "traindyn.ledger.rows.format_control": property_of(
        shown_control,
        lambda *given: given,
        st.one_of(st.tuples(st.none(), values, errors), st.tuples(finite, values, errors)),
        agree=right_control,
    ),
    "traindyn.system.console.run_command": property_of(
        ended,
        lambda ending: {"KeyboardInterrupt": 130, "BrokenPipeError": 141, "OSError": 2}.get(
            type(ending).__name__, ending
        ),
        st.tuples(endings),
    ),
    "traindyn.system.files.require_writable": property_of(
        in_folder(tried_path),
        lambda parts, content: parts,
        st.tuples(
            st.sampled_from(
                [
                    ["file"],
                    ["new"],
                    ["a", "b", "c"],
                    ["folder", "new"],
                    ["folder"],
                    ["file", "x"],
                    ["file", "x", "y"],
                ]
            ),
            st.binary(max_size=3),
        ),
        agree=lambda found, _: found[0] == found[1],
    ),
}
