"""Images with scaled scatter, and the courses of the moving figure."""

import numpy as np
import pytest
import torch

from traindyn.hessian_alignment.experiments.digits import digits
from traindyn.hessian_alignment.experiments.images import Images, scaled_images
from traindyn.hessian_alignment.studies import moving
from traindyn.runs import Context


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("precision", [3.0, 100.0])
def test_scatter_has_the_precision_and_means_norm_one(precision):
    halves = scaled_images(4, precision, generator())
    labels = torch.cat([half.labels for half in halves])
    inputs = torch.cat([half.inputs for half in halves])
    assert len(labels) == len(digits(4)[1])
    means = torch.stack([inputs[labels == c].mean(dim=0) for c in range(4)])
    assert float(means.square().sum(dim=1).mean()) == pytest.approx(1)
    assert float((inputs - means[labels]).square().mean()) == pytest.approx(1 / precision)


def test_halves_share_no_image():
    first, second = scaled_images(3, 10.0, generator())
    assert abs(len(first.labels) - len(second.labels)) <= 1
    together = torch.cat([first.inputs, second.inputs])
    assert len(torch.unique(together, dim=0)) == len(torch.unique(digits(3)[0], dim=0))


def test_scaling_keeps_the_shape_of_the_scatter():
    few, many = (scaled_images(3, p, generator())[0] for p in (1.0, 4.0))
    difference = few.inputs - many.inputs  # half of the scatter of the former
    scatter = 2 * difference
    assert torch.allclose(few.inputs - scatter, many.inputs - scatter / 2)


@pytest.mark.parametrize("precision", [0.0, -1.0, float("nan"), float("inf")])
def test_precision_must_be_positive(precision):
    with pytest.raises(ValueError, match="precision must be positive and finite"):
        scaled_images(3, precision, generator())


def test_samples_keep_image_and_label_together():
    images = Images(torch.arange(5), torch.arange(5.0, dtype=torch.float64)[:, None] * 2)
    blocks = list(images.stream(3, 10, generator(), block=4))
    assert [len(labels) for labels, _ in blocks] == [4, 4, 2]
    for labels, inputs in blocks:
        assert labels.shape[1:] == (3,)
        assert torch.equal(inputs[..., 0], 2.0 * labels)
    drawn = torch.cat([labels.reshape(-1) for labels, _ in blocks])
    assert len(torch.unique(drawn)) == 5


def test_courses_show_what_the_figure_says(monkeypatch):
    monkeypatch.setattr(moving, "TIMES", (0.0, 30.0))
    monkeypatch.setattr(moving, "PRECISIONS", (100.0,))
    monkeypatch.setattr(moving, "REPLICAS", {"ci": 2, "laptop": 2, "paper": 2})
    run = moving.courses.__wrapped__(Context("ci", 0, "moving"))
    (mixture,), (images,) = run.mixture, run.images
    for course in (mixture, images):
        assert course.inside[0] < 0.5 < 0.95 < course.inside[1]
        assert (course.first <= course.inside).all()
        np.testing.assert_allclose(course.values[:, run.classes], 1)
    assert mixture.values[1, 3] > 5 > 2 > images.values[1, 3]  # a gap, and none
