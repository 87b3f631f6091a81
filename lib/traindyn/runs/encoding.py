"""Plain data in and out of one file: numbers, text, arrays, and containers and classes of them.

A result is stored as data only. What has no value that can be written down (functions, theory,
generators, open files) is refused with the place where it stands. One file holds the structure as
JSON and the arrays beside it; the checksums of the archive tell damage.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = 1
"""Of the files; a change of what this package does raises it, and everything is drawn again."""

PLAIN = (str, bool, int, type(None))

DAMAGE = (
    *(ValueError, OSError, KeyError, IndexError, AttributeError, TypeError, EOFError),
    *(NotImplementedError, zipfile.BadZipFile, zlib.error),
)
"""What reading a file that is not whole may raise."""


class _Arrays:
    """The arrays of a value; one that occurs twice is stored once."""

    def __init__(self) -> None:
        self.found: list[np.ndarray] = []
        self._numbers: dict[int, int] = {}
        self._owners: list[Any] = []  # kept, so that an identity is not given again

    def add(self, value: Any, where: str, owner: Any) -> int:
        if id(owner) not in self._numbers:
            array = np.asarray(value)
            if array.dtype.hasobject:
                raise ValueError(f"{where} must be data, got an array of objects")
            self._numbers[id(owner)] = len(self.found)
            self._owners.append(owner)
            self.found.append(array)
        return self._numbers[id(owner)]


def encode(value: Any, where: str, arrays: _Arrays | None = None) -> Any:
    """JSON of a value.

    Args:
        value: Plain data.
        where: What messages call it.
        arrays: Receives the arrays.

    Raises:
        ValueError: If something is no data, with the place where it stands.
    """
    arrays = _Arrays() if arrays is None else arrays
    kind = type(value)  # exact types: a subclass (np.float64 is a float) must not change kind
    if kind in PLAIN:
        return value
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if kind is list:
        return [encode(v, f"{where}[{i}]", arrays) for i, v in enumerate(value)]
    if kind is tuple:
        return {"tuple": [encode(v, f"{where}[{i}]", arrays) for i, v in enumerate(value)]}
    if kind is dict:  # pairs: keys may be numbers or tuples, and order is kept
        pairs = [
            [encode(k, f"a key of {where}", arrays), encode(v, f"{where}[{k!r}]", arrays)]
            for k, v in value.items()
        ]
        return {"dict": pairs}
    if kind is np.ndarray:
        return {"array": arrays.add(value, where, value)}
    if isinstance(value, np.generic):
        return {"scalar": arrays.add(value, where, value)}
    if kind.__module__ == "torch" and kind.__name__ == "Tensor":
        return {"tensor": arrays.add(value.detach().numpy(), where, value)}
    fields = _fields(value)
    if fields is None:
        raise ValueError(f"{where} must be data, got {kind.__module__}.{kind.__qualname__}")
    found = {name: encode(v, f"{where}.{name}", arrays) for name, v in fields.items()}
    return {"class": f"{kind.__module__}:{kind.__qualname__}", "fields": found}


def _fields(value: Any) -> dict[str, Any] | None:
    """The fields of a frozen dataclass or a named tuple; None of anything else."""
    kind = type(value)
    if dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(kind)}
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return dict(value._asdict())
    return None


def decode(node: Any, arrays: Sequence[np.ndarray]) -> Any:
    """The value of :func:`encode`. Only classes of this library are ever looked up.

    Raises:
        ValueError: If a class is another one, or has other fields today.
    """
    if isinstance(node, list):
        return [decode(v, arrays) for v in node]
    if not isinstance(node, dict):
        return node
    if "float" in node:
        return float(node["float"])
    if "tuple" in node:
        return tuple(decode(v, arrays) for v in node["tuple"])
    if "dict" in node:
        return {decode(k, arrays): decode(v, arrays) for k, v in node["dict"]}
    if "array" in node:
        return arrays[node["array"]]
    if "scalar" in node:
        return arrays[node["scalar"]][()]
    if "tensor" in node:
        import torch  # results without tensors must not wait for it

        return torch.from_numpy(arrays[node["tensor"]].copy())  # a tensor cannot be read-only
    module, _, name = node["class"].partition(":")
    if not module.startswith("traindyn."):
        raise ValueError(f"class must be one of traindyn, got {node['class']!r}")
    found: Any = functools.reduce(getattr, name.split("."), importlib.import_module(module))
    fields = {key: decode(v, arrays) for key, v in node["fields"].items()}
    if issubclass(found, tuple):
        return found(**fields)
    if (names := [field.name for field in dataclasses.fields(found)]) != list(fields):
        raise ValueError(f"fields of {name} must be {', '.join(names)}, got {', '.join(fields)}")
    made = object.__new__(found)  # it was valid when it was stored: its checks ran then
    for key, value in fields.items():
        object.__setattr__(made, key, value)
    return made


def dump(value: Any, about: Mapping[str, Any]) -> bytes:
    """The content of a file with a value and what is known about it.

    Raises:
        ValueError: If the value is no data.
    """
    arrays = _Arrays()
    tree = encode(value, "result", arrays)
    text = json.dumps({"format": FORMAT, "about": about, "value": tree}, allow_nan=False)
    named = {f"a{number}": array for number, array in enumerate(arrays.found)}
    file = io.BytesIO()
    np.savez(file, tree=np.frombuffer(text.encode(), np.uint8), **named)  # type: ignore[arg-type]
    return file.getvalue()


def load(file: Path | io.BufferedIOBase) -> tuple[Any, dict[str, Any]]:
    """The value of a file, with read-only arrays, and what is known about it.

    Raises:
        DAMAGE: If there is no such file, or it is not whole.
    """
    with np.load(file, allow_pickle=False) as archive:
        content = json.loads(archive["tree"].tobytes())
        arrays = [archive[f"a{number}"] for number in range(len(archive.files) - 1)]
    if content["format"] != FORMAT:
        raise ValueError(f"format must be {FORMAT}, got {content['format']}")
    for array in arrays:
        array.flags.writeable = False  # everybody gets the same object
    return decode(content["value"], arrays), content["about"]
