"""Properties of the registry of claims and its random streams."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from harness import Property
from hypothesis import strategies as st
from table_ledger import anything, property_of
from table_ledger_claims import parts
from table_ledger_rules import bases, odd, words
from table_system_folders import equal

import traindyn
from traindyn.ledger import Registry, chapters, sweep
from traindyn.ledger.decisions import verdict_key


def registered(number, source, basis, statement):
    registry = Registry("coin", "CO")
    registry.claim(number, source=source, basis=basis, statement=statement)(len)
    return registry.statements


def run(returned, scale, seed):
    """The rows of a claim whose function returns something."""
    registry = Registry("coin", "CO")
    registry.claim(1, source="eq. 1", basis="stated", statement="It is so.")(lambda _: returned)
    done = registry.run("CO-1", scale=scale, seed=seed)
    return done.result is returned[0], [part.statement for part in done.claim.parts]


scales = st.sampled_from(["ci", "laptop", "paper"])
seeds = st.integers(0, 10**12)
results = st.tuples(anything, st.lists(parts, min_size=1, max_size=2))


def asked(name, scale, seed):
    """Whether a claim outside the library is stored, and the digest of its sources."""
    registry = Registry("coin", "CO")
    registry.claim(1, source="eq. 1", basis="stated", statement="It is so.")(lambda _: None)
    return registry.is_stored(name, scale=scale, seed=seed), registry.source_of(name)


def discovered(package):
    """The modules that were imported beside those of before."""
    names = [name for name in sys.modules if name.startswith(f"{package}.")]
    kept = {name: sys.modules.pop(name) for name in names}
    Registry("coin", "CO").discover(package)
    found = {name for name in sys.modules if name.startswith(f"{package}.")}
    sys.modules.update(kept)
    return found


def slow_discovered(package):
    folder = Path(sys.modules[package].__file__).parent
    return {f"{package}.{file.stem}" for file in folder.glob("*.py") if file.stem != "__init__"}


ROOMS = sorted(path.parent.name for path in Path(traindyn.__path__[0]).glob("*/claims"))
room = st.sampled_from(ROOMS)
names = st.one_of(room, st.sampled_from(["SS-7", "BR-8", "HT-18"]))
no_seeds = st.sampled_from(["", "-", "3-1", "1-2-3", "0-9999999", "é"])


def claims_named(*names):
    return [claim_id for _, claim_id in chapters.find_claims(names)]


def slow_claims_named(*names):
    everything = [(room, i) for room in ROOMS for i in chapters.registry_of(room).ids]
    wanted = names or ROOMS
    if set(names) <= set(ROOMS):
        return [i for name in wanted for room, i in everything if room == name]
    found = [i for room, i in everything if room in wanted or i in wanted]
    return found if all(name in {*ROOMS, *found} for name in names) else None


def slow_seeds(text):
    found = []
    for entry in text.split(","):
        ends = [int(end) for end in entry.split("-")]
        found += [seed for seed in range(ends[0], ends[-1] + 1) if seed not in found]
    return tuple(found)


seed_texts = st.lists(
    st.one_of(
        st.integers(0, 50).map(str),
        st.tuples(st.integers(0, 20), st.integers(0, 9)).map(lambda p: f"{p[0]}-{p[0] + p[1]}"),
    ),
    min_size=1,
    max_size=4,
).map(",".join)
requests = st.builds(
    sweep.Request,
    st.lists(st.text(max_size=3)).map(tuple),
    scales,
    st.lists(st.integers(0, 99)).map(tuple),
    st.integers(0, 9),
)


def asked_again(request):
    """The request that the command line of a request holds."""
    content = json.loads(request.command()[-1])
    return sweep.Request(
        **{**content, "names": tuple(content["names"]), "seeds": tuple(content["seeds"])}
    )


TABLE = {
    "traindyn.ledger.chapters.chapters": Property(
        chapters.chapters, lambda: ROOMS, st.just(()), st.just(()), agree=equal
    ),
    "traindyn.ledger.chapters.registry_of": Property(
        lambda name: chapters.registry_of(name).chapter,
        lambda name: name,
        st.tuples(room),
        st.tuples(st.one_of(room, anything)),
        agree=equal,
    ),
    "traindyn.ledger.chapters.find_claims": Property(
        claims_named,
        slow_claims_named,
        st.lists(st.one_of(room, st.sampled_from(["SS-7", "BR-8", "HT-18"])), max_size=3).map(
            tuple
        ),
        st.lists(st.sampled_from(["SS-7", "SS-99", "coin", ""]), max_size=3).map(tuple),
        agree=equal,
    ),
    "traindyn.ledger.decisions.verdict_key": Property(
        lambda one, other: verdict_key(one) == verdict_key(other),
        lambda one, other: one == other,
        st.tuples(st.text(max_size=1), st.text(max_size=1)),
        st.tuples(st.text(max_size=1), st.sampled_from(["", "\ud800", "a" * 99])),
        agree=equal,
    ),
    "traindyn.ledger.registry.Registry.discover": Property(
        discovered,
        slow_discovered,
        st.sampled_from(["traindyn.inference", "traindyn.tails"]).map(lambda name: (name,)),
        st.sampled_from(["traindyn.inference"]).map(lambda name: (name,)),
        agree=equal,
    ),
    "traindyn.ledger.registry.Registry.is_stored": Property(
        asked,
        lambda *_: (False, ""),
        st.tuples(st.just("CO-1"), scales, seeds),
        st.tuples(st.sampled_from(["CO-1", "CO-2", ""]), st.one_of(scales, anything), seeds),
        agree=equal,
    ),
    "traindyn.ledger.registry.Registry.source_of": Property(
        asked,
        lambda *_: (False, ""),
        st.tuples(st.just("CO-1"), scales, seeds),
        st.tuples(st.sampled_from(["CO-1", "CO-2", ""]), scales, seeds),
        agree=equal,
    ),
    "traindyn.ledger.sweep.Request.command": Property(
        asked_again, lambda request: request, st.tuples(requests), st.tuples(requests), agree=equal
    ),
    "traindyn.ledger.sweep.seeds_of": Property(
        sweep.seeds_of,
        slow_seeds,
        st.tuples(seed_texts),
        st.tuples(
            st.one_of(seed_texts, st.sampled_from(["", "-", "3-1", "1-2-3", "0-9999999", "é"]))
        ),
        agree=equal,
    ),
    "traindyn.ledger.registry.Registry": property_of(
        lambda *given: Registry(*given).ids,
        lambda chapter, prefix: [] if chapter == chapter.lower() and len(prefix) == 2 else None,
        st.tuples(st.sampled_from(["coin", "two_dice"]), st.sampled_from(["CO", "TD"])),
        st.tuples(odd, odd),
    ),
    "traindyn.ledger.registry.Registry.claim": property_of(
        registered,
        lambda number, source, basis, statement: {f"CO-{int(number)}": statement},
        st.tuples(st.integers(1, 99), words, bases, words),
        st.tuples(
            st.one_of(st.integers(), anything),
            st.one_of(words, anything),
            st.one_of(bases, anything),
            st.one_of(words, anything),
        ),
    ),
    "traindyn.ledger.registry.Registry.run": property_of(
        run,
        lambda returned, scale, seed: (True, [part.statement for part in returned[1]]),
        st.tuples(results, scales, seeds),
        st.tuples(
            st.one_of(results, anything, st.tuples(anything, anything), st.lists(anything)),
            st.one_of(scales, anything),
            st.one_of(seeds, anything),
        ),
    ),
}
