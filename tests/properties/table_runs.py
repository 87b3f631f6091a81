"""Properties of ``traindyn.runs``: streams, data in and out, keys, the store."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from harness import Property
from hypothesis import strategies as st
from table_ledger import anything, property_of
from table_ledger_claims import fields, ids
from table_system_folders import equal, fill, inside, slow_is_source, tree

from traindyn.inference import Estimate
from traindyn.runs import Context, encoding, keys, resolve_scale, resolve_seed, studies, study
from traindyn.runs.store import Key, Store
from traindyn.system import files, frozen
from traindyn.system.imports import closure

# ------------------------------------------------------------------ streams


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


def is_seed(value):
    return int(str(value))


scales = st.sampled_from(["ci", "laptop", "paper"])
seeds = st.integers(0, 10**12)
contexts = st.tuples(scales, seeds, ids)
odd_contexts = st.tuples(
    st.one_of(scales, anything), st.one_of(seeds, st.integers(), anything), ids
)

# ------------------------------------------------------------------ data

numbers = st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans(), st.none(), st.text())
arrays = st.tuples(
    st.sampled_from(["f8", "f4", "i8", "?", "c16", "u1"]),
    st.lists(st.integers(0, 3), max_size=3),
    st.sampled_from(["C", "F", "reversed"]),
).map(lambda given: array_of(*given))
estimates = st.tuples(st.floats(-9, 9), st.floats(0, 9)).map(lambda given: Estimate(*given))
plain = st.recursive(
    st.one_of(numbers, arrays, estimates, st.floats(-3, 3).map(np.float64)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(st.integers(), st.text()), inner, max_size=3),
    ),
    max_leaves=6,
)
no_data = st.sampled_from([len, object(), {1, 2}, b"1", 1j, range(3), np.random.default_rng(0)])
odd_data = st.one_of(plain, no_data, st.lists(no_data, max_size=2), anything)


def array_of(dtype, shape, layout):
    array = np.arange(math.prod(shape)).astype(dtype).reshape(shape)
    if layout == "reversed" and array.ndim:
        return array[::-1]
    return np.asfortranarray(array) if layout == "F" else array


def same(one, other):
    """Whether two values are the same data, to the kind of every number."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and bool((one == other).all())
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if dataclasses.is_dataclass(one):
        return same(fields(one), fields(other))
    if isinstance(one, float):
        return repr(one) == repr(other)
    return one == other


def through_bytes(value):
    return encoding.load(io.BytesIO(encoding.dump(value, {"a": 1})))[0]


def through_json(value):
    """Encode and decode with the arrays in memory."""
    arrays = encoding._Arrays()
    node = encoding.encode(value, "value", arrays)
    return encoding.decode(node, arrays.found)


data = Property(
    through_bytes, lambda value: value, st.tuples(plain), st.tuples(odd_data), agree=same
)

# ------------------------------------------------------------------ keys

argument = st.recursive(
    st.one_of(numbers, st.floats(-3, 3).map(np.float64)),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=4,
)


def slow_canonical(value):
    if isinstance(value, tuple):
        return tuple(map(slow_canonical, value))
    return float(value) + 0.0 if isinstance(value, float) else value


SOURCES = {
    "lib/traindyn/__init__.py": "",
    "lib/traindyn/room/__init__.py": "",
    "lib/traindyn/room/a.py": "from traindyn.room import b",
    "lib/traindyn/room/b.py": "import json",
    "lib/traindyn/room/c.py": "import traindyn.room.a",
    "lib/traindyn/room/data/x.json": "{}",
    "requirements.lock": "numpy==2",
}
edited = st.sampled_from(sorted(SOURCES))
module = st.sampled_from(["traindyn.room.a", "traindyn.room.b", "traindyn.room.c"])


def forget():
    for function in (keys.source_key, keys.files_of, keys._imports, keys._digest, keys._data):
        function.cache_clear()


@inside
def key_moves(root, name, file):
    """Whether the key of a module changes with a file."""
    fill(root, {path: text.encode() for path, text in SOURCES.items()})
    forget()
    before = keys.source_key(root / "lib", name)
    kept = keys.unchanged(root / "lib", name)
    (root / file).write_text(SOURCES[file] + "\n#")
    changed = not keys.unchanged(root / "lib", name)
    forget()
    moved = keys.source_key(root / "lib", name) != before
    assert kept
    assert changed == (moved and file != "requirements.lock")
    return moved


def slow_key_moves(name, file):
    depends = {"a": "ab", "b": "b", "c": "abc"}[name[-1]]
    return not file.startswith("lib/traindyn/room/") or file[18:-3] not in set("abc") - set(depends)


@inside
def younger(root, name, file, age):
    """Whether a module counts as younger than second 1,000 when one file is of another age."""
    fill(root, {path: text.encode() for path, text in SOURCES.items()})
    for path in SOURCES:
        os.utime(root / path, (1000, 1000))
    os.utime(root / file, (age, age))
    forget()
    return keys.younger_than(root / "lib", name, 1000.0)


def slow_younger(name, file, age):
    return age > 1000 and file.endswith(".py") and slow_key_moves(name, file)


@inside
def files_found(root, name):
    fill(root, {path: text.encode() for path, text in SOURCES.items()})
    forget()
    return set(keys.files_of(root / "lib", name)) ^ {
        *closure(root / "lib", {name}),
        root / "lib/traindyn/room/data/x.json",
    }


@inside
def data_found(root, contents):
    fill(root, contents)
    (root / "__init__.py").touch()
    return [path.relative_to(root).as_posix() for path in files.data_files(root)]


def slow_data_found(contents):
    packages = {name.rpartition("/")[0] for name in contents if name.endswith("/__init__.py")}
    good = [
        name
        for name in contents
        if all(map(slow_is_source, name.split("/")))
        and not name.endswith(".py")
        and not any(name.startswith(f"{package}/") for package in packages)
    ]
    return [path.as_posix() for path in sorted(map(Path, good))]


# ------------------------------------------------------------------ the store

key_parts = st.builds(Key, st.just("room.draw"), st.sampled_from("ab"), st.sampled_from("xyz"))


@inside
def stored(root, wanted, value, damage):
    """Whether a value is drawn again from a new store, and what comes out."""
    drawn = []

    def compute():
        drawn.append(1)
        return value

    Store(root).fetch(wanted, compute, lambda: True)
    path = Store(root)._path(wanted)
    if damage is not None:
        path.write_bytes(damage)
    holds = Store(root).holds(wanted)
    found, _ = Store(root).fetch(wanted, compute, lambda: True)
    return holds, len(drawn), found


@inside
def received(root, sent):
    """The sources of which a store keeps the results that it receives in order."""
    store = Store(root)
    for number, source in enumerate(sent):
        place = Key("room.draw", "a", f"{number}{source}")
        store.receive(place, b"x")
        path = store._path(place)
        age = path.stat().st_mtime - 100 * (len(sent) - number)
        os.utime(path, (age, age))
    return sorted(path.name for path in (root / "room.draw").iterdir()) if sent else []


def doubled(number: float, place: tuple[float, ...] = ()) -> tuple[Any, tuple[float, ...]]:
    """A study of these tests."""
    return (number, number), place


doubled.__qualname__, doubled.__module__ = "doubled", "properties"


def in_memory(call):
    """Call with a store that writes nothing."""

    def run(*given):
        before, studies.STORE.root = studies.STORE.root, None
        studies.STORE.memory.clear()
        try:
            return call(*given)
        finally:
            studies.STORE.root = before

    return run


@in_memory
def studied(*given):
    return study(stream="S")(doubled)(*given)


@in_memory
def fetched(*given):
    return studies.Stored(doubled).fetch(*given)[0]


def keyed(*given):
    key, arguments = studies.Stored(doubled).key(*given)
    return key.study, key.source, arguments


calls = st.tuples(st.floats(-9, 9), st.lists(st.floats(-3, 3), max_size=2).map(tuple))
odd_calls = st.tuples(st.one_of(st.floats(), st.sampled_from([len, None, "a"])), st.just(()))


def slow_doubled(number, place):
    return (slow_canonical(number),) * 2, tuple(map(slow_canonical, place))


@inside
def copied(root, contents):
    fill(root / "here/lib", contents)
    fill(root / "here", {"requirements.lock": b""})
    frozen.copy_sources(root / "here", root / "copy")
    return sorted(p.relative_to(root / "copy").as_posix() for p in (root / "copy").rglob("*.*"))


def slow_copied(contents):
    good = [name for name in contents if all(map(slow_is_source, name.split("/")))]
    found = {"requirements.lock", *(f"lib/{name}" for name in good)}
    folders = {parent.as_posix() for name in found for parent in Path(name).parents}
    return sorted(name for name in found | folders if "." in Path(name).name[:-1])


@inside
def environment_of(root, count):
    places = [root / str(number) for number in range(count)]
    found = frozen.frozen_environment(root, [*places, *places])
    return Path(found["HOME"]) == root, found["PYTHONPATH"] == ":".join(map(str, places))


CONTEXT, ENCODING, KEYS = (f"traindyn.runs.{name}" for name in ("context", "encoding", "keys"))
TABLE = {
    f"{CONTEXT}.Context": property_of(
        lambda *given: fields(Context(*given)),
        lambda scale, seed, claim: [scale, is_seed(seed), claim],
        contexts,
        odd_contexts,
        lambda found, given: (
            given[0] in ("ci", "laptop", "paper") and int(found[1]) == given[1] >= 0
        ),
    ),
    f"{CONTEXT}.Context.choose": property_of(
        lambda *given: Context(*given).choose(ci=1, laptop=2, paper=3),
        lambda *given: ["ci", "laptop", "paper"].index(given[0]) + 1,
        contexts,
        odd_contexts,
    ),
    f"{CONTEXT}.Context.of": property_of(
        lambda *given: fields(Context(*given).of("other")),
        lambda scale, seed, _: [scale, seed, "other"],
        contexts,
        odd_contexts,
    ),
    f"{CONTEXT}.Context.numpy_generator": property_of(
        numpy_draws,
        lambda *given: np.random.default_rng(stream(given)).random(3).tolist(),
        contexts,
        odd_contexts,
    ),
    f"{CONTEXT}.Context.torch_generator": property_of(
        torch_draws, torch_reference, contexts, odd_contexts
    ),
    f"{CONTEXT}.resolve_scale": property_of(
        resolve_scale,
        lambda scale: "laptop" if scale is None else scale,
        st.tuples(scales),
        st.tuples(anything),
    ),
    f"{CONTEXT}.resolve_seed": property_of(
        resolve_seed,
        lambda seed: 0 if seed is None else is_seed(seed),
        st.tuples(seeds),
        st.tuples(st.one_of(st.integers(), anything)),
    ),
    f"{ENCODING}.dump": data,
    f"{ENCODING}.load": data,
    f"{ENCODING}.encode": dataclasses.replace(data, call=through_json),
    f"{ENCODING}.decode": dataclasses.replace(data, call=through_json),
    f"{KEYS}.canonical": Property(
        lambda value: keys.canonical(value, "value"),
        slow_canonical,
        st.tuples(argument),
        st.tuples(st.one_of(argument, anything, no_data)),
        agree=same,
    ),
    f"{KEYS}.argument_key": Property(
        lambda one, other: keys.argument_key({"a": one}) == keys.argument_key({"a": other}),
        same,
        st.tuples(argument, argument),
        st.tuples(st.one_of(argument, no_data), argument),
        agree=equal,
    ),
    f"{KEYS}.files_of": Property(
        files_found, lambda _: set(), st.tuples(module), st.tuples(module), agree=equal
    ),
    f"{KEYS}.library_of": Property(
        keys.library_of,
        lambda name: Path(studies.__file__).parents[2] if name.startswith("traindyn.") else None,
        st.tuples(st.sampled_from(["traindyn.runs", "traindyn.runs.keys", "numpy", "none"])),
        st.tuples(st.sampled_from(["numpy.linalg", "", "__main__"])),
        agree=equal,
    ),
    f"{KEYS}.source_key": Property(
        key_moves, slow_key_moves, st.tuples(module, edited), st.tuples(module, edited), agree=equal
    ),
    f"{KEYS}.unchanged": Property(
        key_moves, slow_key_moves, st.tuples(module, edited), st.tuples(module, edited), agree=equal
    ),
    f"{KEYS}.younger_than": Property(
        younger,
        slow_younger,
        st.tuples(module, edited, st.integers(998, 1002)),
        st.tuples(module, edited, st.integers(0, 10**9)),
        agree=equal,
    ),
    "traindyn.runs.store.Store.fetch": Property(
        stored,
        lambda _, value, damage: (True, 1 if damage is None else 2, value),
        st.tuples(key_parts, plain, st.none()),
        st.tuples(key_parts, plain, st.one_of(st.none(), st.binary(max_size=30))),
        agree=same,
    ),
    "traindyn.runs.store.Store.holds": Property(
        stored,
        lambda _, value, damage: (True, 2, value),
        st.tuples(key_parts, plain, st.binary(max_size=9)),
        st.tuples(key_parts, plain, st.binary(max_size=9)),
        agree=same,
    ),
    "traindyn.runs.store.Store.receive": Property(
        received,
        lambda sent: [f"a-{n}{sent[n]}.npz" for n in range(len(sent))][-3:],
        st.tuples(st.lists(st.sampled_from("xyz"), max_size=6)),
        st.tuples(st.lists(st.sampled_from("xyz"), max_size=6)),
        agree=equal,
    ),
    "traindyn.runs.studies.study": Property(studied, slow_doubled, calls, odd_calls, agree=same),
    "traindyn.runs.studies.Stored": Property(fetched, slow_doubled, calls, odd_calls, agree=same),
    "traindyn.runs.studies.Stored.fetch": Property(
        fetched, slow_doubled, calls, odd_calls, agree=same
    ),
    "traindyn.runs.studies.Stored.key": Property(
        keyed,
        lambda number, place: (
            "properties.doubled",
            "",
            {"number": slow_canonical(number), "place": slow_canonical(place)},
        ),
        calls,
        odd_calls,
        agree=same,
    ),
    "traindyn.system.files.data_files": Property(
        data_found, slow_data_found, st.tuples(tree), st.tuples(tree), agree=equal
    ),
    "traindyn.system.frozen.copy_sources": Property(
        copied, slow_copied, st.tuples(tree), st.tuples(tree), agree=equal
    ),
    "traindyn.system.frozen.frozen_environment": Property(
        environment_of,
        lambda _: (True, True),
        st.tuples(st.integers(0, 3)),
        st.tuples(st.integers(0, 3)),
        agree=equal,
    ),
}
