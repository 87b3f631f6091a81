"""The registry: streams, running, recording."""

import json
import time

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from traindyn.inference import estimate_mean, exact
from traindyn.ledger import Part, Registry, other_system, read_ledger, within
from traindyn.runs import SCALES, Context, resolve_scale, resolve_seed
from traindyn.runs.overrides import Override, overriding, recording


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in ("TRAINDYN_CLAIMS", "TRAINDYN_SCALE", "TRAINDYN_SEED", "TRAINDYN_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def registry():
    """Claims 2 and 10: the mean of noise is zero, and of shifted noise it is not."""
    registry = Registry("toy_chapter", "TC")

    def register(number):
        @registry.claim(number, source="eq. 1", basis="derived", statement="The mean is zero.")
        def run(context):
            n = context.choose(ci=1_000, laptop=2_000, paper=4_000)
            noise = context.numpy_generator("noise").normal(size=n)
            parts = [
                Part(
                    "the mean is zero",
                    estimate_mean(noise),
                    within(0.5, "one half of the spread", "convention"),
                    [other_system("shifted", exact(3.0))],
                    prediction=0.0,
                    compares="algebra",
                    replicates="draws",
                )
            ]
            return noise, parts

    for number in (10, 2):
        register(number)
    return registry


def draws(context, name):
    generator = context.torch_generator(name)
    return (
        torch.rand(4, generator=generator).tolist(),
        context.numpy_generator(name).random(4).tolist(),
    )


def test_streams_depend_on_seed_claim_and_name_only():
    reference = draws(Context("ci", 0, "BR-1"), "data")
    torch.manual_seed(5)
    assert draws(Context("ci", 0, "BR-1"), "data") == reference
    assert draws(Context("paper", 0, "BR-1"), "data") == reference
    changed = [
        draws(Context("ci", 1, "BR-1"), "data"),
        draws(Context("ci", 0, "BR-2"), "data"),
        draws(Context("ci", 0, "BR-1"), "noise"),
        draws(Context("ci", 10, "BR-1"), "data"),
        draws(Context("ci", 1, "BR-10"), "data"),
    ]
    for position in (0, 1):
        values = [reference[position], *(draw[position] for draw in changed)]
        assert len({tuple(v) for v in values}) == len(values)


def test_streams_never_change():
    """Stored draws: published results depend on how streams are derived."""
    context = Context("ci", 0, "BR-1")
    assert context.numpy_generator("data").integers(1_000, size=3).tolist() == [39, 424, 468]
    generator = context.torch_generator("data")
    assert torch.randint(1_000, (3,), generator=generator).tolist() == [123, 437, 136]


def test_choose_takes_the_setting_of_the_scale():
    chosen = [Context(s, 0, "BR-1").choose(ci=1, laptop=2, paper=3) for s in SCALES]
    assert chosen == [1, 2, 3]


def test_run_returns_result_and_claim(registry):
    start = time.perf_counter()
    run = registry.run("TC-2", scale="ci", seed=0)
    assert 0 <= run.claim.seconds <= time.perf_counter() - start + 5e-4  # rounded to 1 ms
    assert run.result.shape == (1_000,)
    assert run.claim.id == "TC-2"
    assert (run.claim.source, run.claim.basis) == ("eq. 1", "derived")
    assert run.claim.verdict == "verified"


def test_run_is_repeatable_and_claims_are_independent(registry):
    one, two = (registry.run("TC-2", scale="ci", seed=0).result for _ in range(2))
    assert (one == two).all()
    assert not np.isin(registry.run("TC-10", scale="ci", seed=0).result, one).any()
    assert not np.isin(registry.run("TC-2", scale="ci", seed=1).result, one).any()


def test_a_run_uses_one_thread_and_gives_the_others_back():
    registry = Registry("toy_chapter", "TC")
    seen = []

    @registry.claim(1, source="eq. 1", basis="derived", statement="One thread.")
    def count(context):
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        one = within(0.5, "an integer", "count")
        return None, [Part("One", exact(1.0), one, prediction=1.0, compares="algebra")]

    with threadpool_limits(limits=2):
        registry.run("TC-1", scale="ci")
        assert {pool["num_threads"] for pool in threadpool_info()} == {2}
    assert set(seen) == {1}


def test_scale_and_seed_come_from_the_environment(registry, monkeypatch):
    for name in ("TRAINDYN_SCALE", "TRAINDYN_SEED"):
        assert (resolve_scale(), resolve_seed()) == ("laptop", 0)
        monkeypatch.setenv(name, "")  # an empty variable is not set
    assert (resolve_scale(), resolve_seed()) == ("laptop", 0)
    monkeypatch.setenv("TRAINDYN_SCALE", "ci")
    monkeypatch.setenv("TRAINDYN_SEED", "7")
    expected = registry.run("TC-2", scale="ci", seed=7).result
    assert (registry.run("TC-2").result == expected).all()
    assert len(registry.run("TC-2", scale="paper", seed=0).result) == 4_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"claim_id": "TC-3"}, "claim_id must be one of TC-2, TC-10, got 'TC-3'"),
        ({"scale": "huge"}, "scale must be one of ci, laptop, paper, got 'huge'"),
        ({"seed": -1}, "seed must be an integer of at least 0, got '-1'"),
    ],
)
def test_run_rejects(registry, arguments, message):
    with pytest.raises(ValueError, match=message):
        registry.run(**{"claim_id": "TC-2", "scale": "ci", "seed": 0, **arguments})


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("TRAINDYN_SCALE", " ", "scale must be one of ci, laptop, paper, got ' '"),
        ("TRAINDYN_SEED", "one", "seed must be an integer of at least 0, got 'one'"),
    ],
)
def test_a_wrong_environment_is_named(registry, monkeypatch, variable, value, message):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=message):
        registry.run("TC-2")


def test_ids_are_in_numerical_order(registry):
    assert registry.ids == ["TC-2", "TC-10"]
    assert list(registry.statements.items())[1] == ("TC-10", "The mean is zero.")


def test_registering_rejects(registry):
    with pytest.raises(ValueError, match="claim TC-2 is registered already"):
        registry.claim(2, source="eq. 1", basis="stated", statement="Again.")
    with pytest.raises(ValueError, match="number must be at least 1, got 0"):
        registry.claim(0, source="eq. 1", basis="stated", statement="None.")
    with pytest.raises(ValueError, match="prefix must be two capital letters, got 'Tc'"):
        Registry("toy_chapter", "Tc")


# --- recording ------------------------------------------------------------------------------------


def test_nothing_is_written_unless_a_folder_is_named(registry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    registry.run("TC-2", scale="ci")
    monkeypatch.setenv("TRAINDYN_CLAIMS", "")
    registry.run("TC-2", scale="ci")
    assert list(tmp_path.iterdir()) == []


def test_claims_are_recorded_as_they_finish(registry, tmp_path, monkeypatch):
    monkeypatch.setenv("TRAINDYN_CLAIMS", str(tmp_path / "claims"))
    monkeypatch.setenv("TRAINDYN_SCALE", "ci")
    monkeypatch.setenv("TRAINDYN_KEY", "abc")
    for claim_id in ("TC-10", "TC-2", "TC-10"):
        registry.run(claim_id)
    ledger = read_ledger(tmp_path / "claims" / "toy_chapter.json")
    assert [row["id"] for row in ledger["claims"]] == ["TC-2", "TC-10"]
    header = {name: ledger[name] for name in ("chapter", "scale", "seed", "key")}
    assert header == {"chapter": "toy_chapter", "scale": "ci", "seed": 0, "key": "abc"}
    assert {"python", "numpy", "scipy", "torch", "cpu"} <= set(ledger["environment"])


@pytest.mark.parametrize("play", [{"seed": 3}, {"scale": "laptop"}])
def test_playing_with_seed_or_scale_leaves_the_record_alone(registry, tmp_path, monkeypatch, play):
    monkeypatch.setenv("TRAINDYN_CLAIMS", str(tmp_path))
    monkeypatch.setenv("TRAINDYN_SCALE", "ci")
    registry.run("TC-2")
    before = (tmp_path / "toy_chapter.json").read_text()
    registry.run("TC-2", **play)
    assert (tmp_path / "toy_chapter.json").read_text() == before
    registry.run("TC-10", seed=0, scale="ci")  # the published run, said aloud
    assert len(json.loads((tmp_path / "toy_chapter.json").read_text())["claims"]) == 2


def test_a_claim_that_raises_is_not_recorded(registry, tmp_path, monkeypatch):
    monkeypatch.setenv("TRAINDYN_CLAIMS", str(tmp_path))

    @registry.claim(3, source="eq. 2", basis="stated", statement="Diverges.")
    def diverge(context):
        raise FloatingPointError(f"diverged at seed {context.seed}")

    with pytest.raises(FloatingPointError, match="diverged at seed 0"):
        registry.run("TC-3")
    assert list(tmp_path.iterdir()) == []


# --- rubbish --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"basis": "recalled"}, "basis of TC-3 must be one of stated, "),
        ({"source": " "}, "source of TC-3 must not be empty"),
        ({"statement": None}, "statement of TC-3 must be a text, got None"),
        ({"number": True}, "number must be a number, got True"),
        ({"number": 1.5}, "number must be at least 1, got 1.5"),
    ],
)
def test_registering_refuses_what_no_ledger_may_hold(registry, change, message):
    given = {"number": 3, "source": "eq. 1", "basis": "stated", "statement": "It is.", **change}
    with pytest.raises(ValueError, match=message):
        registry.claim(given.pop("number"), **given)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "TC-3 must return a result and parts, got None"),
        ((1, 2, 3), "TC-3 must return a result and parts, got "),
        ((1, None), "parts of TC-3 must be a list, got None"),
        ((1, ["part"]), "each of parts of TC-3 must be of type Part, got 'part'"),
        ((1, []), "parts of TC-3 must be between 1 and 26, got 0"),
    ],
)
def test_a_claim_that_returns_rubbish_is_named(registry, returned, message):
    registry.claim(3, source="eq. 1", basis="stated", statement="It is.")(lambda _: returned)
    with pytest.raises(ValueError, match=message):
        registry.run("TC-3", scale="ci", seed=0)


def test_a_run_on_other_terms_is_not_recorded(registry, tmp_path, monkeypatch):
    monkeypatch.setenv("TRAINDYN_CLAIMS", str(tmp_path))
    for terms in (overriding([Override("rate", 1.0)]), recording()):
        with terms:
            registry.run("TC-2")
    assert list(tmp_path.iterdir()) == []
    registry.run("TC-2")
    assert (tmp_path / "toy_chapter.json").is_file()
