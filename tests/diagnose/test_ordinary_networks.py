"""What users have: repeated eigenvalues, data of many shapes, networks that write into weights."""

from __future__ import annotations

import argparse
import copy
import json
import sys

import jsonschema
import numpy as np
import pytest
import torch
from scipy.sparse.linalg import LinearOperator
from torch import nn
from torch.nn import functional

from traindyn.curvature import top_eigenpairs
from traindyn.diagnose import Recorder, as_json, diagnose, draw, markdown, readings, schema
from traindyn.diagnose.command import run
from traindyn.diagnose.landscape import MEMORY, density_sizes

torch.manual_seed(0)
X, Y = torch.randn(64, 5), torch.randint(3, (64,))
CLASSES = [(X, Y)]


def mlp(activation=nn.Tanh):
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(5, 8), activation(), nn.Linear(8, 3))


def scaled(factor):
    return lambda o, t: factor * functional.cross_entropy(o, t, reduction="none")


def dense_hessian(net, x, loss):
    """Eigenvalues of the whole second derivative, falling."""
    names, values = zip(*net.named_parameters(), strict=True)

    def of(flat):
        pieces = torch.split(flat, [v.numel() for v in values])
        parts = {n: p.view_as(v) for n, p, v in zip(names, pieces, values, strict=True)}
        return loss(torch.func.functional_call(net, parts, (x,)))

    flat = nn.utils.parameters_to_vector(values).detach()
    return torch.linalg.eigvalsh(torch.func.hessian(of)(flat)).flip(0).numpy()


@pytest.mark.parametrize("seed", range(4))
def test_the_eigenvalues_of_a_linear_model_repeat_once_per_output(seed):
    x = torch.randn(128, 6, generator=torch.Generator().manual_seed(2))
    net = nn.Linear(6, 10)
    found = diagnose(net, [(x, torch.zeros(128, 10))], "mse", count=12, seed=seed)
    exact = dense_hessian(net, x[:64], lambda out: out.square().mean(1).mean())
    np.testing.assert_allclose(found.curvature.values, exact[:12], rtol=1e-4)
    assert found.curvature.gap == pytest.approx(1.0, abs=1e-3)
    assert found.layers[0].gap == pytest.approx(1.0, abs=1e-3)


def test_the_start_of_a_classifier_at_zero_has_pairs_of_eigenvalues():
    net = mlp()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
    found = diagnose(net, CLASSES, count=3)
    exact = dense_hessian(net, X[:32], lambda out: functional.cross_entropy(out, Y[:32]))
    np.testing.assert_allclose(found.curvature.values, exact[:3], rtol=1e-4)


def test_convex_models_have_no_negative_curvature():
    told = [reading.says for reading in readings(diagnose(nn.Linear(5, 3), CLASSES, count=2))]
    assert any("no clear negative curvature" in text for text in told)


def test_a_commutator_does_not_depend_on_the_unit_of_the_loss():
    one, *others = (
        diagnose(mlp(), CLASSES, scaled(factor), count=3).noise.commutator.value
        for factor in (1.0, 1e-8, 1e-20, 1e12)
    )
    assert 0.05 < one < 0.9
    np.testing.assert_allclose(others, one, rtol=1e-2)


def test_regression_in_large_units_is_diagnosed():
    data = [(X * 1e3, 1e6 * (X[:, :1] + 1))]
    assert diagnose(nn.Linear(5, 1), data, "mse", count=3).noise.commutator.value > 0


HOT = functional.one_hot(Y, 3)
WORDS = torch.softmax(torch.randn(16, 7, 3), -1)


@pytest.mark.parametrize(
    ("net", "x", "targets", "truth"),
    [
        (mlp(), X, HOT.float(), lambda out: functional.cross_entropy(out, HOT[: len(out)].float())),
        (mlp(), X, Y[:, None], lambda out: functional.cross_entropy(out, Y[: len(out)])),
        (
            nn.Conv1d(3, 4, 1),
            torch.ones(8, 3, 6),
            torch.ones(8, 6).long(),
            lambda out: functional.cross_entropy(out, torch.ones(len(out), 6).long()),
        ),
        (
            nn.Linear(5, 3),
            torch.ones(16, 7, 5),
            WORDS,
            lambda out: functional.cross_entropy(out.mT, WORDS[: len(out)].mT),
        ),
        (
            nn.Conv1d(5, 3, 1),
            torch.ones(16, 5, 7),
            WORDS.mT,
            lambda out: functional.cross_entropy(out, WORDS[: len(out)].mT),
        ),
        (
            nn.Linear(3, 4),
            torch.ones(8, 6, 3),
            torch.ones(8, 6).long(),
            lambda out: functional.cross_entropy(out.mT, torch.ones(len(out), 6).long()),
        ),
    ],
)
def test_targets_of_many_shapes(net, x, targets, truth):
    found = diagnose(net, [(x, targets)], count=2, lenses=["weights"])
    with torch.no_grad():
        assert found.loss.value == pytest.approx(float(truth(net(x[: len(x) // 2]))), rel=1e-5)


@pytest.mark.parametrize(
    ("net", "x", "targets", "loss", "fault"),
    [
        (nn.Linear(5, 3), torch.randn(16, 7, 5), 2 * WORDS, "cross_entropy", "none fits"),
        (
            nn.Conv2d(1, 4, 1),
            torch.randn(16, 1, 4, 4),
            torch.randint(4, (16, 4, 4)),
            "cross_entropy",
            "axis 1 or on the last",
        ),
        (nn.Linear(5, 3), X, HOT, "cross_entropy", "must be classes, or one probability"),
        (nn.Linear(5, 3), X, Y.float(), "cross_entropy", "must be classes, or one probability"),
        (nn.Linear(5, 3), X, Y + 1, "cross_entropy", "classes from 0 to 2, or -100, got 3"),
        (nn.Conv1d(5, 2, 1), torch.randn(16, 5, 6), torch.randn(16, 6, 2), "mse", "of the outputs"),
        (nn.Linear(5, 3), X, Y, nn.CrossEntropyLoss, "loss must be a function or one of"),
        (nn.Linear(5, 3), X, Y, nn.MSELoss(reduction="none"), "loss must take outputs and targets"),
    ],
)
def test_what_targets_do_not_tell_is_refused(net, x, targets, loss, fault, unchecked):
    with pytest.raises(ValueError, match=fault):
        diagnose(net, [(x, targets)], loss, count=2, lenses=["weights"])


def test_a_start_in_the_memory_of_the_network_is_refused(unchecked):
    net = mlp()
    with pytest.raises(ValueError, match="start must be a copy of the weights before training"):
        diagnose(net, CLASSES, count=2, lenses=["weights"], start=net.state_dict())
    for start in (net, "model.pt", 3):
        with pytest.raises(ValueError, match="start must be a state_dict, got"):
            diagnose(net, CLASSES, count=2, lenses=["weights"], start=start)


def test_a_start_that_does_not_fit_is_told_and_the_spectrum_stays():
    net = mlp()
    start = {f"module.{n}": v.clone() for n, v in net.state_dict().items()}
    start["2.weight"] = torch.zeros(2, 2)
    found = diagnose(net, CLASSES, count=2, lenses=["weights"], start=start)
    assert found.skipped["start of 0.weight"] == "start does not hold it"
    assert found.skipped["start of 2.weight"] == "it has the shape (2, 2), not (3, 8)"
    assert [x.moved for x in found.weights] == [None, None]


def test_a_matrix_of_low_rank_has_as_many_directions_as_its_rank():
    net = nn.Linear(60, 40)
    with torch.no_grad():
        net.weight.copy_(torch.randn(40, 3) @ torch.randn(3, 60))
    record = Recorder(net, every=1)
    record()
    assert record.outliers == {"weight": [3]}
    data = [(torch.randn(16, 60), torch.randint(40, (16,)))]
    (layer,) = diagnose(net, data, count=2, lenses=["weights"]).weights
    assert (layer.outliers, layer.name) == (3, "small")


@pytest.mark.parametrize("set_to", [nn.init.orthogonal_, nn.init.eye_])
def test_an_orthogonal_layer_is_named_so(set_to):
    net = nn.Linear(30, 30)
    set_to(net.weight)
    data = [(torch.randn(16, 30), torch.randint(30, (16,)))]
    found = diagnose(net, data, count=2, lenses=["weights"])
    assert found.weights[0].name == "equal"
    jsonschema.validate(json.loads(json.dumps(as_json(found), allow_nan=False)), schema())
    assert "equal" in markdown(found)


def test_the_outputs_of_a_transposed_convolution_are_rows():
    net = nn.Sequential(nn.ConvTranspose2d(4, 8, 3), nn.Flatten(), nn.Linear(8 * 16, 3))
    data = [(torch.randn(16, 4, 2, 2), torch.randint(3, (16,)))]
    found = diagnose(net, data, count=2, lenses=["weights"])
    assert found.weights[0].shape == (8, 36)


def test_the_gap_of_eigenvalues_below_zero_is_none():
    found = diagnose(mlp(), CLASSES, scaled(-1.0), count=60)
    assert found.curvature.values[-1] < 0
    assert np.isnan(found.curvature.gap)


def test_hooks_on_weights_are_refused():
    net = mlp()
    net[0].weight.register_hook(lambda gradient: 10 * gradient)
    with pytest.raises(ValueError, match=r"must have no hooks.*got 0.weight"):
        diagnose(net, CLASSES, count=2)


def test_curvature_on_other_samples_weighs_each_of_them_once():
    net, data = mlp(), [(X[:37], Y[:37])]
    found = diagnose(net, data, count=3)
    told = [part.value for part in found.curvature.held_out]
    np.testing.assert_allclose(told, found.noise.hessian, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("net", "loss"),
    [
        (nn.Linear(5, 3), lambda o, t: o.sum(1)),
        (mlp(nn.ReLU), lambda o, t: 0 * o.sum(1)),
    ],
)
def test_a_flat_loss_is_drawn(net, loss, tmp_path):
    found = diagnose(net, CLASSES, loss, count=3)
    draw(found).savefig(tmp_path / "flat.svg")
    assert "</svg>" in (tmp_path / "flat.svg").read_text()
    jsonschema.validate(json.loads(json.dumps(as_json(found), allow_nan=False)), schema())


def test_sparse_gradients_mixed_precision_and_dead_neurons_are_diagnosed():
    sparse = nn.Sequential(nn.Embedding(11, 6, sparse=True), nn.Flatten(), nn.Linear(6, 3))
    assert diagnose(sparse, [(torch.randint(11, (64, 1)), Y)], count=2).curvature is not None

    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(5, 1), nn.Linear(1, 3).double()

        def forward(self, x):
            return self.last(self.first(x).tanh().double())

    mixed = diagnose(Mixed(), CLASSES, count=5)
    assert mixed.curvature is not None or "symmetric" in mixed.skipped["curvature"]
    assert mixed.weights
    dead = mlp(nn.ReLU)
    with torch.no_grad():
        dead[0].weight[0] = 0
        dead[0].bias[0] = -1e22
    assert "finite squares" in diagnose(dead, CLASSES, count=2).skipped["balance of 0"]


class Merging(nn.Module):
    """An adapter that is merged into its weight while it is not trained."""

    def __init__(self):
        super().__init__()
        self.base, self.merged = nn.Linear(5, 3), False
        self.low = nn.Parameter(torch.ones(3, 5))
        self.calls = nn.Buffer(torch.zeros(()))

    def train(self, mode=True):
        if mode == self.merged:
            self.base.weight.data += -self.low.data if mode else self.low.data
            self.merged = not mode
        return super().train(mode)

    def forward(self, x):
        self.calls += 1
        x -= 1  # in place, as some do
        return self.base(x) if self.merged else self.base(x) + x @ self.low.T


def test_a_network_that_writes_is_as_before():
    net, x = Merging(), X.clone()
    before, state = copy.deepcopy(net.state_dict()), torch.get_rng_state()
    loader = torch.utils.data.DataLoader([*zip(x, Y, strict=True)], batch_size=16, shuffle=True)
    first = diagnose(net, loader, count=2)
    assert not net.merged
    assert net.training
    for name, value in net.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert torch.equal(x, X)
    diagnose(net, [(x, Y)], count=2)
    assert torch.equal(x, X)
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(
        diagnose(net, loader, count=2).curvature.values, first.curvature.values
    )


@pytest.mark.parametrize("lenses", ["curvature", None, 3])
def test_lenses_are_a_list(lenses, unchecked):
    with pytest.raises(ValueError, match="lenses must be a list of names, got"):
        diagnose(mlp(), CLASSES, count=2, lenses=lenses)
    assert diagnose(mlp(), CLASSES, count=2, lenses=iter(["weights"])).weights


def test_weights_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="network must hold its weights, got weight on the device"):
        diagnose(nn.Linear(5, 3, device="meta"), CLASSES, count=2)
    with pytest.raises(ValueError, match="at least 2 weights to train, got 1"):
        diagnose(nn.Linear(1, 1, bias=False), [(X[:, :1], X[:, :1])], "mse", count=1)


def test_a_recorder_outlives_a_weight_that_is_not_finite():
    net = nn.Sequential(nn.Linear(5, 8), nn.Linear(0, 3))
    record = Recorder(net, every=1)
    record()
    with torch.no_grad():
        net[0].weight[0, 0] = torch.nan
    record()
    net.append(nn.Linear(4, 2))
    record()
    assert record.steps == [0, 1, 2]
    assert np.isnan(record.outliers["0.weight"]).tolist() == [False, True, True]
    assert np.isnan(record.largest["2.weight"]).tolist() == [True, True, False]


def asked(tmp_path, loader, **more):
    """The command on files of a user."""
    sys.modules.pop("of_mine", None)
    code = f"import torch\ndef net(): return torch.nn.Linear(5, 3)\ndef data():\n{loader}"
    (tmp_path / "of_mine.py").write_text(code)
    place = tmp_path / "of_mine.py"
    given = {"samples": 16, "count": 2, "seed": 0, "loss": "cross_entropy"}
    given |= {"network": f"{place}:net", "data": f"{place}:data", "output": tmp_path / "late"}
    return run(argparse.Namespace(**{**given, **more}))


GOOD = "    return [(torch.randn(16, 5), torch.randint(3, (16,)))]\n"


def test_a_file_made_in_the_meantime_stays(tmp_path, capsys):
    late = tmp_path / "late" / "diagnosis.json"
    loader = f"    open({str(late)!r}, 'w').write('PRECIOUS')\n{GOOD}"
    with pytest.raises(OSError, match="made in the meantime"):
        asked(tmp_path, loader)
    assert late.read_text() == "PRECIOUS"
    assert "Curvature" in capsys.readouterr().out  # what was computed is not lost


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"loss": "bce"}, "loss must be"),
        ({"samples": 3}, "--samples must"),
        ({"count": 0}, "--count"),
    ],
)
def test_mistakes_are_told_before_code_of_the_user_runs(tmp_path, more, fault):
    with pytest.raises(ValueError, match=fault):
        asked(tmp_path, "    raise SystemExit(0)\n", **more)


def test_code_that_ends_the_program_has_failed(tmp_path):
    with pytest.raises(RuntimeError, match="data failed"):
        asked(tmp_path, "    raise SystemExit(0)\n")


@pytest.mark.parametrize(
    "targets", [torch.randn(64, 3), torch.randint(2, (64, 3)).float(), torch.full((64, 3), 1 / 2)]
)
def test_numbers_that_are_no_probabilities_are_refused(targets):
    with pytest.raises(ValueError, match="targets must be classes, or one probability per output"):
        diagnose(mlp(), [(X, targets)], count=1, lenses=["curvature"])


def test_a_loss_may_write_into_its_targets():
    marked = torch.where(torch.arange(64) % 8 == 0, 255, Y)
    held = marked.clone()

    def loss(outputs, targets):
        targets[targets == 255] = -100
        return functional.cross_entropy(outputs, targets, reduction="none")

    found = diagnose(mlp(), [(X, marked)], loss, count=1, lenses=["curvature"])
    assert found.curvature is not None
    torch.testing.assert_close(marked, held, rtol=0, atol=0)


class Counting(nn.Module):
    """Counts its calls in a buffer that is another tensor each time."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(5, 3)
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x):
        self.calls = self.calls + 1
        return self.linear(x)


def test_a_buffer_is_the_same_tensor_afterwards():
    net = Counting()
    before = net.calls
    diagnose(net, CLASSES, count=1, lenses=["curvature"])
    assert net.calls is before
    assert net.calls.item() == 0


def test_generators_of_other_devices_stay(monkeypatch):
    net, reseeded = mlp(), []
    monkeypatch.setattr("torch.cuda.manual_seed_all", reseeded.append)
    state = torch.get_rng_state()
    diagnose(net, CLASSES, count=1, lenses=["curvature"])
    assert reseeded == []
    assert torch.equal(torch.get_rng_state(), state)


class Expanded(nn.Module):
    """With a buffer whose rows are one row, as positions of tokens are stored."""

    def __init__(self):
        super().__init__()
        self.layers = mlp(nn.ReLU)
        self.register_buffer("places", torch.arange(3).expand(2, 3))

    def forward(self, x):
        return self.layers(x)


def test_a_buffer_that_cannot_be_written_costs_one_lens_at_most():
    found = diagnose(Expanded(), CLASSES, count=2)
    assert found.curvature is not None
    assert found.density is not None


def test_a_recorder_bears_a_weight_of_one_long_row():
    net = mlp()
    net.places = nn.Parameter(torch.randn(1, 1024, 1024))
    record = Recorder(net, every=1)
    record()
    assert len(record.steps) == 1


@pytest.mark.parametrize("number", [33, 40, 200])
def test_equal_samples_have_a_curvature_without_error(number):
    x = torch.ones(2 * number, 2)
    net = nn.Linear(2, 1, bias=False)
    found = diagnose(net, [(x, torch.zeros(2 * number, 1))], "mse", count=1, lenses=["curvature"])
    (curvature,) = found.curvature.held_out
    assert curvature.value == pytest.approx(4.0)
    assert curvature.stderr < 1e-6


def test_an_eigenspace_without_a_gap_is_not_read():
    x = torch.randn(64, 3) @ torch.randn(3, 200)
    found = diagnose(nn.Linear(200, 1), [(x, torch.randn(64, 1))], "mse", count=6)
    told = " ".join(reading.says for reading in readings(found))
    assert "6 eigenvalues are not apart from the rest" in told
    assert "in the top 6 directions" not in told


class Signed(nn.Module):
    """A parameter that acts through a function without slope."""

    def __init__(self):
        super().__init__()
        self.linear, self.signs = nn.Linear(5, 3), nn.Parameter(torch.randn(5))

    def forward(self, x):
        return self.linear(x * torch.sign(self.signs))


def test_a_parameter_without_slope_has_no_noise():
    found = diagnose(Signed(), CLASSES, count=2)
    assert found.noise is not None
    assert all(variance.value > 0 for variance in found.noise.variances)


def test_a_memory_that_runs_out_costs_one_lens(monkeypatch):
    def fail(*_):
        raise MemoryError("no room")

    monkeypatch.setattr("traindyn.diagnose.diagnosis.spectral_density", fail)
    found = diagnose(mlp(), CLASSES, count=1, lenses=["density", "curvature"])
    assert found.density is None
    assert found.skipped["density"] == "no room"
    assert found.curvature is not None


def test_the_density_of_a_large_network_fits_into_memory():
    for size in (10, 10**5, 10**6, 25_600_000):
        steps, probes = density_sizes(size)
        assert steps >= 2
        assert 8 * steps * probes * size <= MEMORY


def test_the_top_of_an_operator_that_reaches_far_below_zero_is_found():
    torch.manual_seed(3)
    values = torch.cat([torch.linspace(-30.0, -1.0, 200), torch.tensor([0.02])])
    basis = torch.linalg.qr(torch.randn(201, 201))[0]
    matrix = ((basis * values) @ basis.T).numpy()
    operator = LinearOperator(matrix.shape, matvec=lambda v: matrix @ v, dtype=np.float32)
    (found,) = top_eigenpairs(operator, 1).values
    assert abs(found - 0.02) < 1e-4 * 30


def test_copies_are_found_above_a_wide_negative_part():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        values = np.concatenate([np.repeat(rng.random(10), 5), -3 * rng.random(100)])
        operator = LinearOperator(
            (150, 150), matvec=lambda v, values=values: values * v.ravel(), dtype=float
        )
        np.testing.assert_allclose(
            top_eigenpairs(operator, 3, rng).values, np.sort(values)[::-1][:3], rtol=1e-6
        )


@pytest.mark.filterwarnings("ignore:.*weight_norm.*is deprecated:FutureWarning")
@pytest.mark.parametrize(
    "weight_norm", [nn.utils.parametrizations.weight_norm, nn.utils.weight_norm]
)
def test_the_curvature_of_weight_normalized_layers_is_that_of_the_formula(weight_norm):
    torch.manual_seed(1)
    net = nn.Sequential(weight_norm(nn.Linear(5, 8)), nn.Tanh(), nn.Linear(8, 3)).double()
    found = diagnose(net, [(X.double(), Y)], "cross_entropy", count=3, samples=64)
    g, v = (p.detach() for p in list(net[0].parameters())[-2:])  # what norms and rows are called
    plain = [net[0].bias.detach(), g, v, *(p.detach() for p in net[2].parameters())]
    shapes = [p.shape for p in plain]

    def loss(flat):
        pieces = flat.split([shape.numel() for shape in shapes])
        bias, g, v, head, offset = (p.view(s) for p, s in zip(pieces, shapes, strict=True))
        hidden = torch.tanh(X[:32].double() @ (g * v / v.norm(dim=1, keepdim=True)).T + bias)
        return functional.cross_entropy(hidden @ head.T + offset, Y[:32])

    flat = torch.cat([p.flatten() for p in plain])
    exact = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, flat)).flip(0)
    np.testing.assert_allclose(found.curvature.values, exact[:3], rtol=1e-5)
