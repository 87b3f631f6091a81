"""What ``--set`` and ``--bound`` say, and the names that a claim can be asked with."""

import re

import pytest

from traindyn.anisotropic_noise.claims import registry
from traindyn.challenge.names import Name, ask, names_of, spelled
from traindyn.challenge.settings import MOST, read_bound, read_setting, read_values
from traindyn.data import ScalarRegression
from traindyn.runs.overrides import Asked, Override

RATE = Name("decay", "rate", (0.1,), True)
SIZES = Name("decay", "size", (1, 2), False)
NAMES = (
    RATE,
    SIZES,
    Name("decay", "recipe", ("SGD",), False, ("SGD", "Adam")),
    Name("decay", "decays", (False,), True),
    Name("decay", "start", ((1.2, 0.8),), True),
    Name("fall", "rate", (0.1,), False),
    Name("fall", "mutants", ((),), True),
    Name("fall", "mixed", (1,), True),
    Name("decay", "mixed", ("SGD",), True),
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("rate=0.2", (0.2,)),
        ("rate=1,2", (1.0, 2.0)),
        ("rate=0.1:0.3:3", (0.1, 0.2, 0.3)),
        ("rate=0.1:10:3:log", (0.1, 1.0, 10.0)),
        ("rate=3:1:3", (3.0, 2.0, 1.0)),
        ("size@2=4,8", (4, 8)),
        ("size@2=2:8:3", (2, 5, 8)),
        ("recipe=Adam", ("Adam",)),
        ("decays=true,false", (True, False)),
        ("start=(1,0.5),(2,-0.1)", ((1.0, 0.5), (2.0, -0.1))),
    ],
)
def test_a_setting_has_values_of_the_kind_of_the_argument(text, values):
    found = read_setting(text, NAMES)
    assert found.values == values
    assert [type(v) for v in found.values] == [type(v) for v in values]
    assert found.label == text.partition("=")[0]
    assert [override.value for override in found.overrides] == list(values)


def test_a_setting_names_a_study_and_a_value():
    (override,) = read_setting("decay.size@2=4", NAMES).overrides
    assert override == Override("size", 4, "decay", (2,))
    (override,) = read_setting("rate=4", NAMES).overrides
    assert override == Override("rate", 4.0)
    (override,) = read_setting("rate@.1=4", NAMES).overrides
    assert override == Override("rate", 4.0, "", (0.1,))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rate", "must be NAME=VALUES"),
        ("=1", "must be NAME=VALUES"),
        ("rate=", "must be NAME=VALUES"),
        ("rate@=1", "must be NAME=VALUES"),
        ("speed=1", "must name an argument of the claim's studies, got 'speed'"),
        ("rise.rate=1", "must name an argument of the claim's studies, got 'rise.rate'"),
        ("size=1", "must say which value it replaces, as size@1=...: the claim asks with 1, 2"),
        ("size@3=1", "must be one of 1, 2, got '3'"),
        ("size@1=1.5", "must be a whole number, got '1.5'"),
        ("rate=inf", "must be a finite number, got 'inf'"),
        ("rate=1,,2", "must be a finite number, got ''"),
        ("recipe=RMS", "must be one of SGD, Adam, got 'RMS'"),
        ("decays=1", "must be true or false, got '1'"),
        ("start=(1,2,3)", "must be such as (1.2,0.8), got '(1,2,3)'"),
        ("start=1,2", "must be such as (1.2,0.8), got '1'"),
        ("mutants=a", "cannot spell the values of fall.mutants = () (default)"),
        ("mixed=1", "--set mixed must say which one it means: fall.mixed, decay.mixed"),
        ("rate=1,1.0", "must hold each value once"),
        ("size@1=1:2:5", "must hold each value once"),
        ("rate=1:2:1", "COUNT must lie in [2, 1000], got 1"),
        ("rate=0:2:3:log", "ends must be positive for equal ratios"),
        ("rate=1:2:3:4", "must be FIRST:LAST:COUNT or FIRST:LAST:COUNT:log"),
    ],
)
def test_what_no_setting_means_is_refused(text, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        read_setting(text, NAMES)


def test_there_are_not_too_many_values():
    assert len(read_values("x", f"1:2:{MOST}", 1.0)) == MOST
    with pytest.raises(ValueError, match=f"at most {MOST} values, got {MOST + 1}"):
        read_values("x", ",".join(map(str, range(MOST + 1))), 1)


def test_a_bound_is_a_number():
    assert read_bound("0.1,0.2").values == (0.1, 0.2)
    assert read_bound("0.1").overrides == ()
    with pytest.raises(ValueError, match="--bound must be a finite number, got 'x'"):
        read_bound("x")


def test_values_are_spelled_as_they_are_read():
    for value in (3, -0.25, True, "SGD", (1, (0.5, "a"))):
        assert read_values("x", spelled(value), value) == (value,)


def test_names_hold_each_value_once_with_its_spelling():
    asked = [Asked("room.run", {"x": value}) for value in (1.0, 1, 2.0, 1.0)]
    (name,) = names_of(asked)
    assert [spelled(value) for value in name.values] == ["1.0", "1", "2.0"]
    assert not name.default


def test_fields_of_arguments_have_names():
    asked = [Asked("room.run", {"data": ScalarRegression(1.0, 3.0)})]
    names = names_of(asked)
    assert {name.argument for name in names} >= {"data.slope", "data.noise"}
    (override,) = read_setting("data.noise=2", names).overrides
    assert override == Override("data.noise", 2.0)
    (override,) = read_setting("run.data.noise@3=2", names).overrides
    assert override == Override("data.noise", 2.0, "run", (3.0,))


def test_a_claim_of_the_book_tells_its_names():
    claim, names = ask(registry, "AN-15", scale="ci", seed=0)
    assert claim.id == "AN-15"
    assert names == (
        Name("drift_components", "noise", (0.3, 0.003), False),
        Name("drift_components", "freeze_first", (False, True), False),
    )
