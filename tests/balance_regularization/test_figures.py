"""Every figure of the chapter on small planted results: labels, legends, colors, files."""

import io

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import StepPatch

from traindyn import style
from traindyn.balance_regularization import figures
from traindyn.balance_regularization.experiments.neurons import BudgetRun
from traindyn.balance_regularization.experiments.trajectories import Paths
from traindyn.balance_regularization.figures.transition import LINES
from traindyn.balance_regularization.results.balance import PlaneRun, RateRun
from traindyn.balance_regularization.results.depth import DecayRun, DeepLimitRun, DepthRun, TailRun
from traindyn.balance_regularization.results.networks import NetworkRun
from traindyn.balance_regularization.results.stationary import (
    FluctuationRun,
    RegressionRun,
    TwoLayerRun,
)
from traindyn.balance_regularization.results.switching import Switching, Treatment
from traindyn.balance_regularization.results.transition import PhaseMap, TransitionRun
from traindyn.balance_regularization.theory.depth import law_of_depth
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.stationary import stationary_law
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate
from traindyn.interactive import MAX_BYTES

LIGHT = moments(ScalarRegression(1.0, 10.0, "rademacher"))
GAUSSIAN = moments(ScalarRegression(1.0, 1.0))
RATIOS = (0.1, 0.3, 0.5, 0.7, 0.85)
LARGEST_FILE = 300_000
"""Bytes of one figure; ten of them make a page that loads on a phone."""


def planted_paths(replicas=300, records=9):
    generator = np.random.default_rng(0)
    times = np.linspace(0.0, 200.0, records)
    shrink = np.exp(-0.02 * times)[:, None]
    spread = 1 + 0.1 * generator.random((records, replicas))
    average = np.ones((records, replicas))
    return Paths(times, 1 + shrink * spread, 1 - 0.5 * shrink * spread, average, 1.2 * average)


def planted_budgets():
    names = ("linear", "ReLU", "leaky ReLU", "tanh", "GELU", "ReLU, isotropic noise added")
    measured = np.cumsum(np.full((31, 4), 1e-5), axis=0) * np.arange(1.0, 5.0)
    errors = [0.0, 1e-15, 1e-15, 1e-2, 1e-2, 1e-3]
    return {
        name: BudgetRun(measured, measured + error * np.arange(31.0)[:, None], 1e-14)
        for name, error in zip(names, errors, strict=True)
    }


def planted_rates():
    settings = ((0.02, 1), (0.002, 1), (0.02, 16), (0.004, 2), (0.004, 4))
    paths = planted_paths()
    predicted = 4 * paths.times / 200
    centered = np.full(paths.u.shape[1], 4.0)
    return [
        RateRun(rate, size, paths, predicted, centered, 1.02 * centered) for rate, size in settings
    ]


def planted_plane():
    names = ("SGD", "isotropic", "independent")
    descent = {rate: planted_paths(1, 2) for rate in (0.02, 0.01)}
    return PlaneRun(descent, {name: planted_paths() for name in names}, GAUSSIAN.minimum, 0.01)


def planted_regression():
    laws = {t: stationary_law(GAUSSIAN, t, 0) for t in (0.05, 0.25, 0.5)}
    p = (np.arange(5_000) + 0.5) / 5_000
    return RegressionRun({t: law.quantile(p) for t, law in laws.items()}, laws)


def planted_two_layers():
    laws = {r: stationary_law(LIGHT, 0.01 * r) for r in RATIOS}
    chains = {r: stationary_law(LIGHT, 0.0101 * r) for r in RATIOS}
    mutants = {
        f"law with {mutant}": stationary_law(LIGHT, 0.003, mutant=mutant)
        for mutant in ("stratonovich", "no Ito drift", "doubled temperature")
    }
    mutants["law of depth 0"] = stationary_law(LIGHT, 0.003, 0)
    p = (np.arange(5_000) + 0.5) / 5_000
    return TwoLayerRun(
        samples={r: laws[r].quantile(p) for r in (0.3, 0.5)},
        laws=laws,
        chains=chains,
        mutants=mutants,
        by_noise={5.0: 0.04, 7.0: 0.02, 10.0: 0.01},
        by_batch={1: 0.01, 2: 0.02, 4: 0.04, 8: 0.08},
        gaussian={s: Estimate(0.1 / s, 0.001, 100) for s in (1.0, 3.0, 5.0, 10.0)},
    )


def planted_fluctuations():
    r = np.array([0.1, 0.5, 0.9])
    regression = [Estimate(float(x), 0.01, 100) for x in r]
    return FluctuationRun(r, 2 * r * (1 - r), regression, {0.5: Estimate(0.5, 0.01, 100)})


def planted_transition():
    r = np.linspace(0.1, 1.4, 14)
    return TransitionRun(
        {name: np.stack([r, 4 - 4 * r]) for name in LINES}, np.maximum(1 - r, 0), r
    )


def planted_phases():
    noises, ratios = np.linspace(0.5, 5, 30), np.linspace(0.05, 1, 40)
    seen = ratios[None] < 1 / 3 + 0 * noises[:, None]
    return PhaseMap(noises, ratios, seen, seen | (ratios[None] < 0.1 * noises[:, None]))


def planted_depths():
    generator = np.random.default_rng(0)
    laws = {depth: law_of_depth(GAUSSIAN, 0.15, depth) for depth in (1, 2, 3, 4)}
    samples = {depth: law.quantile(generator.random(500)) for depth, law in laws.items()}
    return DepthRun(samples, laws)


def planted_tails():
    v = np.geomspace(0.01, 1e4, 200)
    densities = {depth: -(5 - 3 / (depth + 1)) * np.log(1 + v) for depth in (1, 2, 3, 9)}
    exponents = {depth: (4.0, Estimate(4.0, 0.1, 100)) for depth in (1, 2, 3)}
    return TailRun(v, densities, exponents)


def planted_deep_limit():
    depths = (4, 16, 64)
    medians = {0.005: 0.01, 1.0: 0.6, 200.0: 1.0}
    return DeepLimitRun({d: 0.6 / d for d in depths}, dict.fromkeys(depths, 0.3), medians)


def planted_decay():
    names = ("D = 2, γ = 0.1", "D = 1, γ = 0.1", "D = 2, γ = 0")
    times, curve_times = np.array([10.0, 800.0]), np.linspace(10.0, 800.0, 20)
    fractions = {
        name: [Estimate(0.1 * i, 0.01, 100), Estimate(0.3 * i, 0.01, 100)]
        for i, name in enumerate(names)
    }
    curves = {name: curve_times / 2000 * i for i, name in enumerate(names)}
    decays = np.array([0.02, 0.1, 0.4])
    waits = {depth: 10.0**depth / decays for depth in (2, 3, 4)}
    return DecayRun(times, fractions, curve_times, curves, decays, waits)


def planted_networks():
    names = ("20-200-20", "20-100-5", "5-100-20", "full batch")
    records = np.array([0, 100, 200])
    table = np.array([1.0, 2.0])[:, None] * np.ones((3, 2, 4)) + records[:, None, None] / 100
    loss = np.ones((3, 4))
    return {name: NetworkRun(records, table, 2 * table, loss) for name in names}


DRAW = {
    "budget": lambda: figures.budget(planted_budgets()),
    "decay": lambda: figures.decay(planted_rates()),
    "deep_limit": lambda: figures.deep_limit(planted_deep_limit()),
    "depth": lambda: figures.depth(planted_depths(), planted_tails()),
    "headline": lambda: figures.headline(planted_two_layers(), planted_fluctuations()),
    "laws_and_mutants": lambda: figures.laws_and_mutants(planted_two_layers()),
    "limits": lambda: figures.limits(planted_two_layers()),
    "noise_balance": lambda: figures.noise_balance(planted_networks()),
    "phase_map": lambda: figures.phase_map(planted_phases()),
    "regression": lambda: figures.regression(planted_regression()),
    "transition": lambda: figures.transition(planted_transition()),
    "weight_decay": lambda: figures.weight_decay(planted_decay()),
    "weight_plane": lambda: figures.weight_plane(planted_plane()),
}


@pytest.fixture(scope="module", params=sorted(DRAW))
def figure(request):
    with mpl.rc_context(style.RC):  # as in a chapter
        yield DRAW[request.param]()


def straight(line):
    """Whether a line was drawn by ``axhline`` or ``axvline``."""
    x, y = map(list, line.get_data())
    return (x == [0, 1] and y == [y[0]] * 2) or (y == [0, 1] and x == [x[0]] * 2)


def curves(axes):
    """Lines and histograms that show something, but for straight lines that help the eye."""
    lines = [line for line in axes.lines if np.size(line.get_xdata()) and not straight(line)]
    return [*lines, *(patch for patch in axes.patches if isinstance(patch, StepPatch))]


def color(artist):
    if isinstance(artist, StepPatch):
        return to_hex(artist.get_facecolor() if artist.get_fill() else artist.get_edgecolor())
    return to_hex(artist.get_color())


def test_every_figure_is_drawn_here():
    elsewhere = {"switching_off", "real_network"}  # below, and with the digits data
    assert {*DRAW, *elsewhere} == set(figures.__all__)


def test_axes_say_what_they_show(figure):
    for axes in figure.axes:
        assert axes.get_xlabel()
        ticks = [tick.get_text() for tick in axes.get_yticklabels()]
        named = any(text[:1].isalpha() for text in ticks)  # bars
        assert axes.get_ylabel() or named
        assert axes.get_title(loc="left")


def test_a_legend_names_every_color(figure):
    """A panel with several colors has a legend, or shares the one of its neighbor."""
    legends = [axes.get_legend() for axes in figure.axes if axes.get_legend()]
    named = {color(handle) for legend in legends for handle in legend.legend_handles}
    for axes in figure.axes:
        drawn = {color(curve) for curve in curves(axes)}
        assert len(drawn) == 1 or drawn <= named or not curves(axes)
    labels = [text.get_text() for legend in legends for text in legend.get_texts()]
    assert all(labels)


def test_data_are_finite(figure):
    """A gap in a curve is allowed where nothing was counted, infinity never is."""
    for axes in figure.axes:
        for line in axes.lines:
            x, y = (np.asarray(data, dtype=float) for data in line.get_data())
            assert np.isfinite(x).all()
            assert not np.isinf(y).any()
            assert not len(y) or np.isfinite(y).any()
        assert np.isfinite([*axes.get_xlim(), *axes.get_ylim()]).all()


def test_colors_are_those_of_the_style(figure):
    """Their contrast on both pages is tested with the style."""
    used = {color(curve) for axes in figure.axes for curve in curves(axes)}
    assert used <= set(style.COLORS)


def test_the_file_is_small_and_carries_no_date(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue().decode()
    assert len(text) < LARGEST_FILE
    assert "date>" not in text
    assert "nan" not in text


# --- what is drawn --------------------------------------------------------------------------------


def data_of(axes, label):
    (line,) = (line for line in axes.lines if line.get_label() == label)
    return line.get_data()


def test_budget_shows_the_neuron_that_moves_most():
    left, right = figures.budget(planted_budgets()).axes
    steps, change = data_of(left, "measured")
    assert steps == pytest.approx(np.arange(31))
    assert change == pytest.approx(4.0 * np.arange(31))  # in units of 1e-5
    assert data_of(right, "tanh")[1] == pytest.approx(1e-2 * np.arange(1, 31))


def test_headline_shows_the_variances():
    run = planted_fluctuations()
    _, right = figures.headline(planted_two_layers(), run).axes
    marked = [line.get_data() for line in right.lines if line.get_marker() == "o"]
    assert any(
        len(x) == 3 and (x == run.ratios).all() and (y == run.two_layers).all() for x, y in marked
    )


def test_limits_show_distance_over_the_step_size_parameter():
    left, right = figures.limits(planted_two_layers()).axes
    x, y = left.lines[0].get_data()
    assert dict(zip(np.round(1 / np.sqrt(x)), y, strict=True)) == {5: 0.04, 7: 0.02, 10: 0.01}
    assert right.lines[0].get_data()[1] == pytest.approx([0.1, 0.1 / 3, 0.02, 0.01])


def test_weight_plane_shows_final_weights_and_medians():
    left, right = figures.weight_plane(planted_plane()).axes
    paths = planted_paths()
    drawn = [line.get_xdata() for line in left.lines if len(line.get_xdata()) > 200]
    assert any(len(x) <= 300 and (x == paths.u[-1, : len(x)]).all() for x in drawn)
    times, median = data_of(right, "SGD")
    assert times == pytest.approx(paths.times)
    assert median == pytest.approx(np.median(np.abs(paths.imbalance), axis=1))


def test_weight_decay_shows_predictions_with_their_measurements():
    run = planted_decay()
    left, right = figures.weight_decay(run).axes
    for net, curve in run.curves.items():
        assert data_of(left, net)[1] == pytest.approx(curve)
    marked = [line.get_ydata() for line in left.lines if line.get_marker() == "o"]
    assert [list(y) for y in marked] == [
        [m.value for m in run.fractions[net]] for net in run.curves
    ]
    assert data_of(right, "D = 3")[1] == pytest.approx(run.waits[3])


def planted_switching():
    ratios = np.array([0.3, 0.7, 1.2])
    products = np.repeat([[1.0], [0.4], [0.001]], 50, axis=1)
    u = np.linspace(2, 1, 5)[None, :, None] * np.ones((3, 5, 7))
    sgd = Treatment(products, u, u)
    return Switching(ratios, sgd, Treatment(products - 0.5, u, u / 2))


def test_switching_off_shows_every_temperature_under_both_noises():
    run = planted_switching()
    figure = figures.switching_off(run)
    html = figure._repr_html_()
    assert len(html.encode()) < MAX_BYTES
    assert "nan" not in html.lower().replace("nano", "")
    left, right = figure.panels
    networks, predicted = left.curves
    assert networks.y.shape[0] == predicted.y.shape[0] == 6
    assert (networks.y * np.diff(networks.x)).sum(axis=1) == pytest.approx(np.ones(6))
    assert figure.readouts["mean of v"][:3] == ["1.00", "0.40", "0.00"]
    assert figure.readouts["switched off, |v| < 0.01"] == ["0%", "0%", "100%", "0%", "0%", "0%"]
    assert figure.readouts["typical |u² − w²| at the end"][3:] == ["0.75"] * 3
    assert right.curves[0].y[3] == pytest.approx(run.isotropic.w[0, :, 0])


def test_switching_off_predicts_the_gamma_law_below_the_critical_temperature():
    left = figures.switching_off(planted_switching()).panels[0]
    predicted = left.curves[1]
    for row, ratio in enumerate((0.3, 0.7)):
        law = stationary_law(LIGHT, 0.01 * ratio)
        assert predicted.y[row] == pytest.approx(law.density(predicted.x), rel=1e-3)
    assert np.isnan(predicted.y[[2, 5]]).all()
