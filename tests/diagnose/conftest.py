"""A network whose curvature and noise are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn


@pytest.fixture
def line():
    """A linear map without bias on inputs of variances 9, 4 and 1, fitted to noise."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(400, 3, generator=generator, dtype=torch.float64) * torch.tensor([3.0, 2, 1])
    y = x @ torch.ones(3, 1, dtype=torch.float64)
    y += torch.randn(400, 1, generator=generator, dtype=torch.float64)
    net = nn.Linear(3, 1, bias=False).double()
    with torch.no_grad():
        net.weight.copy_(torch.ones(1, 3))
    return net, x, y


@pytest.fixture
def small():
    """A small network for two classes, and batches of its data."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 30), nn.ReLU(), nn.Linear(30, 24), nn.ReLU(), nn.Linear(24, 2))
    x = torch.randn(96, 5)
    y = (x[:, 0] > 0).long()
    return net, [(x[i : i + 32], y[i : i + 32]) for i in range(0, 96, 32)]


@pytest.fixture
def rng():
    return np.random.default_rng(0)
