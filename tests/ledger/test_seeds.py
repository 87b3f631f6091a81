"""Sweeps over seeds: what must not differ, the table, and whether errors are as large as told."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import Claim, Part, ledger_of, other_system, within
from traindyn.ledger.chapters import find_claims
from traindyn.ledger.collection import Collection, decided
from traindyn.ledger.parts import Size
from traindyn.ledger.registry import Registry
from traindyn.ledger.seed_statistics import (
    about_mean,
    about_prediction,
    mean_dispersion,
    statistics_of,
    told,
)
from traindyn.ledger.seeds import (
    Reading,
    SeedRun,
    SeedTable,
    add_runs,
    exact_readings_that_differ,
    exact_values_that_differ,
    read_seeds,
    runs_of,
)
from traindyn.runs.studies import STORE

CHEAP = {
    "anisotropic_noise": ("AN-8", "AN-17", "AN-18"),
    "balance_regularization": ("BR-12", "BR-22", "BR-26"),
    "heavy_tailed_esd": ("HT-16", "HT-19"),
    "hessian_alignment": ("HA-9",),
    "saddle_to_saddle": ("SS-13", "SS-17"),
    "your_own_network": ("ON-4",),
}
"""Claims of seconds, from nothing, that measure something declared exact."""

SEEDS = Path(__file__).parents[2] / "book" / "data" / "seeds.json"


@pytest.mark.parametrize("claim_id", [claim for claims in CHEAP.values() for claim in claims])
def test_what_is_declared_exact_does_not_depend_on_the_seed(claim_id):
    ((registry, _),) = find_claims([claim_id])
    ledgers = []
    for seed in (1000, 1001):
        STORE.memory.clear()
        claim = registry.run(claim_id, scale="ci", seed=seed).claim
        ledgers.append(ledger_of(registry.chapter, [claim], scale="ci", seed=seed))
    assert not all(part.measurement.drawn for part in claim.parts)
    assert exact_values_that_differ(ledgers) == []


def test_no_stored_sweep_holds_an_exact_value_that_depends_on_the_seed():
    table = read_seeds(SEEDS)
    assert any(not part.random for run in table.runs for part in run.parts)
    assert exact_readings_that_differ(table) == []


def ledger_at(seed, measured, *, origin="count", scale="ci", **told):
    """A ledger with one part about the number one."""
    rule = within(0.5, "the half", origin)
    control = told.pop("control", exact(0.0))
    part = Part(
        "it is one",
        measured,
        rule,
        [other_system("none", control)],
        compares="simulation",
        replicates="draws" if measured.drawn else "",
        prediction=1.0,
        **told,
    )
    claim = Claim("CO-1", "eq. 1", "stated", "One.", [part], key="k")
    return ledger_of("coin", [claim], scale=scale, seed=seed)


def test_an_exact_value_that_depends_on_the_seed_is_named():
    ledgers = [ledger_at(1000, exact(1.1)), ledger_at(1001, exact(1.1)), ledger_at(3, exact(1.2))]
    assert exact_values_that_differ(ledgers) == [
        "CO-1 is declared exact and is 1.2 at seed 3, 1.1 at seed 1000"
    ]
    table = SeedTable("ci", tuple(run for ledger in ledgers for run in runs_of(ledger)))
    assert exact_readings_that_differ(table) == exact_values_that_differ(ledgers)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ledger_at(0, exact(1.1)), ledger_at(1, exact(1.1 * (1 + 1e-10)))),
        (ledger_at(0, Estimate(1.1, 0.01)), ledger_at(1, Estimate(1.2, 0.01))),
        (ledger_at(0, exact(1.1)), ledger_at(1, exact(1.2), scale="laptop")),
        (ledger_at(0, exact(1.1), origin="rounding"), ledger_at(1, exact(1.4), origin="rounding")),
    ],
)
def test_rounding_noise_and_other_scales_may_differ(one, other):
    assert exact_values_that_differ([one, other]) == []


@pytest.mark.parametrize(
    ("one", "other", "named"),
    [
        ({"control": exact(0.0)}, {"control": exact(0.1)}, "CO-1, control 'none'"),
        (
            {"sizes": [Size(10.0, exact(1.1))], "asymptotic": True},
            {"sizes": [Size(10.0, exact(1.2))], "asymptotic": True},
            "CO-1 at size 10",
        ),
    ],
)
def test_controls_and_sizes_are_compared_too(one, other, named):
    ledgers = [ledger_at(0, exact(1.0), **one), ledger_at(1, exact(1.0), **other)]
    (line,) = exact_values_that_differ(ledgers)
    assert line.startswith(f"{named} is declared exact")


def test_rounding_that_leaves_its_bound_and_what_diverges_are_named():
    rounded = [ledger_at(s, exact(v), origin="rounding") for s, v in ((0, 1.1), (1, 2.0))]
    assert len(exact_values_that_differ(rounded)) == 1
    (line,) = exact_values_that_differ([ledger_at(0, exact(1.0)), ledger_at(1, exact(np.inf))])
    assert line.endswith("1 at seed 0, not finite at seed 1")


def test_a_table_keeps_one_key_per_claim_and_all_its_seeds(tmp_path):
    path = tmp_path / "seeds.json"
    (run,) = runs_of(ledger_at(0, Estimate(1.1, 0.1, 5, degrees_of_freedom=4.0)))
    assert run.parts[0].degrees_of_freedom == 4.0
    other = run._replace(seed=1)
    add_runs(path, "ci", [other])
    table = add_runs(path, "ci", [run])
    assert table == read_seeds(path) == SeedTable("ci", (run, other))
    assert len(path.read_text().splitlines()) == 4
    assert table.holds("CO-1", 1, "k")
    assert not table.holds("CO-1", 1, "another")
    changed = run._replace(key="new")
    assert add_runs(path, "ci", [changed]).runs == (changed,)
    assert add_runs(path, "ci", [], ["CO-2"]).runs == ()
    with pytest.raises(ValueError, match="must be a table of scale laptop, got ci"):
        add_runs(path, "laptop", [run])


@pytest.mark.parametrize("text", ["", "[]", '{"scale": "ci", "columns": []}', "{}", "\xff"])
def test_what_is_no_table_is_refused(tmp_path, text):
    (tmp_path / "seeds.json").write_text(text)
    with pytest.raises(ValueError, match=r"seeds.json must be a table of seeds"):
        read_seeds(tmp_path / "seeds.json")


def reading(value, stderr, freedom=None, *, prediction=0.0, verdict="verified", origin="noise"):
    """A random reading."""
    given = {"outcome": "pass", "half_width": 5 * stderr, "random": True, "rule": "within"}
    return Reading(
        id="CO-1a",
        verdict=verdict,
        value=value,
        stderr=stderr,
        degrees_of_freedom=freedom,
        prediction=prediction,
        origin=origin,
        margin=None,
        **given,
    )


@pytest.mark.parametrize("replicas", [4, 24])
@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_dispersions_tell_by_what_factor_errors_are_wrong(replicas, factor):
    generator = np.random.default_rng(0)
    means = [estimate_mean(generator.standard_normal(replicas)) for _ in range(2000)]
    readings = [reading(m.value, m.stderr, m.degrees_of_freedom) for m in means]
    told_too_small = [r._replace(stderr=r.stderr / factor) for r in readings]
    pull, spread = about_prediction(readings), about_mean(told_too_small)
    assert abs(pull.ratio - 1) < 4 * pull.error
    assert abs(spread.ratio / factor**2 - 1) < 4 * np.sqrt(2 / 2000 + 2 / (2000 * (replicas - 1)))
    assert (about_prediction(told_too_small).chance < 1e-9) == (factor != 1)
    assert (spread.chance < 1e-9) == (factor != 1)


def test_what_prediction_and_measurement_share_is_no_error():
    shared = np.random.default_rng(2).standard_normal(8)
    readings = [
        reading(7 * draw + (-1) ** i, 1.0, prediction=7 * draw) for i, draw in enumerate(shared)
    ]
    assert about_mean(readings).ratio == pytest.approx(8 / 7)
    assert about_mean([r._replace(prediction=None) for r in readings]).ratio > 10


def test_the_chance_of_a_dispersion_is_that_of_its_tail():
    generator = np.random.default_rng(1)
    chances = []
    for _ in range(400):
        means = [estimate_mean(generator.standard_normal(6)) for _ in range(8)]
        readings = [reading(m.value, m.stderr, m.degrees_of_freedom) for m in means]
        chances.append((about_prediction(readings).chance, about_mean(readings).chance))
    below = (np.array(chances) < 0.05).mean(axis=0)  # on either side
    assert np.all(abs(below - 0.1) < 0.06)


def table_of(verdicts, **more):
    """A table of one part, by seed."""
    runs = [
        SeedRun("CO-1", seed, "k", (reading(0.1 * seed, 0.1, verdict=verdict, **more),))
        for seed, verdict in verdicts.items()
    ]
    return SeedTable("ci", tuple(runs))


def test_flips_are_counted_from_seed_0():
    verdicts = {0: "verified", 1: "inconclusive", 2: "verified", 7: "inconclusive"}
    (part,) = statistics_of(table_of(verdicts))
    assert part.verdicts == {"verified": 2, "inconclusive": 2}
    assert part.flips == ((1, "inconclusive"), (7, "inconclusive"))
    assert told([part])[:2] == [
        "1 parts: 1 have other verdicts at other seeds",
        "CO-1a: verified at seed 0, inconclusive at 1 7",
    ]


def test_a_part_of_few_seeds_has_no_dispersion():
    (part,) = statistics_of(table_of({0: "verified", 1: "verified"}))
    assert part.about_mean is None
    assert part.about_prediction is None


def test_only_where_theory_is_exact_a_pull_names_its_part():
    verdicts = dict.fromkeys(range(60), "verified")
    named = told(statistics_of(table_of(verdicts)))
    assert any(line.startswith("CO-1a: (measured") for line in named)
    loose = told(statistics_of(table_of(verdicts, origin="next order")))
    assert not any(line.startswith("CO-1a: (measured") for line in loose)


def test_the_parts_of_a_claim_count_together():
    (dispersion,) = {about_prediction([reading(1.0, 1.0)] * 4)}
    assert mean_dispersion([("CO-1a", dispersion), ("CO-1b", dispersion)]) is None
    twice = dispersion._replace(ratio=3.0)
    mean = mean_dispersion([("CO-1a", dispersion), ("CO-1b", dispersion), ("CO-2", twice)])
    assert mean.ratio == pytest.approx(2.0)
    assert mean.error == pytest.approx(1.0)
    assert mean.over == 3


@pytest.fixture
def registry():
    """A chapter with a claim whose exact value is none."""
    found = Registry("coin", "CO")

    @found.claim(1, source="eq. 1", basis="stated", statement="One.")
    def one(context):
        rule = within(0.5, "the half", "count")
        value, control = exact(1.0 + context.seed / 100), other_system("none", exact(0.0))
        return None, [Part("one", value, rule, [control], compares="algebra", prediction=1.0)]

    return found


def test_a_collection_compares_and_writes_what_was_decided(registry, tmp_path):
    path = tmp_path / "seeds.json"
    done = [(registry, "CO-1", seed) for seed in (0, 1)]
    unwritten = Collection("", "ci", [(registry, "CO-1")])
    unwritten.add(done)
    assert len(unwritten.values_that_differ(done)) == 1
    assert unwritten.told() == []
    written = Collection(str(path), "ci", [(registry, "CO-1")])
    written.add(done)
    assert [run.seed for run in read_seeds(path).runs] == [0, 1]
    assert written.values_that_differ([]) == written.values_that_differ(done)
    assert written.told() == ["1 parts: 0 have other verdicts at other seeds"]
    assert not written.holds(registry, "CO-1", 0)  # outside the library nothing has a key
    assert decided(registry, "CO-1", "ci", 5).parts[0].measurement.value == 1.05


def test_the_table_of_a_sweep_is_plain(tmp_path):
    path = tmp_path / "seeds.json"
    add_runs(path, "ci", runs_of(ledger_at(0, Estimate(np.inf, np.inf))))
    content = json.loads(path.read_text())
    part = dict(zip(content["columns"], content["runs"][0]["parts"][0], strict=True))
    assert part["value"] is None
    assert part["degrees_of_freedom"] is None
    assert dataclasses.asdict(read_seeds(path))["scale"] == "ci"
