"""Ridge heads, features in two scalings, and the alignment, against plain implementations."""

import pytest
import torch

from traindyn.heavy_tailed_esd.experiments.features import SCALINGS, hidden_features
from traindyn.heavy_tailed_esd.experiments.ridge import fit_heads, kernel_alignment

PENALTIES = torch.tensor([1e-4, 0.01, 1.0, 100.0], dtype=torch.float64)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def solved_heads(z, y):
    """One linear solve per penalty."""
    samples, hidden = z.shape
    return torch.stack(
        [
            torch.linalg.solve(z.T @ z + p * samples / hidden * torch.eye(hidden).double(), z.T @ y)
            for p in PENALTIES
        ],
        dim=1,
    )


@pytest.mark.parametrize(("samples", "hidden"), [(40, 7), (7, 40), (12, 12)])
def test_every_head_is_a_linear_solve(samples, hidden):
    z, y = draw(samples, hidden), draw(samples, seed=1)
    heads, expected = fit_heads(z, y), solved_heads(z, y)
    torch.testing.assert_close(heads.heads(PENALTIES), expected, rtol=1e-8, atol=1e-10)
    residual = (z @ expected - y[:, None]).square().mean(dim=0)
    torch.testing.assert_close(heads.fit_loss(PENALTIES), residual, rtol=1e-8, atol=1e-10)
    other, labels = draw(9, hidden, seed=2), draw(9, seed=3)
    expected_losses = (other @ expected - labels[:, None]).square().mean(dim=0)
    torch.testing.assert_close(heads.losses(other, labels, PENALTIES), expected_losses)


@pytest.mark.parametrize(("samples", "hidden"), [(40, 7), (7, 40)])
def test_alignment_is_that_of_the_kernels(samples, hidden):
    z, y = draw(samples, hidden), draw(samples, seed=1)
    kernel, target = z @ z.T, torch.outer(y, y)
    expected = (kernel * target).sum() / (kernel.norm() * target.norm())
    assert fit_heads(z, y).alignment == pytest.approx(expected.item(), rel=1e-12)
    assert kernel_alignment(z, y) == pytest.approx(expected.item(), rel=1e-12)


def test_alignment_of_a_kernel_that_is_the_target_is_one():
    y = draw(20)
    assert fit_heads(y[:, None], y).alignment == pytest.approx(1.0)


def test_rescaled_features_take_a_rescaled_penalty():
    z, y = draw(30, 5), draw(30, seed=1)
    one, other = fit_heads(z, y), fit_heads(10 * z, y)
    torch.testing.assert_close(one.fit_loss(PENALTIES), other.fit_loss(100 * PENALTIES))
    assert one.alignment == pytest.approx(other.alignment)


def test_more_penalty_fits_less():
    heads = fit_heads(draw(30, 60), draw(30, seed=1))
    assert (heads.fit_loss(PENALTIES).diff() > 0).all()
    assert (heads.heads(PENALTIES).norm(dim=0).diff() < 0).all()


def test_features_are_written_out():
    w, x = draw(3, 16), draw(5, 16, seed=1)
    model, public = (hidden_features(w, x, s) for s in SCALINGS)
    for i in range(5):
        for j in range(3):
            product = sum(float(a * b) for a, b in zip(w[j], x[i], strict=True))
            assert model[i, j].item() == pytest.approx(
                torch.tanh(torch.tensor(product / 4)) / 3**0.5
            )
            assert public[i, j].item() == pytest.approx(
                torch.tanh(torch.tensor(product / 16)) / 3**0.5
            )


def test_the_scalings_differ_by_a_factor_of_the_inputs():
    w, x = draw(3, 16), draw(5, 16, seed=1)
    torch.testing.assert_close(hidden_features(w, x), hidden_features(w, 4 * x, "public code"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_heads(draw(3, 2), draw(4)), "labels must have 3 entries, got 4"),
        (lambda: fit_heads(draw(3, 2), torch.zeros(3).double()), "not all zero"),
        (lambda: fit_heads(draw(3, 2) * torch.inf, draw(3)), "features must be finite"),
        (
            lambda: fit_heads(draw(3, 2), draw(3)).heads(torch.zeros(1).double()),
            "penalties must be positive",
        ),
        (lambda: hidden_features(draw(3, 2), draw(4, 3)), "must have 2 columns, got 3"),
    ],
)
def test_bad_input_is_named(call, message, unchecked):
    with pytest.raises(ValueError, match=message):
        call()
