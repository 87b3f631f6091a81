"""Properties of sweeps over seeds: what must not differ, the table, and the statistics."""

from __future__ import annotations

import json
import math
import tempfile
from fractions import Fraction
from pathlib import Path
from statistics import NormalDist, mean, stdev

from harness import close
from hypothesis import strategies as st
from table_ledger import anything, property_of

from traindyn.inference import BOOK_ERROR_RATE, Estimate, exact
from traindyn.ledger import Claim, Part, Size, at_most, ledger_of, other_system, within
from traindyn.ledger.seed_statistics import (
    Dispersion,
    PartStatistics,
    about_margin,
    about_mean,
    about_prediction,
    dispersions,
    likely_to_turn,
    mean_dispersion,
    statistics_of,
    told,
    unexplained,
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

# --- ledgers --------------------------------------------------------------------------------------

values = st.sampled_from([1.0, 1.0, 1.0 + 1e-12, 1.0 + 1e-6, 1.9, math.inf])
measured = st.one_of(values.map(exact), st.builds(Estimate, values, st.just(0.01)))


@st.composite
def parts(draw):
    """A part with a control and a size, some of them exact."""
    found = draw(measured)
    origin = draw(st.sampled_from(["rounding", "count"]))
    rule = draw(st.sampled_from([within(0.5, "so", origin), at_most(1.5, "so", origin)]))
    sizes = [Size(8.0, draw(measured))] if draw(st.booleans()) else []
    return Part(
        "it is one",
        found,
        rule,
        [other_system("none", draw(measured))] if draw(st.booleans()) else [],
        compares="algebra",
        replicates="draws" if found.drawn else "",
        prediction=1.0 if rule.kind == "within" else None,
        sizes=sizes,
    )


@st.composite
def ledgers(draw):
    """A ledger of one or two claims."""
    names = draw(st.lists(st.sampled_from(["CO-1", "CO-2"]), min_size=1, unique=True))
    claims = [
        Claim(name, "eq.", "stated", "So.", draw(st.lists(parts(), min_size=1, max_size=2)))
        for name in names
    ]
    scale, seed = draw(st.sampled_from(["ci", "laptop"])), draw(st.integers(0, 3))
    return ledger_of("coin", claims, scale=scale, seed=seed)


def named(lines):
    """What the lines are about."""
    return sorted(line.partition(" is declared exact")[0] for line in lines)


def slow_exact(several):
    """The names of the estimates of which the lowest seed tells another thing than a later one."""
    found = {}
    for ledger in several:
        for row in ledger["claims"]:
            told = [(row["id"], row["measurement"], row["rule"]["outcome"])]
            told += [
                (f"{row['id']}, control {c['what']!r}", c["measurement"], c["outcome"])
                for c in row["controls"]
            ]
            told += [(f"{row['id']} at size 8", s["measurement"], "") for s in row["sizes"]]
            for name, number, outcome in told:
                if number["random"]:
                    continue
                rounding = row["rule"]["origin"] == "rounding"
                entry = ledger["seed"], number["value"], outcome, rounding
                found.setdefault((ledger["scale"], name), []).append(entry)
    return sorted(name for (_, name), entries in found.items() if slow_differ(entries))


def slow_differ(entries):
    first = min(entries, key=lambda entry: entry[0])
    return any(
        first[2] != other[2] if first[3] or other[3] else not slow_equal(first[1], other[1])
        for other in entries
    )


def slow_equal(one, other):
    if one is None or other is None:
        return one == other
    apart = abs(Fraction(one) - Fraction(other))
    return apart <= Fraction(1e-9) * max(abs(Fraction(one)), abs(Fraction(other)))


def slow_runs(ledger):
    found = []
    for claim in dict.fromkeys(row["claim"] for row in ledger["claims"]):
        rows = [row for row in ledger["claims"] if row["claim"] == claim]
        found.append(
            (
                claim,
                ledger["seed"],
                "",
                [
                    (row["id"], row["verdict"], row["measurement"]["value"], row["prediction"])
                    for row in rows
                ],
            )
        )
    return found


def short_runs(ledger):
    return [
        (r.claim, r.seed, r.key, [(p.id, p.verdict, p.value, p.prediction) for p in r.parts])
        for r in runs_of(ledger)
    ]


# --- the table ------------------------------------------------------------------------------------


@st.composite
def readings(draw, name="CO-1"):
    """What one seed gave for a part."""
    random = draw(st.booleans())
    return Reading(
        id=name,
        verdict=draw(st.sampled_from(["verified", "falsified"])),
        outcome=draw(st.sampled_from(["pass", "fail"])),
        value=draw(st.sampled_from([1.0, 1.0 + 1e-12, 1.5, None])),
        stderr=draw(st.sampled_from([0.1, 0.2, None])) if random else 0.0,
        half_width=0.0,
        degrees_of_freedom=draw(st.sampled_from([None, 2.0])),
        prediction=draw(st.sampled_from([1.0, None])),
        random=random,
        rule="within",
        origin=draw(st.sampled_from(["rounding", "noise"])),
        margin=draw(st.sampled_from([None, 0.5, -1.0])),
    )


@st.composite
def seed_runs(draw):
    """Runs of a few claims, keys and seeds."""
    name = draw(st.sampled_from(["CO-1", "CO-2", "CO-10", "DI-1"]))
    found = (draw(readings(name)),)
    return SeedRun(name, draw(st.integers(0, 4)), draw(st.sampled_from(["a", "b", ""])), found)


several = st.lists(seed_runs(), max_size=6, unique_by=lambda run: run[:2])
tables = several.map(lambda runs: SeedTable("ci", tuple(runs)))


def by_hand(table):
    """The file of a table, as anybody would write it."""
    return json.dumps(
        {
            "scale": table.scale,
            "columns": list(Reading._fields),
            "runs": [
                {**run._asdict(), "parts": [list(p) for p in run.parts]} for run in table.runs
            ],
        }
    )


def read(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(text)
        return read_seeds(path)


def slow_read(text):
    content = json.loads(text)
    runs = [
        SeedRun(r["claim"], r["seed"], r["key"], tuple(Reading(*p) for p in r["parts"]))
        for r in content["runs"]
    ]
    return SeedTable(content["scale"], tuple(runs))


@st.composite
def torn(draw):
    """A file of a table, cut off somewhere."""
    text = by_hand(draw(tables))
    return text[: draw(st.integers(0, len(text)))]


def added(batches, registered):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        for batch in batches:
            table = add_runs(path, "ci", batch, registered)
        assert table == read_seeds(path)
        return [*table.runs]


def slow_added(batches, registered):
    """The last run of each claim and seed, if no later one of its claim has another key."""
    kept = []
    for batch in batches:
        for run in batch:
            kept = [
                old
                for old in kept
                if old.claim != run.claim or (old.key == run.key and old.seed != run.seed)
            ] + ([run] if run.key == batch_key(batch, run.claim) else [])
        kept = [
            run
            for run in kept
            if run in batch
            or run.claim in registered
            or run.claim[:2] not in {name[:2] for name in registered}
        ]
    return sorted(kept, key=lambda run: (run.claim[:2], int(run.claim[3:]), run.seed))


def batch_key(batch, claim):
    return [run.key for run in batch if run.claim == claim][-1]


def one_key(batch):
    """A batch as a sweep has it: its runs of a claim are of one key."""
    return [run._replace(key=batch_key(batch, run.claim)) for run in batch]


batches = st.lists(several.map(one_key), min_size=1, max_size=3)
registered = st.sampled_from([(), ("CO-1", "CO-2"), ("DI-1",)])


def slow_exact_readings(table):
    found = {}
    for run in table.runs:
        for part in run.parts:
            if not part.random:
                rounding = part.origin == "rounding"
                entry = run.seed, part.value, part.outcome, rounding
                found.setdefault(part.id, []).append(entry)
    return sorted(name for name, entries in found.items() if slow_differ(entries))


# --- statistics -----------------------------------------------------------------------------------

NORMAL = NormalDist()


ZERO = st.just(0.0)


@st.composite
def random_readings(draw, counts, *, predictions=ZERO):
    """Readings of one random part."""
    freedom = draw(st.sampled_from([None, 1.0, 2.0]))
    found = []
    for _ in range(draw(st.sampled_from(counts))):
        value, stderr = draw(st.floats(-5, 5)), draw(st.floats(0.1, 2))
        given = (value, stderr, 0.0, freedom, draw(predictions), True, "within", "noise", None)
        found.append(Reading("CO-1", "verified", "pass", *given))
    return found


def slow_pull(found):
    """The mean square of normal scores, and the smaller tail of a chi-square of even degree."""
    total = 0.0
    for one in found:
        x = abs(one.value - one.prediction) / one.stderr
        root = math.sqrt(2 + x * x)
        tail = {
            None: math.erfc(x / math.sqrt(2)) / 2,
            1.0: math.atan2(1, x) / math.pi,
            2.0: 1 / (root * (root + x)),
        }[one.degrees_of_freedom]
        total += NORMAL.inv_cdf(tail) ** 2 if tail > 0 else 37.0**2
    half = total / 2
    above = math.exp(-half) * sum(half**k / math.factorial(k) for k in range(len(found) // 2))
    count = len(found)
    return total / count, math.sqrt(2 / count), min(above, 1 - above), count


def slow_spread(found):
    """The ratio of variances, and the smaller tail of Fisher's law of two degrees of freedom."""
    moves = all(one.prediction is not None for one in found)
    values = [one.value - one.prediction if moves else one.value for one in found]
    ratio = stdev(values) ** 2 / mean(one.stderr**2 for one in found)
    freedom = found[0].degrees_of_freedom
    within_all = math.inf if freedom is None else freedom * len(found)
    above = (
        math.exp(-ratio)
        if math.isinf(within_all)
        else (1 + 2 * ratio / within_all) ** (-within_all / 2)
    )
    return ratio, math.sqrt(1 + 2 / within_all), min(above, 1 - above), len(found)


single_dispersions = st.builds(
    Dispersion, st.floats(0.1, 9), st.just(0.1), st.sampled_from([1e-9, 0.2]), st.just(9)
)
named_dispersions = st.lists(
    st.tuples(st.sampled_from(["CO-1a", "CO-1b", "CO-2", "DI-1z"]), single_dispersions), max_size=6
)


def slow_margin(margins):
    """Unbiased for normal margins: incomplete beta functions of whole numbers are polynomials."""
    given = [m for m in margins if m is not None]
    if len(margins) < 8:
        return []
    if len(given) < 3:
        return [0.0]
    scatter = stdev(given)
    if scatter == 0:
        return [float(given[0] < 0), given[0]]
    count, middle = len(given), mean(given)
    x = 0.5 - middle * math.sqrt(count) / (2 * (count - 1) * scatter)
    x = min(max(x, 0.0), 1.0)
    steps = 20_000
    power = count / 2 - 2
    whole = math.gamma(count - 2) / math.gamma(count / 2 - 1) ** 2
    # with x = sin² the density has no pole at the ends, not even for three margins
    angle = math.asin(math.sqrt(x)) / steps
    sines = (math.sin((k + 0.5) * angle) * math.cos((k + 0.5) * angle) for k in range(steps))
    return [whole * 2 * angle * sum(s ** (2 * power + 1) for s in sines), middle]


def with_chances(chances):
    """Parts that turn with these chances."""
    return [
        PartStatistics("CO-1", 0, {"verified": 9}, (), "noise", turning=chance, margin=1.0)
        for chance in chances
    ]


def slow_mean(found):
    claims = {}
    for name, dispersion in found:
        claims.setdefault(name[:4], []).append(dispersion.ratio)
    if len(claims) < 2:
        return ()
    means = [mean(ratios) for ratios in claims.values()]
    error = stdev(means) / math.sqrt(len(means))
    middle = mean(means)
    chance = NORMAL.cdf(-abs(middle - 1) / error) if error else float(middle == 1)
    return middle, error, chance, len(found)


def counted(table):
    """Verdicts and flips of all parts, and which dispersions they have."""
    return [
        (
            part.id,
            part.reference,
            sorted(part.verdicts.items()),
            part.flips,
            part.about_prediction is None,
            part.about_mean is None,
        )
        for part in statistics_of(table)
    ]


def slow_counted(table):
    lines = []
    for name in dict.fromkeys(run.claim for run in table.runs):
        runs = sorted((run for run in table.runs if run.claim == name), key=lambda run: run.seed)
        told_by = [(run.seed, run.parts[0]) for run in runs]
        verdicts = [part.verdict for _, part in told_by]
        random = [p for _, p in told_by if p.random and p.value is not None and p.stderr]
        lines.append(
            (
                name,
                told_by[0][0],
                sorted((v, verdicts.count(v)) for v in set(verdicts)),
                tuple((s, p.verdict) for s, p in told_by if p.verdict != verdicts[0]),
                sum(p.prediction is not None for p in random) < 3,
                len(random) < 3,
            )
        )
    return lines


def shown(table):
    """How many lines of what is told name a flip, and the first line."""
    lines = told(statistics_of(table))
    return lines[0], sum(" at seed " in line for line in lines)


def slow_shown(table):
    flips = sum(bool(line[3]) for line in slow_counted(table))
    parts_told = len({run.claim for run in table.runs})
    return f"{parts_told} parts: {flips} have other verdicts at other seeds", flips


def slow_groups(table):
    """Ids of the parts that have each kind of dispersion."""
    found = statistics_of(table)
    predicted = [part for part in found if part.about_prediction is not None]
    return [
        [part.id for part in predicted if part.origin == "noise"],
        [part.id for part in predicted if part.origin != "noise"],
        [part.id for part in found if part.about_mean is not None],
    ]


def flat(found):
    return () if found is None else tuple(found)


few_ledgers = st.lists(ledgers(), max_size=4)
odd = st.one_of(anything, st.lists(anything, max_size=2), few_ledgers)

TABLE = {
    "traindyn.ledger.seeds.exact_values_that_differ": property_of(
        lambda several: named(exact_values_that_differ(several)),
        slow_exact,
        st.tuples(few_ledgers),
        st.tuples(odd),
    ),
    "traindyn.ledger.seeds.exact_readings_that_differ": property_of(
        lambda table: named(exact_readings_that_differ(table)),
        slow_exact_readings,
        st.tuples(tables),
    ),
    "traindyn.ledger.seeds.runs_of": property_of(
        short_runs, slow_runs, st.tuples(ledgers()), st.tuples(st.one_of(anything, ledgers()))
    ),
    "traindyn.ledger.seeds.read_seeds": property_of(
        read, slow_read, st.tuples(tables.map(by_hand)), st.tuples(torn())
    ),
    "traindyn.ledger.seeds.add_runs": property_of(
        added, slow_added, st.tuples(batches, registered)
    ),
    "traindyn.ledger.seeds.SeedTable.holds": property_of(
        SeedTable.holds,
        lambda table, claim, seed, key: (
            key != "" and (claim, seed, key) in [run[:3] for run in table.runs]
        ),
        st.tuples(
            tables, st.sampled_from(["CO-1", "CO-2"]), st.integers(0, 4), st.sampled_from("ab")
        ),
    ),
    "traindyn.ledger.seed_statistics.about_prediction": property_of(
        about_prediction, slow_pull, st.tuples(random_readings([2, 4])), agree=close
    ),
    "traindyn.ledger.seed_statistics.about_mean": property_of(
        about_mean,
        slow_spread,
        st.tuples(random_readings([3], predictions=st.none() | st.floats(-5, 5))),
        agree=close,
    ),
    "traindyn.ledger.seed_statistics.about_margin": property_of(
        lambda margins: [x for x in about_margin(margins) if x is not None],
        slow_margin,
        st.tuples(st.lists(st.none() | st.floats(-2, 4), max_size=10)),
        agree=close,
    ),
    "traindyn.ledger.seed_statistics.likely_to_turn": property_of(
        lambda chances: [part.turning for part in likely_to_turn(with_chances(chances))],
        lambda chances: sorted((c for c in chances if c is not None and c > 0.01), reverse=True),
        st.tuples(st.lists(st.sampled_from([None, 0.0, 0.01, 0.02, 0.5]), max_size=5)),
    ),
    "traindyn.ledger.seed_statistics.mean_dispersion": property_of(
        lambda found: flat(mean_dispersion(found)),
        slow_mean,
        st.tuples(named_dispersions),
        agree=close,
    ),
    "traindyn.ledger.seed_statistics.dispersions": property_of(
        lambda table: [[name for name, _ in part] for part in dispersions(statistics_of(table))],
        slow_groups,
        st.tuples(tables),
    ),
    "traindyn.ledger.seed_statistics.unexplained": property_of(
        unexplained,
        lambda found: [one for one in found if one[1].chance * len(found) < BOOK_ERROR_RATE],
        st.tuples(named_dispersions),
    ),
    "traindyn.ledger.seed_statistics.statistics_of": property_of(
        counted, slow_counted, st.tuples(tables)
    ),
    "traindyn.ledger.seed_statistics.told": property_of(shown, slow_shown, st.tuples(tables)),
}
