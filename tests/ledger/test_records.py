"""Ledger files: schema, whole writes, reading, merging."""

import json
import math
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from traindyn.inference import Estimate, exact
from traindyn.ledger import (
    VERDICTS,
    Claim,
    Part,
    Size,
    at_least,
    at_most,
    check_ledger,
    ledger_of,
    merge_claim,
    other_system,
    read_ledger,
    read_ledgers,
    same_run,
    schema,
    within,
    write_json,
    wrong_prediction,
    wrong_theory,
)


def claim(number=1, value=1.0, parts=1):
    part = Part(
        "the rate is one",
        Estimate(value, 0.001, 64),
        within(0.1, "the step size", "size"),
        [other_system("no noise", exact(math.inf))],
        prediction=1.0,
        compares="simulation",
        replicates="runs",
    )
    return Claim(f"BR-{number}", "eq. 1", "derived", "Rates are one.", [part] * parts)


def ledger(*claims, scale="ci", seed=0, key=""):
    return ledger_of("balance_regularization", claims, scale=scale, seed=seed, key=key)


# --- the schema -----------------------------------------------------------------------------------


def every_kind_of_claim():
    """One claim per rule, control, basis and verdict, with noise, infinities, sizes and parts."""
    noisy, broad = Estimate(1.0, 0.001, 9, "1/s", 8.0), Estimate(1.0, math.inf)
    far = [wrong_theory("mutant", exact(9.0)), other_system("diverges", exact(math.inf))]
    sizes = [Size(10.0, exact(1.5)), Size(20.0, noisy), Size(40.0, exact(math.inf))]
    shrinking = [Size(2.0**-k, exact(1 + 2.0**-k)) for k in range(3, 6)]
    one = {"prediction": 1.0, "compares": "algebra"}
    drawn = {"prediction": 1.0, "compares": "simulation", "replicates": "runs"}
    limit = {"compares": "theories"}
    trend = {"asymptotic": True, "sizes": shrinking}
    step = within(0.1, "step", "size")
    missed = wrong_prediction("a factor", 2.0)
    parts = [
        Part("exact", exact(1.0), within(1e-12, "bits", "rounding"), far, **one),
        Part("equal", noisy, step, [*far, missed], **drawn, note="few replicas", seen=True),
        Part("slope", exact(1.0), step, far, **one, **trend, basis="derived"),
        Part("order", exact(1.0), at_least(0.9, "sign", "sign"), **limit),
        Part("law", exact(1.0), at_most(0.1, "size", "size"), **limit, expected="falsified"),
        Part("same", exact(1.0), step, [same_run("later", exact(9.0))], **one, expected="toy"),
        Part("low", exact(1.0), at_most(2.0, "it", "paper"), far, **limit, **trend, toward=1.0),
        Part("limit", broad, step, far, **drawn, asymptotic=True, sizes=sizes),
    ]
    bases = ("stated", "attributed", "derived", "extension")
    single = [Claim(f"BR-{i}", "eq. 1", b, "One.", parts[:1]) for i, b in enumerate(bases, 1)]
    return [*single, Claim("BR-5", "eq. 2", "stated", "All.", parts, seconds=0.25)]


def test_real_claims_obey_the_schema(tmp_path):
    claims = every_kind_of_claim()
    assert {part.verdict for c in claims for part in c.parts} == set(VERDICTS)
    write_json(tmp_path / "book.json", ledger(*claims, key="abc"))
    stored = json.loads((tmp_path / "book.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(stored, schema(), cls=jsonschema.Draft202012Validator)
    assert len(stored["claims"]) == 12


def paths(content, at=()):
    """Every place of a JSON document."""
    yield at
    if isinstance(content, dict):
        for key, value in content.items():
            yield from paths(value, (*at, key))
    if isinstance(content, list):
        for index, value in enumerate(content):
            yield from paths(value, (*at, index))


def test_the_schema_accepts_nothing_else():
    """A value of another type in any place, and any missing or additional key, is an error."""
    validator = jsonschema.Draft202012Validator(schema())
    text = json.dumps(ledger(*every_kind_of_claim()))
    checked = 0
    for at in paths(json.loads(text)):
        if not at:
            continue
        content = json.loads(text)
        parent = content
        for step in at[:-1]:
            parent = parent[step]
        original, parent[at[-1]] = parent[at[-1]], object  # no JSON type
        assert not validator.is_valid(content), at
        if isinstance(original, dict):
            parent[at[-1]] = {**original, "surplus": 1}
            assert not validator.is_valid(content), at
        if isinstance(at[-1], str):
            del parent[at[-1]]
            assert not validator.is_valid(content), at
        checked += 1
    assert checked > 300


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "BR8"),
        ("claim", "BR-8a"),
        ("basis", "recalled"),
        ("compares", "theory"),
        ("verdict", "true"),
        ("seconds", -1),
    ],
)
def test_the_schema_limits_values(key, value):
    content = ledger(claim())
    content["claims"][0][key] = value
    with pytest.raises(jsonschema.ValidationError, match=str(value)):
        jsonschema.validate(content, schema())


# --- writing --------------------------------------------------------------------------------------


def test_write_then_read(tmp_path):
    path = tmp_path / "new" / "folder" / "book.json"
    content = ledger(claim())
    write_json(path, content)
    assert read_ledger(path) == content
    assert path.read_text(encoding="utf-8").endswith("}\n")
    assert path.stat().st_mode & 0o777 == 0o644


def test_numbers_of_numpy_are_stored_like_those_of_python(tmp_path):
    path = tmp_path / "book.json"
    write_json(path, {"n": np.int64(3), "value": np.float32(0.5), "random": np.bool_(True)})
    assert json.loads(path.read_text()) == {"n": 3, "value": 0.5, "random": True}


@pytest.mark.parametrize(
    "content", [{"value": math.nan}, {"value": np.float32(math.inf)}, {"value": object()}]
)
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, content):
    path = tmp_path / "book.json"
    write_json(path, {"old": 1})
    with pytest.raises((ValueError, TypeError)):
        write_json(path, content)
    assert json.loads(path.read_text()) == {"old": 1}
    assert list(tmp_path.iterdir()) == [path]


WRITER = """
import os, signal, sys
from pathlib import Path
from traindyn.ledger import write_json

def killed(descriptor):  # the new content is on the disk, but not in its place
    print(max(p.stat().st_size for p in Path(sys.argv[1]).parent.iterdir()), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

os.fsync = killed
write_json(Path(sys.argv[1]), {"old": 0, "rows": list(range(100_000))})
"""


def test_a_writer_killed_in_the_middle_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "book.json"
    content = ledger(claim(1))
    write_json(path, content)
    command = [sys.executable, "-c", WRITER, str(path)]
    killed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert int(killed.stdout) > 100_000  # it was writing
    assert read_ledger(path) == content
    assert read_ledgers(tmp_path) == [content]  # the torn file is not taken for a ledger
    merge_claim(path, ledger(claim(2)))
    assert [row["id"] for row in read_ledger(path)["claims"]] == ["BR-1", "BR-2"]


# --- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "bad.json must be JSON: Expecting property name"),
        ("", "bad.json must be JSON"),
        ("[]", "bad.json must have schema 2"),
        ('{"schema": 3}', "bad.json must have schema 2"),
        ('{"schema": 1}', "bad.json must hold what schema 1 asks for: KeyError"),
        ('{"schema": 2, "seed": 0}', "bad.json must hold chapter, scale, key, z, environment, cla"),
    ],
)
def test_reading_rejects_what_is_not_a_ledger(tmp_path, text, message):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_ledger(path)


def test_reading_rejects_bytes_that_are_not_text(tmp_path):
    (tmp_path / "bad.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"bad\.json must be JSON"):
        read_ledger(tmp_path / "bad.json")


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path):
    for name in ("b", "a", "c"):
        write_json(tmp_path / f"{name}.json", {**ledger(), "chapter": name})
    (tmp_path / "notes.txt").write_text("not a ledger")
    assert [content["chapter"] for content in read_ledgers(tmp_path)] == ["a", "b", "c"]


EDITS = [
    (lambda row: row.update(verdict="toy"), "verdict of BR-1a must be verified, got toy"),
    (lambda row: row.update(claim_verdict="toy"), "claim_verdict of BR-1a must be verified"),
    (lambda row: row.update(id="BR-2a"), "ids of BR-1 must be BR-1a, BR-1b, got BR-2a, BR-1b"),
    (lambda row: row.update(id="BR-1b"), "ids of BR-1 must be BR-1a, BR-1b, got BR-1b, BR-1b"),
    (lambda row: row.update(title="Other."), "title must be the same in all rows of BR-1"),
    (lambda row: row.update(random_tests=0), "random_tests of BR-1a must be 1, got 0"),
    (lambda row: row.update(prediction=2.0), "outcome of BR-1a must be fail, got pass"),
    (lambda row: row["rule"].update(outcome="fail"), "outcome of BR-1a must be pass, got fail"),
    (lambda row: row.update(prediction=None), "prediction of BR-1a must be given to within"),
    (lambda row: row["rule"].update(limit=1.0), "limit must not be given to within"),
    (lambda row: row["rule"].update(bound=None), "bound must be a number, got None"),
    (lambda row: row.update(toward=1.0), "toward of BR-1a must be given to an asymptotic limit"),
    (lambda row: row["measurement"].update(random=False), "stderr of BR-1a must be 0 for what is"),
    (lambda row: row["measurement"].update(half_width=0.004), "half_width of BR-1a must be at lea"),
    (lambda row: row["measurement"].update(stderr=None), "half_width of BR-1a must be at least in"),
    (lambda row: row["measurement"].update(stderr=0), "half_width of BR-1a must be .* 0 where"),
    (lambda row: row.update(replicates=" "), "replicates of BR-1a must be given where it is ran"),
    (lambda row: row["controls"][0].update(kind="same run"), "verdict of BR-1a must be toy, got"),
    (
        lambda row: row["controls"][0]["measurement"].update(value=1.0),
        "outcome of control 1 of BR-1a must",
    ),
    (lambda row: row["controls"][0].update(outcome="pass"), "outcome of control 1 of BR-1a must"),
    (lambda row: row["controls"].clear(), "verdict of BR-1a must be toy, got verified"),
    (lambda row: row.update(asymptotic=True), "verdict of BR-1a must be toy, got verified"),
    (lambda row: row.update(verdict="true"), r"claims\[0\].verdict must be one of .*got 'true'"),
    (lambda row: row.update(seconds=math.nan), r"seconds must be finite, got nan"),
    (lambda row: row.update(note=1), r"claims\[0\].note must be string, got 1"),
    (lambda row: row.update(note="\ud800"), "note must hold whole characters"),
    (lambda row: row.pop("claim"), r"claims\[0\] must contain .*"),
    (lambda row: row.update(more=1), r"claims\[0\] must not contain .*more.* properties"),
]


@pytest.mark.parametrize(("edit", "message"), EDITS)
def test_an_edited_ledger_is_refused(tmp_path, edit, message):
    path = tmp_path / "bad.json"
    content = ledger(claim(1, parts=2), claim(2))
    edit(content["claims"][0])
    path.write_text(json.dumps(content))
    for read in (lambda: read_ledger(path), lambda: merge_claim(path, ledger(claim(3)))):
        with pytest.raises(ValueError, match=rf"bad\.json: .*{message}"):
            read()
    assert json.loads(path.read_text())["claims"][1:] == content["claims"][1:]


def test_a_noisy_control_is_what_its_interval_says():
    content = ledger(claim())
    control = content["claims"][0]["controls"][0]["measurement"]
    control |= {"value": 1.5, "stderr": 0.01, "half_width": 0.39, "random": True}
    content["claims"][0]["random_tests"] = 2
    check_ledger(content)
    control["half_width"] = 0.41  # now its interval reaches into the range
    with pytest.raises(
        ValueError, match="outcome of control 1 of BR-1 must be undecided, got fail"
    ):
        check_ledger(content)


def test_a_trend_is_computed_again():
    part = every_kind_of_claim()[-1].parts[2]
    content = ledger(Claim("BR-1", "eq. 1", "stated", "One.", [part]))
    content["claims"][0]["sizes"][2]["measurement"]["value"] = 9.0
    with pytest.raises(ValueError, match="verdict of BR-1 must be inconclusive, got verified"):
        check_ledger(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"schema": 1, "schema": 1}', "the key 'schema' stands twice in an object"),
        (b"\x00\x01\x02", "must be JSON"),
        (b"[" * 100_000, "must be JSON"),
        (b'{"schema": ' + b"1" * 5000 + b"}", "must be JSON"),
        (b'{"schema": true, "chapter": 1}', "must have schema 2"),
    ],
)
def test_reading_refuses_files_that_json_would_let_through(tmp_path, content, message):
    (tmp_path / "bad.json").write_bytes(content)
    with pytest.raises(ValueError, match=rf"bad\.json .*{message}"):
        read_ledger(tmp_path / "bad.json")


def test_a_byte_order_mark_is_no_content(tmp_path):
    content = ledger(claim())
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(content).encode())
    assert read_ledger(tmp_path / "a.json") == content


def test_hidden_files_are_no_ledgers_and_chapters_occur_once(tmp_path):
    write_json(tmp_path / "a.json", ledger())
    (tmp_path / "._a.json").write_bytes(b"\x00\x05\x16\x07")
    assert read_ledgers(tmp_path) == [ledger()]
    write_json(tmp_path / "b.json", ledger())
    with pytest.raises(ValueError, match=r"a\.json and b\.json both hold the chapter 'balance"):
        read_ledgers(tmp_path)
    with pytest.raises(OSError, match="none"):
        read_ledgers(tmp_path / "none")


def test_reading_a_ledger_loads_no_torch():
    code = "import sys, traindyn.ledger; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


# --- merging --------------------------------------------------------------------------------------


def test_merging_keeps_numerical_order_and_replaces_rows(tmp_path):
    path = tmp_path / "book.json"
    for number in (10, 2, 1):
        merge_claim(path, ledger(claim(number)))
    assert [row["id"] for row in read_ledger(path)["claims"]] == ["BR-1", "BR-2", "BR-10"]
    merge_claim(path, ledger(claim(2, value=1.05, parts=3)))
    rows = read_ledger(path)["claims"]
    assert [row["id"] for row in rows] == ["BR-1", "BR-2a", "BR-2b", "BR-2c", "BR-10"]
    assert [row["measurement"]["value"] for row in rows] == [1.0, 1.05, 1.05, 1.05, 1.0]
    merge_claim(path, ledger(claim(2)))
    assert [row["id"] for row in read_ledger(path)["claims"]] == ["BR-1", "BR-2", "BR-10"]


@pytest.mark.parametrize("other", [{"scale": "laptop"}, {"seed": 1}, {"key": "new"}])
def test_a_file_never_mixes_two_runs(tmp_path, other):
    path = tmp_path / "book.json"
    merge_claim(path, ledger(claim(1)))
    merge_claim(path, ledger(claim(2), **other))
    assert read_ledger(path) == ledger(claim(2), **other)


MERGER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_records import claim, ledger
from traindyn.ledger import merge_claim
for number in range(int(sys.argv[2]), 30, 3):
    merge_claim(Path(sys.argv[1]), ledger(claim(number)))
"""


def test_three_writers_of_one_file_lose_nothing(tmp_path):
    path, here = tmp_path / "book.json", str(Path(__file__).parent)
    writers = [
        subprocess.Popen([sys.executable, "-c", MERGER, str(path), str(first), here])
        for first in (1, 2, 3)
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0, 0]
    numbers = [int(row["claim"][3:]) for row in read_ledger(path)["claims"]]
    assert numbers == list(range(1, 30))
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_no_ledger_is_left_alone(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text('{"mine": 1}')
    with pytest.raises(ValueError, match=r"mine\.json must have schema 2"):
        merge_claim(path, ledger(claim(1)))
    assert path.read_text() == '{"mine": 1}'
    path.write_text("")
    assert merge_claim(path, ledger(claim(1))) is None
    assert merge_claim(path, ledger(claim(2), seed=1))["seed"] == 0
