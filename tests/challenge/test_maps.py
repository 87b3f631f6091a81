"""Maps of verdicts: words, plain data, pictures."""

import pytest

from traindyn.anisotropic_noise.claims import registry
from traindyn.challenge.bounds import Span, decided_by
from traindyn.challenge.cells import Cell, fill, perform
from traindyn.challenge.drawing import MARKS, draw
from traindyn.challenge.maps import Map, as_data, refusals, span_told, text_of, turns
from traindyn.challenge.settings import Setting
from traindyn.inference import exact
from traindyn.ledger import VERDICTS, Claim, Part, other_system, within
from traindyn.runs.engine import Engine


def rows(value):
    part = Part(
        "it is one",
        exact(value),
        within(0.1, "a tenth", "size"),
        [other_system("zero", exact(0.0))],
        prediction=1.0,
        compares="algebra",
    )
    return tuple(decided_by(Claim("CO-1", "eq. 1", "stated", "One.", [part])))


X = Setting("x", (), (1.0, 2.0, 3.0))
Y = Setting("y", (), ("a", "b"))


def grid(values, settings, seeds=(0,)):
    """A map with the measured values of its places; a text is a refusal."""
    cells = []
    for (*place, seed), value in values.items():
        bad = isinstance(value, str)
        cells.append(Cell(tuple(place), seed, () if bad else rows(value), value if bad else ""))
    return Map("CO-1", "coin", "One.", "key", "ci", tuple(seeds), settings, tuple(cells))


LINE = grid({(0, 0): 1.0, (1, 0): 1.05, (2, 0): 2.0}, (X,))


def test_a_line_of_one_part_shows_what_was_measured():
    lines = [line.split() for line in text_of(LINE).splitlines()]
    assert lines[3:7] == [
        ["x", "CO-1", "predicted", "measured", "accepted"],
        ["1.0", "verified", "1", "1", "1", "±", "0.1"],
        ["2.0", "verified", "1", "1.05", "1", "±", "0.1"],
        ["3.0", "falsified", "1", "2", "1", "±", "0.1"],
    ]
    assert turns(LINE) == ["CO-1 turns with x: verified at 1.0 to 2.0; falsified at 3.0"]


def test_seeds_are_counted_and_refused_ones_agree_with_nothing():
    found = grid(
        {(0, 0): 1.0, (0, 1): 1.0, (1, 0): 1.0, (1, 1): 3.0, (2, 0): "no", (2, 1): "no"},
        (X,),
        (0, 1),
    )
    assert [found.told((i,)) for i in range(3)] == ["2/2", "1/2", "refused"]
    assert refusals(found) == ["2 runs were refused: no"]
    data = as_data(found)
    assert [place["agree"] for place in data["places"]] == [2, 1, 0]
    assert data["places"][1]["verdicts"] == {"falsified": 1, "verified": 1}


def test_two_axes_and_what_has_one_value():
    places = {(i, 0, j, 0): 1.0 + i * j for i in range(3) for j in range(2)}
    found = grid(places, (X, Setting("z", (), (9,)), Y))
    assert [axis.label for axis in found.axes] == ["x", "y"]
    text = text_of(found).splitlines()
    assert text[1] == "scale ci, seed 0, z = 9"
    assert text[5].split() == ["b", "verified", "falsified", "falsified"]
    assert turns(found) == []
    assert [place["place"] for place in as_data(found)["places"]][:2] == [[0, 0], [1, 0]]


def test_without_an_axis_every_part_has_a_line():
    found = grid({(0,): 1.0}, ())
    text = text_of(found, {"CO-1": Span(0.0, 0.5)})
    assert text.splitlines()[4].split() == ["CO-1", "verified", "1", "1", "1", "±", "0.1"]
    assert text.endswith("CO-1 would hold for bounds from 0 to 0.5")
    assert span_told(Span(float("-inf"), 2.0)) == "would hold for bounds to 2"


def test_what_broke_is_told_as_such():
    found = grid({(0, 0): 1.0, (1, 0): "broke: X: y", (2, 0): "no"}, (X,))
    assert [found.told((i,)) for i in range(3)] == ["verified", "broke", "refused"]
    assert refusals(found) == ["1 run broke: X: y", "1 run was refused: no"]
    assert [cell.agrees for cell in found.cells] == [True, False, False]


def test_every_verdict_has_a_mark():
    assert set(VERDICTS) < set(MARKS)


@pytest.mark.parametrize("settings", [(X,), (X, Y), ()])
def test_a_picture_has_a_square_with_a_mark_for_every_place(settings):
    numbers = [range(len(s.values)) for s in settings]
    places = {(0,): 1.0}
    if len(numbers) == 1:
        places = {(i, 0): 1.0 + i for i in numbers[0]}
    if len(numbers) == 2:
        places = {(i, j, 0): 1.0 + i for i in numbers[0] for j in numbers[1]}
    figure = draw(grid(places, settings))
    (axes,) = figure.axes
    texts = [text.get_text() for text in axes.texts]
    assert len(texts) == len(axes.patches) == len(places)
    assert texts.count("●") == sum(value == 1.0 for value in places.values())
    assert texts.count("◆") == sum(value != 1.0 for value in places.values())


def test_a_claim_of_the_book_fills_a_cell():
    engine = Engine(1, None)
    cells = fill(registry, "AN-11", [], scale="ci", seeds=[0], engine=engine)
    assert [cell.place for cell in cells] == [()]
    answer = perform("anisotropic_noise", "AN-11", "ci", 0, ())
    assert answer.verdict == cells[0].rows[0]["claim_verdict"]
