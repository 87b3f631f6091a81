"""Properties of the registry of claims and its random streams."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from hypothesis import strategies as st
from table_ledger import anything, property_of
from table_ledger_claims import bases, fields, ids, odd, parts, words

from traindyn.ledger import Context, Registry, resolve_scale, resolve_seed


def stream(context):
    """Seed of a stream by its definition: the first 63 bits of a digest."""
    digest = hashlib.sha256(f"{context[1]}/{context[2]}/data".encode()).hexdigest()
    return int(digest[:16], 16) // 2


def numpy_draws(*given):
    return Context(*given).numpy_generator("data").random(3).tolist()


def torch_draws(*given):
    generator = Context(*given).torch_generator("data")
    return torch.rand(3, generator=generator).tolist()


def torch_reference(*given):
    generator = torch.Generator()
    generator.manual_seed(stream(given))
    return torch.rand(3, generator=generator).tolist()


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
contexts = st.tuples(scales, seeds, ids)
odd_contexts = st.tuples(
    st.one_of(scales, anything), st.one_of(seeds, st.integers(), anything), ids
)
results = st.tuples(anything, st.lists(parts, min_size=1, max_size=2))


def is_seed(value):
    return int(str(value))


TABLE = {
    "traindyn.ledger.registry.Context": property_of(
        lambda *given: fields(Context(*given)),
        lambda scale, seed, claim: [scale, is_seed(seed), claim],
        contexts,
        odd_contexts,
        lambda found, given: (
            given[0] in ("ci", "laptop", "paper") and int(found[1]) == given[1] >= 0
        ),
    ),
    "traindyn.ledger.registry.Context.choose": property_of(
        lambda *given: Context(*given).choose(ci=1, laptop=2, paper=3),
        lambda *given: ["ci", "laptop", "paper"].index(given[0]) + 1,
        contexts,
        odd_contexts,
    ),
    "traindyn.ledger.registry.Context.numpy_generator": property_of(
        numpy_draws,
        lambda *given: np.random.default_rng(stream(given)).random(3).tolist(),
        contexts,
        odd_contexts,
    ),
    "traindyn.ledger.registry.Context.torch_generator": property_of(
        torch_draws, torch_reference, contexts, odd_contexts
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
    "traindyn.ledger.registry.resolve_scale": property_of(
        resolve_scale,
        lambda scale: "laptop" if scale is None else scale,
        st.tuples(scales),
        st.tuples(anything),
    ),
    "traindyn.ledger.registry.resolve_seed": property_of(
        resolve_seed,
        lambda seed: 0 if seed is None else is_seed(seed),
        st.tuples(seeds),
        st.tuples(st.one_of(st.integers(), anything)),
    ),
}
