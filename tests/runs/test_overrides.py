"""Overrides: what a claim asks is changed, what its studies ask is not."""

from __future__ import annotations

import dataclasses

import pytest

from traindyn.runs.context import Context
from traindyn.runs.overrides import (
    Asked,
    Override,
    answering,
    in_force,
    overriding,
    plays,
    recording,
    records,
)

RUN = "room.studies.run"


def answered(study=RUN, **arguments):
    with answering(study, arguments) as given:
        return given


def test_outside_of_a_block_nothing_changes():
    arguments = {"rate": 0.1}
    with answering(RUN, arguments) as given:
        assert given is arguments
    assert in_force() == ()
    assert not records()
    assert not plays()


def test_in_a_block_nothing_is_published():
    for block in (overriding([Override("rate", 0.5)]), recording()):
        with block:
            assert plays()
            with answering(RUN, {}):
                assert not plays()
    assert not plays()


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (Override("rate", 0.5), 0.5),
        (Override("rate", 0.5, "run"), 0.5),
        (Override("rate", 0.5, RUN), 0.5),
        (Override("rate", 0.5, "walk"), 0.1),
        (Override("rate", 0.5, "studies.run"), 0.1),
        (Override("size", 5), 0.1),
        (Override("rate", 0.5, "", (0.1,)), 0.5),
        (Override("rate", 0.5, "", (0.2, 0.1)), 0.5),
        (Override("rate", 0.5, "", (0.2,)), 0.1),
    ],
)
def test_an_override_concerns_a_study_an_argument_and_a_value(override, expected):
    with overriding([override]):
        assert answered(rate=0.1) == {"rate": expected}
    assert answered(rate=0.1) == {"rate": 0.1}


def test_eight_and_eight_point_zero_are_two_values():
    assert Override("size", 1, instead_of=(8,)).concerns(RUN, {"size": 8})
    assert not Override("size", 1, instead_of=(8,)).concerns(RUN, {"size": 8.0})


@dataclasses.dataclass(frozen=True)
class Setting:
    rate: float
    data: Setting | None = None

    def __post_init__(self):
        if self.rate < 0:
            raise ValueError(f"rate must be at least 0, got {self.rate}")


def test_a_field_of_an_argument_is_overridden():
    whole = {"setting": Setting(0.1, Setting(0.2))}
    with overriding([Override("setting.rate", 0.5), Override("setting.data.rate", 0.7)]):
        assert answered(**whole) == {"setting": Setting(0.5, Setting(0.7))}
        assert answered(setting=Setting(0.1))["setting"] == Setting(0.5)
        assert answered(setting=0.1) == {"setting": 0.1}
    assert whole == {"setting": Setting(0.1, Setting(0.2))}
    override = Override("setting.rate", -1.0)
    with pytest.raises(ValueError, match="rate must be at least 0, got -1"):
        override.apply(whole)


def test_what_a_study_asks_itself_is_not_overridden():
    with overriding([Override("rate", 0.5)]):
        with answering(RUN, {"rate": 0.1}):
            assert in_force() == ()
            assert answered(rate=0.1) == {"rate": 0.1}
        assert in_force() == (Override("rate", 0.5),)


def test_what_is_asked_is_recorded_without_the_context():
    with recording() as asked:
        assert records()
        context = Context("ci", 0, "x")
        with answering(RUN, {"context": context, "rate": 0.1}):
            answered(rate=0.2)
    assert asked == [Asked(RUN, {"rate": 0.1})]
    assert not records()


def test_a_block_ends_with_an_error_too():
    def fail():
        with overriding([Override("rate", 0.5)]):
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert in_force() == ()
