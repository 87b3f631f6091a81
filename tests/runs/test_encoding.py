"""Data in and out of one file."""

import io
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from traindyn.inference import Estimate
from traindyn.runs import encoding
from traindyn.runs.encoding import dump, load


def through(value):
    return load(io.BytesIO(dump(value, {})))[0]


def test_an_array_that_occurs_twice_is_one():
    array = np.ones(3)
    one, other = through((array, [array]))
    assert one is other[0]


def test_tensors_and_numbers_keep_their_kind():
    tensor = through(torch.arange(3, dtype=torch.float32))
    assert tensor.dtype == torch.float32
    assert tensor.tolist() == [0.0, 1.0, 2.0]
    assert [type(v) for v in through([np.float64(1), 1.0, 1, True])] == [
        np.float64,
        float,
        int,
        bool,
    ]
    assert (
        str(through((float("inf"), float("-inf"), float("nan"), -0.0))) == "(inf, -inf, nan, -0.0)"
    )


@dataclass(frozen=True)
class Elsewhere:
    x: int


@dataclass
class Changeable:
    x: int


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [1, len]}, r"result\['a'\]\[1\] must be data, got builtins\.builtin_function"),
        (np.array([None]), "result must be data, got an array of objects"),
        (Changeable(1), "result must be data, got"),
        ({1, 2}, r"result must be data, got builtins\.set"),
    ],
)
def test_what_is_no_data_is_refused_with_its_place(value, place):
    with pytest.raises(ValueError, match=place):
        dump(value, {})


def test_only_classes_of_the_library_are_made():
    with pytest.raises(ValueError, match="class must be one of traindyn"):
        through(Elsewhere(1))


def test_a_class_whose_fields_changed_is_damage(monkeypatch):
    content = dump(Estimate(1.0, 0.5), {}).replace(b'"stderr"', b'"spread"')
    with pytest.raises(encoding.DAMAGE):
        load(io.BytesIO(content))
    node = encoding.encode(Estimate(1.0, 0.5), "value")
    node["fields"]["more"] = 1
    with pytest.raises(ValueError, match="fields of Estimate must be"):
        encoding.decode(node, [])


@pytest.mark.parametrize("cut", [0, 1, 10, -1, -30])
def test_a_file_that_is_not_whole_is_damage(tmp_path, cut):
    file = tmp_path / "a.npz"
    file.write_bytes(dump({"a": np.arange(9.0)}, {})[:cut])
    with pytest.raises(encoding.DAMAGE):
        load(file)
